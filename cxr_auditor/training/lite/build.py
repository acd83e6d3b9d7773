"""Members -> the folder that the reader loads: weights, calibration, zones, scope, box rules."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from ...errors import InputError
from ...findings import NO_FINDING, Finding
from ...readers.lite import FORMAT, SETTINGS, WEIGHTS, Network
from ...readers.lite_regions import BoxRule
from . import boxes as box_rules
from .calibrate import calibrate
from .data import TARGETS, Film, FilmStore, ReferenceBox, read_boxes, read_manifest
from .evaluate import Outputs, run, scope_of
from .export import ensemble, export
from .model import LiteNet

_NORMAL_FILMS = 300  # per resolution group


def build(members: Sequence[LiteNet], side: int, folder: Path, out: Path) -> dict:
    """Writes lite.onnx and lite.json to `out`, measured on the validation patients of `folder`. Returns how the box rules did."""
    out.mkdir(parents=True, exist_ok=True)
    weights = export(ensemble(members), side, out / WEIGHTS)
    network = Network(weights)
    films, boxes, store = read_manifest(folder), read_boxes(folder), FilmStore(folder)
    validation = run(network, side, [film for film in films if film.validation], store)
    boxed = {box.image_id for box in boxes if box.source == box_rules.SOURCE}
    drawn = run(network, side, [film for film in films if film.image_id in boxed], store)
    normal = run(network, side, _normal_films(films), store)
    rules, report = box_rules.choose_rules(
        {finding: _drawn(finding, drawn, boxes) for finding in Finding},
        {finding: box_rules.Normal.of(normal.maps[:, TARGETS.index(finding)]) for finding in Finding},
    )
    fits = {name: calibrate(validation.logits[:, j], validation.positive[:, j], validation.groups) for j, name in enumerate(TARGETS)}
    settings = {
        "format": FORMAT,
        "sha256": hashlib.sha256(weights).hexdigest(),
        "side": side,
        "outputs": TARGETS,
        "scope": scope_of(validation),
        "rules": {name: asdict(fit) | {"box": _plain(rules[name]) if name in rules else None} for name, fit in fits.items()},
    }
    (out / SETTINGS).write_text(json.dumps(settings, indent=2) + "\n")
    return report


def _normal_films(films: Sequence[Film]) -> list[Film]:
    """Films of training patients without a finding, of both resolution groups in equal parts."""
    chosen = []
    for group in sorted({film.group for film in films}):
        here = [film for film in films if film.group == group and NO_FINDING in film.six and not film.validation]
        chosen += here[:: max(1, len(here) // _NORMAL_FILMS)][:_NORMAL_FILMS]
    return chosen


def _drawn(finding: Finding, outputs: Outputs, boxes: Sequence[ReferenceBox]) -> list[box_rules.Drawn]:
    found = []
    for i, film in enumerate(outputs.films):
        mine = tuple(b.box for b in boxes if (b.image_id, b.source, b.finding) == (film.image_id, box_rules.SOURCE, finding))
        if mine:
            found.append(box_rules.Drawn(outputs.maps[i, TARGETS.index(finding)], mine))
    if len(found) < 2:
        raise InputError(f"boxes.csv holds fewer than two films with a box of {finding} from {box_rules.SOURCE}.", "Is the copy complete?")
    return found


def _plain(rule: BoxRule) -> dict:
    """The rule as JSON; three decimals are more than the maps can tell."""
    return {key: np.round(value, 3).tolist() if isinstance(value, np.ndarray) else value for key, value in asdict(rule).items()}
