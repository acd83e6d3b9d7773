"""Datasets by name, found in a folder by the file names they are published under."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ...errors import InputError
from . import chestxdet, films, nih, openi, rsna, siim, vindr
from .agreement import Votes
from .record import LabelledFilm


@dataclass(frozen=True)
class Dataset:
    """`read(folder, votes)` gives its films; `votes` matters only where several people read one film."""

    title: str
    read: Callable[[Path, Votes], list[LabelledFilm]]


def _one(folder: Path, *patterns: str, needed: bool = True) -> Path | None:
    for pattern in patterns:
        found = sorted(folder.rglob(pattern))
        if found:
            return found[0]
    if needed:
        raise InputError(f"The folder {folder.name!r} must hold {' or '.join(patterns)}, but has none.", "Check the dataset's folder.")
    return None


def _vindr(folder, votes):
    table = _one(folder, "annotations*.csv", "train.csv", "test.csv")
    return vindr.read_boxes(table, meta=_one(folder, "*meta*.csv", needed=False), images=folder, votes=votes)


def _vqa(folder, votes):
    return vindr.read_vqa(_one(folder, "*vqa*.json", "*.json"), meta=_one(folder, "*meta*.csv", needed=False), images=folder)


def _nih(folder, votes):
    entries, boxes = _one(folder, "Data_Entry*.csv", needed=False), _one(folder, "BBox_List*.csv", needed=False)
    if not entries and not boxes:
        _one(folder, "Data_Entry*.csv", "BBox_List*.csv")
    return nih.read_nih(entries, boxes, images=folder)


def _chestx_det(folder, votes):
    document = _one(folder, "*.json", needed=False)
    if document:
        return chestxdet.read_annotations(document, images=folder)
    images, masks = folder / "images", folder / "masks"
    if not masks.is_dir():
        _one(folder, "*.json", "masks")
    return chestxdet.read_label_maps(masks, images=images if images.is_dir() else None)


def _siim(folder, votes):
    return siim.read_siim(_one(folder, "*rle*.csv", "*train*.csv"), images=folder)


def _rsna(folder, votes):
    labels, classes = _one(folder, "*labels*.csv"), _one(folder, "*class_info*.csv", needed=False)
    return rsna.read_rsna(labels, classes, images=folder)


def _open_i(folder, votes):
    reports = _one(folder, "*reports*.csv", needed=False)
    if reports:
        return openi.read_tables(reports, _one(folder, "*projections*.csv", needed=False), images=folder)
    return openi.read_xml(_one(folder, "*reports*.tgz", needed=False) or folder)


def _films(folder, votes):
    return films.read_films(folder)


DATASETS: dict[str, Dataset] = {
    "films": Dataset("NIH films in the project's layout", _films),
    "vindr": Dataset("VinDr-CXR", _vindr),
    "vindr-vqa": Dataset("VinDr-CXR-VQA", _vqa),
    "nih": Dataset("NIH ChestX-ray14", _nih),
    "chestx-det": Dataset("ChestX-Det", _chestx_det),
    "siim": Dataset("SIIM-ACR Pneumothorax", _siim),
    "rsna": Dataset("RSNA Pneumonia 2018", _rsna),
    "open-i": Dataset("Open-i", _open_i),
}


def load_dataset(name: str, folder: Path, votes: Votes = Votes.MAJORITY) -> list[LabelledFilm]:
    """The films of a named dataset in a folder. Raises InputError on an unknown name, a missing file or a wrong cell, or without films."""
    if name not in DATASETS:
        raise InputError(f"There is no dataset named {name!r}.", f"Known: {', '.join(DATASETS)}.")
    if not folder.is_dir():
        raise InputError(f"The dataset folder {folder.name!r} does not exist.", "Give the folder that holds the dataset's tables.")
    labelled = DATASETS[name].read(folder, votes)
    seen = set()
    for film in labelled:
        if film.image_id in seen:
            raise InputError(f"The dataset {name!r} lists the film {film.image_id} twice.", "Remove one of the two rows.")
        seen.add(film.image_id)
    if not labelled:
        raise InputError(f"The dataset {name!r} in {folder.name!r} has no films.", "Check the dataset's folder.")
    return labelled
