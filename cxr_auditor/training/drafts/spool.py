"""The drafts of a corpus in the making, in a file of their own, so that memory holds a few."""

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...errors import InputError
from ...findings import NO_FINDING, Finding, Status, sides_phrase
from ...schema import Mention
from ..corpus.spool import scratch_database
from .given import DEVELOPMENT, HELD_OUT, Given, Reason, positive
from .target import Taught

SIDES = ("left", "right", "both sides", "no side")
LABELS = tuple(f"{finding} {status}" for finding in Finding for status in Status) + (f"{NO_FINDING} {Status.PRESENT}",)
KINDS = LABELS + tuple(f"{finding} {side}" for finding in Finding if finding.has_sides for side in SIDES)
"""What is balanced: every label with each status, and the sides of what is said to be there."""


LABELLED = 0
PLACES = {HELD_OUT: 1, DEVELOPMENT: 2}
"""Where drafts of a source stand, those of the user's files first: of two alike, the first one stays. A document is of one place."""


@dataclass(frozen=True)
class Spooled:
    """One draft on its way. `said` is in the order of the text, each statement with the span that the target quotes."""

    number: int
    source: str
    draft_id: str
    document: str
    text: str
    said: tuple[Mention, ...]
    target: str
    style: str | None
    error: str | None


class Spool:
    """A table of drafts, `reason` set where one is left out, and a table of the kinds of statement in each."""

    def __init__(self, path: Path, seed: int):
        self.seed = seed
        self.db = scratch_database(path)
        self.db.execute(
            "CREATE TABLE drafts (number INTEGER PRIMARY KEY, source TEXT, place INTEGER, id TEXT, document TEXT, text TEXT, said TEXT, "
            "target TEXT, style TEXT, error TEXT, reason TEXT, split TEXT, draw TEXT, UNIQUE (source, id))"
        )
        self.db.execute("CREATE INDEX by_document ON drafts (place, document)")
        self.db.execute("CREATE TABLE kinds (draft INTEGER, kind TEXT, statements INTEGER)")
        self.db.execute("CREATE INDEX by_draft ON kinds (draft)")

    def close(self) -> None:
        self.db.close()

    def add(self, given: Given, taught: Taught | Reason) -> int:
        """A draft with what it teaches, or with the reason why it teaches nothing. Returns its number.

        Raises InputError where its source has a draft of that id already.
        """
        out = isinstance(taught, Reason)
        said = given.said if out else taught.said
        draw = hashlib.sha256(f"{self.seed}:{given.source}:{given.draft_id}".encode()).hexdigest()[:16]
        place = PLACES.get(given.source, LABELLED)
        columns = "source, place, id, document, text, said, target, style, error, reason, draw"
        try:
            number = self.db.execute(
                f"INSERT INTO drafts ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(given.source, place, given.draft_id, given.document, given.text),
                    "[]" if out else json.dumps([one.model_dump(mode="json") for one in said]),
                    "" if out else taught.target,
                    *(given.style, given.error, str(taught) if out else None, draw),
                ),
            ).lastrowid
        except sqlite3.IntegrityError as error:
            raise InputError(
                f"{given.where}, field 'id': {given.draft_id!r} was given before.", "Give each draft an id of its own."
            ) from error
        kinds = [kind for one in said for kind in _kinds(one)]
        rows = [(number, kind, kinds.count(kind)) for kind in dict.fromkeys(kinds)]
        self.db.executemany("INSERT INTO kinds VALUES (?, ?, ?)", rows)
        return number

    def leave_out(self, reason: Reason, number: int) -> None:
        self.db.execute("UPDATE drafts SET reason = ? WHERE number = ?", (str(reason), number))

    def kinds(self, number: int) -> list[str]:
        """The kinds of statement in a draft."""
        return [kind for (kind,) in self.db.execute("SELECT kind FROM kinds WHERE draft = ? ORDER BY kind", (number,))]

    def drafts_with(self, source: str) -> dict[str, int]:
        """Drafts of a source with each kind of statement, of those that are still in."""
        query = "SELECT kind, COUNT(*) FROM kinds JOIN drafts ON draft = number WHERE reason IS NULL AND source = ? GROUP BY kind"
        return dict(self.db.execute(query, (source,)))

    def counts(self, where: str = "reason IS NULL") -> dict[str, int]:
        """Drafts, documents, and statements of each kind."""
        drafts = self.db.execute(f"SELECT COUNT(*) FROM drafts WHERE {where}").fetchone()[0]
        documents = self.db.execute(f"SELECT COUNT(*) FROM (SELECT DISTINCT place, document FROM drafts WHERE {where})").fetchone()[0]
        query = f"SELECT kind, SUM(statements) FROM kinds JOIN drafts ON draft = number WHERE {where} GROUP BY kind"
        found = dict(self.db.execute(query))
        return {"drafts": drafts, "documents": documents, **{kind: found.get(kind, 0) for kind in KINDS}}

    def tally(self, column: str, where: str = "reason IS NULL") -> dict[str, int]:
        """Drafts by a column, in the order of its values; those without a value are not counted."""
        query = f"SELECT {column}, COUNT(*) FROM drafts WHERE {column} IS NOT NULL AND ({where}) GROUP BY {column} ORDER BY {column}"
        return dict(self.db.execute(query))

    def drafts(self, where: str = "1", values: Sequence = (), order: str = "draw") -> Iterator[Spooled]:
        """The drafts that are still in, one at a time."""
        columns = "number, source, id, document, text, said, target, style, error"
        for row in self.db.execute(f"SELECT {columns} FROM drafts WHERE reason IS NULL AND ({where}) ORDER BY {order}, number", values):
            number, source, name, document, text, said, *rest = row
            mentions = tuple(Mention.model_validate_json(json.dumps(one)) for one in json.loads(said))
            yield Spooled(number, source, name, document, text, mentions, *rest)


def _kinds(mention: Mention) -> list[str]:
    kinds = [f"{mention.label} {mention.status}"]
    return kinds + [f"{mention.label} {sides_phrase(mention.sides) or 'no side'}"] if positive(mention) else kinds
