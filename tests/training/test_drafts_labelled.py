"""Labelled drafts to targets: validated by file, line and field; each target is read back by the served parser as it was labelled."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted_model import Scripted

from cxr_auditor.audit import parse_draft
from cxr_auditor.cli import draft_line
from cxr_auditor.errors import InputError
from cxr_auditor.evaluation.injection import Wording, sample_truths, write_drafts
from cxr_auditor.findings import Finding, Side, Status
from cxr_auditor.parsers.nemotron import NemotronParser, own_words, question
from cxr_auditor.parsers.rules import RulesParser
from cxr_auditor.schema import DraftReading, Mention
from cxr_auditor.training.drafts import Settings
from cxr_auditor.training.drafts.given import Given, Reason, written_drafts
from cxr_auditor.training.drafts.labelled import labelled_drafts
from cxr_auditor.training.drafts.target import Taught, quoted, teach

EFFUSION, AIR, OPACITY, NODULE, HEART = Finding
LEFT, RIGHT = Side
TEXT = "Small left pleural effusion. No pneumothorax. The heart is enlarged."


def said(text: str, words: str, label=EFFUSION, status=Status.PRESENT, sides=(), place=0) -> Mention:
    """A statement by its words, the `place`-th time that they stand in the text."""
    start = -1
    for _ in range(place + 1):
        start = text.index(words, start + 1)
    return Mention(label=label, status=status, sides=sides, span=words, start=start, end=start + len(words))


def draft(text: str, *statements: Mention, **more) -> Given:
    return Given("test", "1", "1", text, statements, **more)


# Quotations


@pytest.mark.parametrize(
    "text, words, place, quote",
    [
        ("No effusion. Nodule.", "effusion", 0, "effusion"),  # as it stands
        ("Small pleural\neffusion.", "pleural\neffusion", 0, "pleural effusion"),  # over a line's end
        ("?L effusion.", "?L effusion.", 0, "L effusion"),  # without the marks around it
        ("INDICATION: effusion?\nFINDINGS: Small effusion.", "effusion", 1, "Small effusion"),  # not the one in the indication
        ("Effusion known. There is an effusion seen.", "effusion", 0, "an effusion"),  # whatever the case
        ("no ptx/eff/consolidation", "eff", 0, "ptx/eff/consolidation"),  # words that hang together
        ("effusion left, effusion right", "effusion", 1, "left, effusion"),  # the shortest there is, the first of them
    ],
)
def test_a_quotation_is_the_shortest_that_the_parser_finds_there(text, words, place, quote):
    (found,) = quoted(text, [said(text, words, place=place)])
    assert found.span.split() == quote.split() and text[found.start : found.end] == found.span and quote in own_words(text)


@pytest.mark.parametrize(
    "text, words",
    [
        ("The effusion. It has grown.", "The effusion. It has grown"),  # more than one sentence
        ("an " * 13 + "effusion", "an " * 13 + "effusion"),  # more words than a quotation may have
        ("Eff. Eff.", "."),  # no word at all
    ],
)
def test_what_no_quotation_can_name(text, words):
    assert quoted(text, [said(text, words)]) is None


def test_the_same_words_twice_are_two_places():
    text = "Effusion. Effusion."
    both = [said(text, "Effusion", place=1), said(text, "Effusion")]
    assert [one.start for one in quoted(text, both)] == [0, 10]


# Targets


def read_back(text: str, target: str) -> DraftReading:
    return NemotronParser(chat=Scripted(target)).parse(text)


def same(reading: DraftReading, statements) -> bool:
    """Whether a reading is the model's own, says exactly the statements, and had nothing to remark."""
    truth = DraftReading(parser="nemotron", findings=statements)
    return (reading.parser, reading.findings, reading.notes) == ("nemotron", truth.findings, ())


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from(Wording))
def test_written_drafts_are_read_back_as_they_were_meant(seed, wording):
    for one in write_drafts(sample_truths(1, seed), seed, wording):
        assert sorted(map(repr, (stated.say for stated in one.stated))) == sorted(map(repr, one.intended))  # each has its place
    for written in written_drafts(Settings(films=2, test=0.5, seed=seed)):
        taught = teach(written)
        if isinstance(taught, Reason):
            assert taught in (Reason.QUOTE, Reason.UNNAMED)
            continue
        assert same(read_back(written.text, taught.target), taught.said)
        meant = sorted((one.label, one.status, one.sides) for one in written.said)
        assert sorted((one.label, one.status, one.sides) for one in taught.said) == meant
        assert {element["quote"] for element in json.loads(taught.target)} <= set(own_words(written.text))  # what the mask lets through


