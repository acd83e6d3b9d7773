"""NV-Reason: answers over CheXpert-14, the trace kept apart, truncation noticed, and the real model code on a tiny Qwen2.5-VL."""

import pytest
import tiny_models
from scripted_model import Scripted, cut, small_film

from cxr_auditor.audit import audit
from cxr_auditor.findings import Finding, Status
from cxr_auditor.readers import nv_reason
from cxr_auditor.readers.abilities import Answers, Locates, WritesReports
from cxr_auditor.readers.nv_reason import NvReasonReader
from cxr_auditor.schema import Outcome, ReadingStatus

EFFUSION, AIR, OPACITY, NODULE, HEART = Finding


def read(*replies):
    return NvReasonReader(chat=Scripted(*replies)).read(small_film())


# reply, findings, other terms, whether silence means absent
ANSWERS = [
    ("<think>fluid</think>\n<answer>Pleural Effusion, Cardiomegaly</answer>", [EFFUSION, HEART], [], True),  # as trained
    ("fluid</think><answer>Pneumothorax</answer>", [AIR], [], True),  # the opening tag stood in the prompt
    ("<answer>Lung Lesion</answer>", [NODULE], [], True),  # no trace
    ("<think>a</think><answer>Consolidation, Pneumonia, Lung Opacity</answer>", [OPACITY] * 3, [], True),  # three names of one finding
    ("<think>a</think><answer>No Finding</answer>", [], [], True),  # a normal film
    ("<think>a</think><answer>Edema, Support Devices</answer>", [], ["Edema", "Support Devices"], True),  # outside the vocabulary
    ("<think>a</think><answer>No Finding, Support Devices</answer>", [], ["Support Devices"], True),
    ("<think>a</think>Pneumothorax, Edema.", [AIR], ["Edema"], True),  # the answer's tags are missing
    ("<think>the left lung</think><answer>Left Pneumothorax, Edema</answer>", [], ["Edema", "Left Pneumothorax"], True),  # no label
    ("<think><answer>Edema</answer> or</think><answer>Pneumothorax</answer>", [AIR], [], True),  # an answer tried out in the trace
    ("<think>a</think><answer>Edema</answer> no: <answer>Pneumothorax</answer>", [AIR], [], True),  # the last answer counts
    ("<THINK>a</think><ANSWER>Pneumothorax</ANSWER>", [AIR], [], True),  # tags in capitals
    (cut("<think>a</think><answer>Pneumothorax, Pleural Eff"), [AIR], [], False),  # cut off in a name: it is left out
    (cut("<think>a</think><answer>Pneumothorax, Edema"), [AIR], [], False),  # perhaps whole, perhaps "Edema of ...": left out
    (cut("<think>a</think><answer>Pneumothorax</answer>"), [AIR], [], True),  # complete just in time
]


@pytest.mark.parametrize(("reply", "findings", "other", "silence"), ANSWERS)
def test_answers(reply, findings, other, silence):
    reading = read(reply)
    assert reading.status is ReadingStatus.OK
    assert {f.finding for f in reading.findings} == set(findings)
    assert [one.term for one in reading.other] == other
    assert reading.silence_means_absent is silence
    assert any("cut off" in note for note in reading.notes) is not silence


@pytest.mark.parametrize(
    "reply",
    [
        cut("<think>There is fluid in the left"),  # cut off while reasoning: what it considered is no answer
        "<think>There is a pneumothorax</think>",  # no answer
        "<think>a</think><answer></answer>",  # an empty answer is not "No Finding"
        "<think>a</think><answer>unicorn</answer>",  # no label
        "I can not help with that.",  # prose
        "<think>a</think>No pneumothorax, edema",  # prose with the name of a label in it
        cut("<think>a</think><answer>Pneumoth"),  # only half a name
        "",
    ],
)
def test_no_answer_is_not_a_normal_film(reply):
    reading = read(reply)
    assert reading.status is ReadingStatus.NOTHING_USABLE and not reading.silence_means_absent


def test_the_trace_is_kept_apart_and_decides_no_side():
    reading = read("<think>On the LEFT side, air.</think><answer>Pneumothorax</answer>")
    (finding,) = reading.findings
    assert reading.reasoning == "On the LEFT side, air."
    assert finding.sides == () and finding.box is None and finding.status is Status.PRESENT and finding.score is None


def test_the_trace_of_an_unusable_reply_is_still_shown():
    assert read(cut("<think>There is fluid")).reasoning == "There is fluid"


def test_the_film_goes_first_and_no_larger_than_the_model_is_run_with():
    chat = Scripted("<answer>Edema</answer>")
    NvReasonReader(chat=chat).read(small_film(1500, 3000))
    (turn,) = chat.asked[0].messages
    assert turn.images and turn.parts[0] is turn.images[0]
    assert turn.images[0].open().size == (1280, 640)
    assert chat.asked[0].schema is None and chat.asked[0].decoding.max_new_tokens == 2048


def test_abilities():
    reader = NvReasonReader(chat=Scripted("x"))
    assert isinstance(reader, Answers) and isinstance(reader, WritesReports) and not isinstance(reader, Locates)


@pytest.fixture
def tiny(monkeypatch):
    monkeypatch.setattr(nv_reason, "LONGEST_TRACE", 24)
    return NvReasonReader(model=tiny_models.folder("qwen2_5_vl"))


def test_nv_reason_reads_a_film_end_to_end(tiny):
    """A random model writes no answer, and that is what the audit says."""
    report = audit(small_film(), None, reader=tiny)
    assert report.reading.status is ReadingStatus.NOTHING_USABLE and report.outcome is Outcome.NOT_AUDITED
    assert report.reading.revision.startswith("folder:")


def test_nv_reason_runs_in_four_bits(tiny, monkeypatch):
    monkeypatch.setenv("CXR_AUDITOR_QUANTIZATION", "4bit")
    four = NvReasonReader(model=tiny_models.folder("qwen2_5_vl"))
    assert four.read(small_film()).status is ReadingStatus.NOTHING_USABLE
    four.chat.release()


def test_nv_reason_talks(tiny, monkeypatch):
    monkeypatch.setattr(NvReasonReader, "answer_tokens", 8)
    assert "".join(tiny.ask(small_film(), [], "What is seen?"))
