"""A session's figures against counts made by hand, and the interval against SciPy."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sittings import EFFUSION, HEART, LEFT, NODULE, OPACITY, PNEUMOTHORAX, RIGHT, film, sitting, turn

from cxr_auditor.findings import Status
from cxr_auditor.schema import ImageFinding, ImageReading, ReadingStatus
from cxr_auditor.teaching.records import Turn
from cxr_auditor.teaching.score import Share, progress, summary, turn_result
from cxr_auditor.teaching.truth import ruled_out, truth_words

stats = pytest.importorskip("scipy.stats")
UNSURE = Status.UNCERTAIN


@given(of=st.integers(1, 400), data=st.data())
def test_the_interval_is_wilsons(of, data):
    hits = data.draw(st.integers(0, of))
    expected = stats.binomtest(hits, of).proportion_ci(0.95, method="wilson")
    assert (Share(hits, of).low, Share(hits, of).high) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_a_share_of_nothing_is_undefined():
    assert all(math.isnan(x) for x in (Share(0, 0).value, Share(0, 0).low, Share(0, 0).high))


def test_a_share_over_its_whole_is_refused():
    with pytest.raises(ValueError, match="between 0 and 2"):
        Share(3, 2)


def places(found) -> list[tuple]:
    return [(place.finding, *place.sides) for place in found]


RESULTS = [
    # truth, draft, {field: places}
    # said as it is
    (film((EFFUSION, LEFT)), "Left pleural effusion.", {"caught": [(EFFUSION, LEFT)]}),
    # hedged is caught, and told
    (film((EFFUSION, LEFT)), "Possible left pleural effusion.", {"caught": [(EFFUSION, LEFT)], "hedged": [(EFFUSION, LEFT)]}),
    # left out
    (film((PNEUMOTHORAX, RIGHT)), "Heart size normal.", {"missed": [(PNEUMOTHORAX, RIGHT)]}),
    # denied
    (film((PNEUMOTHORAX, RIGHT)), "No pneumothorax.", {"missed": [(PNEUMOTHORAX, RIGHT)]}),
    # the other side: missed on the one, called on the other
    (
        film((EFFUSION, LEFT)),
        "Right pleural effusion.",
        {"missed": [(EFFUSION, LEFT)], "wrong_side": [(EFFUSION, LEFT)], "false_calls": [(EFFUSION, RIGHT)]},
    ),
    # one side of two
    (film((EFFUSION, LEFT), (EFFUSION, RIGHT)), "Left pleural effusion.", {"caught": [(EFFUSION, LEFT)], "missed": [(EFFUSION, RIGHT)]}),
    # an extra side
    (film((OPACITY, LEFT)), "Opacity in both lungs.", {"caught": [(OPACITY, LEFT)], "false_calls": [(OPACITY, RIGHT)]}),
    # invented
    (film(), "Cardiomegaly.", {"false_calls": [(HEART,)]}),
    # a hedge about nothing is told and is no false call
    (film(), "Possible left pneumothorax.", {"false_hedges": [(PNEUMOTHORAX, LEFT)]}),
    # what the truth leaves open counts neither way, said or not
    (film((NODULE, RIGHT, UNSURE)), "Right nodule.", {}),
    (film((NODULE, RIGHT, UNSURE)), "No nodule.", {}),
    # a blank draft misses whatever is there
    (film((EFFUSION, LEFT)), "  ", {"missed": [(EFFUSION, LEFT)]}),
]


@pytest.mark.parametrize(("truth", "draft", "expected"), RESULTS)
def test_what_a_draft_caught(truth, draft, expected):
    result = turn_result(turn(1, truth, draft))
    fields = ("caught", "missed", "hedged", "wrong_side", "false_calls", "false_hedges")
    assert {name: places(getattr(result, name)) for name in fields if getattr(result, name)} == expected


def test_a_draft_that_could_not_be_read_says_nothing():
    result = turn_result(turn(1, film((EFFUSION, LEFT)), "ggg hhh 123"))
    assert not result.read and not result.missed and not result.right


def test_a_case_without_commit_has_no_result():
    with pytest.raises(ValueError, match="case 3 must be committed"):
        turn_result(Turn(number=3, case="c", truth=film()))


def test_a_contradiction_is_never_right():
    result = turn_result(turn(1, film((EFFUSION, LEFT)), "Findings: No effusion.\nImpression: Left pleural effusion."))
    assert result.contradictory == (EFFUSION,) and not result.right and result.right_about(EFFUSION) is False


def test_summary_by_hand():
    figures = summary(
        sitting(
            turn(1, film((EFFUSION, LEFT), (HEART, None)), "Left effusion. Possible cardiomegaly.", seconds=30),  # both caught, one hedged
            turn(2, film((EFFUSION, LEFT)), "Right pleural effusion.", seconds=50),  # wrong side
            turn(3, film(), "Normal chest.", seconds=10),  # right
            turn(4, film(), "Left pneumothorax.", seconds=90),  # a normal film called
            turn(5, film((PNEUMOTHORAX, RIGHT)), "No pneumothorax.", seconds=70),  # urgent, missed
            turn(6, film((NODULE, LEFT)), "zzz qqq", seconds=20),  # not read: nowhere but in `unread`
        )
    )
    assert (figures.cases, figures.committed, figures.unread) == (6, 6, (6,))
    assert figures.right == Share(2, 5)
    assert figures.normals == Share(1, 2)
    by_finding = {one.finding: one for one in figures.findings}
    assert by_finding[EFFUSION].found == Share(1, 2) and by_finding[EFFUSION].wrong_side == 1
    assert by_finding[EFFUSION].false == Share(0, 3)  # clean of it: films 3, 4, 5
    assert by_finding[PNEUMOTHORAX].found == Share(0, 1)
    assert by_finding[PNEUMOTHORAX].false == Share(1, 4)  # clean of it: films 1 to 4
    assert by_finding[HEART].found == Share(1, 1) and by_finding[HEART].hedged == 1
    assert by_finding[NODULE].found == Share(0, 0)
    assert [(miss.number, miss.place.finding, miss.wrong_side) for miss in figures.misses] == [
        (5, PNEUMOTHORAX, False),
        (2, EFFUSION, True),
    ]
    assert figures.false_calls == ((2, turn_result(turn(2, film((EFFUSION, LEFT)), "Right pleural effusion.")).false_calls[0]),) + tuple(
        (4, place) for place in turn_result(turn(4, film(), "Left pneumothorax.")).false_calls
    )
    assert figures.hedged == Share(1, 2) and figures.false_hedges == 0
    assert figures.seconds == (30, 50, 10, 90, 70, 20) and figures.median_seconds == 40


NO_EFFUSION = ImageFinding(finding=EFFUSION, status=Status.ABSENT)
TRUTHS = [
    # truth, its words, the findings that are known to be absent
    (film(), "none of the five findings", 5),
    (film((EFFUSION, LEFT), (EFFUSION, RIGHT)), "Pleural effusion, both sides", 4),
    # possible is not normal
    (film((NODULE, LEFT, UNSURE)), "Nodule / mass, left (possible)", 4),
    # what was not looked for is not normal
    (film(scope=(PNEUMOTHORAX,)), "no pneumothorax; the others are not known", 1),
    (
        film((EFFUSION, LEFT), scope=(EFFUSION, HEART)),
        "Pleural effusion, left; no cardiomegaly (enlarged heart); the others are not known",
        1,
    ),
    # silence that is no absence
    (ImageReading(reader="truth", silence_means_absent=False), "not known", 0),
    (
        ImageReading(reader="truth", silence_means_absent=False, findings=(NO_EFFUSION,)),
        "no pleural effusion; the others are not known",
        1,
    ),
    # absent on one side only
    (
        ImageReading(reader="truth", silence_means_absent=False, findings=(NO_EFFUSION.model_copy(update={"sides": (LEFT,)}),)),
        "not known",
        0,
    ),
    # gone
    (ImageReading(reader="truth", status=ReadingStatus.FAILED), "not known", 0),
]


@pytest.mark.parametrize(("truth", "words", "absent"), TRUTHS)
def test_what_a_truth_says_and_what_it_leaves_open(truth, words, absent):
    assert (truth_words(truth), len(ruled_out(truth))) == (words, absent)


def test_only_films_that_are_known_to_be_normal_count_as_normal():
    truths = [truth for truth, *_ in TRUTHS if truth.usable and not any(found.status is Status.PRESENT for found in truth.findings)]
    assert summary(sitting(*(turn(number, truth, "Normal chest.") for number, truth in enumerate(truths, 1)))).normals == Share(1, 1)


def test_a_summary_of_nothing_yet():
    figures = summary(sitting(Turn(number=1, case="c", truth=film())))
    assert (figures.cases, figures.committed, figures.right) == (1, 0, Share(0, 0)) and math.isnan(figures.median_seconds)


def test_progress_is_by_session_in_time():
    late = sitting(turn(1, film((EFFUSION, LEFT)), "Left effusion."), key="late", day=3)
    early = sitting(turn(1, film((EFFUSION, LEFT)), "Normal chest."), key="early")
    points = [point for point in progress([late, early]) if point.finding is EFFUSION]
    assert [(point.key, point.found) for point in points] == [("early", Share(0, 1)), ("late", Share(1, 1))]
