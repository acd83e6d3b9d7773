import pickle

import pytest
from pydantic import ValidationError

from cxr_auditor.audit import audit_reading
from cxr_auditor.errors import InputError
from cxr_auditor.findings import Finding, Side, Status
from cxr_auditor.schema import AuditReport, DraftReading, ImageFinding, ImageReading, Mention, ReadingStatus, Span, contradiction


def mention(label="pneumothorax", status="present", sides=(), start=0):
    return Mention(label=label, status=status, sides=sides, span="word", start=start, end=start + 4)


IMPOSSIBLE = [
    # what, record, arguments
    ("unknown field", ImageFinding, {"finding": "pneumothorax", "location": "apex"}),
    ("unknown finding", ImageFinding, {"finding": "atelectasis"}),
    ("a normal film as a finding", ImageFinding, {"finding": "no_finding"}),
    ("score over 1", ImageFinding, {"finding": "pneumothorax", "score": 1.5}),
    ("box outside", ImageFinding, {"finding": "pneumothorax", "box": [0, 0, 2, 1]}),
    ("box of three", ImageFinding, {"finding": "pneumothorax", "box": [0, 0, 1]}),
    ("findings on an unread film", ImageReading, {"reader": "r", "status": "failed", "findings": [{"finding": "pneumothorax"}]}),
    ("finding outside the scope", ImageReading, {"reader": "r", "scope": ["cardiomegaly"], "findings": [{"finding": "pneumothorax"}]}),
    ("span longer than its text", Span, {"start": 0, "end": 5, "text": "abc"}),
    ("empty span", Span, {"start": 3, "end": 3, "text": ""}),
    ("side of the heart", Mention, {"label": "cardiomegaly", "status": "present", "sides": ["left"], "span": "a", "start": 0, "end": 1}),
    ("normal film denied", Mention, {"label": "no_finding", "status": "absent", "span": "a", "start": 0, "end": 1}),
    ("statements of an unread draft", DraftReading, {"parser": "p", "status": "none", "findings": [mention()]}),
]


@pytest.mark.parametrize("what, record, arguments", IMPOSSIBLE, ids=[row[0] for row in IMPOSSIBLE])
def test_illegal_states_cannot_be_built(what, record, arguments):
    with pytest.raises(ValidationError):
        record(**arguments)


def test_geometry_decides_the_side_not_the_statement():
    on_image_left = ImageFinding(finding="pleural_effusion", sides=["left"], box=[0.5, 0.08, 0.9, 0.4])
    assert on_image_left.sides == (Side.RIGHT,)


def test_a_statement_says_no_more_than_its_box_and_less_only_where_the_box_lies_on_both_sides():
    assert ImageFinding(finding="pleural_effusion", sides=["left", "right"], box=[0.5, 0.1, 0.9, 0.4]).sides == (Side.RIGHT,)
    assert ImageFinding(finding="pleural_effusion", sides=["left"], box=[0.5, 0.1, 0.9, 0.9]).sides == (Side.LEFT,)
    assert ImageFinding(finding="pleural_effusion", sides=["left"], box=[0.1, 0.46, 0.3, 0.54]).sides == (Side.LEFT,)  # on the midline


def test_the_heart_has_no_side():
    assert ImageFinding(finding="cardiomegaly", sides=["left"], box=[0.4, 0.5, 0.8, 0.9]).sides == ()


def test_input_order_and_repeats_leave_no_trace():
    a, b = {"finding": "cardiomegaly"}, {"finding": "pleural_effusion", "box": [0, 0, 0.5, 0.3]}
    assert ImageReading(reader="r", findings=[a, b, a]) == ImageReading(reader="r", findings=[b, a])


def test_a_report_is_written_and_read_back():
    reading = ImageReading(
        reader="r", findings=[ImageFinding(finding="pneumothorax", box=[0.1, 0.6, 0.3, 0.9], score=0.9)], scores={"no_finding": 0.1}
    )
    report = audit_reading(None, reading, "No pneumothorax. Normal heart. Rib fracture.")
    assert AuditReport.model_validate_json(report.to_json()) == report


CONTRADICTIONS = [
    # mentions (status, sides), contradictory?
    ([("present", []), ("absent", [])], True),
    ([("present", ["left"]), ("absent", ["left"])], True),
    ([("present", ["left"]), ("absent", [])], True),  # "no pneumothorax" denies both sides
    ([("present", ["left"]), ("absent", ["right"])], False),
    ([("present", []), ("absent", ["right"])], False),  # somewhere, not on the right
    ([("present", []), ("absent", ["left"]), ("absent", ["right"])], True),
    ([("uncertain", []), ("absent", [])], False),
    ([("present", ["left", "right"]), ("absent", ["right"])], True),
    ([], False),
]


@pytest.mark.parametrize("rows, expected", CONTRADICTIONS)
def test_contradiction(rows, expected):
    mentions = [mention(status=status, sides=sides, start=10 * i) for i, (status, sides) in enumerate(rows)]
    assert bool(contradiction(mentions)) is expected
    assert DraftReading(parser="p", findings=mentions).contradictions == ([Finding.PNEUMOTHORAX] if expected else [])


def test_contradictions_are_derived_never_taken_on_trust():
    data = DraftReading(parser="p", findings=[mention()]).model_dump()
    assert DraftReading(**{**data, "contradictions": ["pneumothorax"]}).contradictions == []


def test_errors_cross_process_boundaries():
    error = pickle.loads(pickle.dumps(InputError("Not an image.", "Give a PNG.")))
    assert (error.message, error.hint, str(error)) == ("Not an image.", "Give a PNG.", "Not an image. Give a PNG.")


def test_status_strength_orders_present_uncertain_absent():
    assert sorted(Status, key=lambda s: -s.strength) == [Status.PRESENT, Status.UNCERTAIN, Status.ABSENT]


def test_an_unread_film_says_which_of_the_three_it_is():
    assert {status.value for status in ReadingStatus} == {"ok", "nothing_usable", "failed", "not_a_frontal_chest_xray"}
