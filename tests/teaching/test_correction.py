"""The corrected draft: what is struck, what is added, and that the parser and the judge find nothing more to say."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxr_auditor.audit import audit_reading
from cxr_auditor.evaluation.injection import TrueFinding, Truth, Wording, sample_truths, write_drafts
from cxr_auditor.examples import example_cases
from cxr_auditor.findings import Finding, Side, Status, ordered_sides
from cxr_auditor.phantom import starter_library
from cxr_auditor.schema import FlagKind, ImageFinding, ImageReading
from cxr_auditor.teaching.correction import Change, corrected

EFFUSION, AIR, OPACITY, NODULE, HEART = Finding
LEFT, RIGHT = (Side.LEFT,), (Side.RIGHT,)
BOTH = (Side.LEFT, Side.RIGHT)


def film(*found, **rest) -> ImageReading:
    """A reading of (finding, sides[, status]); what it does not list is not there."""
    entries = (ImageFinding(finding=f, sides=sides, status=status[0] if status else Status.PRESENT) for f, sides, *status in found)
    return ImageReading(reader="truth", findings=tuple(entries), **rest)


def marked(draft: str, reading: ImageReading) -> str:
    """The correction with [-struck-] and {+added+} words."""
    frames = {Change.KEPT: "{}", Change.STRUCK: "[-{}-]", Change.ADDED: "{{+{}+}}"}
    return "".join(frames[piece.change].format(piece.text) for piece in corrected(draft, audit_reading(None, reading, draft)).pieces)


@pytest.mark.parametrize(
    ("draft", "reading", "wanted"),
    [
        # nothing to put right
        ("No effusion. Heart normal.", film(), "No effusion. Heart normal."),
        # left out: said after the last statement, before what is no statement
        ("No effusion. Scoliosis.", film((AIR, RIGHT)), "No effusion.{+ Pneumothorax on the right.+} Scoliosis."),
        # left out of a draft in lines
        ("No effusion\nHeart normal", film((AIR, LEFT)), "No effusion\nHeart normal{+\nPneumothorax on the left.+}"),
        # said of one side only: beside it
        (
            "Right pleural effusion. Heart normal.",
            film((EFFUSION, BOTH)),
            "Right pleural effusion.{+ Pleural effusion on the left.+} Heart normal.",
        ),
        # denied: another sentence in its place
        ("No pneumothorax. Heart normal.", film((AIR, LEFT)), "[-No pneumothorax.-]{+Pneumothorax on the left.+} Heart normal."),
        # denied within a list: one item goes, the others stay
        ("No effusion or pneumothorax.", film((AIR, LEFT)), "No effusion[- or pneumothorax-].{+ Pneumothorax on the left.+}"),
        # the first item of the list
        ("No pneumothorax or effusion.", film((AIR, LEFT)), "No [-pneumothorax or -]effusion.{+ Pneumothorax on the left.+}"),
        # the whole list
        ("No nodule or mass.", film((NODULE, LEFT)), "[-No nodule or mass.-]{+Nodule or mass on the left.+}"),
        # called normal
        ("Normal chest radiograph.", film((HEART, ())), "[-Normal chest radiograph.-]{+The heart is enlarged.+}"),
        # not there
        ("Cardiomegaly. No effusion.", film(), "[-Cardiomegaly.-]{+The heart is not enlarged.+} No effusion."),
        # not there, beside something right in the same sentence: that is said again in its own words
        (
            "Large left pleural effusion with a small pneumothorax.",
            film((EFFUSION, LEFT)),
            "[-Large left pleural effusion with a small pneumothorax.-]{+Large left pleural effusion. No pneumothorax.+}",
        ),
        # not there on one of the sides
        ("Bilateral effusions.", film((EFFUSION, RIGHT)), "[-Bilateral effusions.-]{+Pleural effusion on the right.+}"),
        # the other side, in the draft's own letters
        ("RIGHT BASAL EFFUSION.", film((EFFUSION, LEFT)), "[-RIGHT-]{+LEFT+} BASAL EFFUSION."),
        # twice, in a findings section and in an impression
        (
            "FINDINGS: Left effusion.\nIMPRESSION: Left effusion.",
            film((EFFUSION, RIGHT)),
            "FINDINGS: [-Left-]{+Right+} effusion.\nIMPRESSION: [-Left-]{+Right+} effusion.",
        ),
        # the right lung alone has a middle lobe: the side can't just be turned
        ("Right middle lobe consolidation.", film((OPACITY, LEFT)), "[-Right middle lobe consolidation.-]{+Lung opacity on the left.+}"),
        ("Opacity in the right middle lobe.", film((OPACITY, LEFT)), "[-Opacity in the right middle lobe.-]{+Lung opacity on the left.+}"),
        # a list that would say less without its last item: each of the others in its own words
        (
            "No measurable nodule, focal consolidation or pneumothorax is visible.",
            film((AIR, RIGHT)),
            "[-No measurable nodule, focal consolidation or pneumothorax is visible.-]"
            "{+No measurable nodule. No focal consolidation. Pneumothorax on the right.+}",
        ),
        # at odds with itself: the denial goes, and its section is not left empty
        (
            "FINDINGS: Left effusion.\nIMPRESSION: No effusion.",
            film((EFFUSION, LEFT)),
            "FINDINGS: Left effusion.\nIMPRESSION: [-No effusion.-]{+Pleural effusion on the left.+}",
        ),
        # at odds with itself about something that is not there
        ("Left effusion. No effusion.", film(), "[-Left effusion.-] No effusion."),
        # at odds with itself where the film leaves it open: the denial goes
        ("Left effusion. No effusion.", film((EFFUSION, LEFT, Status.UNCERTAIN)), "Left effusion. [-No effusion.-]"),
        # what a person wrote about other things stays
        (
            "Pacemaker in place. Cardiomegaly. Old rib fracture.",
            film(),
            "Pacemaker in place. [-Cardiomegaly.-]{+The heart is not enlarged.+} Old rib fracture.",
        ),
        # a heading alone
        ("IMPRESSION:\n", film((AIR, LEFT)), "IMPRESSION:{+ Pneumothorax on the left.+}\n"),
        # nothing but punctuation is no draft that can be put right, and is not touched
        ("...", film((AIR, LEFT)), "..."),
    ],
)
def test_what_is_struck_and_what_is_added(draft, reading, wanted):
    assert marked(draft, reading) == wanted


def test_what_the_film_was_not_asked_about_is_left_alone():
    draft = "Left effusion. No pneumothorax."
    reading = film((AIR, LEFT), scope=(AIR,))
    assert marked(draft, reading) == "Left effusion. [-No pneumothorax.-]{+Pneumothorax on the left.+}"


def test_a_correction_that_does_not_hold_says_so(monkeypatch):
    """Nothing is claimed of a corrected draft that was not tried: here the parser understands none of the plain sentences."""
    monkeypatch.setattr("cxr_auditor.teaching.correction.plain_sentence", lambda *_: "Lorem ipsum.")
    reading = film((AIR, LEFT))
    assert not corrected("No pneumothorax.", audit_reading(None, reading, "No pneumothorax.")).holds


def put_right(draft: str, reading: ImageReading) -> None:
    """All that must hold of a correction, said without the correction's own means."""
    report = audit_reading(None, reading, draft)
    correction = corrected(draft, report)
    assert "".join(piece.text for piece in correction.pieces if piece.change is not Change.ADDED) == draft
    again = audit_reading(None, reading, correction.text)
    assert again.draft.usable
    assert correction.holds and not again.flags, (draft, correction.text)
    if not report.flags:
        assert correction.text == draft
    struck, at = set(), 0
    for piece in correction.pieces:
        if piece.change is Change.STRUCK:
            struck |= set(range(at, at + len(piece.text)))
        at += len(piece.text) if piece.change is not Change.ADDED else 0
    for flag in report.flags:
        hit = [bool(struck & set(range(span.start, span.end))) for span in flag.spans]
        if flag.reason in ("denied", "called_normal"):
            assert all(hit), (draft, flag.message, correction.text)
        elif flag.kind is not FlagKind.MISSING:
            assert any(hit), (draft, flag.message, correction.text)
        if flag.kind in (FlagKind.MISSING, FlagKind.WRONG_SIDE):
            said = [m for m in again.draft.mentions(flag.finding) if m.status is not Status.ABSENT]
            assert said and (not any(m.sides for m in said) or set(flag.sides) <= {side for m in said for side in m.sides})
    if any(piece.change is Change.KEPT for piece in correction.pieces):  # not written anew
        unflagged = set(Finding) - {flag.finding for flag in report.flags}
        right = {(m.label, m.status, m.sides) for m in report.draft.findings if m.label in unflagged}
        assert right <= {(m.label, m.status, m.sides) for m in again.draft.findings}, (draft, correction.text)


