"""RadVLM: sentences with boxes, lists, the sentence of a normal film, grounding, and the real model code on a tiny LLaVA-OneVision."""

import pytest
import tiny_models
from scripted_model import Scripted, cut, small_film

from cxr_auditor.audit import audit
from cxr_auditor.chat.errors import ModelMissing
from cxr_auditor.errors import ReaderError
from cxr_auditor.findings import Finding, Side
from cxr_auditor.geometry import Box
from cxr_auditor.readers import radvlm
from cxr_auditor.readers.abilities import Answers, Locates, WritesReports
from cxr_auditor.readers.radvlm import RadVlmReader
from cxr_auditor.schema import Outcome, ReadingStatus

EFFUSION, AIR, OPACITY, NODULE, HEART = Finding
A, B = "[0.10, 0.60, 0.40, 0.90]", "[0.55, 0.20, 0.95, 0.80]"  # x0, y0, x1, y1
BOX_A, BOX_B = Box(0.6, 0.1, 0.9, 0.4), Box(0.2, 0.55, 0.8, 0.95)


def read(*replies):
    return RadVlmReader(chat=Scripted(*replies)).read(small_film())


# reply, (finding, box) pairs, other (term, box) pairs
SENTENCES = [
    (f"I see a Pleural effusion located at the coordinates {A}.", [(EFFUSION, BOX_A)], []),
    (f"Here: a Nodule/Mass located at the coordinates {A} and {B}.", [(NODULE, BOX_A), (NODULE, BOX_B)], []),  # two places
    (f"a Consolidation at {A}; an Aortic enlargement at {B}.", [(OPACITY, BOX_A)], [("Aortic enlargement", BOX_B)]),
    (f"The film shows Cardiomegaly {B}", [(HEART, BOX_B)], []),  # without the usual words
    (f"There is a lung opacity ({A}) and there is a pneumothorax ({B}).", [(OPACITY, BOX_A), (AIR, BOX_B)], []),  # other punctuation
    (f"There is some Rib fracture located at the coordinates {A}", [], [("Rib fracture", BOX_A)]),  # outside the vocabulary
    (f"a Foreign body located at the coordinates {A}.", [], [("Foreign body", BOX_A)]),  # a name of no set is shown
    ("The following are identified: Cardiomegaly, pleural effusion and edema.", [(EFFUSION, None), (HEART, None)], [("edema", None)]),
    ("Seen here: a pneumothorax.", [(AIR, None)], []),
]


@pytest.mark.parametrize(("reply", "findings", "other"), SENTENCES)
def test_sentences(reply, findings, other):
    reading = read(reply)
    assert reading.status is ReadingStatus.OK and reading.silence_means_absent and not reading.notes
    assert sorted((f.finding.rank, str(f.box)) for f in reading.findings) == sorted((f.rank, str(box)) for f, box in findings)
    assert [(one.term, one.box) for one in reading.other] == other


@pytest.mark.parametrize(
    "reply",
    [
        "No abnormalities were detected on this X-ray.",
        "There are no lesions visible.",
        "The image is without any significant abnormalities.",
        "This chest X-ray appears normal.",
        "The X-ray is completely unremarkable.",
        "Answer: no abnormalities.",
    ],
)
def test_a_normal_film_is_a_sentence_of_its_own(reply):
    reading = read(reply)
    assert reading.status is ReadingStatus.OK and reading.findings == () and reading.silence_means_absent


@pytest.mark.parametrize(
    "reply",
    [
        "",  # nothing
        "I am not able to see the image.",  # an excuse
        "The heart normal abnor maliti es clear",  # gibberish with the words of a normal film
        "Answer: it depends.",  # a list of no names
        "There are no acute abnormalities, but the heart shows cardiomegaly.",  # a normal sentence with a finding in it
        "No abnormalities such as a pneumothorax are seen.",  # denied or not, prose is not parsed here
        "The abnormality is located at [0.1, 0.2",  # cut off in its only box
        cut("No abnormalities were det"),  # cut off: more may have followed
        f"{A}",  # a box of nothing
    ],
)
def test_nothing_usable_is_not_a_normal_film(reply):
    reading = read(reply)
    assert reading.status is ReadingStatus.NOTHING_USABLE, reading
    assert not reading.silence_means_absent


