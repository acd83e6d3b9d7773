"""The job script: its steps, what it refuses, and that no token ever shows."""

import os
import subprocess
from pathlib import Path

import pytest

from cxr_auditor.training.sft.settings import defaults_file

TOKEN = "hf_thistokenmustneverbeseenanywhere"


@pytest.fixture
def script(root) -> Path:
    return root / "jobs" / "tune.sh"


def job(script: Path, *options: str, trace: bool = False, **environment: str) -> subprocess.CompletedProcess:
    shell = ["bash", *(["-x"] if trace else []), str(script), *options]
    return subprocess.run(shell, capture_output=True, text=True, env={"PATH": os.environ["PATH"], "HF_TOKEN": TOKEN, **environment})


def steps(done: subprocess.CompletedProcess) -> list[str]:
    return [line.removeprefix("+ ") for line in done.stdout.splitlines() if line.startswith("+ ")]


def test_bash_understands_it_and_it_never_names_the_tokens_value(script):
    assert subprocess.run(["bash", "-n", str(script)]).returncode == 0
    code = "\n".join(line.partition(" #")[0] for line in script.read_text().splitlines() if not line.startswith("#"))
    assert "TOKEN" not in code and "set -x" not in code and "set -euo pipefail" in code


def test_a_dry_run_prints_the_steps_and_does_none(script, tmp_path):
    results = tmp_path / "my results"
    done = job(script, "--dry-run", DATA="vindr=/v siim=/s", EVALUATE="nih=/n", RESULTS=str(results), PYTHON="no-such-python")
    assert done.returncode == 0 and not results.exists()
    said = steps(done)
    order = ["pip install", "mkdir", "train corpus --data vindr=/v --data siim=/s", "train sft", "evaluate reader", "evaluate reader"]
    assert len(said) == len(order) and all(part in line for part, line in zip(order, said, strict=True))
    assert "--limit 1000" in said[4] and "medgemma=google/medgemma-1.5-4b-it" in said[4] and f"medgemma={results}/tuned/model" in said[5]
    assert "serve" in done.stdout.splitlines()[-1]


def fake_python(tmp_path: Path, fails_at: str = "nothing") -> str:
    """A Python that only says what it was asked, and fails where it should."""
    path = tmp_path / "python"
    path.write_text(f'#!/usr/bin/env bash\necho "asked: $*"\n[[ "$*" != *"{fails_at}"* ]]\n')
    path.chmod(0o755)
    return str(path)


def test_it_runs_with_a_blank_in_its_folder_and_the_token_shows_nowhere_even_when_traced(script, tmp_path):
    done = job(script, DATA="vindr=/v", RESULTS=str(tmp_path / "my results"), PYTHON=fake_python(tmp_path), trace=True)
    assert done.returncode == 0 and done.stdout.count("asked:") == 3
    assert TOKEN not in done.stdout + done.stderr


def test_a_corpus_that_is_there_is_not_built_again(script, tmp_path):
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "manifest.json").write_text("{}")
    done = job(script, DATA="vindr=/v", RESULTS=str(tmp_path), PYTHON=fake_python(tmp_path))
    assert not any("train corpus" in line for line in steps(done)) and any("train sft" in line for line in steps(done))


def test_a_step_that_fails_ends_the_job(script, tmp_path):
    done = job(script, DATA="vindr=/v", EVALUATE="nih=/n", RESULTS=str(tmp_path), PYTHON=fake_python(tmp_path, "train sft"))
    assert done.returncode != 0 and not any("evaluate" in line for line in steps(done))


@pytest.mark.parametrize(
    "environment, options, said",
    [
        ({}, (), 'DATA="NAME=FOLDER"'),  # nothing to learn from
        ({"DATA": "/data/vindr"}, (), "/data/vindr is no NAME=FOLDER"),
        ({"DATA": "vindr=/v", "EVALUATE": "vindr=/other"}, (), "learns from vindr"),  # judged on what it learnt
        ({"DATA": "vindr=/v"}, ("--dry",), "Known: --dry-run"),
    ],
)
def test_what_it_refuses(script, environment, options, said):
    done = job(script, *options, **environment)
    assert done.returncode == 2 and said in done.stderr and not steps(done)


def test_settings_without_a_base_are_refused_before_anything_is_done(script, tmp_path):
    (tmp_path / "mine.toml").write_text("rank = 8\n")
    done = job(script, DATA="vindr=/v", SETTINGS=str(tmp_path / "mine.toml"), PYTHON=fake_python(tmp_path))
    assert done.returncode == 2 and "mine.toml names no base model" in done.stderr and not steps(done)


def test_the_settings_beside_it_are_the_defaults(root):
    assert (root / "jobs" / "sft.toml").read_text(encoding="utf-8") == defaults_file()
