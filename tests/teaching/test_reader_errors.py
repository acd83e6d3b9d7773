"""A reader beside the truth: each way to be right, to be wrong, and to say nothing."""

import pytest

from cxr_auditor.findings import Finding, Side, Status
from cxr_auditor.schema import ImageFinding, ImageReading, ReadingStatus
from cxr_auditor.teaching.reader_errors import Call, Seen, reader_calls

AIR = Finding.PNEUMOTHORAX
LEFT, RIGHT, BOTH = (Side.LEFT,), (Side.RIGHT,), (Side.LEFT, Side.RIGHT)


def reading(status=None, sides=(), **rest) -> ImageReading:
    found = (ImageFinding(finding=AIR, status=status, sides=sides),) if status else ()
    return ImageReading(reader="r", findings=found, **rest)


@pytest.mark.parametrize(
    ("truth", "seen", "call"),
    [
        (reading("present", LEFT), reading("present", LEFT), Call.RIGHT),
        (reading(), reading(), Call.RIGHT),  # neither shows it
        (reading(), reading("absent"), Call.RIGHT),  # said outright
        (reading("present", LEFT), reading("present"), Call.RIGHT),  # a reader without sides
        (reading("present"), reading("present", LEFT), Call.RIGHT),  # a truth without sides
        (reading("present", LEFT), reading(), Call.MISSED),
        (reading("present", LEFT), reading("present", RIGHT), Call.OTHER_SIDE),
        (reading("present", BOTH), reading("present", RIGHT), Call.ONE_SIDE_MISSED),
        (reading("present", LEFT), reading("present", BOTH), Call.ONE_SIDE_TOO_MANY),
        (reading(), reading("present", LEFT), Call.FALSE_CALL),
        (reading("present", LEFT), reading("uncertain", LEFT), Call.LEFT_OPEN),
        (reading(), reading("uncertain", LEFT), Call.LEFT_OPEN),
        (reading("present", LEFT), reading(silence_means_absent=False), Call.LEFT_OPEN),  # silence that is no absence
        (reading("uncertain", LEFT), reading("present", LEFT), Call.NOT_COMPARED),  # the truth itself is open
        (reading("present", LEFT), reading(scope=()), Call.NOT_COMPARED),  # a reader that can't see it
        (reading(scope=()), reading("present", LEFT), Call.NOT_COMPARED),  # a truth that says nothing of it
    ],
)
def test_how_a_reader_did(truth, seen, call):
    calls = reader_calls(truth, seen)
    assert [one.finding for one in calls] == list(Finding)
    assert calls[AIR.rank].call is call


def test_errors_are_told_from_what_is_none():
    assert {call for call in Call if not call.is_error} == {Call.RIGHT, Call.LEFT_OPEN, Call.NOT_COMPARED}


def test_what_was_seen_is_the_strongest_with_all_its_sides():
    both = ImageReading(
        reader="r",
        findings=(
            ImageFinding(finding=AIR, sides=LEFT),
            ImageFinding(finding=AIR, sides=RIGHT),
            ImageFinding(finding=AIR, status=Status.UNCERTAIN),
        ),
    )
    assert reader_calls(both, reading())[AIR.rank].truth == Seen(Status.PRESENT, BOTH)


@pytest.mark.parametrize(
    ("truth", "seen", "sides"),
    [
        (reading("present", LEFT), reading(), LEFT),  # missed: where it is
        (reading("present", LEFT), reading("present", RIGHT), LEFT),  # on the other side: the truth's
        (reading("present", BOTH), reading("present", RIGHT), LEFT),  # the side that was missed
        (reading("present", LEFT), reading("present", BOTH), RIGHT),  # the side too many
        (reading(), reading("present", RIGHT), RIGHT),  # called, but not there: where it was called
        (reading("present", LEFT), reading("uncertain", RIGHT), LEFT),  # left open: where it is
    ],
)
def test_the_sides_that_a_call_is_about(truth, seen, sides):
    assert reader_calls(truth, seen)[AIR.rank].sides == sides


def test_left_open_is_told_only_of_what_is_there():
    assert reader_calls(reading("present", LEFT), reading("uncertain", LEFT))[AIR.rank].left_open
    assert reader_calls(reading("present", LEFT), reading(silence_means_absent=False))[AIR.rank].left_open
    assert not reader_calls(reading(), reading("uncertain", LEFT))[AIR.rank].left_open


def test_a_reader_that_failed_has_no_errors_of_reading():
    failed = ImageReading(reader="r", status=ReadingStatus.FAILED, message="broken")
    assert reader_calls(reading("present", LEFT), failed) == () == reader_calls(failed, reading("present", LEFT))
