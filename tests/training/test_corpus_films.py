"""What one film teaches: a row for every trap of labelled films, and targets that the served reader understands."""

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted_model import Scripted, small_film

from cxr_auditor.chat.budget import longest_reply
from cxr_auditor.chat.records import Reply
from cxr_auditor.evaluation.datasets import LabelledBox, LabelledFilm
from cxr_auditor.findings import Finding, Side
from cxr_auditor.geometry import Box
from cxr_auditor.readers.medgemma import MOST_FINDINGS, MedGemmaReader
from cxr_auditor.schema import ImageFinding
from cxr_auditor.training.corpus import Settings, Unboxed
from cxr_auditor.training.corpus.regions import rounded
from cxr_auditor.training.corpus.target import Reason, served_prompt, target_text, teach

EFFUSION, PNEUMOTHORAX, OPACITY, NODULE, HEART = Finding
BIG, SAME, SMALL = Box(0.2, 0.1, 0.8, 0.4), Box(0.2, 0.1, 0.8, 0.41), Box(0.3, 0.15, 0.4, 0.25)
READER = MedGemmaReader(chat=Scripted("", name="some/tuned-checkpoint"))
NEAR = Box(0.26, 0.13, 0.86, 0.43)  # of BIG, with an IoU of 0.68 and 81 % of each inside the other
LOBE, SPOT = Box(0.1, 0.1, 0.9, 0.9), Box(0.5, 0.5, 0.55, 0.55)
IMAGE = Path("a.png")


def film(*boxes, present=(), **other) -> LabelledFilm:
    """`boxes`: (finding, box[, source]); every finding of a box, and of `present`, is present, the others are known to be absent."""
    marked = tuple(LabelledBox(finding, box, *(source or ["hand"])) for finding, box, *source in boxes)
    shown = {one.finding for one in marked} | set(present)
    values = {"image": IMAGE, "labels": {finding: finding in shown for finding in Finding}, "normal": not shown, "boxes": marked}
    return LabelledFilm("a", "p", "made up", **(values | other))


def taught(one, settings=None):
    return teach(one, settings or Settings(), Counter())


def pairs(found) -> list[tuple[Finding, Box | None]]:
    return [(one.finding, one.box) for one in found]


KNOWN = dict.fromkeys(Finding, False)


@pytest.mark.parametrize(
    "one, reason",
    [
        (film(normal=False, outside=("ILD",)), Reason.OUTSIDE),  # abnormal outside the vocabulary: not a normal film
        (film(normal=None), Reason.NOT_NORMAL),  # nothing marked, and nobody called it normal
        (film(image=None), Reason.NO_IMAGE),  # a row without its picture
        (film((HEART, BIG), labels={HEART: True}), Reason.PARTIAL),  # one finding labelled: silence on the others is no absence
        (film(second={OPACITY: True}), Reason.DISPUTED),  # a normal film that another reader calls abnormal
        (film((OPACITY, BIG), second={OPACITY: False}), Reason.DISPUTED),  # the other way round
        (film((OPACITY, BIG), labels=KNOWN, normal=True), Reason.DISPUTED),  # "normal", with a box on it
        (film((HEART, BIG), groups={"view": "LL"}), Reason.NOT_FRONTAL),  # a lateral film
        (film(votes={PNEUMOTHORAX: (1, 3)}), Reason.DISPUTED),  # two of three call it normal, one saw a pneumothorax
    ],
)
def test_films_that_would_teach_something_false_are_left_out(one, reason):
    assert taught(one) is reason


def test_a_mark_that_is_voted_down_beside_a_finding_is_absent():
    one = film((OPACITY, BIG), votes={OPACITY: (3, 3), PNEUMOTHORAX: (1, 3)})
    assert pairs(taught(one)) == [(OPACITY, BIG)]


def test_a_normal_film_is_stated():
    assert taught(film()) == () and target_text(()) == '[{"label": "no_finding", "box_2d": null}]'


