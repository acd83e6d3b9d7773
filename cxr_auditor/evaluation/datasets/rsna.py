"""RSNA Pneumonia Detection 2018: boxes of lung opacity on 1024 px NIH films, and the class of each film.

A "patientId" of the challenge is one film. "No Lung Opacity / Not Normal" is abnormal, and says nothing of the other findings.
"""

from collections import defaultdict
from pathlib import Path

from ...findings import NO_FINDING, Finding
from ..mapping import RSNA
from .record import LabelledBox, LabelledFilm
from .tables import image_index, read_table

SOURCE = "RSNA Pneumonia 2018"
FRAME = (1024, 1024)
_BOX = ("x", "y", "width", "height")


def read_rsna(labels: Path, classes: Path | None = None, *, images: Path | None = None) -> list[LabelledFilm]:
    """Films of the label table (patientId, x, y, width, height, Target) and, where given, the class table (patientId, class).

    Both repeat a film for each of its boxes. Raises InputError naming file, line and column.
    """
    named = {row.text("id"): row.target("class", RSNA) for row in _rows(classes, {"id": ("patientId",), "class": ("class",)})}
    files = image_index(images)
    boxes: dict[str, list[LabelledBox]] = defaultdict(list)
    columns = {"id": ("patientId",), "target": ("Target",), **{name: (name,) for name in _BOX}}
    for row in read_table(labels, columns):
        own = boxes[row.text("id")]
        if row.text("target") not in ("0", "1"):
            raise row.error("target", f"must be 0 or 1, but got {row.text('target')!r}")
        box = row.box(_BOX, FRAME, "xywh")
        if (box is not None) != (row.text("target") == "1"):
            raise row.error("target", "must be 1 with a box and 0 without one")
        if box is not None:
            own.append(LabelledBox(Finding.LUNG_OPACITY_CONSOLIDATION, box, SOURCE))
    return [_film(image_id, tuple(own), named.get(image_id), image_id in named, files.get(image_id)) for image_id, own in boxes.items()]


def _rows(path, columns):
    return read_table(path, columns) if path else ()


def _film(image_id, boxes, target, classed, image) -> LabelledFilm:
    normal = not boxes and target == NO_FINDING if classed else (False if boxes else None)
    labels = dict.fromkeys(Finding, False) if normal else {Finding.LUNG_OPACITY_CONSOLIDATION: bool(boxes)}
    outside = ("No Lung Opacity / Not Normal",) if classed and target is None and not boxes else ()
    searched = (Finding.LUNG_OPACITY_CONSOLIDATION,)
    return LabelledFilm(image_id, image_id, SOURCE, image, labels, normal, boxes, FRAME, outside, searched=searched)
