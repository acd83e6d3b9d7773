"""A reader's reading of a case's film beside the truth: what it sees, what it misses, what it calls that is not there."""

from dataclasses import dataclass
from enum import StrEnum

from ..findings import Finding, Side, Status, ordered_sides
from ..schema import ImageReading


class Call(StrEnum):
    """How a reader did on one finding."""

    RIGHT = "right"
    MISSED = "missed"
    ONE_SIDE_MISSED = "one side missed"
    OTHER_SIDE = "on the other side"
    ONE_SIDE_TOO_MANY = "one side too many"
    FALSE_CALL = "called, but not there"
    LEFT_OPEN = "left open"
    NOT_COMPARED = "not compared"

    @property
    def is_error(self) -> bool:
        return self not in (Call.RIGHT, Call.LEFT_OPEN, Call.NOT_COMPARED)


@dataclass(frozen=True)
class Seen:
    """What a reading says of one finding; `status` None where it says nothing and its silence is no absence."""

    status: Status | None
    sides: tuple[Side, ...] = ()


@dataclass(frozen=True)
class ReaderCall:
    """One finding: the truth, what the reader saw, and what to think of it."""

    finding: Finding
    truth: Seen
    reader: Seen
    call: Call

    @property
    def sides(self) -> tuple[Side, ...]:
        """The sides that the call is about: the truth's, of a side too few or too many that one, of a false call the reader's."""
        there, called = set(self.truth.sides), set(self.reader.sides)
        match self.call:
            case Call.ONE_SIDE_MISSED:
                return ordered_sides(there - called)
            case Call.ONE_SIDE_TOO_MANY:
                return ordered_sides(called - there)
            case Call.FALSE_CALL:
                return self.reader.sides
        return self.truth.sides

    @property
    def left_open(self) -> bool:
        """The film shows it, and the reader neither shows it nor rules it out."""
        return self.call is Call.LEFT_OPEN and self.truth.status is Status.PRESENT


def reader_calls(truth: ImageReading, reading: ImageReading) -> tuple[ReaderCall, ...]:
    """The five findings in their order; () where one of the readings is not usable."""
    if not (truth.usable and reading.usable):
        return ()
    calls = []
    for finding in Finding:
        right, found = seen(truth, finding), seen(reading, finding)
        compared = finding in truth.scope and finding in reading.scope
        calls.append(ReaderCall(finding, right, found, _call(right, found) if compared else Call.NOT_COMPARED))
    return tuple(calls)


def seen(reading: ImageReading, finding: Finding) -> Seen:
    """The strongest that a reading says of a finding, and the sides that it says it of."""
    if finding not in reading.scope:
        return Seen(None)
    regions = [region for region in reading.findings if region.finding is finding]
    for status in (Status.PRESENT, Status.UNCERTAIN):
        shown = [region for region in regions if region.status is status]
        if shown:
            return Seen(status, ordered_sides(side for region in shown for side in region.sides))
    return Seen(Status.ABSENT if regions or reading.silence_means_absent else None)


def _call(truth: Seen, reader: Seen) -> Call:
    if truth.status in (Status.UNCERTAIN, None):
        return Call.NOT_COMPARED
    if reader.status in (Status.UNCERTAIN, None):
        return Call.LEFT_OPEN
    if truth.status is Status.ABSENT:
        return Call.RIGHT if reader.status is Status.ABSENT else Call.FALSE_CALL
    if reader.status is Status.ABSENT:
        return Call.MISSED
    there, called = set(truth.sides), set(reader.sides)
    if not there or not called or there == called:
        return Call.RIGHT
    if not there & called:
        return Call.OTHER_SIDE
    return Call.ONE_SIDE_MISSED if there - called else Call.ONE_SIDE_TOO_MANY
