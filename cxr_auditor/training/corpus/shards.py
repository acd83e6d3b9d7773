"""A data set's films a few thousand at a time, so that memory does not grow with it.

The readers hold a whole table, because a film's rows may stand anywhere in it. So the tables are first split by film into folders of
the same layout, and each is read on its own. A row that belongs elsewhere leaves an empty line: an error still names the line of the
original. JSON documents, XML reports and label maps are read whole.
"""

import csv
import os
import re
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from ...errors import InputError
from ...evaluation.datasets import DATASETS, ArchiveMember, LabelledFilm, dataset_root
from .settings import Settings

_KEYS = {
    "films": ("image_id",),
    "vindr": ("image_id", "id"),
    "nih": ("image index",),
    "siim": ("imageid",),
    "rsna": ("patientid",),
}
"""The titles of the column that names the film, in every table of a data set."""

_ENDING = re.compile(r"\.[A-Za-z]\w*$")  # of a file; the last number of a DICOM UID is none


def stream_films(name: str, place: Path, settings: Settings) -> Iterator[LabelledFilm]:
    """The films of a named data set in a folder (or of the main table at `place`), one at a time.

    Raises InputError on an unknown name, a missing folder, file or cell.
    """
    if name not in DATASETS:
        raise InputError(f"There is no dataset named {name!r}.", f"Known: {', '.join(DATASETS)}.")
    if not place.exists():
        raise InputError(f"The dataset folder {place.name!r} does not exist.", "Give the folder that holds the dataset's tables.")
    read, folder = DATASETS[name].read, dataset_root(place)
    tables = tables_of(folder, ".csv") if name in _KEYS else []
    parts = -(-max((_lines(table) for table in tables), default=0) // settings.at_once)
    if parts <= 1:
        yield from read(place, settings.votes)
        return
    with TemporaryDirectory(prefix="cxr-corpus-") as scratch:
        shards = [Path(scratch, str(number)) for number in range(parts)]
        for shard in shards:
            shard.mkdir()
        for table in tables:
            _split(table, [shard / table.relative_to(folder) for shard in shards], _KEYS[name])
        _link_files(folder, shards)
        for shard in shards:
            yield from (_in_place(film, shard, folder) for film in read(shard / place.relative_to(folder), settings.votes))


def _lines(table: Path) -> int:
    with table.open("rb") as handle:
        return sum(1 for _ in handle)


def _split(table: Path, targets: list[Path], keys: tuple[str, ...]) -> None:
    """Each row into the table of its film's shard, as it stands; a table without the film's column goes whole into each."""
    for target in targets:
        target.parent.mkdir(parents=True, exist_ok=True)
    outs = [target.open("w", encoding="utf-8", errors="surrogateescape", newline="") for target in targets]
    taken: list[str] = []

    def physical(handle):
        for line in handle:
            taken.append(line)
            yield line

    try:
        with table.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as handle:
            rows = csv.reader(physical(handle))
            titles = [title.strip().casefold() for title in next(rows, [])]
            place = next((titles.index(key) for key in keys if key in titles), None)
            for out in outs:
                out.writelines(taken)
            taken.clear()
            for cells in rows:
                own = None if place is None else shard_of(cells[place] if place < len(cells) else "", len(outs))
                for number, out in enumerate(outs):
                    out.writelines(taken if own in (None, number) else ["\n"] * len(taken))
                taken.clear()
    except csv.Error as error:
        raise InputError(f"{table.name}, line {rows.line_num + 1}: is not CSV text ({error}).") from error
    finally:
        for out in outs:
            out.close()


def shard_of(name: str, parts: int) -> int:
    """Where a film belongs, by the name in a table or of its file."""
    return zlib.crc32(without_ending(name).encode("utf-8", "surrogateescape")) % parts


def without_ending(name: str) -> str:
    """A film's name, whether a table gives it with the ending of its file or without.

    >>> without_ending("00000001_000.png"), without_ending("1.2.840.7")
    ('00000001_000', '1.2.840.7')
    """
    return _ENDING.sub("", name.strip())


def _link_files(folder: Path, shards: list[Path]) -> None:
    """Links to the images into the shard of their film; to archives and linked folders into each."""
    try:
        for path, is_folder in _files(folder):
            if path.suffix.lower() == ".csv":
                continue
            own = shards if is_folder or path.suffix.lower() == ".zip" else [shards[shard_of(path.name, len(shards))]]
            for shard in own:
                link = shard / path.relative_to(folder)
                link.parent.mkdir(parents=True, exist_ok=True)
                link.symlink_to(Path(os.path.abspath(path)))
    except OSError as error:
        raise InputError(
            f"No link to the images of {folder.name!r} can be made ({error.strerror}).",
            "Give --at-once the number of rows of the largest table, so that it is read in one piece.",
        ) from error


def tables_of(folder: Path, *endings: str) -> list[Path]:
    """The files of these endings below a folder, in order of path."""
    return sorted(path for path, _ in _files(folder) if path.suffix.lower() in endings)


def _files(folder: Path) -> Iterator[tuple[Path, bool]]:
    """(file or linked folder, whether it is a linked folder) below a folder, which `rglob` would list whole."""
    with os.scandir(folder) as entries:
        for entry in entries:
            path = folder / entry.name
            if entry.is_dir(follow_symlinks=False):
                yield from _files(path)
            else:
                yield path, entry.is_dir()


def _in_place(film: LabelledFilm, shard: Path, folder: Path) -> LabelledFilm:
    """The film with its image where it really lies."""
    image = film.image
    if isinstance(image, ArchiveMember):
        image = ArchiveMember(folder / image.archive.relative_to(shard), image.member)
    elif image is not None:
        image = folder / image.relative_to(shard)
    return replace(film, image=image)
