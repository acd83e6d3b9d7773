"""VinDr-CXR: boxes by several radiologists, and the question set (VinDr-CXR-VQA) drawn from them.

Boxes are in pixels of the original film, whatever size the images at hand have been resized to: they are divided by the original's
size (from the meta table), never by the mirror's. VinDr names no patients, so each film stands for its own.
"""

import math
import re
from collections import defaultdict
from pathlib import Path

from ...errors import InputError
from ...findings import NO_FINDING, Finding
from ...geometry import Box, from_xyxy
from ..mapping import VINDR
from .agreement import Mark, Votes, decide_film, merge_boxes
from .record import LabelledBox, LabelledFilm
from .tables import image_index, read_json, read_table

SOURCE = "VinDr-CXR"
_CONSENSUS = "consensus"  # the test table names no reader: its rows are the agreement of five
_CORNERS = ("x_min", "y_min", "x_max", "y_max")


def read_sizes(meta: Path) -> dict[str, tuple[int, int]]:
    """Original (width, height) by image id. The table calls them width and height, or dim1 and dim0 (rows first)."""
    columns = {"image_id": ("image_id", "id"), "width": ("width", "dim1"), "height": ("height", "dim0")}
    return {row.text("image_id"): row.size("width", "height") for row in read_table(meta, columns)}


def read_boxes(table: Path, *, meta: Path | None = None, images: Path | None = None, votes: Votes = Votes.MAJORITY) -> list[LabelledFilm]:
    """Films of a VinDr annotation table, in the order of their first row.

    Taken: the layout with class_id, the published training layout (rad_id) and the published test layout (neither). Without a size a
    label is kept and its box dropped. Raises InputError naming file, line and column.
    """
    sizes = read_sizes(meta) if meta else {}
    files = image_index(images)
    required = {name: (name,) for name in ("image_id", "class_name", *_CORNERS)}
    marks: dict[str, list[Mark]] = defaultdict(list)
    outside: dict[str, dict[str, None]] = defaultdict(dict)
    for row in read_table(table, required, {"rad_id": ("rad_id",), "class_id": ("class_id",)}):
        image_id, target = row.text("image_id"), row.target("class_name", VINDR)
        size = sizes.get(image_id)
        box = row.box(_CORNERS, size, "xyxy") if size and target != NO_FINDING else None
        if target is None:
            outside[image_id].setdefault(row.text("class_name"))
        marks[image_id].append(Mark(row.cells.get("rad_id") or _CONSENSUS, target, box))
    return [_film(image_id, own, tuple(outside[image_id]), sizes.get(image_id), files, votes) for image_id, own in marks.items()]


def _film(image_id, marks, outside, size, files, votes) -> LabelledFilm:
    labels, normal, tally = decide_film(marks, votes)
    if normal and outside:
        outside = ()  # outvoted
    readers = len({mark.reader for mark in marks})
    boxes = merge_boxes(marks, labels, votes, readers, SOURCE)
    placed = {box.finding for box in boxes}  # not those whose readers agree that they are there, and not where
    return LabelledFilm(
        image_id=image_id,
        patient_id=image_id,
        source=SOURCE,
        image=files.get(image_id),
        labels=labels,
        normal=normal,
        boxes=boxes,
        size=size,
        searched=tuple(finding for finding, label in labels.items() if size and (finding in placed or not label)),
        outside=outside,
        votes=tally,
    )


def read_vqa(document: Path, *, images: Path | None = None, meta: Path | None = None) -> list[LabelledFilm]:
    """Films of the question set: what its `gt_finding` and `gt_location` say, without repeats.

    The document is a list of questions, or of films with a list `questions`; `gt_location` is four numbers in pixels of the original,
    as a list or inside a text. Findings that nobody asked about are not known.
    """
    sizes = read_sizes(meta) if meta else {}
    files = image_index(images)
    rows = read_json(document)
    if not isinstance(rows, list):
        raise InputError(f"{document.name}: must be a list of questions or films, but got {type(rows).__name__}.")
    said: dict[str, dict[tuple[str, Box | None], Finding | str | None]] = defaultdict(dict)
    for number, row in enumerate(rows, start=1):
        for question in _questions(document, number, row):
            image_id = question["image_id"]
            size = sizes.get(image_id) or _stated_size(document, number, question)
            if size:
                sizes[image_id] = size
            target = _target(document, number, question)
            box = _location(document, number, question.get("gt_location"), size) if target != NO_FINDING else None
            said[image_id][question["gt_finding"], box] = target
    return [_vqa_film(image_id, answers, sizes.get(image_id), files.get(image_id)) for image_id, answers in said.items()]


def _vqa_film(image_id, answers, size, image) -> LabelledFilm:
    findings = {target for target in answers.values() if isinstance(target, Finding)}
    outside = tuple(dict.fromkeys(native for (native, _), target in answers.items() if target is None))
    boxes = tuple(LabelledBox(target, box, SOURCE) for (_, box), target in answers.items() if isinstance(target, Finding) and box)
    normal = not findings and not outside
    labels = dict.fromkeys(Finding, False) if normal else dict.fromkeys(sorted(findings, key=lambda f: f.rank), True)
    placed = {box.finding for box in boxes}
    searched = tuple(finding for finding, label in labels.items() if finding in placed or not label)
    return LabelledFilm(image_id, image_id, f"{SOURCE} VQA", image, labels, normal, boxes, size, outside, searched=searched)


def _questions(document, number, row):
    if not isinstance(row, dict) or not isinstance(row.get("image_id"), str) or not re.fullmatch(r"[0-9a-f]{32}", row["image_id"]):
        raise InputError(f"{document.name}, entry {number}, field 'image_id': must be 32 hexadecimal digits.")
    questions = row.get("questions", [row])
    if not isinstance(questions, list) or not all(isinstance(question, dict) for question in questions):
        raise InputError(f"{document.name}, entry {number}, field 'questions': must be a list of questions.")
    shared = {key: row[key] for key in ("image_id", "image_width", "image_height") if key in row}
    return [shared | question for question in questions]


def _target(document, number, question):
    if not isinstance(question.get("gt_finding"), str):
        raise InputError(f"{document.name}, entry {number}, field 'gt_finding': must be a text.")
    try:
        return VINDR.target(question["gt_finding"])
    except LookupError as error:
        raise InputError(f"{document.name}, entry {number}, field 'gt_finding': {error.args[0]}.") from error


def _stated_size(document, number, question) -> tuple[int, int] | None:
    width, height = question.get("image_width"), question.get("image_height")
    if width is None and height is None:
        return None
    if not all(isinstance(value, (int, float)) and math.isfinite(value) and value >= 1 for value in (width, height)):
        raise InputError(f"{document.name}, entry {number}, fields 'image_width' and 'image_height': must be at least 1 pixel.")
    return int(width), int(height)


def _location(document, number, location, size) -> Box | None:
    """`location` in pixels of the original. None without a size: a box in an unknown frame is no box."""
    if isinstance(location, str):
        location = [float(value) for value in re.findall(r"-?\d+(?:\.\d+)?", location)]
    if location in (None, []):
        return None
    try:
        return from_xyxy(location, width=size[0], height=size[1]) if size else _checked(location)
    except ValueError as error:
        raise InputError(f"{document.name}, entry {number}, field 'gt_location': {error}.") from error


def _checked(location) -> None:
    if not isinstance(location, list) or len(location) != 4:
        raise ValueError(f"must be four numbers, but got {location!r}")
