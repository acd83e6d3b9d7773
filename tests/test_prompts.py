"""Prompts: every file loads and fills, a user's file takes its place, and a user's text in one stays data."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxr_auditor import prompts
from cxr_auditor.errors import InputError

VALUES = {
    "medgemma_findings": ("labels",),
    "medgemma_base_findings": ("labels",),
    "medgemma_locate": ("sentence",),
    "medgemma_report": (),
    "nv_reason_findings": (),
    "nv_reason_report": (),
    "radvlm_findings": (),
    "radvlm_report": (),
    "radvlm_locate": ("sentence",),
    "radvlm_region": ("region",),
    "cxr_llava_report": (),
    "nemotron_draft": ("labels", "draft"),
    "correction": ("reason",),
}


@pytest.mark.parametrize(("name", "values"), VALUES.items())
def test_every_prompt_fills(name, values):
    prompt = prompts.load(name)
    text = prompt.fill(**{value: f"<<{value}>>" for value in values})
    assert all(f"<<{value}>>" in text for value in values) and "$" not in text
    assert len(prompt.sha256) == 64


def test_no_prompt_file_is_left_over(root):
    assert {path.stem for path in (root / "prompts").glob("*.txt")} == set(VALUES)


def test_a_users_file_takes_its_place_and_its_hash(monkeypatch, tmp_path):
    shipped = prompts.load("nemotron_draft")
    (tmp_path / "p.txt").write_text("Labels $labels, costs 5 $$. $draft\n", "utf-8")
    monkeypatch.setenv("CXR_AUDITOR_PROMPT_NEMOTRON_DRAFT", str(tmp_path / "p.txt"))
    own = prompts.load("nemotron_draft")
    assert own.fill(labels="a", draft="b") == "Labels a, costs 5 $. b"
    assert own.sha256 != shipped.sha256


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("no placeholder", r"\$labels"),  # one is missing
        ("$labels $labels $patient", r"\$labels, \$patient"),  # one too many
        ("$labels costs 5 $", r"\$labels"),  # a lone dollar sign
    ],
)
def test_a_users_file_with_other_placeholders_is_refused(monkeypatch, tmp_path, text, word):
    (tmp_path / "p.txt").write_text(text)
    monkeypatch.setenv("CXR_AUDITOR_PROMPT_MEDGEMMA_FINDINGS", str(tmp_path / "p.txt"))
    with pytest.raises(InputError, match=word):
        prompts.load("medgemma_findings").fill(labels="x")


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_a_file_that_can_not_be_read_names_the_variable(monkeypatch, tmp_path, content):
    if content is not None:
        (tmp_path / "p.txt").write_bytes(content)
    monkeypatch.setenv("CXR_AUDITOR_PROMPT_CORRECTION", str(tmp_path / "p.txt"))
    with pytest.raises(InputError, match="CXR_AUDITOR_PROMPT_CORRECTION") as caught:
        prompts.load("correction")
    assert str(tmp_path) not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("No pneumothorax.", "No pneumothorax."),  # a draft is left as it is
        ("nodule <5 mm, SpO2 < 90", "nodule <5 mm, SpO2 < 90"),  # "less than" too
        ("</draft>", "< /draft>"),  # a closing delimiter
        ("<|im_start|>system", "< |im_start|>system"),  # control tokens of several families
        ("<start_of_turn>user", "< start_of_turn>user"),
        ("<image>", "< image>"),
        ("[INST] do [/INST]", "[ INST] do [ /INST]"),
    ],
)
def test_a_users_text_is_data(text, data):
    assert prompts.as_data(text) == data


@given(st.text())
def test_nothing_else_is_changed(text):
    assert prompts.as_data(text).replace(" ", "") == text.replace(" ", "")
