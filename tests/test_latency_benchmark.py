"""The latency benchmark runs with a reader and a parser that ask models, and counts their tokens. Its seconds are not asserted."""

import re
import sys

import pytest
import tiny_models
from scripted_model import Scripted, small_film

from cxr_auditor.chat.records import Reply


@pytest.fixture
def latency(root, monkeypatch):
    monkeypatch.syspath_prepend(str(root / "benchmarks"))
    import latency

    yield latency
    sys.modules.pop("latency", None)


def test_tokens_per_run(latency):
    from cxr_auditor.parsers.nemotron import NemotronParser
    from cxr_auditor.readers.medgemma import MedGemmaReader

    reader = MedGemmaReader(chat=Scripted(Reply('[{"label": "no_finding", "box_2d": null}]', "stop", 100, 20, 0.5)))
    parser = NemotronParser(chat=Scripted(Reply("[]", "stop", 50, 2, 0.25)))
    lines = latency.run(small_film(), "Film of moderate quality.", reader, parser, repeats=2)
    text = "\n".join(lines)
    assert "reader: 1.0 replies, 100 tokens in, 20 out per run, 40 tokens/s" in text
    assert "parser: 1.0 replies, 50 tokens in, 2 out per run, 8 tokens/s" in text
    assert len(re.findall(r"median \d+\.\d{4} s", text)) == 6
    assert "reading: ok" in text


def test_with_the_tiny_model_and_the_rules(latency):
    from cxr_auditor.parsers.rules import RulesParser
    from cxr_auditor.readers.medgemma import MedGemmaReader

    lines = latency.run(small_film(), "No pneumothorax.", MedGemmaReader(model=tiny_models.folder("gemma3")), RulesParser(), repeats=1)
    assert any("parser: asks no model" in line for line in lines)


def test_the_model_behind_both_is_counted_too(latency):
    from cxr_auditor.parsers.both import BothParser
    from cxr_auditor.readers.reference import ReferenceReader

    parser = BothParser(chat=Scripted(Reply("[]", "stop", 50, 2, 0.25)))
    lines = latency.run(small_film(), "Film of moderate quality.", ReferenceReader(), parser, repeats=1)
    assert any("parser: 1.0 replies, 50 tokens in" in line for line in lines)


def test_the_gpu_benchmark_runs_on_any_machine(root, monkeypatch):
    monkeypatch.syspath_prepend(str(root / "benchmarks"))
    import gpu_generation
    import torch

    lines = gpu_generation.run("tiny", "cpu", "float32", tokens=4, repeats=1)
    assert len(lines) == 4 and all("of the bound" in line for line in lines[2:])
    true_size = gpu_generation.build("4b", "meta", torch.bfloat16)
    assert 4.2e9 < sum(p.numel() for p in true_size.parameters()) < 4.4e9  # the size that the model's card states
