"""What a trainee found, missed and called wrongly: from the reports of a session to its figures. Pure.

The unit is the judge's: a finding and side. A unit that the film shows was *caught* when the draft asserts it or hedges it, else
*missed*; a unit that the film does not show was *called falsely* when the draft asserts it. A finding on the wrong side is both: missed on
the one side, called on the other. What the truth itself leaves open counts neither way. A draft that could not be read is counted apart.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from math import nan, sqrt
from statistics import median

from ..findings import Finding, Status
from ..schema import DraftStatus, FlagKind, Record, Sides, Unit, Verdict
from .records import Sitting, Turn
from .truth import ruled_out

_CAUGHT = (Verdict.SUPPORTED, Verdict.HEDGED)
_CALLED = (Verdict.UNSUPPORTED, Verdict.WRONG_SIDE)
_Z95 = 1.959963984540054


@dataclass(frozen=True)
class Share:
    """`hits` out of `of`, with the 95 % interval of Wilson (J Am Stat Assoc 1927;22:209). NaN where `of` is 0.

    >>> Share(8, 10).value, round(Share(8, 10).low, 3), round(Share(8, 10).high, 3)
    (0.8, 0.49, 0.943)
    """

    hits: int
    of: int

    def __post_init__(self):
        if not 0 <= self.hits <= self.of:
            raise ValueError(f"hits must lie between 0 and {self.of}, but got {self.hits}")

    @property
    def value(self) -> float:
        return self.hits / self.of if self.of else nan

    @property
    def low(self) -> float:
        return max(0.0, self._centre - self._half) if self.of else nan

    @property
    def high(self) -> float:
        return min(1.0, self._centre + self._half) if self.of else nan

    @property
    def _centre(self) -> float:
        return (self.hits + _Z95**2 / 2) / (self.of + _Z95**2)

    @property
    def _half(self) -> float:
        spread = self.value * (1 - self.value) / self.of + _Z95**2 / (4 * self.of**2)
        return _Z95 * sqrt(spread) / (1 + _Z95**2 / self.of)

    def __add__(self, other: "Share") -> "Share":
        return Share(self.hits + other.hits, self.of + other.of)


class Place(Record):
    """A finding and the sides meant."""

    finding: Finding
    sides: Sides = ()


class TurnResult(Record):
    """One committed case. `read` is False where the draft could not be read: nothing else is known then.

    `caught` includes `hedged`; `wrong_side` places are in `missed` too; `false_hedges` are hedges about what is not on the film.
    `clean`: the findings that the truth rules out for the whole film.
    """

    number: int
    case: str
    read: bool
    seconds: float
    caught: tuple[Place, ...] = ()
    missed: tuple[Place, ...] = ()
    hedged: tuple[Place, ...] = ()
    wrong_side: tuple[Place, ...] = ()
    false_calls: tuple[Place, ...] = ()
    false_hedges: tuple[Place, ...] = ()
    contradictory: tuple[Finding, ...] = ()
    clean: tuple[Finding, ...] = ()

    @property
    def urgent_misses(self) -> tuple[Place, ...]:
        return tuple(place for place in self.missed if place.finding.urgent)

    @property
    def normal(self) -> bool:
        """Whether the film is known to have none of the findings; one that leaves a finding open, or does not speak of it, is not."""
        return len(self.clean) == len(Finding)

    @property
    def right(self) -> bool:
        """Nothing missed, called falsely or contradicted."""
        return self.read and not (self.missed or self.false_calls or self.contradictory)

    def right_about(self, finding: Finding) -> bool | None:
        """The same for one finding; None where the case says nothing about it: it is not on the film, and was not called."""
        if not self.read:
            return None
        if finding in self.contradictory or any(p.finding is finding for p in self.missed + self.false_calls):
            return False
        return True if any(p.finding is finding for p in self.caught) else None

    def found(self, finding: Finding) -> Share:
        """Units of this finding caught, of those on the film."""
        caught = sum(place.finding is finding for place in self.caught)
        return Share(caught, caught + sum(place.finding is finding for place in self.missed))

    def called_falsely(self, finding: Finding) -> Share:
        """1 of 1 where the film is clean of the finding and the draft asserts it, 0 of 1 where it does not; 0 of 0 on another film."""
        if finding not in self.clean:
            return Share(0, 0)
        return Share(int(any(place.finding is finding for place in self.false_calls)), 1)


def turn_result(turn: Turn) -> TurnResult:
    """The result of a committed case; ValueError for one that is not."""
    if turn.report is None:
        raise ValueError(f"case {turn.number} must be committed before it has a result")
    base = {"number": turn.number, "case": turn.case, "seconds": turn.seconds}
    report = turn.report
    if report.draft.status in (DraftStatus.FAILED, DraftStatus.NOTHING_USABLE) or not report.reading.usable:
        return TurnResult(**base, read=False)
    shown = [unit for unit in report.units if unit.image is Status.PRESENT]
    bare = [unit for unit in report.units if unit.image is Status.ABSENT]
    return TurnResult(
        **base,
        read=True,
        caught=_places(unit for unit in shown if unit.verdict in _CAUGHT),
        missed=_places(unit for unit in shown if unit.verdict not in _CAUGHT),
        hedged=_places(unit for unit in shown if unit.verdict is Verdict.HEDGED),
        wrong_side=_places(unit for unit in shown if unit.verdict is Verdict.WRONG_SIDE),
        false_calls=_places(unit for unit in bare if unit.verdict in _CALLED),
        false_hedges=_places(unit for unit in bare if unit.verdict is Verdict.UNCONFIRMED),
        contradictory=tuple(flag.finding for flag in report.flags if flag.kind is FlagKind.CONTRADICTORY),
        clean=ruled_out(report.reading),
    )


def _places(units: Iterable[Unit]) -> tuple[Place, ...]:
    return tuple(Place(finding=unit.finding, sides=unit.sides) for unit in units)


class FindingScore(Record):
    """One finding in a session. `found`: units caught of those shown; `false`: films called of those clean of it."""

    finding: Finding
    found: Share
    false: Share
    hedged: int
    wrong_side: int


class Miss(Record):
    """Something on a film that the draft did not say, or said of the other side."""

    number: int
    case: str
    place: Place
    wrong_side: bool


class Summary(Record):
    """A session's figures. `misses`: urgent ones first, then in the order of the cases. `unread`: cases whose draft could not be read.

    `normals`: films of which every finding is ruled out that were not called anything, of all such films.
    """

    cases: int
    committed: int
    unread: tuple[int, ...]
    right: Share
    normals: Share
    findings: tuple[FindingScore, ...]
    misses: tuple[Miss, ...]
    false_calls: tuple[tuple[int, Place], ...]
    hedged: Share
    false_hedges: int
    contradictory: int
    seconds: tuple[float, ...]

    @property
    def median_seconds(self) -> float:
        return median(self.seconds) if self.seconds else nan


def results(sitting: Sitting) -> tuple[TurnResult, ...]:
    """The results of the cases committed so far, in their order."""
    return tuple(turn_result(turn) for turn in sitting.turns if turn.report is not None)


def summary(sitting: Sitting) -> Summary:
    """The figures of a session, finished or not."""
    all_results = results(sitting)
    read = [result for result in all_results if result.read]
    normal = [result for result in read if result.normal]
    misses = [
        Miss(number=result.number, case=result.case, place=place, wrong_side=place in result.wrong_side)
        for result in read
        for place in result.missed
    ]
    caught = sum(len(result.caught) for result in read)
    return Summary(
        cases=len(sitting.turns),
        committed=len(all_results),
        unread=tuple(result.number for result in all_results if not result.read),
        right=Share(sum(result.right for result in read), len(read)),
        normals=Share(sum(not result.false_calls for result in normal), len(normal)),
        findings=tuple(_finding_score(finding, read) for finding in Finding),
        misses=tuple(sorted(misses, key=lambda miss: (not miss.place.finding.urgent, miss.number))),
        false_calls=tuple((result.number, place) for result in read for place in result.false_calls),
        hedged=Share(sum(len(result.hedged) for result in read), caught),
        false_hedges=sum(len(result.false_hedges) for result in read),
        contradictory=sum(bool(result.contradictory) for result in read),
        seconds=tuple(result.seconds for result in all_results),
    )


def _finding_score(finding: Finding, read: Iterable[TurnResult]) -> FindingScore:
    read = list(read)
    return FindingScore(
        finding=finding,
        found=sum((result.found(finding) for result in read), Share(0, 0)),
        false=sum((result.called_falsely(finding) for result in read), Share(0, 0)),
        hedged=sum(place.finding is finding for result in read for place in result.hedged),
        wrong_side=sum(place.finding is finding for result in read for place in result.wrong_side),
    )


class Point(Record):
    """One finding in one session, for a curve over time."""

    key: str
    at: datetime
    finding: Finding
    found: Share
    false: Share


def progress(sittings: Iterable[Sitting]) -> tuple[Point, ...]:
    """What was found and falsely called, by session (the oldest first) and finding; sessions without a readable case say nothing."""
    points = []
    for sitting in sorted(sittings, key=lambda one: (one.started, one.key)):
        figures = summary(sitting)
        points += [
            Point(key=sitting.key, at=sitting.started, finding=one.finding, found=one.found, false=one.false)
            for one in figures.findings
            if one.found.of or one.false.of
        ]
    return tuple(points)
