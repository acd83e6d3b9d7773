"""The development films of NIH ChestX-ray14 as arrays, targets and a patient-disjoint split.

Layout of the data folder: `manifest.csv`, `boxes.csv`, `512/ID.jpg`, `128.zip`. Of the manifest, training sees NIH's own labels and
the view; RSNA's class and boxes are read for evaluation only.
"""

import csv
import hashlib
import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from ...errors import InputError
from ...findings import NO_FINDING, Finding
from ...geometry import Box, from_xywh

VALIDATION_PERCENT = 15
SPLIT_SALT = "cxr-lite-1"
CACHE_SIDE = 256  # px; larger films are kept at this side while training, which no stage exceeds

TARGETS = (*(finding.value for finding in Finding), NO_FINDING)
NATIVE_TARGETS = (
    "Atelectasis", "Edema", "Emphysema", "Fibrosis", "Pleural_Thickening", "Consolidation", "Infiltration", "Pneumonia", "Mass", "Nodule",
)  # fmt: skip
OUTPUTS = (*TARGETS, "AP", *NATIVE_TARGETS)

_COLUMNS = {"file", "image_id", "patient_id", "view", "native_labels", "six_labels", "rsna_class", "width", "origin", "split_group"}


@dataclass(frozen=True)
class Film:
    """One row of the manifest. `group` is the resolution group ("512" or "128"), `width` the pixels that the file really has."""

    file: str
    image_id: str
    patient_id: str
    view: str
    six: frozenset[str]
    native: frozenset[str]
    rsna_class: str
    width: int
    origin: str
    group: str

    @property
    def validation(self) -> bool:
        return is_validation(self.patient_id)


@dataclass(frozen=True)
class ReferenceBox:
    """A box drawn by a person; `source` is "NIH_BBox_List_2017" or "RSNA_2018" (evaluation only)."""

    image_id: str
    source: str
    finding: Finding
    box: Box


def is_validation(patient_id: str) -> bool:
    """Whether a patient belongs to the validation part: fixed for ever by a hash of the id."""
    digest = hashlib.sha256(f"{SPLIT_SALT}:{patient_id}".encode()).digest()
    return int.from_bytes(digest[:4], "big") % 100 < VALIDATION_PERCENT


def read_manifest(folder: Path) -> list[Film]:
    """Rows of `manifest.csv`. InputError names the file and what is missing."""
    rows = _rows(Path(folder) / "manifest.csv", _COLUMNS)
    return [
        Film(
            file=row["file"],
            image_id=row["image_id"],
            patient_id=row["patient_id"],
            view=row["view"],
            six=frozenset(filter(None, row["six_labels"].split("|"))),
            native=frozenset(filter(None, row["native_labels"].split("|"))),
            rsna_class=row["rsna_class"],
            width=int(row["width"]),
            origin=row["origin"],
            group=row["split_group"],
        )
        for row in rows
    ]


def read_boxes(folder: Path) -> list[ReferenceBox]:
    """Boxes of `boxes.csv` whose label maps to the vocabulary; stored as x, y, w, h in fractions."""
    rows = _rows(Path(folder) / "boxes.csv", {"image_id", "source", "six", "x", "y", "w", "h"})
    return [
        ReferenceBox(
            row["image_id"], row["source"], Finding(row["six"]), from_xywh([float(row[k]) for k in "xywh"], width=1, height=1, slack=0.02)
        )
        for row in rows
        if row["six"]
    ]


def _rows(path: Path, columns: set[str]) -> list[dict[str, str]]:
    if not path.is_file():
        raise InputError(f"{path} does not exist.", "Give --data the folder that holds manifest.csv, boxes.csv, 512/ and 128.zip.")
    with path.open(newline="") as stream:
        reader = csv.DictReader(stream)
        missing = columns - set(reader.fieldnames or ())
        if missing:
            raise InputError(f"{path} lacks the columns {', '.join(sorted(missing))}.", "Its header names one column for each.")
        return list(reader)


class FilmStore:
    """Pixels of films, uint8 grey (H, W), from the loose files or the zip beside the manifest."""

    def __init__(self, folder: Path):
        self.folder = Path(folder)
        path = self.folder / "128.zip"
        self._zip = zipfile.ZipFile(path) if path.is_file() else None
        self._members = frozenset(self._zip.namelist()) if self._zip else frozenset()

    def __call__(self, film: Film) -> np.ndarray:
        if film.file in self._members:
            data = self._zip.read(film.file)
        else:
            path = self.folder / film.file
            if not path.is_file():
                raise InputError(f"{film.file} of the manifest is neither in {self.folder} nor in its 128.zip.", "Is the copy complete?")
            data = path.read_bytes()
        return decode(data, film.file)


def decode(data: bytes, name: str) -> np.ndarray:
    """Grey pixels of an encoded image."""
    pixels = cv2.imdecode(np.frombuffer(io.BytesIO(data).getbuffer(), np.uint8), cv2.IMREAD_GRAYSCALE)
    if pixels is None:
        raise InputError(f"{name} can't be decoded as an image.", "Is the copy complete?")
    return pixels


def targets(films: list[Film]) -> tuple[np.ndarray, np.ndarray]:
    """Labels and their mask, both float32 (films, OUTPUTS); the mask is 0 where a label is unknown (no stated view)."""
    labels = np.zeros((len(films), len(OUTPUTS)), np.float32)
    mask = np.ones_like(labels)
    view = OUTPUTS.index("AP")
    for i, film in enumerate(films):
        labels[i] = [name in film.six or name in film.native for name in OUTPUTS]
        labels[i, view] = film.view == "AP"
        mask[i, view] = film.view in ("AP", "PA")
    return labels, mask


def sampling_weights(films: list[Film], labels: np.ndarray) -> np.ndarray:
    """Probability of each film to be drawn: rarer labels more often (inverse root of their frequency).

    Frequencies are counted within each resolution group, so that resolution tells less about the label.
    """
    weights = np.zeros(len(films))
    main = labels[:, : len(TARGETS)] > 0
    groups = np.array([film.group for film in films])
    for group in np.unique(groups):
        here = groups == group
        rarity = main[here].mean(0).clip(1e-3) ** -0.5
        weights[here] = np.where(main[here], rarity, 0).max(1)
        weights[here & (weights == 0)] = np.median(rarity)  # only labels outside the vocabulary
        weights[here] /= weights[here].mean()
    weights[groups == "512"] *= 1.5  # few, but what a user's film looks like
    return weights / weights.sum()
