"""Every picture read once: what is no picture is left out, and one picture under two names is one film of one person."""

import hashlib
from pathlib import Path

from ...errors import InputError
from ...evaluation.datasets import image_bytes
from ...evaluation.provenance import file_hash
from ...images import load
from .shards import tables_of
from .spool import Spool, Spooled
from .target import Reason


def read_images(spool: Spool) -> None:
    """Reads and decodes every film that is still in, keeps its file's SHA-256, and leaves out what can't be used or is there twice.

    What the trainer could not load is left out by name. The same file under two names is one film of one patient: the second copy goes,
    and their patients become one. Where the copies' findings differ, all go: one of them is false and nothing says which, so neither
    may be taught, urgent or not. Copies of a fixed test set's films are the ones that stay. A picture that was resized or saved anew is
    another file, and not seen. Raises InputError naming a picture whose file is not there or can't be opened.
    """
    spool.db.execute("CREATE TABLE pictures (sha256 TEXT PRIMARY KEY, number INTEGER, findings TEXT, disputed INTEGER)")
    for film in spool.films(order="listed DESC, dataset, image_id"):
        data = image_bytes(film.image)
        try:
            load(data)
        except InputError as error:
            spool.leave_out(Reason.UNREADABLE, "number = ?", (film.number,))
            spool.db.execute("UPDATE films SET problem = ? WHERE number = ?", (error.message, film.number))
            continue
        _once(spool, film, hashlib.sha256(data).hexdigest())


def _once(spool: Spool, film: Spooled, sha256: str) -> None:
    spool.db.execute("UPDATE films SET sha256 = ? WHERE number = ?", (sha256, film.number))
    shown = " ".join(sorted({one.finding.value for one in film.findings}))
    query = "SELECT number, pictures.findings, disputed, patient FROM pictures JOIN films USING (number) WHERE pictures.sha256 = ?"
    known = spool.db.execute(query, (sha256,)).fetchone()
    if known is None:
        spool.db.execute("INSERT INTO pictures VALUES (?, ?, ?, 0)", (sha256, film.number, shown))
        return
    first, said, disputed, patient = known
    if disputed or shown != said:
        spool.db.execute("UPDATE pictures SET disputed = 1 WHERE sha256 = ?", (sha256,))
        spool.leave_out(Reason.DISPUTED, "number IN (?, ?)", (first, film.number))
    else:
        spool.leave_out(Reason.AGAIN, "number = ?", (film.number,))
    own = spool.db.execute("SELECT patient FROM films WHERE number = ?", (film.number,)).fetchone()[0]
    spool.db.execute("UPDATE films SET patient = ? WHERE patient = ?", (patient, own))


def table_hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of every table and document of a data set's folder, by its path below it."""
    return {path.relative_to(folder).as_posix(): file_hash(path) for path in tables_of(folder, ".csv", ".json")}
