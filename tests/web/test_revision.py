"""What a revision resolved, what remains, what is new."""

import pytest

from cxr_auditor.audit import audit_reading
from cxr_auditor.findings import Finding, Side
from cxr_auditor.schema import Flag, FlagKind, ImageFinding, ImageReading, Outcome, ReadingStatus, Reason
from cxr_auditor.web.report.revision import changes, comparable

LEFT, RIGHT, BOTH = (Side.LEFT,), (Side.RIGHT,), (Side.LEFT, Side.RIGHT)
EFFUSION, PNEUMOTHORAX = Finding.PLEURAL_EFFUSION, Finding.PNEUMOTHORAX


def flag(kind="MISSING", finding=EFFUSION, sides=(), message="m") -> Flag:
    return Flag(kind=FlagKind(kind), finding=finding, sides=sides, urgent=finding.urgent, reason=Reason.OMITTED, message=message)


def report(*flags: Flag):
    """Any audited report, with these flags in place of its own."""
    own = audit_reading(None, ImageReading(reader="r"), "No pneumothorax.")
    return own.model_copy(update={"flags": flags, "outcome": Outcome.REVIEW})


CASES = [
    # before, after, (resolved, remaining, new)
    pytest.param([], [], (0, 0, 0), id="nothing before, nothing after"),
    pytest.param([flag()], [], (1, 0, 0), id="mended"),
    pytest.param([flag()], [flag()], (0, 1, 0), id="not mended"),
    pytest.param([], [flag()], (0, 0, 1), id="spoilt"),
    pytest.param([flag()], [flag(message="another sentence")], (0, 1, 0), id="the same flag for another reason remains"),
    pytest.param([flag()], [flag("CONTRADICTORY")], (1, 0, 1), id="another kind is another flag"),
    pytest.param([flag()], [flag(finding=PNEUMOTHORAX)], (1, 0, 1), id="another finding is another flag"),
    pytest.param([flag(sides=BOTH)], [flag(sides=LEFT)], (0, 1, 0), id="half mended: it remains for one side"),
    pytest.param([flag(sides=LEFT)], [flag(sides=RIGHT)], (1, 0, 1), id="the other side is another flag"),
    pytest.param([flag(sides=RIGHT)], [flag()], (0, 1, 0), id="a flag without a side may be the same"),
    pytest.param([flag(sides=LEFT), flag(sides=RIGHT)], [flag(sides=BOTH)], (1, 1, 0), id="one flag answers to one flag"),
    pytest.param([flag(sides=LEFT)], [flag(sides=BOTH), flag(sides=LEFT)], (0, 1, 1), id="the identical flag is matched first"),
]


@pytest.mark.parametrize(("before", "after", "counts"), CASES)
def test_changes(before, after, counts):
    since = changes(report(*before), report(*after))
    assert (len(since.resolved), len(since.remaining), len(since.new)) == counts
    assert list(since.resolved) == [f for f in before if f in since.resolved]
    assert set(since.remaining + since.new) == set(after)


def test_the_identical_flag_is_the_one_that_remains():
    since = changes(report(flag(sides=LEFT)), report(flag(sides=BOTH), flag(sides=LEFT)))
    assert [f.sides for f in since.remaining] == [LEFT] and [f.sides for f in since.new] == [BOTH]


FINDING = ImageFinding(finding=EFFUSION, box=[0.6, 0.1, 0.9, 0.4])
READING = ImageReading(reader="r", findings=[FINDING])
FAILED = ImageReading(reader="r", status=ReadingStatus.FAILED)

COMPARABLE = [
    # reading and draft before, reading and draft after, whether they can be compared
    pytest.param((READING, "No effusion."), (READING, "Effusion."), True, id="a revised draft"),
    pytest.param((READING, "No effusion."), (ImageReading(reader="q"), "Effusion."), False, id="another reader"),
    pytest.param((READING, ""), (READING, "Effusion."), False, id="no draft before"),
    pytest.param((READING, "Effusion."), (READING, " "), False, id="no draft after"),
    pytest.param((FAILED, "Effusion."), (READING, "Effusion."), False, id="not read before"),
]


@pytest.mark.parametrize(("before", "after", "expected"), COMPARABLE)
def test_only_two_audits_of_one_reading_are_compared(before, after, expected):
    assert comparable(audit_reading(None, *before), audit_reading(None, *after)) is expected


def test_a_first_report_is_compared_with_nothing():
    assert not comparable(None, audit_reading(None, READING, "Effusion."))
