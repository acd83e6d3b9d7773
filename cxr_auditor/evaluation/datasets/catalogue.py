"""Datasets by name, found in a folder by the file names they are published under."""

from collections.abc import Callable
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

from ...errors import InputError
from . import chestxdet, films, nih, openi, rsna, siim, vindr
from .agreement import Votes
from .record import LabelledFilm


@dataclass(frozen=True)
class Folder:
    """Where a dataset lies: its folder, or the path of its main table. `taken`: the tables that were found, in the order of asking."""

    given: Path
    taken: list[Path] = field(default_factory=list)

    @property
    def root(self) -> Path:
        """The folder below which tables and images lie; VinDr-CXR as published keeps its tables in a folder beside those of the images."""
        if self.given.is_dir():
            return self.given
        return self.given.parent.parent if self.given.parent.name == "annotations" else self.given.parent

    def table(self, *choices: str) -> Path:
        """The one file of the first of `choices` (patterns, several joined by "|") that is there; the main table where it was given."""
        found = self.other(*choices)
        if found is None and self.given.is_file():
            self.taken.append(self.given)
            return self.given
        if found is None:
            names = " or ".join(choices).replace("|", " or ")
            raise InputError(f"The folder {self.given.name!r} must hold {names}, but has none.", "Check the dataset's folder.")
        return found

    def other(self, *choices: str) -> Path | None:
        """As `table`; None where there is none. Raises InputError naming the files where there are several."""
        for choice in choices:
            patterns = choice.split("|")
            found = {path for pattern in patterns for path in self.root.rglob(pattern)}
            if self.given.is_file() and any(fnmatch(self.given.name, pattern) for pattern in patterns):
                found = {self.given}
            if len(found) > 1:
                names = ", ".join(sorted(str(path.relative_to(self.root)) for path in found))
                problem = f"The folder {self.root.name!r} holds several tables of one kind: {names}."
                raise InputError(problem, "Give the path of the one to take instead of the folder, or keep only that one.")
            if found:
                self.taken.append(found.pop())
                return self.taken[-1]
        return None


@dataclass(frozen=True)
class Dataset:
    """`films(folder, votes)` reads it; `votes` matters only where several people read one film.

    `of_nih`: its films are films of NIH ChestX-ray14, which the lite reader learnt from. `nih_patients`: and its patients are named as
    NIH names them, so that those whom the lite reader's recipe holds out are known. `sized`: boxes are in pixels of originals whose sizes
    stand elsewhere, so that a film without one has lost its boxes.
    """

    title: str
    films: Callable[[Folder, Votes], list[LabelledFilm]]
    of_nih: bool = False
    nih_patients: bool = False
    sized: bool = False

    def read(self, path: Path, votes: Votes) -> list[LabelledFilm]:
        """The films of a folder, or of the folder around a main table. Raises InputError on a missing file or a wrong cell."""
        return self.films(Folder(path), votes)


def _vindr(folder, votes):
    table = folder.table("annotations*.csv|train.csv|test.csv")
    return vindr.read_boxes(table, meta=_meta(folder, table), images=folder.root, votes=votes)


def _vqa(folder, votes):
    document = folder.table("*vqa*.json", "*.json")
    return vindr.read_vqa(document, meta=_meta(folder, document), images=folder.root)


def _meta(folder, table) -> Path | None:
    """The sizes of the films: a mirror has them in train_meta.csv and test_meta.csv."""
    own = [f"*{part}*meta*.csv" for part in ("train", "test") if part in table.stem]
    return folder.other(*own, "*meta*.csv")


def _nih(folder, votes):
    entries, boxes = folder.other("Data_Entry*.csv"), folder.other("BBox_List*.csv")
    if not entries and not boxes:
        entries = folder.table("Data_Entry*.csv", "BBox_List*.csv")
    return nih.read_nih(entries, boxes, images=folder.root)


def _chestx_det(folder, votes):
    images, masks = folder.root / "images", folder.root / "masks"
    document = folder.other("*.json")
    if document:
        return chestxdet.read_annotations(document, images=images if images.is_dir() else folder.root)
    if not masks.is_dir():
        folder.table("*.json|masks")
    return chestxdet.read_label_maps(masks, images=images if images.is_dir() else None)


def _siim(folder, votes):
    return siim.read_siim(folder.table("*rle*.csv", "*train*.csv"), images=folder.root)


def _rsna(folder, votes):
    return rsna.read_rsna(folder.table("*labels*.csv"), folder.other("*class_info*.csv"), images=folder.root)


def _open_i(folder, votes):
    reports = folder.other("*reports*.csv")
    if reports:
        return openi.read_tables(reports, folder.other("*projections*.csv"), images=folder.root)
    return openi.read_xml(folder.other("*reports*.tgz") or folder.root)


def _films(folder, votes):
    folder.taken.extend(path for path in films.tables(folder.root) if path.is_file())
    return films.read_films(folder.root)


DATASETS: dict[str, Dataset] = {
    "films": Dataset("NIH films in the project's layout", _films, of_nih=True, nih_patients=True),
    "vindr": Dataset("VinDr-CXR", _vindr, sized=True),
    "vindr-vqa": Dataset("VinDr-CXR-VQA", _vqa, sized=True),
    "nih": Dataset("NIH ChestX-ray14", _nih, of_nih=True, nih_patients=True),
    "chestx-det": Dataset("ChestX-Det", _chestx_det, of_nih=True),
    "siim": Dataset("SIIM-ACR Pneumothorax", _siim, of_nih=True),
    "rsna": Dataset("RSNA Pneumonia 2018", _rsna, of_nih=True),
    "open-i": Dataset("Open-i", _open_i),
}


def dataset_root(path: Path) -> Path:
    """The folder below which the tables and images of a data set lie that is given as its folder, or as its main table."""
    return Folder(path).root


def load_dataset(name: str, path: Path, votes: Votes = Votes.MAJORITY) -> list[LabelledFilm]:
    """The films of `read_dataset`."""
    return read_dataset(name, path, votes)[0]


def read_dataset(name: str, path: Path, votes: Votes = Votes.MAJORITY) -> tuple[list[LabelledFilm], tuple[Path, ...]]:
    """The films of a named dataset in a folder (or of the main table at `path`), and the tables that they were read from.

    Raises InputError on an unknown name, a missing file or a wrong cell, several files that could be meant, or without films.
    """
    dataset = known_dataset(name)
    if not path.exists():
        raise InputError(f"The dataset folder {path.name!r} does not exist.", "Give the folder that holds the dataset's tables.")
    folder = Folder(path)
    labelled = dataset.films(folder, votes)
    if path.is_file() and path not in folder.taken:
        raise InputError(
            f"The file {path.name!r} is no table of the dataset {name!r}.", "Give its main table, or the folder that holds it."
        )
    if not labelled:
        raise InputError(f"The dataset {name!r} in {path.name!r} has no films.", "Check the dataset's folder.")
    return labelled, tuple(folder.taken)


def known_datasets(names: str) -> tuple[Dataset, ...]:
    """The data sets behind "nih" or, for films of several, "nih+siim"."""
    return tuple(known_dataset(name) for name in names.split("+"))


def known_dataset(name: str) -> Dataset:
    if name not in DATASETS:
        raise InputError(f"There is no dataset named {name!r}.", f"Known: {', '.join(DATASETS)}.")
    return DATASETS[name]
