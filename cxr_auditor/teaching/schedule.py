"""Spaced repetition: what was got wrong comes back, soon at first, then ever later (the boxes of Leitner, *So lernt man lernen*, 1972)."""

from collections.abc import Iterable
from datetime import date, timedelta

from ..findings import Finding
from .records import Turn
from .score import TurnResult, turn_result

INTERVALS = (1, 3, 7, 16, 35)
"""Days until the next look after a mistake, and after one, two, three, four right answers since; after five it is learnt."""


def due(turns: Iterable[Turn], today: date) -> tuple[str, ...]:
    """Names of the cases that were got wrong and are due again: missed urgent findings first, then the longest overdue."""
    history: dict[str, list[tuple[date, bool]]] = {}
    urgent: set[str] = set()
    for day, result in _history(turns):
        history.setdefault(result.case, []).append((day, result.right))
        if result.urgent_misses:
            urgent.add(result.case)
    waiting = {case: _next_look(looks) for case, looks in history.items()}
    names = [case for case, day in waiting.items() if day is not None and day <= today]
    return tuple(sorted(names, key=lambda case: (case not in urgent, waiting[case], case)))


def weak(turns: Iterable[Turn], today: date) -> tuple[Finding, ...]:
    """Findings that were missed or falsely called and are due again, on whatever film, in the order of the vocabulary."""
    history: dict[Finding, list[tuple[date, bool]]] = {}
    for day, result in _history(turns):
        for finding in Finding:
            right = result.right_about(finding)
            if right is not None:
                history.setdefault(finding, []).append((day, right))
    days = {finding: _next_look(looks) for finding, looks in history.items()}
    return tuple(finding for finding in Finding if days.get(finding) is not None and days[finding] <= today)


def _history(turns: Iterable[Turn]) -> list[tuple[date, TurnResult]]:
    """What could be judged, the oldest first. A draft that could not be read says nothing about the trainee."""
    committed = sorted((turn for turn in turns if turn.report is not None), key=lambda turn: turn.committed)
    judged = ((turn.committed.date(), turn_result(turn)) for turn in committed)
    return [(day, result) for day, result in judged if result.read]


def _next_look(looks: list[tuple[date, bool]]) -> date | None:
    """The day of the next look. None: never got wrong, or learnt. Several right answers on one day count once."""
    step, last = None, None
    for day, right in looks:
        if not right:
            step = 0
        elif step is not None and day != last:
            step += 1
        last = day
    return None if step is None or step >= len(INTERVALS) else last + timedelta(days=INTERVALS[step])
