"""Many trainees at once, for a few seconds: nothing fails and nothing is lost. How long they wait is the benchmark's to tell."""

import sys

import pytest


@pytest.fixture
def load(root, monkeypatch):
    monkeypatch.syspath_prepend(str(root / "benchmarks"))
    import teaching_load

    yield teaching_load
    sys.modules.pop("teaching_load", None)


@pytest.mark.slow
def test_twenty_five_trainees_lose_nothing(load, store_url, few_cases, monkeypatch):
    monkeypatch.setattr(load, "PAUSE", (0.0, 0.4))
    group = load.run(store_url, 25, 10, few_cases)
    assert [error for trainee in group for error in trainee.errors] == []
    assert load.lost(store_url, group, few_cases) == []
    assert sum(len(trainee.committed) for trainee in group) > 25
    assert any(turn.answers for trainee in group for turn in trainee.committed.values())
    assert "commit " in load.table(group)
