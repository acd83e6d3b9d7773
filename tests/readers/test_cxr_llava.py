"""CXR-LLaVA: its code runs only by name and pin, the film is padded first, and the rules read the report it writes."""

import json

import numpy as np
import pytest
from scripted_model import small_film
from stub_server import answers, completion, serving

from cxr_auditor.audit import audit
from cxr_auditor.chat.errors import ModelMissing, ModelUnfit
from cxr_auditor.chat.settings import TRUST_VARIABLE
from cxr_auditor.findings import Finding, Status
from cxr_auditor.images import Radiograph
from cxr_auditor.readers.cxr_llava import CxrLlavaReader
from cxr_auditor.schema import Outcome, ReadingStatus

EFFUSION, AIR, OPACITY, NODULE, HEART = Finding

CODE = '''
import torch
from transformers import PretrainedConfig, PreTrainedModel


class StandInConfig(PretrainedConfig):
    model_type = "stand_in_report_writer"


class StandInModel(PreTrainedModel):
    """The interface of the real one: method names, argument names, greedy at temperature 0."""

    config_class = StandInConfig

    def __init__(self, config):
        super().__init__(config)
        self.layer = torch.nn.Linear(2, 2)
        self.post_init()

    def write_radiologic_report(self, image, temperature=0.2, top_p=0.8):
        assert temperature == 0, "the real one samples by default"
        width, height = image.size
        if width != height:
            raise ValueError("the sides would be cut off")
        edge = image.convert("L").getpixel((0, height // 2))
        return f"The edge is {edge}. Small left pleural effusion. No pneumothorax."

    def ask_question(self, question, image):
        return f"You asked: {question}"
'''


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> str:
    """A folder whose weights need the Python code beside them."""
    import torch
    from safetensors.torch import save_file

    path = tmp_path_factory.mktemp("own") / "report_writer"
    path.mkdir()
    auto = {"AutoConfig": "writer.StandInConfig", "AutoModel": "writer.StandInModel"}
    (path / "config.json").write_text(json.dumps({"model_type": "stand_in_report_writer", "auto_map": auto}))
    (path / "writer.py").write_text(CODE)
    save_file({"layer.weight": torch.zeros(2, 2), "layer.bias": torch.zeros(2)}, path / "model.safetensors", {"format": "pt"})
    return str(path)


@pytest.fixture
def reader(folder, monkeypatch) -> CxrLlavaReader:
    monkeypatch.setenv(TRUST_VARIABLE, f"somebody/else, {folder}")
    return CxrLlavaReader(model=folder)


def test_its_code_is_not_run_unless_the_user_names_it(folder, monkeypatch):
    for allowed in ("", "1", "true", "ECOFRI/CXR-LLAVA-v2", folder + "-other"):
        monkeypatch.setenv(TRUST_VARIABLE, allowed)
        with pytest.raises(ModelMissing, match="not allowed") as caught:
            CxrLlavaReader(model=folder)
        assert TRUST_VARIABLE in caught.value.hint


@pytest.mark.parametrize("pin", ["", "#main", "#v2", "#0123abc"])
def test_code_from_the_hub_needs_a_whole_commit(monkeypatch, pin):
    monkeypatch.setenv(TRUST_VARIABLE, "ECOFRI/CXR-LLAVA-v2")
    with pytest.raises(ModelMissing, match="pinned commit"):
        CxrLlavaReader(model="ECOFRI/CXR-LLAVA-v2" + pin)
    assert CxrLlavaReader(model="ECOFRI/CXR-LLAVA-v2#" + "a" * 40).revision == "a" * 40


def test_cxr_llava_reads_a_film_end_to_end(reader):
    pixels = np.full((60, 40), 200, dtype=np.uint8)
    pixels[:20] = 90
    film = Radiograph(pixels, sha256="x")
    reading = reader.read(film)
    found = {f.finding: f for f in reading.findings}
    assert found[EFFUSION].status is Status.PRESENT and found[AIR].status is Status.ABSENT
    assert found[EFFUSION].sides == ()  # "left" is prose
    assert found[EFFUSION].evidence == "Small left pleural effusion"
    assert "The edge is 0." in reading.reasoning  # black bars beside the film: it was padded, not cut
    assert not reading.silence_means_absent and NODULE not in reading.scope
    report = audit(film, "No pleural effusion.", reader=reader)
    assert report.outcome is Outcome.REVIEW and report.audit.missing_findings == (EFFUSION,)


def test_it_writes_and_answers(reader):
    assert "pleural effusion" in reader.write_report(small_film())
    assert list(reader.ask(small_film(), [], "Which side?")) == ["You asked: Which side?"]


def test_code_that_breaks_says_where_to_run_it(reader):
    reader._own._call("ask_question", question="?", image=None)  # loads it
    reader._own._model.write_radiologic_report = lambda **arguments: 1 / 0
    with pytest.raises(ModelUnfit, match="ZeroDivisionError") as caught:
        reader.read(small_film())
    assert "server" in caught.value.hint


# report, findings with status, other terms that must stand
REPORTS = [
    ("No acute abnormality.", {EFFUSION: "absent", AIR: "absent", OPACITY: "absent", HEART: "absent"}, []),  # normal: all of the scope
    ("Possible pneumothorax.", {AIR: "uncertain"}, []),
    ("No pleural effusion. Small right pleural effusion.", {EFFUSION: "present"}, []),  # the strongest statement counts
    ("There is a nodule in the right lung.", {}, ["Nodule / mass"]),  # outside of what its code asks for: shown, not judged
]


@pytest.mark.parametrize(("report", "findings", "other"), REPORTS)
def test_what_a_report_means_through_a_server(report, findings, other):
    with serving(answers(completion(report))) as stub:
        reader = CxrLlavaReader(model="stub-model", server=stub.address)
        reading = reader.read(small_film())
    assert reading.status is ReadingStatus.OK
    assert {f.finding: f.status.value for f in reading.findings} == findings
    assert [one.term for one in reading.other if one.term in other] == other
    assert reading.prompts and stub.bodies[0]["messages"][0]["content"][0]["type"] == "image_url"


@pytest.mark.parametrize("report", ["", "As an AI I can not say.", "Lorem ipsum dolor sit amet."])
def test_a_report_without_a_statement_is_nothing_usable(report):
    with serving(answers(completion(report))) as stub:
        reading = CxrLlavaReader(model="stub-model", server=stub.address).read(small_film())
    assert reading.status is ReadingStatus.NOTHING_USABLE and reading.findings == ()


def test_a_report_longer_than_can_be_read_is_the_models_fault_and_not_the_users():
    with serving(answers(completion("No effusion. " * 20_000))) as stub:
        report = audit(small_film(), "No effusion.", f"cxr_llava=m@{stub.address}")
    assert (report.reading.status, report.outcome) == (ReadingStatus.FAILED, Outcome.NOT_AUDITED)
    assert report.reading.message.startswith("The model wrote 259,999 characters")
    assert "draft" not in report.reading.message
