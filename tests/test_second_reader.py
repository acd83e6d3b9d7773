"""Several readings of one film as one: counting, sides, fused boxes, readings that can't be used."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxr_auditor.compare import compare
from cxr_auditor.errors import InputError
from cxr_auditor.findings import Finding, Side, Status
from cxr_auditor.geometry import Box, iou
from cxr_auditor.parsers.rules import RulesParser
from cxr_auditor.schema import DraftReading, DraftStatus, ImageFinding, ImageReading, OtherStatement, Outcome, ReadingStatus
from cxr_auditor.second_notes import tells_of_a_missing_reader
from cxr_auditor.second_reader import second_reading, weighted_boxes_fusion

EFFUSION, AIR, OPACITY, NODULE, HEART = Finding
RIGHT, LEFT = (0.5, 0.1, 0.9, 0.4), (0.5, 0.6, 0.9, 0.9)


def saw(*findings, reader="a", **options) -> ImageReading:
    return ImageReading(reader=reader, revision="1", findings=findings, **options)


def f(finding, box=None, status="present", sides=()) -> ImageFinding:
    return ImageFinding(finding=finding, box=box, status=status, sides=sides)


def status_of(readings, finding, needed=2):
    fused = second_reading(readings, needed).reading
    return [one.status.value for one in fused.findings if one.finding is finding]


# what the readers say about the effusion, what comes out with two needed
COUNTS = [
    ([saw(f(EFFUSION)), saw(f(EFFUSION))], ["present"]),  # both see it
    ([saw(f(EFFUSION)), saw()], ["uncertain"]),  # one sees it, one looked and did not
    ([saw(), saw()], ["absent"]),  # both looked, nobody sees it
    ([saw(f(EFFUSION)), saw(silence_means_absent=False)], ["uncertain"]),  # the other does not say
    ([saw(), saw(silence_means_absent=False)], []),  # one looked: too few to deny it
    ([saw(), saw(scope=(AIR,))], []),  # one can't see it at all
    ([saw(f(EFFUSION, status="uncertain")), saw(f(EFFUSION, status="uncertain"))], ["uncertain"]),  # two doubts are no certainty
    ([saw(f(EFFUSION)), saw(f(EFFUSION, status="uncertain"))], ["uncertain"]),
    ([saw(f(EFFUSION)), saw(f(EFFUSION)), saw()], ["present"]),  # two of three
    ([saw(f(EFFUSION)), saw(), saw()], ["uncertain"]),  # one of three
    ([saw(f(EFFUSION, status="absent")), saw(f(EFFUSION, status="absent"), silence_means_absent=False)], ["absent"]),  # denied in words
]


@pytest.mark.parametrize(("readings", "expected"), COUNTS)
def test_counting(readings, expected):
    assert status_of(readings, EFFUSION) == expected


def test_one_is_enough_where_one_is_asked_for():
    assert status_of([saw(f(EFFUSION)), saw()], EFFUSION, needed=1) == ["present"]


def test_boxes_of_one_place_are_fused_and_places_stay_apart():
    near = (0.5, 0.12, 0.9, 0.42)
    fused = second_reading([saw(f(EFFUSION, RIGHT)), saw(f(EFFUSION, near), f(EFFUSION, LEFT), reader="b")]).reading
    right, left = sorted(fused.findings[:2], key=lambda one: one.box.x0)
    assert right.status is Status.PRESENT and right.box.as_list() == pytest.approx([0.5, 0.11, 0.9, 0.41])
    assert left.status is Status.UNCERTAIN and left.box == Box(*LEFT)  # one reader only
    assert right.sides == (Side.RIGHT,) and left.sides == (Side.LEFT,)


def test_the_same_finding_on_two_sides_is_no_agreement():
    result = second_reading([saw(f(EFFUSION, RIGHT)), saw(f(EFFUSION, LEFT), reader="b")])
    assert {one.status for one in result.reading.findings if one.finding is EFFUSION} == {Status.UNCERTAIN}
    (agreement,) = (one for one in result.agreements if one.finding is EFFUSION)
    assert agreement.sides_differ and not agreement.unanimous
    assert any("different sides" in note for note in result.reading.notes)


def test_a_reader_without_boxes_supports_any_side():
    fused = second_reading([saw(f(EFFUSION, RIGHT)), saw(f(EFFUSION), reader="b")]).reading
    (effusion,) = (one for one in fused.findings if one.finding is EFFUSION)
    assert effusion.status is Status.PRESENT and effusion.box == Box(*RIGHT)


def test_a_reader_without_a_side_supports_one_that_is_possible():
    fused = second_reading([saw(f(AIR, LEFT, "uncertain")), saw(f(AIR), reader="b", silence_means_absent=False)], needed=1).reading
    assert [(one.status, one.sides) for one in fused.findings if one.finding is AIR and one.status is Status.PRESENT] == [
        (Status.PRESENT, (Side.LEFT,))
    ]


def test_the_heart_has_no_side_to_differ_on():
    result = second_reading([saw(f(HEART, RIGHT)), saw(f(HEART, LEFT), reader="b")])
    assert {one.status for one in result.reading.findings if one.finding is HEART} == {Status.PRESENT}


def test_who_says_what():
    agreements = second_reading([saw(f(AIR)), saw(reader="b", scope=(EFFUSION,)), saw(reader="a")]).agreements
    assert [one.finding for one in agreements] == list(Finding)
    air = agreements[AIR.rank]
    assert (air.present, air.absent, air.unknown) == (("a (1)",), ("a (2)",), ("b",))
    assert not air.unanimous and not agreements[HEART.rank].sides_differ
    assert agreements[EFFUSION.rank].unanimous  # all three looked, nobody sees it


def failed(reader="b", status=ReadingStatus.FAILED) -> ImageReading:
    return ImageReading(reader=reader, status=status, scope=(), message="The server is gone.")


def audited(reading, text):
    return compare(reading, RulesParser().parse(text))


@pytest.mark.parametrize("status", [ReadingStatus.FAILED, ReadingStatus.NOTHING_USABLE])
@pytest.mark.parametrize("silence", [True, False])
def test_a_reader_that_is_lost_takes_nothing_away_from_the_other(status, silence):
    alone = saw(f(AIR, RIGHT), f(HEART, status="uncertain"), silence_means_absent=silence, notes=("Own note.",))
    left = second_reading([alone, failed(status=status)]).reading
    for text in ("No pneumothorax.", "Left effusion.", "Right pneumothorax. Cardiomegaly.", "Normal chest."):
        with_one, with_lost = audited(alone, text), audited(left, text)
        assert with_lost == with_one
    assert audited(left, "No pneumothorax.").outcome is Outcome.URGENT_REVIEW
    assert left.reader == "a + b" and "Own note." in left.notes


def test_a_reader_that_is_lost_is_told():
    notes = second_reading([saw(f(EFFUSION)), failed()]).reading.notes
    assert "b could not be used: The server is gone." in notes
    assert "Only 1 of 2 readers looked at the film: a. What it says has no second look behind it." in notes
    notes = second_reading([saw(), saw(reader="c"), failed()]).reading.notes
    assert "Only 2 of 3 readers looked at the film: a, c." in notes
    assert not any(tells_of_a_missing_reader(note) for note in second_reading([saw(), saw(reader="b")]).reading.notes)


def test_those_who_are_left_still_have_to_agree():
    readings = [saw(f(EFFUSION), f(HEART)), saw(f(EFFUSION), reader="c"), failed()]
    assert status_of(readings, EFFUSION, needed=3) == ["present"]  # all who looked
    assert status_of(readings, HEART, needed=3) == status_of(readings, HEART, needed=2) == ["uncertain"]  # one of two


STRADDLING = (0.5, 0.3, 0.9, 0.8)  # reaches well into both lungs, 60 % of it in the left one
BOTH = (Side.LEFT, Side.RIGHT)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (f(AIR, sides=(Side.LEFT,)), f(AIR, sides=BOTH)),  # in words
        (f(AIR, LEFT), f(AIR, STRADDLING)),  # in boxes that lie apart
        (f(AIR, (0.5, 0.5, 0.9, 0.8)), f(AIR, STRADDLING)),  # in boxes that are fused
    ],
)
def test_a_vote_for_one_side_is_none_for_the_other(first, second):
    result = second_reading([saw(first), saw(second, reader="b")])
    status = {side: {one.status for one in result.reading.findings if side in one.sides} for side in Side}
    assert status == {Side.LEFT: {Status.PRESENT}, Side.RIGHT: {Status.UNCERTAIN}}
    assert [flag for flag in audited(result.reading, "Left pneumothorax.").flags] == []
    assert result.agreements[AIR.rank].sides_differ
    boxes = [one.box for one in result.reading.findings if one.sides == (Side.RIGHT,)]
    assert boxes == [second.box]  # the right side's evidence is the box of the one who sees it there


def test_a_denial_of_one_side_is_none_of_the_other():
    fused = second_reading([saw(f(AIR, status="absent", sides=(Side.LEFT,)), reader=name, silence_means_absent=False) for name in "ab"])
    assert [(one.status, one.sides) for one in fused.reading.findings] == [(Status.ABSENT, (Side.LEFT,))]
    assert audited(fused.reading, "Right pneumothorax.").flags == ()
    assert [flag.kind.value for flag in audited(fused.reading, "Left pneumothorax.").flags] == ["UNSUPPORTED"]
    assert fused.agreements[AIR.rank].unknown == ("a", "b")  # neither speaks of the whole chest


def test_what_all_rule_out_on_the_other_side_is_ruled_out():
    fused = second_reading([saw(f(AIR, LEFT)), saw(f(AIR, LEFT), reader="b")]).reading
    (flag,) = audited(fused, "Bilateral pneumothorax.").flags
    assert (flag.kind.value, flag.sides) == ("UNSUPPORTED", (Side.RIGHT,))


def test_a_box_that_is_nobodys_certainty_stays_uncertain():
    first, second = saw(f(NODULE, LEFT)), saw(f(NODULE, LEFT), f(NODULE, (0.1, 0.6, 0.2, 0.7), "uncertain"), reader="b")
    fused = second_reading([first, second]).reading
    assert [(one.status.value, one.box.y0) for one in fused.findings if one.box] == [("present", 0.5), ("uncertain", 0.1)]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (ReadingStatus.FAILED, ReadingStatus.FAILED, ReadingStatus.FAILED),
        (ReadingStatus.FAILED, ReadingStatus.NOTHING_USABLE, ReadingStatus.NOTHING_USABLE),
        (ReadingStatus.NOTHING_USABLE, ReadingStatus.NOTHING_USABLE, ReadingStatus.NOTHING_USABLE),
    ],
)
def test_no_usable_reading_is_never_an_audit(first, second, expected):
    result = second_reading([ImageReading(reader="a", status=first), ImageReading(reader="b", status=second)])
    assert result.reading.status is expected and result.reading.message
    assert compare(result.reading, DraftReading(parser="rules", status=DraftStatus.NONE)).outcome is Outcome.NOT_AUDITED


def test_names_revisions_prompts_and_other_terms_travel_along():
    edema = OtherStatement(term="Edema")
    first, second = saw(reader="a", other=(edema,), prompts={"p": "1"}), saw(reader="b", other=(edema,), prompts={"q": "2"})
    fused = second_reading([first, second]).reading
    assert (fused.reader, fused.revision, fused.prompts, fused.other) == ("a + b", "1 + 1", {"p": "1", "q": "2"}, (edema,))


@pytest.mark.parametrize(("count", "needed"), [(0, 1), (1, 1), (2, 0), (2, 3)])
def test_what_is_impossible_is_refused(count, needed):
    with pytest.raises(InputError, match="at least two|must be 1 to"):
        second_reading([saw()] * count, needed)


boxes = st.tuples(*[st.integers(0, 20).map(lambda n: n / 20)] * 4).map(
    lambda v: Box(min(v[0], v[2]), min(v[1], v[3]), max(v[0], v[2]), max(v[1], v[3]))
)
readings = st.lists(st.lists(st.tuples(st.sampled_from(list(Finding)), st.none() | boxes), max_size=4), min_size=2, max_size=3)


@given(readings, st.randoms())
def test_the_order_of_readers_and_findings_does_not_matter(drawn, random):
    made = [saw(*(f(finding, box) for finding, box in one), reader=f"r{i}") for i, one in enumerate(drawn)]
    shuffled = random.sample(made, len(made))
    first, second = second_reading(made).reading, second_reading(shuffled).reading
    assert first.findings == second.findings
    if len(made) == 2:  # unanimous readers fuse to what they said
        twin = second_reading([made[0], made[0].model_copy(update={"reader": "twin"})]).reading
        assert {one.finding for one in twin.findings if one.status is Status.PRESENT} == {one.finding for one in made[0].findings}


@given(st.lists(st.tuples(st.sampled_from("abc"), boxes), max_size=8))
def test_fusion_keeps_every_box_and_no_reader_twice_in_a_cluster(drawn):
    clusters = weighted_boxes_fusion(drawn)
    assert sorted((name, box) for cluster in clusters for name, box, _ in cluster.members) == sorted(drawn)
    for cluster in clusters:
        assert len(cluster.readers) == len(cluster.members)
        inside = cluster.box
        assert min(box.y0 for _, box, _ in cluster.members) - 1e-9 <= inside.y0 <= max(box.y0 for _, box, _ in cluster.members) + 1e-9


def test_weights_pull_and_heavy_boxes_lead():
    pairs = [("a", Box(0, 0, 0.4, 0.4)), ("b", Box(0, 0, 0.8, 0.4))]
    (cluster,) = weighted_boxes_fusion(pairs, weights=[3, 1])
    assert cluster.box.as_list() == pytest.approx([0, 0, 0.5, 0.4])
    assert len(weighted_boxes_fusion(pairs, same_place=0.51)) == 2 and iou(pairs[0][1], pairs[1][1]) == pytest.approx(0.5)
    with pytest.raises(ValueError, match="positive"):
        weighted_boxes_fusion(pairs, weights=[1, 0])
