"""The lite reader's recipe, from films to card.

    python -m cxr_auditor.training.lite --data DATA --out OUT            train, export, calibrate, measure, write the card
    python -m cxr_auditor.training.lite evaluate --data DATA --out OUT   measure a folder again and write its card

Members already trained are kept in OUT's neighbour `--work`, and taken from there.
"""

import argparse
import json
import sys
from pathlib import Path

import cv2
import torch

from ...errors import AuditorError
from ...readers.lite import load_folder
from . import data
from .build import build
from .card import FIGURES, read_figures, write_card
from .evaluate import measure, run
from .members import MEMBERS, SHIPPED, SIDE, train_members


def main(arguments: list[str] | None = None) -> int:
    options = _options().parse_args(arguments)
    torch.set_num_threads(options.threads)
    cv2.setNumThreads(1)
    try:
        if options.step == "all":
            members = train_members(options.data, options.work or options.out / "members", MEMBERS)
            box_rules = build([members[name] for name in SHIPPED], SIDE, options.data, options.out)
        else:
            box_rules = read_figures(options.out)["box_rules"]
        figures = evaluate(options.data, options.out) | {"box_rules": box_rules}
    except AuditorError as error:
        print(error, file=sys.stderr)
        return 2
    (options.out / FIGURES).write_text(json.dumps(figures, indent=2) + "\n")
    print(write_card(options.out).read_text())
    return 0


def evaluate(folder: Path, out: Path) -> dict:
    """The figures of the reader in `out` on the validation patients of `folder`."""
    settings, network = load_folder(out)
    films = [film for film in data.read_manifest(folder) if film.validation]
    return measure(run(network, settings.side, films, data.FilmStore(folder)), settings, data.read_boxes(folder))


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m cxr_auditor.training.lite", description="Train and measure the lite reader.")
    parser.add_argument("step", nargs="?", choices=("all", "evaluate"), default="all", help="everything, or the measurement alone")
    parser.add_argument("--data", type=Path, required=True, help="folder with manifest.csv, boxes.csv, 512/ and 128.zip")
    parser.add_argument("--out", type=Path, required=True, help="folder for lite.onnx, lite.json, figures.json and MODEL_CARD.md")
    parser.add_argument("--work", type=Path, help="folder for the trained members (default: OUT/members)")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads of the training")
    return parser


if __name__ == "__main__":
    sys.exit(main())