def test_the_target_is_in_the_served_form_and_the_question_is_the_served_one():
    statements = (said(TEXT, "left pleural effusion", sides=(LEFT,)), said(TEXT, "pneumothorax", AIR, Status.ABSENT))
    taught = teach(draft(TEXT, *reversed(statements)))
    assert json.loads(taught.target) == [
        {"quote": "left pleural effusion", "label": "pleural_effusion", "status": "present", "side": "left"},
        {"quote": "pneumothorax", "label": "pneumothorax", "status": "absent", "side": "none"},
    ]
    model = Scripted(taught.target)
    assert same(NemotronParser(chat=model).parse(TEXT), statements)
    assert model.asked[0].messages[0].text == question(TEXT)[1]


NOTHING = "The film is of moderate quality."


@pytest.mark.parametrize(
    "one, outcome",
    [
        (draft(NOTHING), "[]"),  # nothing said, and the rules find nothing either
        (draft(TEXT), Reason.EMPTY),  # an empty list that the served parser would not believe
        (draft("Effusion <b>left</b>.", said("Effusion <b>left</b>.", "Effusion")), Reason.CHANGED),  # a prompt shows it otherwise
        (draft("RUL mass.", said("RUL mass.", "mass", NODULE, sides=(LEFT,))), Reason.UNNAMED),  # a side that is not in the words
        (draft("Eff. Eff.", said("Eff. Eff.", "Eff. Eff")), Reason.QUOTE),  # across sentences
        (draft(" ".join("eff" for _ in range(17)), *(said("eff " * 17, "eff", place=n) for n in range(17))), Reason.MANY),
        (draft(TEXT, reason=Reason.NOT_READ), Reason.NOT_READ),  # a reading that failed
    ],
)
def test_what_becomes_of_a_draft(one, outcome):
    taught = teach(one)
    assert (taught.target if isinstance(taught, Taught) else taught) == outcome


@pytest.mark.parametrize(
    "text, statements, outcome",
    [
        # a side that one of the two sentences names is that one's
        ("Left effusion. Effusion is small.", [("effusion", 0, (LEFT,)), ("Effusion", 0, (LEFT,))], [(LEFT,), ()]),
        ("Left effusion. Right effusion.", [("effusion", 0, (LEFT, RIGHT)), ("effusion", 1, (LEFT, RIGHT))], [(LEFT,), (RIGHT,)]),
        ("Small effusion.", [("effusion", 0, (LEFT,))], Reason.UNNAMED),  # named nowhere
        ("No left effusion.", [("effusion", 0, None)], Reason.SIDES),  # is it denied on the left alone? nobody says
    ],
)
def test_sides_of_a_whole_draft_go_to_the_sentences_that_name_them(text, statements, outcome):
    mentions = [
        said(text, words, status=Status.ABSENT if sides is None else Status.PRESENT, sides=sides or (), place=place)
        for words, place, sides in statements
    ]
    taught = teach(draft(text, *mentions, sides_by_label=True))
    assert ([one.sides for one in taught.said] if isinstance(taught, Taught) else taught) == outcome


# Files


def file(folder, *lines):
    path = folder / "mine.jsonl"
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines), encoding="utf-8")
    return path


def statement(**changes) -> dict:
    good = {"label": "pleural_effusion", "status": "present", "sides": ["left"], "span": "left pleural effusion", "start": 6, "end": 27}
    return {"id": "a", "text": TEXT, "findings": [{name: value for name, value in (good | changes).items() if value is not ...}]}


def labels(**changes) -> dict:
    line = {
        "id": "b",
        "text": TEXT,
        "labels": {"pleural_effusion": "present", "pneumothorax": "absent", "nodule_mass": "not_mentioned"},
        "spans": {"pleural_effusion": ["left pleural effusion"], "pneumothorax": [[32, 44]]},
        "sides": {"pleural_effusion": ["left"]},
        "kind": "other fields are passed over",
    }
    return line | changes


