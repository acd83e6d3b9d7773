"""NIH ChestX-ray14: `BBox_List_2017` (boxes on 1024 px films) and `Data_Entry_2017` (text-mined labels, patients, views)."""

from collections import defaultdict
from pathlib import Path

from ...findings import NO_FINDING, Finding
from ..mapping import NIH
from .record import LabelledBox, LabelledFilm
from .tables import image_index, once, read_table

SOURCE = "NIH ChestX-ray14"
BOX_FRAME = (1024, 1024)
_BOX = ("x", "y", "w", "h")


def _mended(titles: list[str]) -> list[str]:
    """The export writes `Bbox [x,y,w,h]` and two or three empty columns: split at its commas, or quoted and followed by empty titles."""
    packed = [i for i, title in enumerate(titles) if title.replace(" ", "").casefold() == "bbox[x,y,w,h]"]
    if packed:
        titles = titles[: packed[0]] + list(_BOX) + titles[packed[0] + len(_BOX) :]
    return titles


def read_nih(
    entries: Path | None = None,
    boxes: Path | None = None,
    *,
    images: Path | None = None,
    frame: tuple[int, int] = BOX_FRAME,
) -> list[LabelledFilm]:
    """Films of either table or of both.

    With the label table every finding is known, present or absent (text-mined, so noisy). A film that only the box table has is known
    to show what is boxed, and nothing more. A film with nothing but findings outside the vocabulary stays, and is not normal. The box
    table holds a choice of the films that show a finding: on the others nobody looked for boxes.
    Raises InputError naming file, line and column.
    """
    marked, outside = _read_boxes(boxes, frame) if boxes else ({}, {})
    files = image_index(images)
    films = []
    seen = set()
    for row in _entries(entries):
        image_id = _stem(row.text("image"))
        seen.add(image_id)
        natives = [label.strip() for label in row.text("labels").split("|")]
        targets = native_targets(row, natives)
        own = tuple(marked.get(image_id, ()))
        present = {target for target in targets.values() if isinstance(target, Finding)} | {box.finding for box in own}
        unmapped = tuple(dict.fromkeys([native for native, target in targets.items() if target is None] + list(outside.get(image_id, ()))))
        films.append(
            LabelledFilm(
                image_id=image_id,
                patient_id=row.text("patient"),
                source=SOURCE,
                image=files.get(image_id),
                labels={finding: finding in present for finding in Finding},
                normal=NO_FINDING in targets.values() and not present and not unmapped,
                boxes=own,
                size=frame,
                outside=unmapped,
                groups={"view": row.cells["view"]} if row.has("view") else {},
            )
        )
    for image_id in marked:
        if image_id not in seen:
            films.append(_boxed_only(image_id, marked[image_id], outside[image_id], files.get(image_id), frame))
    return films


def native_targets(row, natives) -> dict[str, Finding | str | None]:
    """What a film's text-mined labels mean. Raises the row's error on an unknown one."""
    targets = {}
    for native in natives:
        try:
            targets[native] = NIH.target(native)
        except LookupError as error:
            raise row.error("labels", error.args[0]) from error
    return targets


def _entries(path: Path | None):
    if path is None:
        return ()
    columns = {"image": ("Image Index",), "labels": ("Finding Labels",), "patient": ("Patient ID",)}
    return once(read_table(path, columns, {"view": ("View Position",)}), "image", _stem)


def _read_boxes(path: Path, frame) -> tuple[dict[str, list[LabelledBox]], dict[str, dict[str, None]]]:
    columns = {"image": ("Image Index",), "label": ("Finding Label",), "x": ("Bbox [x", "x"), "y": ("y",), "w": ("w",), "h": ("h]", "h")}
    marked: dict[str, list[LabelledBox]] = defaultdict(list)
    outside: dict[str, dict[str, None]] = defaultdict(dict)
    for row in read_table(path, columns, header=_mended):
        image_id, target = _stem(row.text("image")), row.target("label", NIH)
        own = marked[image_id]  # a film with only boxes outside the vocabulary stays, with none
        box = row.box(_BOX, frame, "xywh")
        if target is None:
            outside[image_id].setdefault(row.text("label"))
        elif box is not None and isinstance(target, Finding):
            own.append(LabelledBox(target, box, "NIH BBox_List_2017"))
    return marked, outside


def _boxed_only(image_id, boxes, outside, image, frame) -> LabelledFilm:
    return LabelledFilm(
        image_id=image_id,
        patient_id=image_id.partition("_")[0].lstrip("0") or image_id,  # file names begin with the patient's number, padded with zeros
        source=SOURCE,
        image=image,
        labels={finding: True for finding in Finding if any(box.finding is finding for box in boxes)},
        normal=False,
        boxes=tuple(boxes),
        size=frame,
        outside=tuple(outside),
    )


def _stem(name: str) -> str:
    return name.rpartition(".")[0] or name
