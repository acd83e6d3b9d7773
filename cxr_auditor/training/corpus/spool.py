"""The films of a corpus in the making, in a file of their own: balance and splits look at all of them, memory holds a few."""

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import TypeVar

from ...errors import InputError
from ...evaluation.datasets import ArchiveMember, LabelledFilm
from ...evaluation.datasets.record import ImageSource
from ...findings import NO_FINDING, Finding
from ...schema import ImageFinding
from .licences import POPULATIONS
from .target import Reason

STRATA = (*(f.value for f in Finding), *(f"{f.value}_boxed" for f in Finding), NO_FINDING)
"""What each split gets its share of: every finding, every finding that is localised, normal films."""

_NO_ROOM = frozenset({"SQLITE_FULL", "SQLITE_CANTOPEN", "SQLITE_IOERR", "SQLITE_IOERR_WRITE"})
_Kind = TypeVar("_Kind")
_SUMS = ", ".join(f"COALESCE(SUM({name}), 0)" for name in STRATA)


@dataclass(frozen=True)
class Spooled:
    """One film on its way. `findings` are those of its target, `searched` those whose boxes somebody looked for."""

    number: int
    dataset: str
    image_id: str
    patient: str
    image: ImageSource
    findings: tuple[ImageFinding, ...]
    searched: tuple[Finding, ...]
    sha256: str | None


def scratch_database(path: Path) -> sqlite3.Connection:
    """A database of which memory holds a few pages, and which need not outlive the process."""
    database = sqlite3.connect(path)
    for setting in ("journal_mode=OFF", "synchronous=OFF", "temp_store=FILE", "cache_size=-256"):
        database.execute(f"PRAGMA {setting}")
    return database


@contextmanager
def scratch(kind: Callable[[Path, int], _Kind], seed: int) -> Iterator[_Kind]:
    """A spool of films or of drafts in a folder of its own that goes away with it.

    InputError where the folder for scratch files takes no more.
    """
    try:
        with TemporaryDirectory(prefix="cxr-train-") as folder, closing(kind(Path(folder, "spool.sqlite"), seed)) as spool:
            yield spool
    except sqlite3.OperationalError as error:
        if error.sqlite_errorname not in _NO_ROOM:
            raise
        raise InputError(
            f"The folder for scratch files ({gettempdir()}) takes no more: {error}.",
            "Make room, or set TMPDIR to a folder on another disk.",
        ) from error


class Spool:
    """A table of films. A patient is named POPULATION:ID.

    `reason` is set where a film is left out, `problem` says what its image lacks. `listed`: a film of the fixed test set; `tested`: a film
    of a patient whom that set names.
    """

    def __init__(self, path: Path, seed: int):
        self.seed = seed
        self.db = scratch_database(path)
        strata = ", ".join(f"{name} INTEGER NOT NULL" for name in STRATA)
        self.db.execute(
            "CREATE TABLE films (number INTEGER PRIMARY KEY, dataset TEXT, population TEXT, image_id TEXT, patient TEXT, archive TEXT, "
            f"file TEXT, findings TEXT, searched TEXT, reason TEXT, problem TEXT, listed INTEGER DEFAULT 0, tested INTEGER DEFAULT 0, "
            f"split TEXT, sha256 TEXT, draw TEXT, {strata})"
        )
        self.db.execute("CREATE INDEX by_name ON films (population, image_id)")
        self.db.execute("CREATE INDEX by_patient ON films (patient)")

    def close(self) -> None:
        self.db.close()

    def add(self, dataset: str, film: LabelledFilm, taught: tuple[ImageFinding, ...] | Reason) -> None:
        """A film with the findings of its target, or with the reason why it has none."""
        population = POPULATIONS[dataset]
        out = isinstance(taught, Reason)
        findings = () if out else taught
        present = set(film.present) if out else {one.finding for one in findings}
        places = film.boxes if out else [one for one in findings if one.box is not None]
        boxed = {place.finding for place in places}
        strata = [f in present for f in Finding] + [f in boxed for f in Finding] + [bool(film.normal)]
        if not out and self._known(population, film.image_id):
            taught = Reason.AGAIN
        archive, file = (film.image.archive, film.image.member) if isinstance(film.image, ArchiveMember) else (None, film.image)
        draw = hashlib.sha256(f"{self.seed}:{population}:{film.image_id}".encode()).hexdigest()[:16]
        columns = f"dataset, population, image_id, patient, archive, file, findings, searched, reason, draw, {', '.join(STRATA)}"
        self.db.execute(
            f"INSERT INTO films ({columns}) VALUES ({', '.join('?' * (10 + len(STRATA)))})",
            [
                dataset,
                population,
                film.image_id,
                f"{population}:{film.patient_id}",
                archive and str(archive),
                file and str(file),
                json.dumps([one.model_dump(mode="json", include={"finding", "box"}) for one in findings]),
                json.dumps(film.searched),
                str(taught) if isinstance(taught, Reason) else None,
                draw,
                *strata,
            ],
        )

    def _known(self, population: str, image_id: str) -> bool:
        """Whether the film is in already, or an earlier data set says something that speaks against it."""
        silent = (str(Reason.NO_IMAGE), str(Reason.PARTIAL), str(Reason.UNBOXED))
        query = "SELECT 1 FROM films WHERE population = ? AND image_id = ? AND (reason IS NULL OR reason NOT IN (?, ?, ?))"
        return self.db.execute(query, (population, image_id, *silent)).fetchone() is not None

    def leave_out(self, reason: Reason, where: str, values: Sequence = ()) -> int:
        """Leaves out the films that are still in and of which `where` (SQL) holds. Returns their number."""
        return self.db.execute(f"UPDATE films SET reason = ? WHERE reason IS NULL AND ({where})", (str(reason), *values)).rowcount

    def counts(self, where: str = "reason IS NULL") -> dict[str, int]:
        """Films, patients and films of each stratum."""
        row = self.db.execute(f"SELECT COUNT(*), COUNT(DISTINCT patient), {_SUMS} FROM films WHERE {where}").fetchone()
        return dict(zip(("films", "patients", *STRATA), row, strict=True))

    def left_out(self, where: str = "1") -> dict[str, int]:
        """Films by the reason they were left out for, in the order of the reasons."""
        counted = dict(self.db.execute(f"SELECT reason, COUNT(*) FROM films WHERE reason IS NOT NULL AND ({where}) GROUP BY reason"))
        return {str(reason): counted[reason] for reason in Reason if reason in counted}

    def unreadable(self, most: int) -> dict[str, str]:
        """What is wrong with the images that can't be used, by DATASET/IMAGE_ID, for the first `most` of them."""
        name = "dataset || '/' || image_id"
        return dict(self.db.execute(f"SELECT {name}, problem FROM films WHERE problem IS NOT NULL ORDER BY {name} LIMIT ?", (most,)))

    def films(self, where: str = "1", values: Sequence = (), order: str = "draw") -> Iterator[Spooled]:
        """The films that are still in, one at a time."""
        columns = "number, dataset, image_id, patient, archive, file, findings, searched, sha256"
        for row in self.db.execute(f"SELECT {columns} FROM films WHERE reason IS NULL AND ({where}) ORDER BY {order}, number", values):
            number, dataset, image_id, patient, archive, file, findings, searched, sha256 = row
            image = ArchiveMember(Path(archive), file) if archive else Path(file)
            found = tuple(ImageFinding.model_validate_json(json.dumps(one)) for one in json.loads(findings))
            yield Spooled(number, dataset, image_id, patient, image, found, tuple(map(Finding, json.loads(searched))), sha256)
