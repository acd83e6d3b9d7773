"""The lines that a second reading leaves in its notes, written and read in one place: who saw what, and who did not look.

A reading's record has no field for its members, so these facts travel as sentences for people; whoever needs them again reads them here.
"""

import re
from collections.abc import Mapping, Sequence

from .findings import Finding, Status

JOINED = " + "
"""Between the members' names in the name of their common reading."""

_SAID = re.compile(r"(?P<finding>[^:]+?) - (?P<said>(?:present|uncertain|absent): .+)\.")
_NOT_USED = re.compile(r".+? could not be used: .+", re.DOTALL)
_FEWER = re.compile(r"Only \d+ of \d+ readers looked at the film: .+", re.DOTALL)
_FINDINGS = {finding.display: finding for finding in Finding}


def numbered(names: Sequence[str]) -> list[str]:
    """Readers' names; one that comes twice gets a number.

    >>> numbered(["lite", "medgemma", "lite"])
    ['lite (1)', 'medgemma', 'lite (2)']
    """
    return [f"{name} ({names[: i + 1].count(name)})" if names.count(name) > 1 else name for i, name in enumerate(names)]


def said_line(finding: Finding, said: Mapping[str, Status]) -> str:
    """Who says what about one finding, by reader; "" where nobody looked.

    >>> said_line(Finding.PNEUMOTHORAX, {"lite": Status.PRESENT, "medgemma": Status.ABSENT})
    'Pneumothorax - present: lite; absent: medgemma.'
    """
    by_status = {status: [name for name, own in said.items() if own is status] for status in Status}
    parts = [f"{status.value}: {', '.join(names)}" for status, names in by_status.items() if names]
    return f"{finding.display} - {'; '.join(parts)}." if parts else ""


def read_said_line(note: str) -> tuple[Finding, dict[str, Status]] | None:
    """What `said_line` was given; None for any other note."""
    match = _SAID.fullmatch(note)
    if match is None or match["finding"] not in _FINDINGS:
        return None
    finding, said = _FINDINGS[match["finding"]], {}
    for part in match["said"].split("; "):
        status, _, names = part.partition(": ")
        if status not in set(Status):
            return None
        said |= dict.fromkeys(names.split(", "), Status(status))
    return (finding, said) if said_line(finding, said) == note else None


def sides_line(finding: Finding) -> str:
    return f"The readers see {finding.display.lower()} on different sides."


def not_used_line(reader: str, why: str) -> str:
    return f"{reader} could not be used: {why}"


def fewer_line(looked: Sequence[str], readers: int) -> str:
    """Who looked, where not every one of so many `readers` did."""
    alone = " What it says has no second look behind it." if len(looked) == 1 else ""
    return f"Only {len(looked)} of {readers} readers looked at the film: {', '.join(looked)}.{alone}"


def tells_of_a_missing_reader(note: str) -> bool:
    return bool(_NOT_USED.fullmatch(note) or _FEWER.fullmatch(note))


def reader_missing(notes: Sequence[str]) -> bool:
    """Whether a second reading is short of a reader that failed or gave no usable answer: such a reading is worth another try."""
    return any(_FEWER.fullmatch(note) for note in notes)
