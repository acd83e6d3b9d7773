"""The judge, cell by cell."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxr_auditor import compare
from cxr_auditor.findings import NO_FINDING, Finding, Side, Status
from cxr_auditor.geometry import Box
from cxr_auditor.schema import (
    DraftReading,
    DraftStatus,
    FlagKind,
    ImageFinding,
    ImageReading,
    Mention,
    NoteKind,
    OtherMention,
    Outcome,
    ReadingStatus,
    Reason,
    Verdict,
)

EFFUSION, PNEUMOTHORAX, OPACITY, NODULE, HEART = Finding
LEFT, RIGHT = (Side.LEFT,), (Side.RIGHT,)
BOTH = (Side.LEFT, Side.RIGHT)
P, U, A = Status


def film(*entries, finding=EFFUSION, scope=tuple(Finding), **fields) -> ImageReading:
    """Entries are (status, sides) about one finding."""
    findings = [ImageFinding(finding=finding, status=status, sides=sides) for status, sides in entries]
    return ImageReading(reader="test", scope=scope, findings=findings, **fields)


def mention(label, status=P, sides=(), at=0, text="words") -> Mention:
    return Mention(label=label, status=status, sides=sides, span=text, start=at, end=at + len(text))


def draft(*entries, finding=EFFUSION, **fields) -> DraftReading:
    """Entries are (status, sides) about one finding, each at its own place."""
    return DraftReading(parser="test", findings=[mention(finding, s, sides, at=10 * i) for i, (s, sides) in enumerate(entries)], **fields)


def summary(result, finding=EFFUSION):
    """(kind, reason, sides) of each flag and (kind, sides) of each note about one finding."""
    return (
        [(f.kind.value, f.reason.value, f.sides) for f in result.flags if f.finding is finding],
        [(n.kind.value, n.sides) for n in result.notes if n.finding is finding],
    )


MISSING_OMITTED, MISSING_DENIED = ("MISSING", "omitted"), ("MISSING", "denied")
UNSUPPORTED = ("UNSUPPORTED", "not_on_film")

MATRIX = [
    # film, draft, flags, notes, verdict           one row for each cell of the design's table
    (P, P, [], [], Verdict.SUPPORTED),
    (P, U, [], ["hedged"], Verdict.HEDGED),
    (P, A, [MISSING_DENIED], [], Verdict.MISSING),
    (P, None, [MISSING_OMITTED], [], Verdict.MISSING),
    (U, P, [], [], Verdict.SUPPORTED),
    (U, U, [], ["both_unsure"], Verdict.BOTH_UNSURE),
    (U, A, [], ["possible"], Verdict.POSSIBLE),
    (U, None, [], ["possible"], Verdict.POSSIBLE),
    (A, P, [UNSUPPORTED], [], Verdict.UNSUPPORTED),
    (A, U, [], ["unconfirmed"], Verdict.UNCONFIRMED),
    (A, A, [], [], Verdict.AGREED_ABSENT),
    (A, None, [], [], Verdict.NOT_MENTIONED),
]


@pytest.mark.parametrize("finding", list(Finding), ids=str)
@pytest.mark.parametrize(
    "film_sides, draft_sides", [((), ()), (LEFT, LEFT), (LEFT, ()), ((), RIGHT)], ids=["none", "same", "film", "draft"]
)
@pytest.mark.parametrize("seen, said, flags, notes, verdict", MATRIX, ids=[f"{row[0]}-{row[1]}" for row in MATRIX])
def test_every_cell_of_the_matrix(seen, said, flags, notes, verdict, film_sides, draft_sides, finding):
    if not finding.has_sides:
        film_sides = draft_sides = ()
    reading = film((seen, film_sides), finding=finding)
    text = draft((said, draft_sides), finding=finding) if said else draft()
    result = compare(reading, text)
    got_flags, got_notes = summary(result, finding)
    assert [flag[:2] for flag in got_flags] == flags
    assert [note[0] for note in got_notes] == notes
    assert {unit.verdict for unit in result.units if unit.finding is finding} == {verdict}
    urgent = finding.urgent and (bool(flags) or seen is P)
    assert result.outcome == (Outcome.URGENT_REVIEW if urgent else Outcome.REVIEW if flags else Outcome.AGREEMENT)
    assert all(flag.urgent is finding.urgent for flag in result.flags)


@dataclass
class Row:
    why: str
    film: list
    draft: list
    flags: list
    notes: tuple = ()
    silence: bool = True


SIDES = [
    Row("one side each, not the same: one flag, not two", [(P, LEFT)], [(P, RIGHT)], [("WRONG_SIDE", "other_side", LEFT)]),
    Row("the mirror image of that", [(P, RIGHT)], [(P, LEFT)], [("WRONG_SIDE", "other_side", RIGHT)]),
    Row(
        "a denial of the film's side does not split the mix-up", [(P, LEFT)], [(P, RIGHT), (A, LEFT)], [("WRONG_SIDE", "other_side", LEFT)]
    ),
    Row("film on both, draft on one", [(P, BOTH)], [(P, RIGHT)], [("MISSING", "omitted", LEFT)]),
    Row("two boxes count as both", [(P, LEFT), (P, RIGHT)], [(P, LEFT)], [("MISSING", "omitted", RIGHT)]),
    Row("film on both, draft denies one", [(P, BOTH)], [(P, RIGHT), (A, LEFT)], [("MISSING", "denied", LEFT)]),
    Row("film on both, draft silent: one flag for both", [(P, BOTH)], [], [("MISSING", "omitted", BOTH)]),
    Row("draft on both, film on one", [(P, LEFT)], [(P, BOTH)], [("UNSUPPORTED", "not_on_film", RIGHT)]),
    Row("draft names no side: matches the film's", [(P, LEFT)], [(P, ())], []),
    Row("draft names no side: matches both of the film's", [(P, BOTH)], [(P, ())], []),
    Row("film names no side: matches the draft's", [(P, ())], [(P, LEFT)], []),
    Row("a denial without a side denies the film's side", [(P, LEFT)], [(A, ())], [("MISSING", "denied", LEFT)]),
    Row("a denial of the other side is no denial", [(P, LEFT)], [(A, RIGHT)], [("MISSING", "omitted", LEFT)]),
    Row("the impression repeats the sided finding without a side", [(P, LEFT)], [(P, LEFT), (P, ())], []),
    Row("... and that does not hide a wrong side", [(P, RIGHT)], [(P, LEFT), (P, ())], [("WRONG_SIDE", "other_side", RIGHT)]),
    Row("the other side is possible on the film: no mix-up", [(P, LEFT), (U, RIGHT)], [(P, RIGHT)], [("MISSING", "omitted", LEFT)]),
    Row(
        "hedged on the wrong side: the matrix, unit by unit",
        [(P, LEFT)],
        [(U, RIGHT)],
        [("MISSING", "omitted", LEFT)],
        (("unconfirmed", RIGHT),),
    ),
    Row("hedged without a side", [(P, LEFT)], [(U, ())], [], (("hedged", LEFT),)),
    Row("asserted and denied, same side", [(P, LEFT)], [(P, LEFT), (A, LEFT)], [("CONTRADICTORY", "asserted_and_denied", LEFT)]),
    Row("asserted on one side, denied everywhere", [(P, LEFT)], [(P, LEFT), (A, ())], [("CONTRADICTORY", "asserted_and_denied", LEFT)]),
    Row("asserted left and denied right is no contradiction", [(P, LEFT)], [(P, LEFT), (A, RIGHT)], []),
    Row(
        "a contradiction on a clear film: the assertion counts",
        [],
        [(P, ()), (A, ())],
        [("UNSUPPORTED", "not_on_film", ()), ("CONTRADICTORY", "asserted_and_denied", ())],
    ),
    Row("hedged and denied is no contradiction", [(P, LEFT)], [(U, LEFT), (A, LEFT)], [], (("hedged", LEFT),)),
    Row("somewhere, but not on the film's side", [(P, LEFT)], [(P, ()), (A, LEFT)], [("MISSING", "denied", LEFT)]),
    Row("perhaps somewhere, but not on the film's side", [(P, LEFT)], [(U, ()), (A, LEFT)], [("MISSING", "denied", LEFT)]),
    Row("somewhere, but not on one of the film's two sides", [(P, BOTH)], [(P, ()), (A, LEFT)], [("MISSING", "denied", LEFT)]),
    Row("somewhere, but on neither side", [(P, LEFT)], [(P, ()), (A, LEFT), (A, RIGHT)], [("CONTRADICTORY", "asserted_and_denied", LEFT)]),
    Row("the film shows it somewhere, but not there", [(P, ()), (A, LEFT)], [(P, LEFT)], [("WRONG_SIDE", "other_side", RIGHT)]),
    Row(
        "only the side that is asserted and denied is disputed",
        [(P, BOTH)],
        [(P, RIGHT), (A, ())],
        [("MISSING", "denied", LEFT), ("CONTRADICTORY", "asserted_and_denied", RIGHT)],
    ),
    # readers whose silence is no absence
    Row("the reader did not settle the second side", [(P, LEFT)], [(P, BOTH)], [], (("unconfirmed", RIGHT),), silence=False),
    Row("nothing listed: nothing judged", [], [(P, LEFT)], [], (("unconfirmed", LEFT),), silence=False),
    Row("nothing listed, denied: nothing judged", [], [(A, ())], [], silence=False),
    Row("listed as absent: judged", [(A, ())], [(P, LEFT)], [("UNSUPPORTED", "not_on_film", LEFT)], silence=False),
    Row("absent on one side only, claim without a side", [(A, LEFT)], [(P, ())], [], (("unconfirmed", ()),), silence=False),
    Row("a wrong side is seen all the same", [(P, LEFT)], [(P, RIGHT)], [("WRONG_SIDE", "other_side", LEFT)], silence=False),
]


@pytest.mark.parametrize("row", SIDES, ids=lambda row: row.why)
def test_sides(row):
    result = compare(film(*row.film, silence_means_absent=row.silence), draft(*row.draft))
    flags, notes = summary(result)
    assert (flags, notes) == (row.flags, list(row.notes))


def test_flag_carries_boxes_and_words():
    box = Box(0.5, 0.1, 0.9, 0.4)
    reading = ImageReading(reader="test", findings=[ImageFinding(finding=EFFUSION, box=box)])
    text = draft((P, LEFT))
    (flag,) = compare(reading, text).flags
    assert flag.kind is FlagKind.WRONG_SIDE and flag.boxes == (box,) and flag.spans == (text.findings[0].place,)
    assert "right" in flag.message and "left" in flag.message


def test_a_normal_statement_is_evidence_of_what_it_passed_over():
    normal = mention(NO_FINDING, text="Normal chest.")
    text = DraftReading(parser="test", findings=[normal])
    (flag,) = compare(film((P, LEFT)), text).flags
    assert (flag.kind, flag.reason, flag.spans) == (FlagKind.MISSING, Reason.CALLED_NORMAL, (normal.place,))


def test_a_denial_and_a_normal_statement_are_both_evidence():
    denial, normal = mention(EFFUSION, A, at=0), mention(NO_FINDING, text="Normal.", at=20)
    (flag,) = compare(film((P, LEFT)), DraftReading(parser="test", findings=[denial, normal])).flags
    assert flag.reason is Reason.DENIED and flag.spans == (denial.place, normal.place)


def test_a_normal_statement_agrees_with_a_clear_film():
    result = compare(film(), DraftReading(parser="test", findings=[mention(NO_FINDING)]))
    assert result.outcome is Outcome.AGREEMENT and not result.flags


URGENCY = [
    # finding, film, draft, label listed as urgent?
    (PNEUMOTHORAX, P, P, True),  # reported, and still urgent
    (PNEUMOTHORAX, P, None, True),
    (PNEUMOTHORAX, P, A, True),
    (PNEUMOTHORAX, A, P, True),  # look again before you delete it
    (PNEUMOTHORAX, U, P, False),  # what the film leaves open interrupts nobody
    (PNEUMOTHORAX, A, U, False),
    (PNEUMOTHORAX, A, A, False),
    (NODULE, P, P, True),
    (EFFUSION, P, None, False),
    (HEART, P, None, False),
]


@pytest.mark.parametrize("finding, seen, said, urgent", URGENCY)
def test_urgency(finding, seen, said, urgent):
    text = draft((said, ()), finding=finding) if said else draft()
    result = compare(film((seen, ()), finding=finding), text)
    assert (finding in result.audit.urgent_review_flags) is urgent
    assert (result.outcome is Outcome.URGENT_REVIEW) is urgent


def test_look_again_before_you_delete():
    (flag,) = compare(film(), draft((P, LEFT), finding=PNEUMOTHORAX)).flags
    assert flag.urgent and "Look again" in flag.message


def test_nothing_dilutes_urgency():
    findings = [ImageFinding(finding=f) for f in Finding]
    text = DraftReading(parser="test", findings=[mention(f, at=10 * i) for i, f in enumerate(Finding)])
    result = compare(ImageReading(reader="test", findings=findings), text)
    assert result.outcome is Outcome.URGENT_REVIEW and result.audit.urgent_review_flags == (PNEUMOTHORAX, NODULE) and not result.flags


UNREAD = [
    # draft status, film status, outcome
    (DraftStatus.NONE, ReadingStatus.OK, Outcome.NO_DRAFT),
    (DraftStatus.FAILED, ReadingStatus.OK, Outcome.NOT_AUDITED),
    (DraftStatus.NOTHING_USABLE, ReadingStatus.OK, Outcome.NOT_AUDITED),
    (DraftStatus.OK, ReadingStatus.FAILED, Outcome.NOT_AUDITED),
    (DraftStatus.OK, ReadingStatus.NOTHING_USABLE, Outcome.NOT_AUDITED),
    (DraftStatus.OK, ReadingStatus.NOT_A_FRONTAL, Outcome.NOT_AUDITED),
    (DraftStatus.NONE, ReadingStatus.FAILED, Outcome.NOT_AUDITED),
]


@pytest.mark.parametrize("draft_status, film_status, outcome", UNREAD)
def test_nothing_is_flagged_without_both_readings(draft_status, film_status, outcome):
    usable = film_status is ReadingStatus.OK
    reading = film((P, LEFT), status=film_status) if usable else ImageReading(reader="test", status=film_status)
    text = draft((P, RIGHT)) if draft_status is DraftStatus.OK else DraftReading(parser="test", status=draft_status)
    result = compare(reading, text)
    assert result.outcome is outcome and result.flags == () and result.audit.missing_findings == ()


@pytest.mark.parametrize("status", [DraftStatus.NONE, DraftStatus.FAILED])
def test_an_urgent_film_stays_urgent_without_a_draft(status):
    result = compare(film((P, LEFT), finding=PNEUMOTHORAX), DraftReading(parser="test", status=status))
    assert result.audit.urgent_review_flags == (PNEUMOTHORAX,) and result.flags == ()
    assert result.outcome is (Outcome.URGENT_REVIEW if status is DraftStatus.NONE else Outcome.NOT_AUDITED)


def test_outside_the_scope_nothing_is_judged_and_it_says_so():
    result = compare(film(scope=(EFFUSION,)), draft((P, LEFT), (A, LEFT), finding=PNEUMOTHORAX))
    assert result.flags == () and result.outcome is Outcome.AGREEMENT
    assert {note.kind for note in result.notes} == {NoteKind.NOT_CHECKED, NoteKind.CONTRADICTORY}


def test_other_statements_are_not_checked():
    other = OtherMention(term="rib fracture", status=P, span="fracture", start=0, end=8)
    (note,) = compare(film(), DraftReading(parser="test", other=[other])).notes
    assert note.kind is NoteKind.NOT_CHECKED and note.finding is None and note.spans == (other.place,)


# Properties

sides_sets = st.sampled_from([(), LEFT, RIGHT, BOTH])
boxes = st.none() | st.tuples(*[st.floats(0, 0.5)] * 2, *[st.floats(0.5, 1)] * 2).map(lambda v: Box(*v))


@st.composite
def readings(draw):
    scope = draw(st.sets(st.sampled_from(list(Finding)), min_size=1))
    count = draw(st.integers(0, 6))
    made = [
        ImageFinding(
            finding=draw(st.sampled_from(sorted(scope))),
            status=draw(st.sampled_from(list(Status))),
            sides=draw(sides_sets),
            box=draw(boxes),
        )
        for _ in range(count)
    ]
    return ImageReading(reader="test", scope=tuple(scope), findings=made, silence_means_absent=draw(st.booleans()))


@st.composite
def drafts(draw):
    made = []
    for i in range(draw(st.integers(0, 6))):
        label = draw(st.sampled_from([*Finding, NO_FINDING]))
        status = P if label == NO_FINDING else draw(st.sampled_from(list(Status)))
        sides = () if label in (NO_FINDING, HEART) else draw(sides_sets)
        made.append(mention(label, status, sides, at=10 * i))
    return DraftReading(parser="test", findings=made)


def named(statements, statuses) -> set:
    return {side for s in statements if s.status in statuses for side in s.sides}


@given(readings(), drafts())
def test_nobody_is_said_to_say_what_they_deny_by_name(reading, text):
    """Unless they also assert it by name, or deny both sides."""
    for finding in reading.scope:
        units = [unit for unit in compare(reading, text).units if unit.finding is finding]
        for said, statements in (
            ("image", [f for f in reading.findings if f.finding is finding]),
            ("draft", text.mentions(finding)),
        ):
            denied = named(statements, {A})
            if denied == {Side.LEFT, Side.RIGHT}:
                continue
            for side in denied - named(statements, {P, U}):
                assert all(getattr(unit, said) in (A, None) for unit in units if unit.sides == (side,))


@given(readings(), drafts())
def test_what_is_on_the_film_has_a_row(reading, text):
    units = compare(reading, text).units
    for finding in {f.finding for f in reading.findings if f.status is P}:
        assert any(unit.finding is finding and unit.image is P for unit in units)


@given(readings(), drafts(), st.randoms())
def test_same_content_same_answer_in_any_order(reading, text, random):
    findings, mentions = list(reading.findings), list(text.findings)
    random.shuffle(findings)
    random.shuffle(mentions)
    again = compare(
        ImageReading(reader="test", scope=reading.scope, findings=findings, silence_means_absent=reading.silence_means_absent),
        DraftReading(parser="test", findings=mentions),
    )
    assert again.model_dump_json() == compare(reading, text).model_dump_json()


@given(readings(), drafts())
def test_nothing_is_flagged_that_was_not_looked_at(reading, text):
    result = compare(reading, text)
    for flag in result.flags:
        assert flag.finding in reading.scope
        if flag.kind is FlagKind.MISSING:
            assert any(f.finding is flag.finding and f.status is P for f in reading.findings)
        if flag.kind is FlagKind.UNSUPPORTED:
            assert flag.spans
            assert reading.silence_means_absent or any(f.finding is flag.finding and f.status is A for f in reading.findings)


@given(readings(), drafts())
def test_lists_order_and_outcome_follow_from_the_flags(reading, text):
    result = compare(reading, text)
    assert [f.finding.rank for f in result.flags] == sorted(f.finding.rank for f in result.flags)
    assert set(result.audit.missing_findings) == {f.finding for f in result.flags if f.kind is FlagKind.MISSING}
    assert set(result.audit.unsupported_claims) == {f.finding for f in result.flags if f.kind is FlagKind.UNSUPPORTED}
    if result.outcome is Outcome.AGREEMENT:
        assert not result.flags and not result.audit.urgent_review_flags
    assert all(flag.urgent == flag.finding.urgent for flag in result.flags)
    by_finding = [(f.finding, f.kind) for f in result.flags if f.kind is FlagKind.WRONG_SIDE]
    assert not any((finding, FlagKind.UNSUPPORTED) in [(f.finding, f.kind) for f in result.flags] for finding, _ in by_finding)
