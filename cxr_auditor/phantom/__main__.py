"""Draws films: the project's examples, or one of your own.

python -m cxr_auditor.phantom examples --out assets/examples
python -m cxr_auditor.phantom film --seed 7 --plant pneumothorax:left:0.4 --plant nodule_mass:right:0.3:upper --out film.png
"""

import argparse
import sys
from pathlib import Path

from PIL import Image
from pydantic import ValidationError

from ..errors import InputError
from .cases import write_examples
from .draw import draw
from .planted import Planted

_FORM = "FINDING[:SIDE[:EXTENT[:ZONE]]], such as pneumothorax:left:0.4 or cardiomegaly::0.5"


def planted(text: str) -> Planted:
    """FINDING[:SIDE[:EXTENT[:ZONE]]] -> Planted."""
    values = zip(("finding", "side", "extent", "zone"), text.split(":"), strict=False)
    try:
        return Planted.model_validate({name: value for name, value in values if value})
    except ValidationError as error:
        raise InputError(f"--plant {text!r}: {error.errors()[0]['msg']}.", f"Write {_FORM}.") from error


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m cxr_auditor.phantom", description="Draws synthetic chest films with known findings.")
    commands = parser.add_subparsers(dest="command", required=True)
    examples = commands.add_parser("examples", help="the project's example cases")
    examples.add_argument("--out", type=Path, default=Path("assets/examples"))
    film = commands.add_parser("film", help="one film; its findings are printed as a reading")
    film.add_argument("--seed", type=int, default=1)
    film.add_argument("--plant", action="append", default=[], metavar="FINDING", help=_FORM)
    film.add_argument("--size", type=int, default=1024)
    film.add_argument("--out", type=Path, required=True)
    chosen = parser.parse_args(arguments)
    try:
        if chosen.command == "examples":
            for folder in write_examples(chosen.out):
                print(folder)
            return 0
        drawn = draw(chosen.seed, [planted(text) for text in chosen.plant], chosen.size)
        Image.fromarray(drawn.pixels).save(chosen.out)
    except (InputError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    entries = ",".join(one.model_dump_json(include={"finding", "status", "sides", "box"}) for one in drawn.findings)
    print(f'{{"findings":[{entries}]}}')
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
