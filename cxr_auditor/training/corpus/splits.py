"""Training, validation and test: no patient in two of them, and each label its share in every one.

Iterative stratification (Sechidis, Tsoumakas, Vlahavas, "On the stratification of multi-label data", ECML PKDD 2011), over patients
instead of films and in a database instead of in memory, which is why no package does it here.
"""

from collections.abc import Mapping
from pathlib import Path

from ...errors import InputError
from ...evaluation.datasets.tables import read_table
from .settings import Settings
from .shards import without_ending
from .spool import STRATA, Spool
from .target import Reason

TRAIN, VALIDATION, TEST = "train", "validation", "test"
SPLITS = (TRAIN, VALIDATION, TEST)

_UNPLACED = "reason IS NULL AND split IS NULL"


def mark_test_films(spool: Spool, table: Path) -> int:
    """Marks the films of a fixed test set: a CSV with a column image_id, and patient_id where patients are known.

    Returns how many films it lists. Names are compared without the ending of a file, and in every data set alike: rather one film too
    many left out of training than one patient in both. Raises InputError naming file, line and column; and where no film is found.
    """
    spool.db.create_function("bare", 1, without_ending, deterministic=True)
    spool.db.execute("CREATE TABLE listed (image_id TEXT, patient_id TEXT)")
    listed = 0
    for row in read_table(table, {"image_id": ("image_id",)}, {"patient_id": ("patient_id",)}):
        patient = row.cells.get("patient_id")
        names = (without_ending(row.text("image_id")), without_ending(patient) if patient else None)
        spool.db.execute("INSERT INTO listed VALUES (?, ?)", names)
        listed += 1
    if not listed:
        raise InputError(f"{table.name} lists no film.", "Write one image_id a line below the header.")
    found = spool.db.execute("UPDATE films SET listed = 1 WHERE bare(image_id) IN (SELECT image_id FROM listed)").rowcount
    if not found:
        example = spool.db.execute("SELECT image_id FROM films LIMIT 1").fetchone()[0]
        raise InputError(
            f"{table.name} lists {listed} films, and none of them is in these data sets.",
            f"A film's image_id is written as {example!r} there; the ending of a file may stand behind it.",
        )
    people = "SELECT patient_id FROM listed WHERE patient_id IS NOT NULL"
    spool.db.execute(f"UPDATE films SET tested = 1 WHERE listed OR bare(substr(patient, length(population) + 2)) IN ({people})")
    return listed


def leave_out_test_patients(spool: Spool) -> None:
    """Leaves out every film that the fixed test set does not list, of a patient whom it has: also of one under two names."""
    spool.leave_out(Reason.TEST_PATIENT, "listed = 0 AND patient IN (SELECT patient FROM films WHERE tested)")


def split(spool: Spool, settings: Settings) -> None:
    """Gives every film its split; listed films are the test set. Raises InputError where a wanted split stays empty."""
    spool.db.execute("UPDATE films SET split = ? WHERE reason IS NULL AND listed", (TEST,))
    shares = {TRAIN: 1 - settings.validation - settings.test, VALIDATION: settings.validation, TEST: settings.test}
    shares = {name: share for name, share in shares.items() if share > 0}
    wanted, films = _wanted(spool, shares)
    while label := _rarest(spool):
        for patient, total, counts in _patients(spool, label):
            index = STRATA.index(label)
            name = max(shares, key=lambda name: (wanted[name][index], films[name]))
            spool.db.execute(f"UPDATE films SET split = ? WHERE {_UNPLACED} AND patient = ?", (name, patient))
            films[name] -= total
            wanted[name] = [value - count for value, count in zip(wanted[name], counts, strict=True)]
    for name in shares:
        if not spool.counts(f"reason IS NULL AND split = '{name}'")["films"]:
            raise InputError(
                f"No film is left for the split {name!r}: there are too few patients.", "Give it a larger share, or more films."
            )
    check_disjoint(spool)


def check_disjoint(spool: Spool) -> None:
    """Raises InputError where one patient is in two splits: such a corpus must not be written."""
    mixed = spool.db.execute(
        "SELECT COUNT(*) FROM (SELECT 1 FROM films WHERE reason IS NULL GROUP BY patient HAVING COUNT(DISTINCT COALESCE(split, '')) > 1)"
    ).fetchone()[0]
    if mixed:
        raise InputError(f"Patients in more than one split: {mixed}.", "The test list must hold all films of a patient, or none.")


def _wanted(spool: Spool, shares: Mapping[str, float]) -> tuple[dict[str, list[float]], dict[str, float]]:
    """Films of each label, and films in all, that each split should get.

    A label with a patient for every split is wanted once in each at least: a share below one half would leave it out of a small split,
    and that would be a rare, urgent one.
    """
    counts = spool.counts(_UNPLACED)
    wanted: dict[str, list[float]] = {name: [] for name in shares}
    for label in STRATA:
        patients = spool.counts(f"{_UNPLACED} AND {label}")["patients"]
        floor = 1 if patients >= len(shares) else 0
        held_out = {name: max(share * counts[label], floor) for name, share in shares.items() if name != TRAIN}
        for name in shares:
            wanted[name].append(held_out.get(name, counts[label] - sum(held_out.values())))
    return wanted, {name: share * counts["films"] for name, share in shares.items()}


def _rarest(spool: Spool) -> str | None:
    """The label that the fewest unplaced films have; None when all are placed."""
    counts = spool.counts(_UNPLACED)
    return min((label for label in STRATA if counts[label]), key=lambda label: counts[label], default=None)


def _patients(spool: Spool, label: str):
    """(patient, films, films of each label) of the unplaced patients with a label, those with the most of it first."""
    sums = ", ".join(f"SUM({name})" for name in STRATA)
    own = f"SELECT patient, COUNT(*), {sums} FROM films WHERE {_UNPLACED} GROUP BY patient"
    query = f"{own} HAVING SUM({label}) ORDER BY SUM({label}) DESC, MIN(draw)"
    for patient, total, *counts in spool.db.execute(query):
        yield patient, total, counts
