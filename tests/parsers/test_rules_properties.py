"""What must hold for any draft."""

import string
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import in_order, said, statuses

from cxr_auditor.findings import Status
from cxr_auditor.parsers.rules import RulesParser
from cxr_auditor.parsers.rules.lexicon import lexicon

PARSER = RulesParser()

FINDINGS = ["pleural effusion", "pneumothorax", "consolidation", "nodule", "infiltrate", "mass", "opacity", "pneumonia", "effusion"]
ADJECTIVES = ["", "small ", "large ", "left ", "right ", "patchy ", "focal ", "small left ", "new ", "residual "]
ENDINGS = ["", " in the right lower lobe", " on the left", ", unchanged", " is seen", " cannot be excluded", " has resolved"]
SENTENCES = [
    "Small left pleural effusion.",
    "No focal consolidation, effusion or pneumothorax.",
    "Heart size is normal.",
    "The heart is mildly enlarged.",
    "Lungs are clear.",
    "No change in the right upper lobe nodule.",
    "Cannot exclude pneumonia at the left base.",
    "Possible small right pneumothorax.",
    "The left effusion has resolved.",
    "Bibasilar opacities, atelectasis versus pneumonia.",
    "No pneumothorax is seen.",
    "Costophrenic angles are sharp.",
    "No acute cardiopulmonary abnormality.",
    "RUL mass, unchanged.",
    "Effusions, right greater than left.",
    "Pneumothorax: none.",
]
UNRELATED = [
    "Degenerative changes of the spine.",
    "The trachea is midline.",
    "Right internal jugular line tip in the SVC.",
    "Old healed left rib fractures.",
    "Results were discussed with Dr. Smith by telephone.",
    "No free air under the diaphragm.",
    "Follow-up as clinically indicated.",
    "Sternotomy wires are intact.",
]

words = st.sampled_from(
    [
        "no",
        "small",
        "left",
        "right",
        "effusion",
        "pneumothorax",
        ",",
        ".",
        "and",
        "or",
        "heart",
        "enlarged",
        "is",
        "normal",
        "possible",
        "vs",
        "nodule",
        "?",
        ":",
        "(",
        ")",
        "/",
        "has",
        "resolved",
        "\n",
    ]
)
soup = st.lists(words, max_size=40).map(" ".join)
plain = st.builds(lambda adjective, finding: adjective + finding, st.sampled_from(ADJECTIVES), st.sampled_from(FINDINGS))
draft = st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=5)


@given(st.one_of(st.text(max_size=300), soup, draft.map(" ".join)))
@settings(max_examples=150, deadline=None)
def test_spans_are_the_drafts_own_characters(text):
    reading = PARSER.parse(text)
    for mention in (*reading.findings, *reading.other):
        assert text[mention.start : mention.end] == mention.span


@given(st.one_of(st.text(max_size=200), soup))
@settings(max_examples=60, deadline=None)
def test_the_same_draft_reads_the_same(text):
    assert PARSER.parse(text) == RulesParser().parse(text)


@given(draft, st.sampled_from(UNRELATED), st.integers(0, 5))
@settings(max_examples=100, deadline=None)
def test_an_unrelated_sentence_changes_no_mention(sentences, unrelated, place):
    place = min(place, len(sentences))
    with_it = sentences[:place] + [unrelated] + sentences[place:]
    assert said(PARSER.parse(" ".join(with_it))) == said(PARSER.parse(" ".join(sentences)))


@given(draft, st.sampled_from([str.upper, str.lower, str.title, str.swapcase]))
@settings(max_examples=80, deadline=None)
def test_case_does_not_matter(sentences, change):
    text = " ".join(sentences)
    assert said(PARSER.parse(change(text))) == said(PARSER.parse(text))


@given(draft, st.data())
@settings(max_examples=150, deadline=None)
def test_line_breaks_do_not_change_statuses(sentences, data):
    text = " ".join(sentences)
    wrapped = "".join("\n" if c == " " and data.draw(st.booleans()) else c for c in text)
    assert statuses(PARSER.parse(wrapped)) == statuses(PARSER.parse(text))


@given(draft)
@settings(max_examples=40, deadline=None)
def test_sentences_may_stand_on_lines_of_their_own(sentences):
    assert said(PARSER.parse("\n".join(sentences))) == said(PARSER.parse(" ".join(sentences)))
    assert said(PARSER.parse("\n\n".join(f"- {s}" for s in sentences))) == said(PARSER.parse(" ".join(sentences)))


@given(plain)
@settings(max_examples=80, deadline=None)
def test_no_before_a_plain_positive_sentence_flips_it(sentence):
    asserted, denied = PARSER.parse(f"{sentence.capitalize()}."), PARSER.parse(f"No {sentence}.")
    assert {m.status for m in asserted.findings} == {Status.PRESENT}
    assert {m.status for m in denied.findings} == {Status.ABSENT}
    assert {(m.label, m.sides) for m in asserted.findings} == {(m.label, m.sides) for m in denied.findings}


