"""What comes back, and when."""

from datetime import date, timedelta

import pytest
from sittings import EFFUSION, LEFT, PNEUMOTHORAX, START, film, turn

from cxr_auditor.teaching.schedule import INTERVALS, due, weak

TRUTH = film((EFFUSION, LEFT))
RIGHT, WRONG = "Left effusion.", "Normal chest."


def looks(*answers: tuple[int, str]):
    """Looks at one film: (day, draft)."""
    return [turn(1, TRUTH, draft, "film", day) for day, draft in answers]


def on(day: int) -> date:
    return START.date() + timedelta(days=day)


WAITS = [
    # looks, day on which it comes back (None: never)
    ([(0, RIGHT)], None),  # never got wrong
    ([(0, WRONG)], 1),
    ([(0, WRONG), (1, RIGHT)], 1 + 3),
    ([(0, WRONG), (1, RIGHT), (1, RIGHT)], 1 + 3),  # twice on one day counts once
    ([(0, WRONG), (1, RIGHT), (4, RIGHT)], 4 + 7),
    ([(0, WRONG), (1, RIGHT), (4, WRONG)], 4 + 1),  # wrong again: from the start
    ([(0, WRONG), (1, RIGHT), (4, RIGHT), (11, RIGHT), (27, RIGHT), (62, RIGHT)], None),  # learnt
]


@pytest.mark.parametrize(("answers", "day"), WAITS)
def test_when_a_film_comes_back(answers, day):
    turns = looks(*answers)
    last = answers[-1][0]
    days = [later for later in range(last, last + max(INTERVALS) + 2) if due(turns, on(later))]
    assert days == ([] if day is None else list(range(day, last + max(INTERVALS) + 2)))
    assert [later for later in range(last, last + max(INTERVALS) + 2) if weak(turns, on(later)) == (EFFUSION,)] == days


def test_missed_urgent_findings_come_first_then_the_longest_overdue():
    turns = [
        turn(1, TRUTH, WRONG, "new", day=2),
        turn(1, TRUTH, WRONG, "old", day=0),
        turn(1, film((PNEUMOTHORAX, LEFT)), WRONG, "urgent", day=3),
    ]
    assert due(turns, on(10)) == ("urgent", "old", "new")
    assert weak(turns, on(10)) == (EFFUSION, PNEUMOTHORAX)


def test_the_order_of_the_history_is_its_dates():
    turns = looks((4, RIGHT), (0, WRONG))
    assert not due(turns, on(6)) and due(turns, on(7)) == ("film",)


def test_a_draft_that_could_not_be_read_is_no_mistake():
    assert due(looks((0, "zzz qqq")), on(30)) == ()
