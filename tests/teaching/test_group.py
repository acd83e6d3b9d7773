"""What a teacher sees, against counts made by hand."""

from datetime import timedelta

import pytest
from sittings import EFFUSION, LEFT, NODULE, PNEUMOTHORAX, RIGHT, START, film, sitting, turn

from cxr_auditor.audit import audit_reading
from cxr_auditor.teaching.group import adjudication, hardest, partings, trainees
from cxr_auditor.teaching.records import Against, Answer, Stance
from cxr_auditor.teaching.score import Share

EFFUSED, LEAKING = film((EFFUSION, LEFT)), film((PNEUMOTHORAX, RIGHT))


def of(name: str, *turns, key: str = "", day: int = 0):
    return sitting(*turns, key=key or name, day=day).model_copy(update={"name": name})


def answered(one, stance: Stance, against: Against = Against.TRUTH, ref: str = "f1", minutes: int = 60):
    answer = Answer(against=against, ref=ref, stance=stance, why="seen it", at=START + timedelta(minutes=minutes))
    return one.model_copy(update={"answers": (*one.answers, answer)})


GROUP = [
    of("bo", turn(1, EFFUSED, "Left effusion.", "a"), turn(2, LEAKING, "Normal chest.", "b"), day=1),
    of("ada", turn(1, EFFUSED, "Right effusion.", "a"), turn(2, LEAKING, "No pneumothorax.", "b"), turn(3, film(), "Normal.", "c")),
    of("ada", turn(1, EFFUSED, "Left effusion.", "a"), key="ada2", day=2),
]


def test_trainees_in_a_line_each():
    ada, bo = trainees(GROUP)
    assert (ada.name, ada.sittings, ada.committed, ada.right, ada.urgent_misses) == ("ada", 2, 4, Share(2, 4), 1)
    assert ada.last == START + timedelta(days=2)
    assert (bo.right, bo.urgent_misses) == (Share(1, 2), 1)


def test_the_hardest_cases_first_and_what_went_wrong_in_them():
    first, second = hardest(GROUP)  # nobody got c wrong
    assert (first.case, first.right) == ("b", Share(0, 2))
    assert [(place.finding, place.sides, count) for place, count in first.missed] == [(PNEUMOTHORAX, (RIGHT,), 2)]
    assert (second.case, second.right) == ("a", Share(2, 3))
    assert [(place.sides, count) for place, count in second.called] == [((RIGHT,), 1)]


def test_where_trainee_and_reader_part_and_who_was_right():
    reader = film((NODULE, LEFT))  # sees a nodule that is not there and misses the effusion
    drafts = {"good": "Left effusion.", "poor": "Normal chest."}
    sittings = [
        of(name, turn(1, EFFUSED, draft, "a").model_copy(update={"reader_report": audit_reading(None, reader, draft)}))
        for name, draft in drafts.items()
    ]
    assert [(one.name, one.finding, one.trainee_right) for one in partings(sittings)] == [
        ("good", EFFUSION, True),
        ("good", NODULE, True),
        ("poor", NODULE, True),
    ]
    wrong = of("late", turn(1, EFFUSED, "Normal.", "a").model_copy(update={"reader_report": audit_reading(None, EFFUSED, "Normal.")}))
    assert [(one.name, one.trainee_right) for one in partings([*sittings, wrong])][0] == ("late", False)


def test_doubted_flags_are_listed_until_the_case_is_settled():
    flagged = turn(1, EFFUSED, "Normal chest.", "a")
    doubted = [
        of("ada", answered(flagged, Stance.UNSURE, minutes=10)),
        of("bo", answered(flagged, Stance.DISAGREE, minutes=90)),
        of("cy", answered(flagged, Stance.AGREE)),  # agreed: nothing to settle
        of("di", answered(flagged, Stance.DISAGREE, Against.READER)),  # the reader's flag says nothing about the truth
    ]
    found = adjudication(doubted)
    assert [(one.name, one.answer.stance, one.finding, one.draft) for one in found] == [
        ("bo", Stance.DISAGREE, EFFUSION, "Normal chest."),
        ("ada", Stance.UNSURE, EFFUSION, "Normal chest."),
    ]
    assert [one.name for one in adjudication(doubted, {"a": START + timedelta(minutes=60)})] == ["bo"]
    assert not adjudication(doubted, {"a": START + timedelta(minutes=90)})


@pytest.mark.parametrize("view", [trainees, hardest, partings, adjudication])
def test_nothing_to_see_yet(view):
    assert view([]) == ()