def test_the_side_comes_from_the_box_never_from_the_words():
    reading = read(f"a left Pleural effusion located at the coordinates {A}.")
    assert reading.findings[0].sides == (Side.RIGHT,)  # the image's left is the patient's right


@pytest.mark.parametrize(
    "box",
    [
        "[10, 60, 40, 90]",  # per cent
        "[0.1, 0.6, 1.4, 0.9]",  # outside
        "[0.4, 0.9, 0.1, 0.6]",  # upside down
        "[0.1, 0.6, 0.4]",  # three numbers
        "[0.1, 0.6, 0..4, 0.9]",  # no number
    ],
)
def test_an_impossible_box_is_dropped_and_its_finding_kept(box):
    reading = read(f"a Pneumothorax located at the coordinates {box}.")
    assert reading.findings[0].finding is AIR and reading.findings[0].box is None
    assert "box was dropped" in reading.notes[0]


def test_of_a_cut_off_answer_silence_means_nothing():
    reading = read(cut(f"a Cardiomegaly located at the coordinates {B}; a Pneumothorax located at the coordinates [0.1, 0."))
    assert [f.finding for f in reading.findings] == [HEART]
    assert not reading.silence_means_absent


def test_the_words_go_first():
    chat = Scripted("No abnormalities.")
    RadVlmReader(chat=chat).read(small_film())
    (turn,) = chat.asked[0].messages
    assert isinstance(turn.parts[0], str) and turn.images == turn.parts[1:]


def test_grounding_of_a_sentence_and_of_a_region():
    reader = RadVlmReader(chat=Scripted(f"It lies at {A} and {B}."))
    assert reader.locate(small_film(), "Small effusion.") == [BOX_A, BOX_B]
    assert reader.locate_region(small_film(), "Right Lung") == [BOX_A, BOX_B]
    sentence, region = (request.messages[0].text for request in reader.chat.asked)
    assert sentence.endswith("Small effusion.") and "right lung" in region


def test_a_place_that_is_not_given_is_an_error():
    with pytest.raises(ReaderError, match="no place on the film"):
        RadVlmReader(chat=Scripted("It is on the left.")).locate(small_film(), "Effusion.")


def test_without_a_folder_it_says_where_the_weights_come_from():
    with pytest.raises(ModelMissing, match="can't be fetched by name") as caught:
        RadVlmReader()
    assert "PhysioNet" in caught.value.hint and "radvlm=FOLDER" in caught.value.hint


def test_abilities():
    reader = RadVlmReader(chat=Scripted("x"))
    assert isinstance(reader, Answers) and isinstance(reader, WritesReports) and isinstance(reader, Locates)


@pytest.fixture
def tiny(monkeypatch):
    monkeypatch.setattr(radvlm, "LONGEST_ANSWER", 24)
    return RadVlmReader(model=tiny_models.folder("llava_onevision"))


def test_radvlm_reads_a_film_end_to_end(tiny):
    report = audit(small_film(), None, reader=tiny)
    assert report.reading.status is ReadingStatus.NOTHING_USABLE and report.outcome is Outcome.NOT_AUDITED
    assert report.reading.revision.startswith("folder:")


def test_radvlm_runs_in_four_bits(tiny, monkeypatch):
    monkeypatch.setenv("CXR_AUDITOR_QUANTIZATION", "4bit")
    four = RadVlmReader(model=tiny_models.folder("llava_onevision"))
    assert four.read(small_film()).status is ReadingStatus.NOTHING_USABLE
    four.chat.release()


def test_radvlm_talks_over_several_turns(tiny, monkeypatch):
    monkeypatch.setattr(RadVlmReader, "answer_tokens", 8)
    assert "".join(tiny.ask(small_film(), [("a?", "b."), ("c?", "d.")], "e?"))