def test_partial_films_only_when_asked_for():
    one = film((PNEUMOTHORAX, BIG), labels={PNEUMOTHORAX: True})
    assert pairs(taught(one, Settings(partial=True))) == [(PNEUMOTHORAX, BIG)]


@pytest.mark.parametrize(
    "boxes, left",
    [
        ([(OPACITY, BIG), (OPACITY, BIG)], [(OPACITY, BIG)]),  # drawn twice
        ([(OPACITY, BIG), (OPACITY, SAME)], [(OPACITY, Box(0.2, 0.1, 0.8, 0.405))]),  # one place, two native labels: fused
        ([(OPACITY, BIG), (OPACITY, Box(0.2, 0.6, 0.8, 0.9))], [(OPACITY, BIG), (OPACITY, Box(0.2, 0.6, 0.8, 0.9))]),  # two places stay
        ([(OPACITY, BIG), (EFFUSION, NEAR)], [(EFFUSION, NEAR)]),  # one region (IoU): the more specific label
        ([(HEART, BIG), (EFFUSION, NEAR)], [(EFFUSION, NEAR)]),  # the heart too, where its box is another's
        ([(OPACITY, BIG), (NODULE, SMALL)], [(NODULE, SMALL)]),  # nested, where IoU is small: the more specific label
        ([(OPACITY, SMALL), (NODULE, BIG)], [(NODULE, BIG)]),  # nested the other way
        ([(OPACITY, LOBE), (NODULE, SPOT)], None),  # 50 px in a lobe of 800 px: the nodule is no name of the consolidation
        ([(OPACITY, SPOT), (EFFUSION, LOBE)], None),  # nor the large one of the small one
        ([(OPACITY, SMALL), (PNEUMOTHORAX, BIG)], [(OPACITY, SMALL), (PNEUMOTHORAX, BIG)]),  # a density in the air is another thing
        ([(OPACITY, BIG), (PNEUMOTHORAX, SAME)], [(PNEUMOTHORAX, SAME)]),  # the most specific of all
        ([(EFFUSION, SMALL), (PNEUMOTHORAX, BIG)], [(EFFUSION, SMALL), (PNEUMOTHORAX, BIG)]),  # a second disease, no vaguer name
        ([(NODULE, BIG), (PNEUMOTHORAX, SAME)], [(PNEUMOTHORAX, SAME), (NODULE, BIG)]),  # urgent findings never yield
        ([(OPACITY, SMALL), (HEART, BIG)], [(OPACITY, SMALL), (HEART, BIG)]),  # behind the heart is not the heart
        ([(OPACITY, Box(0.2, 0.1, 0.5, 0.4)), (NODULE, Box(0.4, 0.3, 0.6, 0.5))], None),  # touching: both stay
    ],
)
def test_one_box_for_a_place_and_one_label_for_a_region(boxes, left):
    assert sorted(pairs(taught(film(*boxes)))) == sorted(left if left is not None else boxes)


def test_a_box_counts_by_the_readers_behind_it():
    marks = (LabelledBox(OPACITY, Box(0.2, 0.2, 0.6, 0.4), "x", votes=3, readers=3), LabelledBox(OPACITY, Box(0.2, 0.2, 0.4, 0.4), "x"))
    (one,) = taught(film(present=[OPACITY], boxes=marks))
    assert one.box == Box(0.2, 0.2, 0.55, 0.4)


def test_boxes_of_a_source_can_be_left_out():
    (one,) = taught(film((OPACITY, BIG, "contest")), Settings(without=("contest",)))
    assert one.box is None


@pytest.mark.parametrize(
    "unboxed, shown, stays",
    [
        (Unboxed.KEEP, OPACITY, True),
        (Unboxed.URGENT, OPACITY, False),
        (Unboxed.URGENT, NODULE, True),  # nothing urgent is lost for want of a box
        (Unboxed.DROP, NODULE, False),
    ],
)
def test_findings_without_a_box(unboxed, shown, stays):
    result = taught(film(present=[shown]), Settings(unboxed=unboxed))
    assert (pairs(result) == [(shown, None)]) if stays else (result is Reason.UNBOXED)