@given(plain)
@settings(max_examples=40, deadline=None)
def test_a_question_mark_makes_it_uncertain(sentence):
    for text in (f"?{sentence}", f"{sentence}?", f"Possible {sentence}.", f"Cannot exclude {sentence}."):
        assert {m.status for m in PARSER.parse(text).findings} == {Status.UNCERTAIN}


@given(plain, st.sampled_from(ENDINGS))
@settings(max_examples=60, deadline=None)
def test_history_asks_nothing_of_the_film(sentence, ending):
    assert said(PARSER.parse(f"INDICATION: {sentence}{ending}.\nFINDINGS: Heart size is normal.")) == "C-"


@pytest.mark.parametrize(
    "text, codes, span",
    [
        pytest.param("Small left pleural e\ufb00usion.", "E+L", "Small left pleural e\ufb00usion", id="ligature of a PDF"),
        pytest.param("\ufb02uid: pneumo\u00adthorax on the right", "P+R", "pneumo\u00adthorax on the right", id="soft hyphen"),
        pytest.param("No\u00a0pneumothorax.", "P-", "pneumothorax", id="no-break space"),
        pytest.param("No pneumo-\nthorax.", "P-", "pneumo-\nthorax", id="word broken over a line"),
        pytest.param("\uff2c\uff45\uff46\uff54 effusion", "E+L", "\uff2c\uff45\uff46\uff54 effusion", id="full-width letters"),
        pytest.param("\ufb03 Cardiom\u00e9galy", "C+", "Cardiom\u00e9galy", id="accent, after a ligature of three"),
        pytest.param("\u0130\u0130\u0130 small left effusion", "E+L", "small left effusion", id="a letter that grows in lower case"),
        pytest.param(
            "Small e\u0301ffusion\u200b left", "E+L", "Small e\u0301ffusion\u200b left", id="combining accent and zero-width space"
        ),
        pytest.param("\u202eSmall left effusion\u202c", "E+L", "Small left effusion", id="direction marks"),
        pytest.param("<p>No&nbsp;pneumothorax.<br>Large <b>heart</b>.</p>", "P- C+", "pneumothorax", id="HTML"),
        pytest.param("can\u2019t exclude effusion", "E?", "effusion", id="typographic apostrophe"),
        pytest.param("\u2022 No effusion\r\n\u2022 Nodule RUL", "E- N+R", "effusion", id="bullets and Windows line ends"),
        pytest.param("\x00\x07Small\x0bleft effusion\x1b", "E+L", "Small\x0bleft effusion", id="control characters"),
        pytest.param("\U0001f600 No pneumothorax \U0001f600", "P-", "pneumothorax", id="emoji"),
    ],
)
def test_any_unicode(text, codes, span):
    reading = PARSER.parse(text)
    assert said(reading) == in_order(codes)
    assert reading.findings[0].span == span


@pytest.mark.parametrize(
    "unit",
    [
        "no ",
        "no effusion, ",
        "effusion. No effusion. ",
        "left ",
        "left\n",
        "possible ",
        "a" * 50 + " ",
        "heart ",
        "(",
        "?",
        "effusion and ",
        "right > left ",
        "not ",
        "pneumothoraxx ",
        "\n",
        "<b>",
        "&nbsp;",
        "\u0130",
        "no change in ",
        ": no ",
        "which ",
        "0.5 ",
        "normal size of the ",
        "scratch that ",
        "left, no, ",
        "left. I mean right. ",
        "a:\n",
        "HISTORY: x\nY z: w\n",
        "effusion | ",
        "?effusion\n",
        "it is enlarged ",
        ". ",
        "effusion... ",
        "left, not right, ",
        "effusion left, not right ",
    ],
    ids=lambda unit: unit.strip()[:14] or "blank",
)
def test_work_grows_in_step_with_length(unit, count_lines):
    """Twice the text may not take much more than twice the work."""
    once, twice = (unit * (n // len(unit)) + " end" for n in (1500, 3000))
    assert count_lines(PARSER.parse, twice) < 2.5 * count_lines(PARSER.parse, once) + 1000


@pytest.fixture
def count_lines():
    """Lines of Python that a call runs: a measure of work that does not depend on the machine."""

    def count(function, *arguments):
        lines = 0

        def trace(frame, event, argument):
            nonlocal lines
            lines += event == "line"
            return trace

        before = sys.gettrace()
        sys.settrace(trace)
        try:
            function(*arguments)
        finally:
            sys.settrace(before)
        return lines

    return count


@given(st.text(alphabet=string.punctuation + string.whitespace, max_size=200))
@settings(max_examples=60, deadline=None)
def test_punctuation_says_nothing(text):
    assert PARSER.parse(text).findings == ()


PHRASES = sorted(lexicon().entries)


@given(st.lists(st.sampled_from(PHRASES) | st.sampled_from([".", ",", ";", ":", "?", "-", "(", ")", "/", "\n"]), max_size=14))
@settings(max_examples=400, deadline=None)
def test_no_sequence_of_known_phrases_breaks_it(parts):
    text = " ".join(parts)
    reading = PARSER.parse(text)
    assert reading.contradictions is not None
    assert all(text[m.start : m.end] == m.span for m in (*reading.findings, *reading.other))
