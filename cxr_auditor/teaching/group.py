"""What a teacher sees of a group: the hardest cases, where trainees and reader part, and the flags that somebody doubts. Pure."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from ..findings import Finding
from ..items import report_items
from ..schema import Record
from .records import Against, Answer, Sitting, Stance, Turn
from .score import Place, Share, TurnResult, summary, turn_result


class TraineeLine(Record):
    """One trainee's sessions in a line. `urgent_misses` over all of them."""

    name: str
    sittings: int
    committed: int
    right: Share
    urgent_misses: int
    last: datetime


def trainees(sittings: Iterable[Sitting]) -> tuple[TraineeLine, ...]:
    """The group's trainees, by name."""
    by_name: dict[str, list[Sitting]] = {}
    for sitting in sittings:
        by_name.setdefault(sitting.name, []).append(sitting)
    lines = []
    for name, theirs in sorted(by_name.items()):
        figures = [summary(sitting) for sitting in theirs]
        lines.append(
            TraineeLine(
                name=name,
                sittings=len(theirs),
                committed=sum(one.committed for one in figures),
                right=sum((one.right for one in figures), Share(0, 0)),
                urgent_misses=sum(miss.place.finding.urgent for one in figures for miss in one.misses),
                last=max(sitting.started for sitting in theirs),
            )
        )
    return tuple(lines)


class CaseLine(Record):
    """How a group did on one case. `missed` and `called`: how often each place was."""

    case: str
    right: Share
    missed: tuple[tuple[Place, int], ...]
    called: tuple[tuple[Place, int], ...]


def hardest(sittings: Iterable[Sitting]) -> tuple[CaseLine, ...]:
    """The cases that anybody got wrong: those with the smallest share of right answers first, of equals the ones read most often."""
    by_case: dict[str, list[TurnResult]] = {}
    for _, _, result in _judged(sittings):
        by_case.setdefault(result.case, []).append(result)
    lines = [
        CaseLine(
            case=case,
            right=Share(sum(result.right for result in results), len(results)),
            missed=_counted(place for result in results for place in result.missed),
            called=_counted(place for result in results for place in result.false_calls),
        )
        for case, results in by_case.items()
    ]
    wrong = [line for line in lines if line.right.hits < line.right.of]
    return tuple(sorted(wrong, key=lambda line: (line.right.value, -line.right.of, line.case)))


def _counted(places: Iterable[Place]) -> tuple[tuple[Place, int], ...]:
    counts: dict[Place, int] = {}
    for place in places:
        counts[place] = counts.get(place, 0) + 1
    return tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0].finding.rank, item[0].sides)))


class _Flagged(Record):
    """A flag in a trainee's session: the session by its `key`, the case by its name and its `number` in there, the flag's words."""

    case: str
    name: str
    key: str
    number: int
    finding: Finding
    message: str


class Parting(_Flagged):
    """A trainee's draft and the reader part about something, and who of them the truth is with."""

    trainee_right: bool


def partings(sittings: Iterable[Sitting]) -> tuple[Parting, ...]:
    """Every flag between a draft and the reader, by case and finding; those in which the reader was right come first."""
    found = []
    for sitting, turn, result in _judged(sittings):
        if turn.reader_report is not None:
            wrong = {place.finding for place in result.missed + result.false_calls} | set(result.contradictory)
            found += [
                Parting(**_where(sitting, turn), finding=flag.finding, message=flag.message, trainee_right=flag.finding not in wrong)
                for flag in turn.reader_report.flags
            ]
    return tuple(sorted(found, key=lambda one: (one.trainee_right, one.case, one.finding.rank, one.name, one.number)))


class Doubt(_Flagged):
    """A flag against the truth that a trainee disagreed with or was unsure of. `draft`: what the trainee wrote."""

    draft: str
    answer: Answer


def adjudication(sittings: Iterable[Sitting], settled: dict[str, datetime] | None = None) -> tuple[Doubt, ...]:
    """Doubted flags, by case: disagreements before doubts. `settled`: when a teacher last ruled on each case; older doubts are done."""
    settled = settled or {}
    found = []
    for sitting, turn, _ in _judged(sittings):
        flags = {item.ref: item for item in report_items(turn.report).flags}
        found += [
            Doubt(
                **_where(sitting, turn),
                finding=flags[answer.ref].finding,
                message=flags[answer.ref].message,
                draft=turn.draft,
                answer=answer,
            )
            for answer in turn.answers
            if answer.against is Against.TRUTH
            and answer.stance is not Stance.AGREE
            and answer.ref in flags
            and not (turn.case in settled and answer.at <= settled[turn.case])
        ]
    return tuple(sorted(found, key=lambda doubt: (doubt.case, doubt.answer.stance is Stance.UNSURE, doubt.finding.rank, doubt.name)))


def _where(sitting: Sitting, turn: Turn) -> dict[str, Any]:
    return {"case": turn.case, "name": sitting.name, "key": sitting.key, "number": turn.number}


def _judged(sittings: Iterable[Sitting]) -> list[tuple[Sitting, Turn, TurnResult]]:
    """The committed cases whose draft could be read."""
    judged = [(sitting, turn, turn_result(turn)) for sitting in sittings for turn in sitting.turns if turn.report is not None]
    return [one for one in judged if one[2].read]