@pytest.mark.parametrize(
    "line, problem",
    [
        ("{", "line 2: is not JSON"),
        ("[]", "line 2: is not a JSON object"),
        ({"text": TEXT, "findings": []}, "'id'"),  # nameless
        ({"id": "a", "findings": []}, "'text'"),  # labels whose texts lie elsewhere
        ({"id": "a", "text": "\ud800", "findings": []}, "'text'.*half of a character"),
        ({"id": "a", "text": TEXT}, "'findings': exactly one"),  # no label at all
        (labels(findings=[]), "'findings': exactly one"),  # two forms at once
        (statement() | {"status": "fine"}, "'status'"),  # of the reading
        (statement() | {"document": None}, "'document'"),
        ({"id": "a", "text": TEXT, "findings": {}}, "'findings': must be a list"),
        ({"id": "a", "text": TEXT, "findings": ["effusion"]}, r"'findings\[0\]': must be an object"),
        (statement(label="unicorn"), r"'findings\[0\].label': is no known label"),
        (statement(status="denied"), r"'findings\[0\].status'.*present, uncertain, absent"),
        (statement(sides=["up"]), r"'findings\[0\].sides'"),
        (statement(sides=...), r"'findings\[0\].sides'"),  # left out: never taken for "none"
        (statement(side="left"), r"'findings\[0\].side': is not known"),  # another name for it
        (statement(label="cardiomegaly"), r"'findings\[0\].sides': cardiomegaly has no side"),
        (statement(label="no_finding", status="absent", sides=[]), r"'findings\[0\]'.*must be present"),
        (statement(span="pleural effusion"), r"'findings\[0\].span': does not stand at the text's characters 6 to 27"),
        (statement(span="right effusion", start=..., end=...), r"'findings\[0\].span': does not stand in the text"),
        (statement(span="e", start=..., end=...), r"'findings\[0\].span': stands in \d+ places"),
        (statement(span="", start=..., end=...), r"'findings\[0\].span': words of the text"),
        (statement(end=999), r"'findings\[0\].start': characters 6 to 999"),
        (statement(end=...), r"'findings\[0\].start'"),  # half a place
        (labels(labels={"unicorn": "present"}), "'labels.unicorn'"),
        (labels(labels={"pneumothorax": "not_present"}), "'labels.pneumothorax'.*not_mentioned"),  # presence of documents, not statements
        (labels(spans={"pneumothorax": [[32, 44]]}), "'spans.pleural_effusion'"),  # a label without its words
        (labels(spans={"pleural_effusion": ["left effusion"]}), "'spans.pleural_effusion': does not stand"),
        (labels(sides={"pleural_effusion": "left"}), "'sides.pleural_effusion'"),
        (labels(sides=[]), "'sides': must be an object"),
    ],
)
def test_what_is_wrong_is_named_by_file_line_and_field_without_the_drafts_words(tmp_path, line, problem):
    with pytest.raises(InputError, match=rf"mine.jsonl, .*{problem}") as raised:
        list(labelled_drafts("mine", file(tmp_path, statement(), line)))
    assert "line 2" in str(raised.value) and "effusion." not in str(raised.value)


def test_both_forms_say_the_same(tmp_path):
    by_statement = statement()
    by_statement["findings"].append({"label": "pneumothorax", "status": "absent", "sides": [], "span": "pneumothorax"})
    one, other = labelled_drafts("mine", file(tmp_path, by_statement, "", labels()))
    assert one.said == other.said and len(one.said) == 2
    assert teach(one) == teach(other)


@pytest.mark.parametrize(
    "line, reason",
    [
        (labels(sides={}), Reason.SIDES),  # whether a side is stated was not looked at
        (labels(text=TEXT + " Again: left pleural effusion."), Reason.PLACE),  # which of the two is meant?
        (statement() | {"status": "nothing_usable"}, Reason.NOT_READ),
    ],
)
def test_drafts_that_are_fine_but_can_not_teach(tmp_path, line, reason):
    (given,) = labelled_drafts("mine", file(tmp_path, line))
    assert teach(given) is reason


def test_what_parse_prints_is_taken_with_the_text_beside_it(tmp_path):
    reading = parse_draft(TEXT, RulesParser())
    line = {"id": 7, "text": TEXT, **json.loads(json.dumps(draft_line(reading)))}
    (given,) = labelled_drafts("mine", file(tmp_path, line))
    assert (given.draft_id, given.document) == ("7", "mine/7") and set(given.said) == set(reading.findings)
    assert same(read_back(TEXT, teach(given).target), reading.findings)


def test_a_file_that_is_not_there_or_no_text(tmp_path):
    with pytest.raises(InputError, match="mine.jsonl can't be opened"):
        list(labelled_drafts("mine", tmp_path / "mine.jsonl"))
    (tmp_path / "mine.jsonl").write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="not UTF-8"):
        list(labelled_drafts("mine", tmp_path / "mine.jsonl"))


def test_the_draft_benchmark_can_be_taken(shared, tmp_path):
    """Invented drafts of the benchmark carry their text; they stay where they are."""
    labels_file = shared / "bench" / "drafts" / "hand_dev.jsonl"
    if not labels_file.is_file():
        pytest.skip("no draft benchmark beside this checkout")
    own = [line for line in labels_file.read_text("utf-8").splitlines() if '"text"' in line]
    taught = [teach(given) for given in labelled_drafts("bench", file(tmp_path, *own))]
    assert sum(isinstance(one, Taught) for one in taught) > 0.6 * len(own) > 0
