"""What `models` tells: licences and gates, what keeps a model from running here, and the command that makes it run."""

import pytest
import tiny_models

from cxr_auditor import models
from cxr_auditor.models import (
    CATALOGUE,
    CXR_LLAVA,
    DEFAULTS,
    MEDGEMMA,
    MEDGEMMA_BASE,
    MEDGEMMA_V1,
    NV_REASON,
    RADVLM,
    as_text,
    availability,
)
from cxr_auditor.registry import parse_spec


@pytest.mark.parametrize("card", CATALOGUE, ids=lambda card: card.model or card.name)
def test_every_card_is_complete_and_its_command_names_it(card):
    assert card.licence and card.title and card.gigabytes > 1
    written = card.command.rsplit(" ", 1)[1]
    assert parse_spec(written).name == card.name
    assert (parse_spec(written).model or DEFAULTS[card.name].model) in (card.model, "FOLDER", f"{card.model}#COMMIT")


def test_a_plain_name_is_the_first_of_its_kind():
    assert DEFAULTS["medgemma"] is MEDGEMMA and MEDGEMMA.spec == "medgemma"
    assert MEDGEMMA_V1.spec == "medgemma=alex-feeel/medgemma-cxr-auditor"
    assert RADVLM.spec == "radvlm=FOLDER"


def test_nothing_is_asked_of_the_network_and_nothing_loaded(monkeypatch):
    import socket

    def refuse(*_, **__):
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert len(models.overview()) == len(CATALOGUE)


@pytest.mark.parametrize(
    ("card", "free", "missing", "remark"),
    [
        (NV_REASON, None, None, "no GPU"),  # a CPU can, slowly
        (NV_REASON, 100.0, None, "downloads about 7.5 GB"),  # room enough
        (NV_REASON, 5.0, None, "4bit"),  # room for four bits
        (NV_REASON, 1.0, "4-bit weights need", None),  # not even that
        (MEDGEMMA_BASE, 100.0, "gated", None),  # terms and a login first
        (RADVLM, 100.0, "PhysioNet", None),  # a folder first
        (CXR_LLAVA, 100.0, "allow it by name", None),  # trust first
    ],
)
def test_what_keeps_a_model_from_running(monkeypatch, card, free, missing, remark):
    monkeypatch.setattr(models, "gpu_memory", lambda: free)
    monkeypatch.setattr(models, "on_disk", lambda model: False)
    monkeypatch.setattr(models, "logged_in", lambda: False)
    monkeypatch.setattr(models, "main_memory", lambda: 64.0)
    found = availability(card)
    assert found.runs == (missing is None)
    assert missing is None or any(missing in text for text in found.missing)
    assert remark is None or any(remark in text for text in found.remarks)


def test_with_a_login_gated_weights_can_be_tried(monkeypatch):
    monkeypatch.setattr(models, "logged_in", lambda: True)
    monkeypatch.setattr(models, "on_disk", lambda model: False)
    monkeypatch.setattr(models, "gpu_memory", lambda: 100.0)
    found = availability(MEDGEMMA_BASE)
    assert found.runs and any("gated" in text for text in found.remarks)


@pytest.mark.parametrize(("memory", "runs", "word"), [(1.0, False, "4-bit weights need"), (10.0, True, "4bit"), (64.0, True, "minutes")])
def test_without_a_gpu_the_main_memory_counts(monkeypatch, memory, runs, word):
    monkeypatch.setattr(models, "gpu_memory", lambda: None)
    monkeypatch.setattr(models, "main_memory", lambda: memory)
    found = availability(NV_REASON)
    assert found.runs is runs
    assert any(word in text for text in (*found.missing, *found.remarks))
    assert models.main_memory() > 0


def test_a_missing_package_is_named_with_its_command(monkeypatch):
    monkeypatch.setattr(models, "find_spec", lambda name: None)
    found = availability(MEDGEMMA)
    assert not found.runs and "torch" in found.missing[0] and "pip install" in found.missing[0]


def test_code_of_its_own_runs_once_it_is_allowed(monkeypatch):
    monkeypatch.setenv("CXR_AUDITOR_TRUST_REMOTE_CODE", CXR_LLAVA.model)
    monkeypatch.setattr(models, "gpu_memory", lambda: 100.0)
    assert availability(CXR_LLAVA).runs


def test_weights_on_disk_need_no_download():
    assert models.on_disk(tiny_models.folder("gemma3"))
    assert not models.on_disk("nobody/no-such-model")


def test_the_text_says_all_of_it(monkeypatch):
    monkeypatch.setattr(models, "gpu_memory", lambda: 100.0)
    text = as_text(models.overview())
    for card in CATALOGUE:
        assert card.licence in text and card.command in text
    assert "can not run here" in text and "missing: " in text
