"""The same picture under two names: one film of one person, whatever the data sets call it."""

import hashlib
from pathlib import Path

from ...evaluation.datasets import image_bytes
from ...evaluation.provenance import file_hash
from .shards import tables_of
from .spool import Spool
from .target import Reason


def hash_images(spool: Spool) -> None:
    """Reads every film that is still in, keeps its SHA-256, leaves out the second copy of a picture and joins its two patients.

    Copies of a fixed test set's films are the ones that stay. A picture that was resized or saved anew is another file, and not seen.
    Raises InputError naming a picture that can't be read.
    """
    spool.db.execute("CREATE TABLE pictures (sha256 TEXT PRIMARY KEY, number INTEGER)")
    for film in spool.films(order="listed DESC, dataset, image_id"):
        sha256 = hashlib.sha256(image_bytes(film.image)).hexdigest()
        spool.db.execute("UPDATE films SET sha256 = ? WHERE number = ?", (sha256, film.number))
        first = spool.db.execute(
            "SELECT films.number, patient FROM pictures JOIN films USING (number) WHERE pictures.sha256 = ?", (sha256,)
        ).fetchone()
        if first is None:
            spool.db.execute("INSERT INTO pictures VALUES (?, ?)", (sha256, film.number))
            continue
        spool.leave_out(Reason.AGAIN, "number = ?", (film.number,))
        now = spool.db.execute("SELECT patient FROM films WHERE number = ?", (film.number,)).fetchone()[0]
        spool.db.execute("UPDATE films SET patient = ? WHERE patient = ?", (first[1], now))


def table_hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of every table and document of a data set's folder, by its path below it."""
    return {path.relative_to(folder).as_posix(): file_hash(path) for path in tables_of(folder, ".csv", ".json")}
