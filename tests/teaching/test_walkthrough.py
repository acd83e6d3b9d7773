"""A case as steps: their order, one for each flag, and what is lit in each."""

import pytest
from case_films import put_case
from hypothesis import given, settings
from hypothesis import strategies as st

from cxr_auditor.case_file import Case, load_case
from cxr_auditor.examples import example_cases
from cxr_auditor.findings import Finding, Side, Status
from cxr_auditor.schema import ImageFinding, ImageReading, ReadingStatus
from cxr_auditor.teaching.walkthrough import StepKind, Walkthrough, walkthrough

ORDER = list(StepKind)
SEARCH = ["film", *["area"] * 7]


def example(name: str, **changes) -> Case:
    return next(case for case in example_cases() if case.name == name).model_copy(update=changes)


def kinds(walk: Walkthrough) -> list[str]:
    return [step.kind.value for step in walk.steps]


@pytest.mark.parametrize(
    ("case", "wanted"),
    [
        # one flag
        (example("06-wrong-side"), [*SEARCH, "draft", "parsed", "seen", "flag", "lesson"]),
        # no flag, nothing to note
        (example("01-normal"), [*SEARCH, "draft", "parsed", "seen", "lesson"]),
        # a note alone
        (example("08-hedged"), [*SEARCH, "draft", "parsed", "seen", "notes", "lesson"]),
        # three flags: a step for each
        (
            example("10-denied-mass", draft="No mass. Left effusion. Left pneumothorax. Heart enlarged."),
            [*SEARCH, "draft", "parsed", "seen", *["flag"] * 3, "lesson"],
        ),
        # no draft: from the search to the findings
        (example("06-wrong-side", draft=None), [*SEARCH, "seen", "lesson"]),
        # a draft that can't be read is shown, and that it could not be read
        (example("06-wrong-side", draft="?!"), [*SEARCH, "draft", "parsed", "seen", "lesson"]),
    ],
)
def test_the_steps_of_a_case(case, wanted):
    assert kinds(walkthrough(case)) == wanted


@pytest.mark.parametrize("case", example_cases(), ids=lambda case: case.name)
def test_each_flag_has_one_step_with_its_evidence(case):
    walk = walkthrough(case)
    flags = [step for step in walk.steps if step.kind is StepKind.FLAG]
    assert sorted(step.items[0].message for step in flags) == sorted(flag.message for flag in walk.report.flags)
    for step in flags:
        (item,) = step.items
        assert tuple(lit.box for lit in step.lit) == item.boxes
        assert all(lit.kind == item.kind and lit.label == item.label for lit in step.lit)


@pytest.mark.parametrize("case", example_cases(), ids=lambda case: case.name)
def test_nothing_gives_the_answer_away_before_it_is_due(case):
    """No title of any step names a finding, a side or the case; nothing is lit before the truth but the search."""
    walk = walkthrough(case)
    told = " ".join(step.title for step in walk.steps).lower()
    assert not any(finding.display.partition(" (")[0].lower() in told for finding in Finding) and case.title.lower() not in told
    before = walk.steps[: kinds(walk).index("seen")]
    assert all(step.kind is StepKind.AREA for step in before if step.lit) and not any(step.items for step in before)


def test_urgent_flags_come_first():
    walk = walkthrough(example("10-denied-mass", draft="No mass. Left effusion. The heart is not enlarged."))
    items = [step.items[0] for step in walk.steps if step.kind is StepKind.FLAG]
    assert [item.urgent for item in items] == [True, False, False] and items[0].finding is Finding.NODULE_MASS


def test_a_drawn_film_is_searched_by_its_own_anatomy_and_another_by_the_standards(tmp_path):
    drawn, other = walkthrough(example("04-denied-heart")), walkthrough(load_case(put_case(tmp_path), ""))
    assert (drawn.measured, other.measured) == (True, False)
    assert [step.lit for step in drawn.steps[1:8]] != [step.lit for step in other.steps[1:8]]


def test_a_draft_that_could_not_be_read_is_not_put_right():
    assert walkthrough(example("06-wrong-side", draft="?!")).correction is None
    assert walkthrough(example("06-wrong-side", draft=None)).correction is None


# A reader beside the truth


def live(*found, **rest) -> ImageReading:
    return ImageReading(reader="lite", findings=tuple(found), **rest)


def test_a_live_reader_changes_what_was_seen_and_nothing_else():
    case = example("06-wrong-side")
    box = [0.1, 0.6, 0.3, 0.8]
    sure = ImageFinding(finding=Finding.PNEUMOTHORAX, box=box)
    unsure = ImageFinding(finding=Finding.NODULE_MASS, status=Status.UNCERTAIN, box=box)
    alone, beside = walkthrough(case), walkthrough(case, live(sure, unsure))
    place = kinds(alone).index("seen")
    same = [(a.kind, a.title, a.lit) == (b.kind, b.title, b.lit) for a, b in zip(alone.steps, beside.steps, strict=True)]
    assert same == [number != place for number in range(len(alone.steps))]
    assert [lit.label for lit in beside.steps[place].lit if lit.kind == "live"] == ["lite: Pneumothorax, left"]
    assert [call.finding for call in beside.calls if call.call.is_error] == [Finding.PNEUMOTHORAX, Finding.LUNG_OPACITY_CONSOLIDATION]


@pytest.mark.parametrize("status", [ReadingStatus.FAILED, ReadingStatus.NOTHING_USABLE, ReadingStatus.NOT_A_FRONTAL])
def test_a_reader_that_could_not_look_made_no_error(status):
    walk = walkthrough(example("06-wrong-side"), live(status=status, message="No weights."))
    assert walk.live.status is status and walk.calls == ()


# Whatever the case


STATEMENTS = st.sampled_from(
    ["No effusion.", "Left pneumothorax.", "Right nodule", "Heart normal.", "\n", "Clear lungs.", "Bilateral effusions; "]
)
REGIONS = st.lists(
    st.builds(
        lambda finding, status, side: ImageFinding(finding=finding, status=status, sides=(side,) if finding.has_sides else ()),
        st.sampled_from(Finding),
        st.sampled_from(Status),
        st.sampled_from(Side),
    ),
    max_size=4,
)


@settings(deadline=None, max_examples=60)
@given(st.none() | st.lists(STATEMENTS, min_size=1, max_size=5).map(" ".join), REGIONS)
def test_the_order_is_the_one_order_and_every_flag_is_shown_once(draft, regions):
    case = example("01-normal", draft=draft, reading=ImageReading(reader="truth", findings=tuple(regions)))
    walk = walkthrough(case)
    places = [ORDER.index(step.kind) for step in walk.steps]
    assert places == sorted(places)
    assert kinds(walk).count("flag") == len(walk.report.flags)
    assert kinds(walk)[0] == "film" and kinds(walk)[-1] == "lesson" and kinds(walk).count("seen") == 1
    assert kinds(walk)[: len(SEARCH)] == SEARCH
    assert ("draft" in kinds(walk)) == bool(draft and draft.strip())