@pytest.mark.parametrize("case", example_cases(), ids=lambda case: case.name)
def test_the_examples(case):
    put_right(case.draft, case.reading)


def starter_truths() -> list[Truth]:
    """What is true of the 50 starter films, without drawing them."""
    truths = []
    for case in starter_library():
        found = []
        for finding in Finding:
            sides = [one.side for one in case.planted if one.finding is finding]
            if sides:
                found.append(TrueFinding(finding, sides=ordered_sides(filter(None, sides))))
        absent = tuple(finding for finding in Finding if finding not in {one.finding for one in found})
        truths.append(Truth(case.name, case.name, tuple(found), absent))
    return truths


def test_the_starter_films_with_every_kind_of_error():
    drafts = list(write_drafts(starter_truths(), seed=1))
    assert sum(draft.error is not None for draft in drafts) > 200
    for draft in drafts:
        put_right(draft.text, draft.truth.reading())


@pytest.mark.slow
@pytest.mark.parametrize("wording", Wording)
def test_two_hundred_films_more(wording):
    """Findings left open, without sides, on both sides; a few drafts are so short or so tangled that they are written anew."""
    anew = number = 0
    for draft in write_drafts(sample_truths(200, seed=7), seed=7, wording=wording):
        put_right(draft.text, draft.truth.reading())
        report = audit_reading(None, draft.truth.reading(), draft.text)
        if report.flags:
            number += 1
            anew += all(piece.change is not Change.KEPT for piece in corrected(draft.text, report).pieces)
    assert number > 700 and anew / number < 0.01


