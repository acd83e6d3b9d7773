"""COCO-style annotations of chest films, as labelling tools export them: {"images", "annotations", "categories"} in one JSON file."""

from collections import defaultdict
from pathlib import Path

from ..errors import InputError
from ..evaluation.datasets.record import LabelledBox, LabelledFilm
from ..evaluation.datasets.tables import image_index, read_json
from ..evaluation.mapping import CHESTX_DET, NIH, RSNA, VINDR, Labels
from ..findings import NO_FINDING, Finding
from ..geometry import from_xywh

SOURCE = "COCO-style annotations"
CATEGORIES = Labels(
    "COCO-style",  # the tools have no labels of their own: the vocabulary's, and what the datasets call them
    {finding.value: finding for finding in Finding}
    | {NO_FINDING: NO_FINDING}
    | RSNA.targets
    | NIH.targets
    | CHESTX_DET.targets
    | VINDR.targets,
)


def read_coco(document: Path, *, images: Path) -> list[LabelledFilm]:
    """Films of `document`, in its order. `bbox` is [x, y, width, height] in pixels of the image's own `width` and `height`.

    A finding with a category of its own that a film has no box of is absent; a finding without a category is not known.
    Raises InputError naming file, entry and field.
    """
    data = read_json(document)
    if not isinstance(data, dict):
        raise InputError(f"{document.name}: must be an object with images, annotations and categories, but got {type(data).__name__}.")
    categories, names = {}, {}
    for place, entry in _entries(document, data, "categories", id=int, name=str):
        categories[entry["id"]], names[entry["id"]] = _target(place, entry), entry["name"]
    films = _images(document, data)
    marked: dict[int, list[LabelledBox]] = defaultdict(list)
    outside: dict[int, dict[str, None]] = defaultdict(dict)
    normal = set()
    for place, entry in _entries(document, data, "annotations", image_id=int, category_id=int):
        for field, known in (("image_id", films), ("category_id", categories)):
            if entry[field] not in known:
                raise InputError(f"{place}, field {field!r}: {entry[field]} is not among the document's ids.")
        image, target = entry["image_id"], categories[entry["category_id"]]
        if target == NO_FINDING:
            normal.add(image)
        elif target is None:
            outside[image].setdefault(names[entry["category_id"]])
        else:
            marked[image].append(LabelledBox(target, _box(place, entry, films[image]), SOURCE))
    return _films(document, films, categories, marked, outside, normal, image_index(images))


def _images(document: Path, data: dict) -> dict[int, dict]:
    """The images by their id; each must have an id and a file name of its own, or a box would land on another film."""
    films, stems = {}, set()
    for place, entry in _entries(document, data, "images", id=int, file_name=str, width=int, height=int):
        stem = Path(entry["file_name"]).stem
        for field, known, value in (("id", films, entry["id"]), ("file_name", stems, stem)):
            if value in known:
                raise InputError(f"{place}, field {field!r}: {value!r} is given twice.")
        films[entry["id"]] = entry
        stems.add(stem)
    return films


def _films(document, films, categories, marked, outside, normal, files) -> list[LabelledFilm]:
    asked = [finding for finding in Finding if finding in categories.values()]
    made = []
    for number, entry in films.items():
        image_id = Path(entry["file_name"]).stem
        present = {box.finding for box in marked[number]}
        if number in normal and (present or outside[number]):
            raise InputError(f"{document.name}, image {number}: is called normal and has something else marked.")
        made.append(
            LabelledFilm(
                image_id=image_id,
                patient_id=image_id,
                source=SOURCE,
                image=files.get(image_id),
                labels=dict.fromkeys(Finding, False) if number in normal else {finding: finding in present for finding in asked},
                normal=True if number in normal else False if present or outside[number] else None,
                boxes=tuple(marked[number]),
                size=(entry["width"], entry["height"]),
                outside=tuple(outside[number]),
            )
        )
    return made


def _entries(document: Path, data: dict, name: str, /, **fields: type):
    """(place for errors, entry) of a list whose entries have these fields of these types."""
    entries = data.get(name)
    if not isinstance(entries, list):
        raise InputError(f"{document.name}, field {name!r}: must be a list.")
    for number, entry in enumerate(entries, start=1):
        place = f"{document.name}, {name} entry {number}"
        for field, kind in fields.items():
            value = entry.get(field) if isinstance(entry, dict) else None
            if not isinstance(value, kind) or isinstance(value, bool):
                raise InputError(f"{place}, field {field!r}: must be {'a text' if kind is str else 'a whole number'}, but got {value!r}.")
        yield place, entry


def _target(place: str, entry: dict):
    try:
        return CATEGORIES.target(entry["name"])
    except LookupError as error:
        raise InputError(f"{place}, field 'name': {error.args[0]}.") from error


def _box(place: str, entry: dict, film: dict):
    try:
        return from_xywh(entry.get("bbox"), width=film["width"], height=film["height"])
    except ValueError as error:
        raise InputError(f"{place}, field 'bbox': {error}.", "It must be [x, y, width, height] in pixels of the image.") from error
