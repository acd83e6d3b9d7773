"""Who of two or more readers saw what, from the lines that the second reader leaves in its reading's notes. Pure."""

import re
from dataclasses import dataclass

from ...findings import Finding, Status
from ...schema import ImageReading

_LINE = re.compile(r"(?P<finding>[^:]+?) - (?P<said>(?:present|uncertain|absent): .+)\.")
_NAMES = {finding.display for finding in Finding}


@dataclass(frozen=True)
class Row:
    """One finding: what each reader says of it (None: did not look), and "agree", "differ", "other side" or "one reader only"."""

    finding: str
    said: tuple[Status | None, ...]
    verdict: str


@dataclass(frozen=True)
class AgreementTable:
    """`readers` head the columns; `notes` are the reading's other notes. Without rows it was one reader's reading."""

    readers: tuple[str, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...]


def agreement(reading: ImageReading) -> AgreementTable:
    """
    >>> agreement(ImageReading(reader="a + b", notes=("Pneumothorax - present: a; absent: b.",))).rows[0].verdict
    'differ'
    """
    members = reading.reader.split(" + ")
    lines = {note: match for note in reading.notes if (match := _LINE.fullmatch(note)) and match["finding"] in _NAMES}
    if len(members) < 2 or not lines:
        return AgreementTable((), (), reading.notes)
    statements = {match["finding"]: _statements(match["said"]) for match in lines.values()}
    numbered = dict.fromkeys(name for said in statements.values() for name in said)
    readers = tuple(members if len(set(members)) == len(members) else sorted(numbered))
    rows = tuple(_row(finding, said, readers, reading.notes) for finding, said in statements.items())
    return AgreementTable(readers, rows, tuple(note for note in reading.notes if note not in lines))


def disputed(reading: ImageReading) -> list[str]:
    """A sentence for every urgent finding that one reader sees and another does not: a vote takes nothing away from "look again".

    >>> disputed(ImageReading(reader="a + b", notes=("Pneumothorax - present: a; absent: b.",)))
    ['Look again: pneumothorax is seen by a, but not by every reader.']
    """
    table, urgent = agreement(reading), {finding.display for finding in Finding if finding.urgent}
    sentences = []
    for row in table.rows:
        seers = [name for name, said in zip(table.readers, row.said, strict=True) if said is Status.PRESENT]
        if row.finding in urgent and row.verdict == "differ" and seers:
            sentences.append(f"Look again: {row.finding.lower()} is seen by {' and '.join(seers)}, but not by every reader.")
    return sentences


def _statements(said: str) -> dict[str, Status]:
    """`present: a, b; absent: c` -> each reader's status."""
    parts = (part.partition(": ") for part in said.split("; "))
    return {name: Status(status) for status, _, names in parts for name in names.split(", ")}


def _row(finding: str, said: dict[str, Status], readers: tuple[str, ...], notes: tuple[str, ...]) -> Row:
    if len(said) < 2:
        verdict = "one reader only"
    elif len(set(said.values())) > 1:
        verdict = "differ"
    else:
        verdict = "other side" if f"The readers see {finding.lower()} on different sides." in notes else "agree"
    return Row(finding, tuple(said.get(reader) for reader in readers), verdict)