SENTENCES = st.sampled_from(
    [
        "No pneumothorax.",
        "No effusion, pneumothorax or consolidation.",
        "Left pleural effusion.",
        "Small right apical pneumothorax!",
        "Bilateral opacities, and a nodule on the left",
        "Possible mass in the right upper lobe;",
        "heart enlarged",
        "Heart size is normal.",
        "No acute cardiopulmonary abnormality.",
        "IMPRESSION:",
        "HISTORY: pneumothorax",
        "1. No right effusion.",
        "- Effusions.",
        "Lines in place, approx. 2 cm above the carina.",
        "Clear lungs",
        "<b>No</b> mass &amp; no nodule",
    ]
)
FOUND = st.tuples(
    st.sampled_from([EFFUSION, AIR, OPACITY, NODULE]), st.sampled_from([LEFT, RIGHT, BOTH, ()]), st.sampled_from(Status)
) | st.tuples(st.just(HEART), st.just(()), st.sampled_from(Status))


@settings(deadline=None, max_examples=120)
@given(
    st.lists(st.tuples(SENTENCES, st.sampled_from([" ", "\n", ", "])), max_size=6).map(lambda parts: "".join(s + gap for s, gap in parts))
    | st.text(max_size=60),
    st.lists(FOUND, max_size=3, unique_by=lambda found: found[0]),
)
def test_whatever_is_written_can_be_put_right(draft, found):
    """Also sentences that run into each other; and the same draft always gives the same correction."""
    reading = film(*found)
    report = audit_reading(None, reading, draft)
    correction = corrected(draft, report)
    again = audit_reading(None, reading, correction.text)
    assert not again.flags and (again.draft.usable or not report.draft.usable)
    assert "".join(piece.text for piece in correction.pieces if piece.change is not Change.ADDED) == draft
    assert all(piece.text for piece in correction.pieces)
    assert corrected(draft, report) == correction
