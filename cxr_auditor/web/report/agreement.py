"""Who of two or more readers saw what, from the lines that the second reader leaves in its reading's notes. Pure."""

from dataclasses import dataclass

from ...findings import Finding, Status
from ...schema import ImageReading
from ...second_notes import JOINED, numbered, read_said_line, sides_line


@dataclass(frozen=True)
class Row:
    """One finding: what each reader says of it (None: did not look), and "agree", "differ", "sides differ" or "one reader only"."""

    finding: Finding
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
    members = reading.reader.split(JOINED)
    lines = {note: line for note in reading.notes if (line := read_said_line(note))}
    if len(members) < 2 or not lines:
        return AgreementTable((), (), reading.notes)
    readers = tuple(numbered(members))
    rows = tuple(_row(finding, said, readers, sides_line(finding) in reading.notes) for finding, said in lines.values())
    return AgreementTable(readers, rows, tuple(note for note in reading.notes if note not in lines))


def disputed(reading: ImageReading) -> list[str]:
    """A sentence for every urgent finding that not all see, or not on the same side: a vote takes nothing away from "look again".

    >>> disputed(ImageReading(reader="a + b", notes=("Pneumothorax - present: a; absent: b.",)))
    ['Look again: pneumothorax is seen by a, but not by every reader.']
    """
    table = agreement(reading)
    sentences = []
    for row in table.rows:
        seers = [name for name, said in zip(table.readers, row.said, strict=True) if said is Status.PRESENT]
        if not row.finding.urgent or not seers:
            continue
        seen = f"Look again: {row.finding.display.lower()} is seen by {' and '.join(seers)}, but"
        looked = [said for said in row.said if said is not None]
        if len(seers) < len(looked):
            sentences.append(f"{seen} not by every reader.")
        elif len(looked) < len(table.readers):
            sentences.append(f"{seen} not every reader looked for it.")
        elif row.verdict == "sides differ":
            sentences.append(f"{seen} not on the same side.")
    return sentences


def _row(finding: Finding, said: dict[str, Status], readers: tuple[str, ...], sides_differ: bool) -> Row:
    if len(said) < 2:
        verdict = "one reader only"
    elif len(set(said.values())) > 1:
        verdict = "differ"
    else:
        verdict = "sides differ" if sides_differ else "agree"
    return Row(finding, tuple(said.get(reader) for reader in readers), verdict)
