"""Hub ids: the cache is used without asking the network, whole or not at all; a commit is a commit; every refusal says what to do."""

import json
import shutil
import sys
from pathlib import Path

import pytest
import tiny_models
from scripted_model import small_film

from cxr_auditor.chat import hub
from cxr_auditor.chat.errors import ModelMissing
from cxr_auditor.readers.medgemma import MedGemmaReader

COMMIT, OTHER = "a" * 40, "b" * 40


@pytest.fixture
def cache(tmp_path, monkeypatch) -> Path:
    """The hub's cache as its client lays it out, with one model at one commit; the network is not there."""
    import huggingface_hub

    home = tmp_path / "models--owner--tiny"
    shutil.copytree(tiny_models.folder("gemma3"), home / "snapshots" / COMMIT)
    (home / "refs").mkdir()
    (home / "refs" / "main").write_text(COMMIT)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    return home


class Network:
    """What is asked of the hub beyond the cache; `error` is what comes of it."""

    def __init__(self):
        self.asked, self.error = [], OSError("no network")


@pytest.fixture
def network(monkeypatch) -> Network:
    import huggingface_hub

    network, real = Network(), huggingface_hub.snapshot_download

    def download(model, **options):
        if options.get("local_files_only"):
            return real(model, **options)
        network.asked.append(options)
        raise network.error

    monkeypatch.setattr(huggingface_hub, "snapshot_download", download)
    return network


def test_a_hub_id_is_read_by_the_same_code_and_without_the_network(cache, network):
    reader = MedGemmaReader(model="owner/tiny")
    assert reader.read(small_film()).revision == COMMIT
    assert network.asked == []
    reader.chat.release()


def test_the_revision_is_known_before_the_weights_are_loaded(cache, network):
    assert MedGemmaReader(model="owner/tiny").revision == COMMIT
    assert MedGemmaReader(model="owner/other").revision == "" and MedGemmaReader(model="no/such/name").revision == ""
    assert network.asked == []


def test_a_model_tuned_again_has_another_fingerprint(tmp_path):
    folder = Path(shutil.copytree(tiny_models.folder("gemma3"), tmp_path / "model"))
    before = MedGemmaReader(model=str(folder)).revision
    assert before.startswith("folder:") and MedGemmaReader(model=str(folder)).revision == before
    weights = folder / "model.safetensors"
    data = bytearray(weights.read_bytes())
    data[len(data) // 2 :] = bytes(byte ^ 1 for byte in data[len(data) // 2 :])  # as many bytes, other numbers
    weights.write_bytes(data)
    assert MedGemmaReader(model=str(folder)).revision != before
    weights.unlink()
    assert MedGemmaReader(model=str(folder)).revision == ""  # not a whole model: there is nothing to be credited


def test_without_the_hubs_client_nothing_is_there_and_nothing_breaks(monkeypatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    assert hub.there("owner/tiny") is None
    assert MedGemmaReader(model="owner/tiny").revision == ""


def test_the_pin_decides(cache, network):
    assert hub.fetch("owner/tiny", COMMIT).name == COMMIT
    with pytest.raises(ModelMissing):
        hub.fetch("owner/tiny", OTHER)
    assert [request["revision"] for request in network.asked] == [OTHER]


def test_an_interrupted_download_is_taken_up_again(cache, network):
    (cache / "snapshots" / COMMIT / "model.safetensors").unlink()
    with pytest.raises(ModelMissing, match="could not be fetched"):
        hub.fetch("owner/tiny")
    assert len(network.asked) == 1


def test_no_python_file_is_fetched_unless_it_is_asked_for(cache, network):
    for code in (False, True):
        with pytest.raises(ModelMissing):
            hub.fetch("owner/other", code=code)
    assert ["*.py" in request["allow_patterns"] for request in network.asked] == [False, True]


def refusal(kind):
    from huggingface_hub import errors

    try:
        import httpx2 as http
    except ImportError:
        import httpx as http
    request = http.Request("GET", "https://huggingface.co")
    if kind == "ConnectError":
        return http.ConnectError("no route", request=request)
    return getattr(errors, kind)("refused", response=http.Response(401, request=request))


@pytest.mark.parametrize(
    ("kind", "word", "hint"),
    [
        ("GatedRepoError", "gated", "hf auth login"),  # terms to accept
        ("RepositoryNotFoundError", "no model 'owner/other'", "Check the name"),  # or private
        ("RevisionNotFoundError", "no model 'owner/other'", "Check the name"),
        ("HfHubHTTPError", "could not be fetched", "network"),  # the hub is down
        ("ConnectError", "could not be fetched", "network"),  # the line is
    ],
)
def test_every_refusal_says_what_to_do(cache, network, kind, word, hint):
    network.error = refusal(kind)
    with pytest.raises(ModelMissing, match=word) as caught:
        hub.fetch("owner/other", None)
    assert hint in caught.value.hint


def test_a_name_that_can_be_no_model(cache):
    with pytest.raises(ModelMissing, match="no model './not a model'"):
        hub.fetch("./not a model")


@pytest.mark.parametrize(
    ("files", "whole"),
    [
        ({}, False),  # nothing
        ({"config.json": {}}, False),  # no weights
        ({"config.json": {}, "model.safetensors": {}}, True),  # one file
        ({"model.safetensors": {}}, False),  # no config
        ({"config.json": {}, "model.safetensors.index.json": {"weight_map": {"a": "1", "b": "2"}}, "1": {}, "2": {}}, True),  # shards
        ({"config.json": {}, "model.safetensors.index.json": {"weight_map": {"a": "1", "b": "2"}}, "1": {}}, False),  # one is missing
    ],
)
def test_what_a_whole_model_is(tmp_path, files, whole):
    for name, content in files.items():
        (tmp_path / name).write_text(json.dumps(content))
    assert hub.is_whole(tmp_path) is whole
