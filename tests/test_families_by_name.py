"""The five families by the names that people write, through the same code that loads a hub's id: reader and parser specs."""

import pytest
import tiny_models

from cxr_auditor.parsers.both import BothParser
from cxr_auditor.parsers.nemotron import NemotronParser
from cxr_auditor.readers.cxr_llava import CxrLlavaReader
from cxr_auditor.readers.medgemma import MedGemmaReader
from cxr_auditor.readers.nv_reason import NvReasonReader
from cxr_auditor.readers.radvlm import RadVlmReader
from cxr_auditor.registry import PARSERS, READERS, make_parser, make_reader

SERVER = "http://127.0.0.1:9/v1"


@pytest.mark.parametrize(
    ("name", "folder", "kind"),
    [
        ("medgemma", "gemma3", MedGemmaReader),
        ("nv_reason", "qwen2_5_vl", NvReasonReader),
        ("radvlm", "llava_onevision", RadVlmReader),
    ],
)
def test_readers_of_local_folders(name, folder, kind):
    reader = make_reader(f"{name}={tiny_models.folder(folder)}")
    assert isinstance(reader, kind) and reader.name == name and reader.chat.constrains


@pytest.mark.parametrize(("name", "kind"), [("nemotron", NemotronParser), ("both", BothParser)])
def test_parsers_of_local_folders(name, kind):
    parser = make_parser(f"{name}={tiny_models.folder('nemotron_h')}")
    assert isinstance(parser, kind) and parser.name == name
    assert parser.parse("No pneumothorax.").usable


def test_cxr_llava_by_name(monkeypatch):
    monkeypatch.setenv("CXR_AUDITOR_TRUST_REMOTE_CODE", "ECOFRI/CXR-LLAVA-v2")
    assert isinstance(make_reader("cxr_llava=ECOFRI/CXR-LLAVA-v2#" + "0" * 40), CxrLlavaReader)


@pytest.mark.parametrize("name", ["medgemma", "nv_reason", "radvlm", "cxr_llava"])
def test_readers_of_a_server(name):
    reader = make_reader(f"{name}=some-model@{SERVER}")
    assert reader.chat.address == SERVER and reader.revision == "server:some-model"


@pytest.mark.parametrize("name", ["nemotron", "both"])
def test_parsers_of_a_server(name):
    assert make_parser(f"{name}=some-model@{SERVER}").name == name


@pytest.mark.parametrize("name", ["medgemma", "nv_reason"])
def test_a_plain_name_is_the_pinned_default_and_loads_nothing(name):
    assert make_reader(name).chat.name.startswith(("alex-feeel/", "nvidia/"))


def test_every_family_says_what_it_can_see():
    for name in ("medgemma", "nv_reason", "radvlm", "cxr_llava"):
        kind = READERS[name].load()
        assert kind.scope and isinstance(kind.silence_means_absent, bool)
    assert {"rules", "nemotron", "both"} <= set(PARSERS)
