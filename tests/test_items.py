from cxr_auditor.audit import audit_reading
from cxr_auditor.items import report_items
from cxr_auditor.schema import ImageFinding, ImageReading, Outcome
from cxr_auditor.text import headline, left_open, report_text
from cxr_auditor.web.report import render as report_render


def items(status):
    film = ImageReading(reader="r", findings=[ImageFinding(finding="pneumothorax", status=status, box=[0.1, 0.6, 0.4, 0.9])])
    return report_items(audit_reading(None, film, "Left pneumothorax."))


def test_a_claim_that_the_film_leaves_open_is_not_called_agreed():
    left_open = items("uncertain")
    assert left_open.agreed == () and [item.tag for item in left_open.notes] == ["Left open"]
    (note,) = left_open.notes
    assert note.spans[0].text == "Left pneumothorax" and len(note.boxes) == 1


def test_what_both_say_is_agreed_or_urgent():
    both = items("present")
    assert both.notes == () and both.agreed == () and [item.finding for item in both.urgent] == ["pneumothorax"]


def test_what_a_reader_left_open_is_never_green():
    film = ImageReading(reader="r", findings=[ImageFinding(finding="pneumothorax", status="uncertain")])
    report = audit_reading(None, film, "No pneumothorax.")
    assert report.outcome is Outcome.AGREEMENT and left_open(report) == ["Pneumothorax"]
    assert "No disagreement found" in headline(report) and "ruled out by this reader: Pneumothorax" in report_text(report)
    banner = report_render.outcome(report, report_items(report), 1)
    assert "b-left_open" in banner and "b-agreement" not in banner


def test_what_was_decided_may_be_green():
    report = audit_reading(None, ImageReading(reader="r"), "No pneumothorax.")
    assert left_open(report) == [] and "agree" in headline(report)
    assert "b-agreement" in report_render.outcome(report, report_items(report), 1)
