"""The vote on the sides: every small combination of what two or three readers may say, against what must hold of any vote."""

from functools import cache
from itertools import combinations_with_replacement, product

import pytest

from cxr_auditor.compare import compare
from cxr_auditor.findings import Finding, Side, Status
from cxr_auditor.geometry import Box
from cxr_auditor.schema import DraftReading, ImageFinding, ImageReading, Mention
from cxr_auditor.second_reader import second_reading

AIR = Finding.PNEUMOTHORAX
P, U, A = Status
L, R, BOTH, NONE = (Side.LEFT,), (Side.RIGHT,), tuple(Side), ()
SEEN = (P, U)

IN_WORDS = [
    (),  # nothing is said
    *[((status, sides),) for status in Status for sides in (L, R, BOTH, NONE)],
    ((P, L), (A, R)),
    ((P, L), (U, R)),
    ((U, R), (A, L)),
    ((P, NONE), (A, L)),  # somewhere, not on the left
    ((P, L), (P, NONE)),  # said twice
]
FEWER_WORDS = [(), ((P, L),), ((P, R),), ((P, BOTH),), ((P, NONE),), ((U, L),), ((A, NONE),), ((A, R),), ((P, NONE), (A, L))]
LEFT_BOX, RIGHT_BOX, ACROSS, MIDLINE = Box(0.5, 0.55, 0.9, 0.9), Box(0.5, 0.1, 0.9, 0.45), Box(0.5, 0.2, 0.9, 0.8), Box(0.5, 0.42, 0.9, 0.6)
IN_BOXES = [(), *[((status, box),) for status in SEEN for box in (LEFT_BOX, RIGHT_BOX, ACROSS, MIDLINE)], ((P, LEFT_BOX), (U, ACROSS))]


@cache
def reading(said: tuple, silence: bool, reader: str) -> ImageReading:
    findings = [
        ImageFinding(finding=AIR, status=status, **({"box": place} if isinstance(place, Box) else {"sides": place}))
        for status, place in said
    ]
    return ImageReading(reader=reader, scope=(AIR,), silence_means_absent=silence, findings=findings)


def names(own: ImageReading, side: Side, *statuses: Status) -> bool:
    return any(side in f.sides and f.status in statuses for f in own.findings)


def sees_without_a_side(own: ImageReading) -> bool:
    return any(not f.sides and f.status in SEEN for f in own.findings)


def rules_out(own: ImageReading, side: Side) -> bool:
    """A denial of this side or of both, or the silence of one for whom that is an absence."""
    denied = any(f.status is A and (side in f.sides or not f.sides) for f in own.findings)
    return (denied or own.silence_means_absent) and not names(own, side, *SEEN)


def may_see(own: ImageReading, side: Side) -> bool:
    """Sees it here by name, or without a side where it may be this one: none that it denies, none but those that it names elsewhere."""
    elsewhere = any(f.sides for f in own.findings if f.status in SEEN) and not names(own, side, *SEEN)
    return names(own, side, P) or (any(f.status is P and not f.sides for f in own.findings) and not names(own, side, A) and not elsewhere)


def check(members: tuple[ImageReading, ...], needed: int) -> None:
    fused = second_reading(members, needed).reading
    somewhere = any(sees_without_a_side(own) for own in members)
    for side in Side:
        named = any(names(own, side, *SEEN) for own in members)
        absent = any(f.status is A and (side in f.sides or not f.sides) for f in fused.findings)
        present = names(fused, side, P)
        against = sum(rules_out(own, side) for own in members)
        assert not present or sum(may_see(own, side) for own in members) >= needed, "present without its votes"
        assert present or sum(names(own, side, P) for own in members) < needed, "its votes are lost"
        assert not named or names(fused, side, *SEEN), "what one saw is lost"
        assert not absent or (against >= needed and not named), "ruled out without its votes"
        assert absent or against < needed or named or somewhere, "what all rule out is left open"
        assert somewhere or named or not names(fused, side, *SEEN), "seen where nobody saw it"
        boxed = [own for own in members if any(f.box and side in f.sides and f.status in SEEN for f in own.findings)]
        assert not boxed or any(f.box and side in f.sides and f.status in SEEN for f in fused.findings), "the evidence is lost"
    assert not somewhere or any(f.status in SEEN for f in fused.findings), "what one saw somewhere is lost"
    strongest = {(f.box, f.sides) for f in fused.findings}
    assert len(strongest) == len(fused.findings), "one place is told twice"


WORDS, FEWER, BOXES = (list(product(said, (True, False))) for said in (IN_WORDS, FEWER_WORDS, IN_BOXES))


@pytest.mark.parametrize(("said", "size"), [(WORDS, 2), (FEWER, 3), (BOXES, 2)], ids=["two in words", "three in words", "two in boxes"])
def test_what_holds_of_every_vote(said, size):
    for chosen in combinations_with_replacement(said, size):
        members = tuple(reading(*one, reader) for one, reader in zip(chosen, "abc", strict=False))
        for needed in range(1, size + 1):
            try:
                check(members, needed)
            except AssertionError as error:
                raise AssertionError(f"{error}: {chosen}, {needed} needed") from error


def draft(*said) -> DraftReading:
    return DraftReading(
        parser="test", findings=[Mention(label=AIR, status=s, sides=x, span="x", start=i, end=i + 1) for i, (s, x) in enumerate(said)]
    )


DRAFTS = [draft(*said) for said in IN_WORDS]


@pytest.mark.parametrize(("said", "silence"), [one for one in WORDS + BOXES if one[0] != ((P, L), (P, NONE))])
def test_two_who_say_the_same_audit_like_one(said, silence):
    fused = second_reading([reading(said, silence, "a"), reading(said, silence, "b")]).reading
    for text in DRAFTS:
        one, two = compare(reading(said, silence, "a"), text), compare(fused, text)
        assert (two.outcome, two.flags) == (one.outcome, one.flags)
