"""Films of a labelled dataset -> cases. Only a film whose truth is known and whose findings have their place becomes one."""

import math
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from ..errors import InputError
from ..evaluation.datasets import LabelledFilm, image_bytes, load_dataset
from ..evaluation.datasets.agreement import Votes
from ..findings import Finding
from ..geometry import Box, box_sides
from ..reading_data import EntryData, ReadingData
from ..schema import OtherStatement
from .coco import read_coco
from .new_case import NewCase, Stated, film_pixels, plain_teaching

COCO = "coco"


def dataset_films(name: str, folder: Path, votes: Votes) -> list[LabelledFilm]:
    """Films of a dataset that `evaluation` knows, or of the one JSON document of a COCO-style folder. Raises InputError."""
    if name != COCO:
        return load_dataset(name, folder, votes)
    documents = sorted(folder.glob("*.json"))
    if len(documents) != 1:
        raise InputError(f"The folder {folder.name!r} must hold one JSON document, but holds {len(documents)}.", "Put each set in its own.")
    return read_coco(documents[0], images=folder)


def usable(films: Iterable[LabelledFilm]) -> tuple[list[LabelledFilm], Counter[str]]:
    """Films that can be taught with, in their order; and why the others can't, with how many of them."""
    kept, left_out = [], Counter()
    for film in films:
        reason = _unfit(film)
        if reason:
            left_out[reason] += 1
        else:
            kept.append(film)
    return kept, left_out


def choose(films: Sequence[LabelledFilm], limit: int | None, seed: int | None, normals: float | None) -> list[LabelledFilm]:
    """`limit` films (None: as many as there are), in their order or, with a `seed`, in a random one.

    `normals`: share, 0 to 1, of films without any of the five findings; None leaves it as it comes. Where a kind runs short there are
    fewer films: the share is kept before the number.
    """
    films = list(films)
    if seed is not None:
        random.Random(seed).shuffle(films)
    if normals is None:
        return films[:limit] if limit else films
    shown = sum(bool(film.present) for film in films)
    most = [count / share for count, share in ((shown, 1 - normals), (len(films) - shown, normals)) if share]
    total = math.floor(min([*most, *([limit] if limit else [])]) + 1e-9)
    room = {False: round(total * normals), True: total - round(total * normals)}
    chosen = []
    for film in films:
        if room[bool(film.present)]:
            room[bool(film.present)] -= 1
            chosen.append(film)
    return chosen


def labelled_cases(films: Iterable[LabelledFilm], stated: Stated) -> Iterator[NewCase]:
    """Cases of usable films. What the dataset does not say of a film stays out of the case's scope; no id of its goes in."""
    for film in films:
        reading = truth_of(film)
        pixels = film_pixels(image_bytes(film.image), f"The film {film.image_id}")
        yield NewCase(pixels=pixels, reading=reading, teaches=plain_teaching(reading, stated.source), stated=stated)


def truth_of(film: LabelledFilm) -> ReadingData:
    """What is known of a usable film; labels outside the vocabulary stand beside it."""
    entries = []
    for finding in film.present:
        boxes = film.boxes_of(finding)
        entries += [_entry(finding, box) for box in boxes] or [EntryData(finding=finding)]
    return ReadingData(
        scope=tuple(finding for finding in Finding if finding in film.labels),
        findings=tuple(entries),
        other=tuple(OtherStatement(term=native) for native in film.outside),
    )


def _entry(finding: Finding, box: Box) -> EntryData:
    short = Box(*(round(value, 5) for value in box.as_list()))  # a hundredth of a pixel or two; the file stays readable
    return EntryData(finding=finding, sides=box_sides(short) if finding.has_sides else (), box=short)


def _unfit(film: LabelledFilm) -> str | None:
    if film.image is None or (isinstance(film.image, Path) and not film.image.is_file()):
        return "without an image in the folder"
    if not film.labels:
        return "with nothing known of the five findings"
    if any(film.second.get(finding, label) != label for finding, label in film.labels.items()):
        return "with two readings that disagree"
    boxes = {finding: film.boxes_of(finding) for finding in Finding}
    if any(boxes[finding] and not film.labels.get(finding) for finding in Finding):
        return "with a box of a finding that its label denies"
    if any(not box.area for marked in boxes.values() for box in marked):
        return "with a box that has no area"
    if any(finding.has_sides and not boxes[finding] for finding in film.present):
        return "with a finding that nobody marked"
    return None
