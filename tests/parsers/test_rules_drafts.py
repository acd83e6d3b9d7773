"""Whole drafts with gold: the project's own 60 and 64 (sectioned, spoken), and the draft benchmark where it is at hand."""

import importlib.util
import json
from pathlib import Path

import pytest

from cxr_auditor.parsers.rules import RulesParser

PARSER = RulesParser()
RANK = {"present": 3, "uncertain": 2, "absent": 1, "not_mentioned": 0}


@pytest.fixture(scope="module")
def bench(root):
    spec = importlib.util.spec_from_file_location("draft_parser", root / "benchmarks/draft_parser.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def own_drafts(name="drafts_2026_11.jsonl"):
    path = Path(__file__).parent / "data" / name
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("document", own_drafts() + own_drafts("drafts_sections_2026_11.jsonl"), ids=lambda document: document["id"])
def test_own_drafts(document):
    """Document level: present > uncertain > absent; where the gold accepts several readings, any of them; sides as stated."""
    reading = PARSER.parse(document["text"])
    for label, gold in document["labels"].items():
        mentions = [m for m in reading.findings if m.label == label]
        found = max((m.status.value for m in mentions), key=RANK.get, default="not_mentioned")
        assert found in [gold, *document["accept"].get(label, [])], label
        if label in document["sides"] and found in ("present", "uncertain"):
            sides = sorted({side.value for m in mentions if m.status.value != "absent" for side in m.sides})
            assert sides in [sorted(document["sides"][label]), *document["accept_sides"].get(label, [])], label


def test_own_drafts_are_nobody_elses(shared):
    drafts = own_drafts() + own_drafts("drafts_sections_2026_11.jsonl")
    assert len(drafts) == 60 + 64
    theirs = (shared / "bench/drafts/hand_dev.jsonl").read_text(encoding="utf-8")
    assert not [d["id"] for d in drafts if json.dumps(d["text"])[1:-1] in theirs]


@pytest.fixture(scope="module")
def bench_data(bench, shared):
    folder = shared / "bench/drafts"
    if not folder.is_dir():
        pytest.skip("no draft benchmark beside this checkout")
    return bench.load_module(folder, "score"), bench.load_module(folder, "load"), folder


def scored(bench, bench_data, name):
    score, load, folder = bench_data
    documents = list(load.documents([folder / name]))
    predicted = bench.predictions(lambda text: bench.findings_of(PARSER.parse(text)), documents)
    return (*bench.f1_table(score, predicted, documents), predicted, documents)


def test_hand_labelled_documents(bench, bench_data):
    counts, figures, predicted, documents = scored(bench, bench_data, "hand_dev.jsonl")
    labels = (*bench.FINDINGS, "no_finding")
    for status, floor in {"present": 0.97, "absent": 0.97, "uncertain": 0.85}.items():
        assert bench.macro(counts, status, labels) >= floor, status
    exact, n, _ = bench.sides_exact(predicted, documents)
    assert exact / n >= 0.95
    assert figures["span_verbatim"] == 1 and figures["span_overlap"] >= 0.98 and figures["span_iou"] >= 0.75


def test_coded_documents(bench, bench_data):
    counts, *_ = scored(bench, bench_data, "mesh_dev.jsonl")
    assert bench.macro(counts, "present", bench.FINDINGS) >= 0.94


def test_hard_drafts_written_blind(bench, bench_data):
    """477 trainee drafts of our own, labelled before the parser read them; their first scores stand in benchmarks/."""
    path = Path(__file__).parent / "data/drafts_blind_2026_11.jsonl"
    documents = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    predicted = bench.predictions(lambda text: bench.findings_of(PARSER.parse(text)), documents)
    counts, _ = bench.f1_table(bench_data[0], predicted, documents)
    for status, floor in {"present": 0.97, "absent": 0.97, "uncertain": 0.93}.items():
        assert bench.macro(counts, status, (*bench.FINDINGS, "no_finding")) >= floor, status
    exact, n, _ = bench.sides_exact(predicted, documents)
    assert exact / n >= 0.97