@pytest.mark.parametrize(
    "x0, x1, side",
    [
        (0.08, 0.40, Side.RIGHT),  # the image's left half is the patient's right: the published example has it mirrored
        (0.55, 0.95, Side.LEFT),
    ],
)
def test_sides_come_from_geometry(x0, x1, side):
    (one,) = taught(film((EFFUSION, Box(0.6, x0, 0.9, x1))))
    assert one.sides == (side,)


def test_the_longest_target_fits_the_served_reply_and_keeps_every_finding():
    nodules = [(NODULE, Box(row / 10, column / 10, row / 10 + 0.05, column / 10 + 0.05)) for row in range(8) for column in range(3)]
    found = taught(film(*nodules, (PNEUMOTHORAX, Box(0.0, 0.6, 0.5, 0.9)), (HEART, Box(0.5, 0.4, 0.9, 0.6))))
    assert len(found) == MOST_FINDINGS and {one.finding for one in found} == {NODULE, PNEUMOTHORAX, HEART}
    request, _ = READER.question(small_film())
    assert len(target_text(found)) <= longest_reply(request.schema)


def test_where_the_reply_is_full_the_urgent_finding_has_the_last_place():
    rows = enumerate((EFFUSION, OPACITY, NODULE))
    marks = [(finding, Box(row / 4, column / 10, row / 4 + 0.05, column / 10 + 0.05)) for row, finding in rows for column in range(8)]
    counted = Counter(one.finding for one in taught(film(*marks)))
    assert counted == {EFFUSION: 5, OPACITY: 5, NODULE: 6}


def test_the_prompt_is_the_served_one():
    request, prompt = READER.question(small_film())
    assert served_prompt() == (prompt, next(part for part in request.messages[0].parts if isinstance(part, str)))


edges = st.tuples(st.floats(0, 1), st.floats(0, 1)).map(sorted)
boxes = st.builds(lambda y, x: Box(y[0], x[0], y[1], x[1]), edges, edges)
films = st.lists(st.tuples(st.sampled_from(Finding), boxes), max_size=30).map(lambda marks: film(*marks))


@settings(deadline=None, max_examples=50)
@given(boxes)
def test_rounded_boxes_have_three_decimals_and_an_extent(box):
    small = rounded(box)
    assert small.area > 0 and all(value == round(value, 3) for value in small.as_list())
    assert all(abs(a - b) <= 0.0011 for a, b in zip(small.as_list(), box.as_list(), strict=True)) and rounded(small) == small


@settings(deadline=None, max_examples=50)
@given(films)
def test_the_served_reader_understands_every_target_as_the_same_findings(one):
    found = taught(one)
    seen = READER.understand(Reply(target_text(found)), small_film())
    assert tuple(seen.findings) == found and seen.complete and not seen.notes and not seen.other
    assert found == tuple(sorted(found, key=lambda f: f.order))


@settings(deadline=None, max_examples=50)
@given(films)
def test_every_target_follows_the_served_schema(one):
    request, _ = READER.question(small_film())
    elements = json.loads(target_text(taught(one)))
    assert request.schema["minItems"] <= len(elements) <= request.schema["maxItems"]
    item = request.schema["items"]
    for element in elements:
        assert list(element) == item["required"] and element["label"] in item["properties"]["label"]["enum"]
        assert element["box_2d"] is None or all(0 <= v <= 1 and len(str(v)) <= 5 for v in element["box_2d"])


@settings(deadline=None, max_examples=50)
@given(films, st.randoms())
def test_the_order_of_the_boxes_does_not_matter(one, random):
    shuffled = list(one.boxes)
    random.shuffle(shuffled)
    assert taught(film(present=one.present, boxes=tuple(shuffled))) == taught(one)


def test_a_target_never_says_more_than_its_findings():
    assert json.loads(target_text((ImageFinding(finding=HEART),))) == [{"label": "cardiomegaly", "box_2d": None}]
