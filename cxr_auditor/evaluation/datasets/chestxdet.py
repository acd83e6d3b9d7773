"""ChestX-Det: 13 categories drawn on NIH films, as JSON (boxes in pixels of 1024) or as label maps (a category number in each pixel)."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from ...errors import InputError
from ...findings import Finding
from ...geometry import Box, from_xyxy
from ..mapping import CHESTX_DET, CHESTX_DET_IDS
from .record import LabelledBox, LabelledFilm
from .tables import image_index, read_json

SOURCE = "ChestX-Det"
FRAME = (1024, 1024)
BACKGROUND = (0, 255)


def read_annotations(document: Path, *, images: Path | None = None, frame: tuple[int, int] = FRAME) -> list[LabelledFilm]:
    """Films of the JSON layout: a list of {"file_name", "syms": [category], "boxes": [[x0, y0, x1, y1]]}. Raises InputError."""
    films = []
    seen: dict[str, int] = {}
    files = image_index(images)
    entries = read_json(document)
    if not isinstance(entries, list):
        raise InputError(f"{document.name}: must be a list of films, but got {type(entries).__name__}.")
    for number, entry in enumerate(entries, start=1):
        place = f"{document.name}, entry {number}"
        if not isinstance(entry, dict) or not isinstance(entry.get("file_name"), str) or not Path(entry["file_name"]).stem:
            raise InputError(f"{place}, field 'file_name': must be the name of an image.")
        names, corners = entry.get("syms"), entry.get("boxes")
        if not isinstance(names, list) or not isinstance(corners, list) or len(names) != len(corners):
            raise InputError(f"{place}, fields 'syms' and 'boxes': must be lists of one length.")
        marks = [_mark(place, name, box, frame) for name, box in zip(names, corners, strict=True)]
        image_id = Path(entry["file_name"]).stem
        if image_id in seen:
            problem = f"{place}, field 'file_name': lists the film {image_id} twice (first in entry {seen[image_id]})."
            raise InputError(problem, "Remove one of the two entries.")
        seen[image_id] = number
        films.append(_film(image_id, marks, frame, files.get(image_id)))
    return films


def _mark(place, name, corners, frame) -> tuple[str, Box]:
    if not isinstance(name, str) or name not in CHESTX_DET.targets:
        raise InputError(f"{place}, field 'syms': must be among {', '.join(CHESTX_DET.targets)}, but got {name!r}.")
    try:
        return name, from_xyxy(corners, width=frame[0], height=frame[1])
    except ValueError as error:
        raise InputError(f"{place}, field 'boxes': {error}.") from error


def read_label_maps(folder: Path, *, images: Path | None = None) -> list[LabelledFilm]:
    """Films of a folder of label maps, one picture a film, named like the film. Raises InputError on another kind of picture."""
    from PIL import Image, UnidentifiedImageError

    files = image_index(images)
    films = []
    for image_id, path in image_index(folder).items():
        try:
            with Image.open(path) as picture:
                values = np.asarray(picture)
            marks = [(CHESTX_DET_IDS[number], box) for number, box in boxes_of_map(values)]
        except (UnidentifiedImageError, OSError, ValueError) as error:
            raise InputError(f"The label map {path.name} can't be used: {error}.") from error
        films.append(_film(image_id, marks, (values.shape[1], values.shape[0]), files.get(image_id)))
    return films


def boxes_of_map(values: np.ndarray) -> list[tuple[int, Box]]:
    """(category number, tight box) for each category of a label map, in rising order.

    `values`: integers, (height, width) or (height, width, channels); of several channels the first counts. 0 and 255 are background.
    """
    values = np.asarray(values)
    if values.ndim == 3:
        values = values[..., 0]
    if values.ndim != 2 or not np.issubdtype(values.dtype, np.integer):
        got = f"{values.dtype} of shape {values.shape}"
        raise ValueError(f"a label map must be integers of shape (height, width[, channels]), but got {got}")
    numbers = [int(number) for number in np.unique(values) if number not in BACKGROUND]
    unknown = [number for number in numbers if number not in CHESTX_DET_IDS]
    if unknown:
        raise ValueError(f"a label map must hold category numbers 1 to {max(CHESTX_DET_IDS)} and background, but got {unknown}")
    return [(number, mask_box(values == number)) for number in numbers]


def mask_box(mask: np.ndarray) -> Box:
    """Tight box of a mask, (height, width) of booleans with at least one True; its last row and column lie inside."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    height, width = mask.shape
    return from_xyxy([int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1], width=width, height=height)


def _film(image_id, marks: Iterable[tuple[str, Box]], frame, image) -> LabelledFilm:
    boxes, outside = [], {}
    for name, box in marks:
        target = CHESTX_DET.target(name)
        if target is None:
            outside.setdefault(name)
        else:
            boxes.append(LabelledBox(target, box, SOURCE))
    present = {box.finding for box in boxes}
    return LabelledFilm(
        image_id=image_id,
        patient_id=image_id,
        source=SOURCE,
        image=image,
        labels={finding: finding in present for finding in Finding},
        normal=False if boxes or outside else None,  # none of 13 categories: that alone does not make a film normal
        boxes=tuple(boxes),
        size=frame,
        searched=tuple(Finding),
        outside=tuple(outside),
    )
