"""The project's own layout for NIH films: `manifest.csv`, `boxes.csv` and one folder or ZIP archive of images per split group."""

from collections import defaultdict
from pathlib import Path

from ...findings import NO_FINDING, Finding
from ..mapping import NIH, RSNA
from .nih import native_targets
from .record import ArchiveMember, ImageSource, LabelledBox, LabelledFilm
from .tables import Row, once, read_table

SOURCE = "NIH ChestX-ray14"
_UNIT = (1, 1)
_BOX = ("x", "y", "w", "h")
_RSNA = "RSNA_2018"
_SPELLED = {_RSNA: RSNA, "NIH_BBox_List_2017": NIH}


def tables(folder: Path) -> tuple[Path, Path]:
    """Where the manifest and the boxes (which may be missing) lie."""
    return folder / "manifest.csv", folder / "boxes.csv"


def read_films(folder: Path) -> list[LabelledFilm]:
    """Films of `folder`. Labels come from the native (text-mined) column; an RSNA reading of the same film is its `second` label.

    Boxes are fractions of width and height. `groups`: origin, resolution (the split group) and view. Raises InputError.
    """
    manifest, drawn = tables(folder)
    boxes = _read_boxes(drawn) if drawn.is_file() else {}
    columns = {"file": ("file",), "image": ("image_id",), "patient": ("patient_id",), "labels": ("native_labels",)}
    optional = {"view": ("view",), "rsna": ("rsna_class",), "origin": ("origin",), "resolution": ("split_group",)}
    films = []
    for row in once(read_table(manifest, columns, optional), "image"):
        targets = native_targets(row, [label.strip() for label in row.text("labels").split("|")])
        present = {target for target in targets.values() if isinstance(target, Finding)}
        outside = tuple(native for native, target in targets.items() if target is None)
        own = tuple(boxes.get(row.text("image"), ()))
        films.append(
            LabelledFilm(
                image_id=row.text("image"),
                patient_id=row.text("patient"),
                source=SOURCE,
                image=_image(folder, row.text("file")),
                labels={finding: finding in present for finding in Finding},
                normal=NO_FINDING in targets.values() and not present and not outside,
                boxes=own,
                outside=outside,
                second=_second(row),
                groups={name: row.cells[name] for name in ("origin", "resolution", "view") if row.has(name)},
                searched=_searched(row, own),
            )
        )
    return films


def _second(row: Row) -> dict[Finding, bool]:
    """Opacity or a normal film in RSNA's reading; the class between the two says neither."""
    target = row.target("rsna", RSNA) if row.has("rsna") else None
    if target is None:
        return {}
    return {Finding.LUNG_OPACITY_CONSOLIDATION: target is Finding.LUNG_OPACITY_CONSOLIDATION}


def _searched(row: Row, boxes) -> tuple[Finding, ...]:
    """RSNA's readers looked for opacity wherever they read; NIH's list boxes some films that show a finding, and no other was looked at."""
    read = row.has("rsna") and (any(box.source == _RSNA for box in boxes) or row.target("rsna", RSNA) != Finding.LUNG_OPACITY_CONSOLIDATION)
    return (Finding.LUNG_OPACITY_CONSOLIDATION,) if read else ()


def _image(folder: Path, file: str) -> ImageSource:
    path = folder / file
    archive = folder / f"{Path(file).parts[0]}.zip"
    return ArchiveMember(archive, file) if not path.is_file() and archive.is_file() else path


def _read_boxes(path: Path) -> dict[str, list[LabelledBox]]:
    columns = {"image": ("image_id",), "source": ("source",), "label": ("label",), **{name: (name,) for name in _BOX}}
    boxes: dict[str, list[LabelledBox]] = defaultdict(list)
    for row in read_table(path, columns):
        labels = _SPELLED.get(row.text("source"))
        if labels is None:
            raise row.error("source", f"must be one of {', '.join(_SPELLED)}, but got {row.text('source')!r}")
        target, box = row.target("label", labels), row.box(_BOX, _UNIT, "xywh")
        if isinstance(target, Finding) and box is not None:
            boxes[row.text("image")].append(LabelledBox(target, box, row.text("source")))
    return boxes
