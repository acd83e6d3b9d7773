from cxr_auditor.audit import audit_reading
from cxr_auditor.items import report_items
from cxr_auditor.schema import ImageFinding, ImageReading


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
