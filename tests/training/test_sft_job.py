"""The job on a rented machine: its steps, what it refuses before the first of them, and that no token ever shows."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cxr_auditor.errors import InputError
from cxr_auditor.training.corpus.same import table_hashes
from cxr_auditor.training.sft.errors import TrainingError
from cxr_auditor.training.sft.job import read_job, run_job
from cxr_auditor.training.sft.settings import defaults_file

TOKEN = "hf_thistokenmustneverbeseenanywhere"


@pytest.fixture
def script(root) -> Path:
    return root / "jobs" / "tune.sh"


@pytest.fixture
def here(tmp_path) -> Path:
    """A folder with two data sets and settings, seen from which every path below is relative."""
    for name in ("v", "n"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "table.csv").write_text("image_id\n")
    (tmp_path / "sft.toml").write_text("")
    return tmp_path


def take(here: Path, *, dry_run: bool = False, fails_at: str = "nothing", **environment: str) -> list[str]:
    """The command lines that a job runs, each behind the folder that it is run in; steps that name `fails_at` fail."""
    taken: list[str] = []

    def call(words, folder):
        taken.append(f"{folder}: {' '.join(words[3:])}")
        return int(fails_at in taken[-1])

    try:
        run_job(read_job({"DATA": "vindr=v", "RESULTS": "results", **environment}, here), dry_run=dry_run, call=call)
    except TrainingError:
        assert fails_at in taken[-1]
    return taken


def test_bash_understands_it_and_it_never_names_the_tokens_value(script):
    assert subprocess.run(["bash", "-n", str(script)]).returncode == 0
    code = "\n".join(line.partition(" #")[0] for line in script.read_text().splitlines() if not line.startswith("#"))
    assert "TOKEN" not in code and "set -x" not in code and "set -euo pipefail" in code


def test_a_traced_dry_run_of_the_script_prints_the_steps_does_none_and_shows_no_token(script, tmp_path):
    results = tmp_path / "my results"
    given = {"DATA": "vindr=/v open-i=/o", "EVALUATE": "nih=/n", "RESULTS": str(results), "PYTHON": sys.executable}
    environment = {"PATH": os.environ["PATH"], "HF_TOKEN": TOKEN, **given}
    shell = ["bash", "-x", str(script), "--dry-run"]
    done = subprocess.run(shell, capture_output=True, text=True, cwd=tmp_path, env=environment)
    assert done.returncode == 0 and not results.exists(), done.stderr
    *said, serve = [line.removeprefix("+ ") for line in done.stdout.splitlines()]
    order = ["pip install", "train corpus --data vindr=/v --data open-i=/o", "train sft", "evaluate reader", "evaluate reader"]
    assert len(said) == len(order) and all(part in line for part, line in zip(order, said, strict=True))
    assert "medgemma=google/medgemma-1.5-4b-it" in said[3] and "--limit 1000" in said[3] and f"medgemma={results}/tuned/model" in said[4]
    assert serve == f"Serve it: CXR_AUDITOR_READER='medgemma={results}/tuned/model' python -m cxr_auditor serve"
    assert TOKEN not in done.stdout + done.stderr


def test_the_script_takes_no_other_option(script):
    done = subprocess.run(["bash", str(script), "--dry"], capture_output=True, text=True, env={"PATH": os.environ["PATH"]})
    assert done.returncode == 2 and "Known: --dry-run" in done.stderr and not done.stdout


def test_every_relative_path_is_seen_from_where_the_job_was_started(here):
    corpus, sft, base, tuned = take(here, EVALUATE="nih=n", LIMIT="0")
    results = here / "results"
    assert f"train corpus --data vindr={here}/v --out {results}/corpus" in corpus
    assert sft == f"{results}: train sft {here}/sft.toml"
    assert f"--dataset nih --data {here}/n --limit 0" in base and f"--out {results}/evaluation/tuned" in tuned


def test_the_settings_say_where_corpus_and_model_are_and_what_the_base_is(here, capsys):
    (here / "sft.toml").write_text("corpus = 'films'\nout = 'mine'\nmodel = 'google/medgemma-4b-it'\n")
    corpus, _, base, tuned = take(here, EVALUATE="nih=n")
    assert corpus.endswith("/results/films") and "medgemma=google/medgemma-4b-it" in base
    assert f"medgemma={here}/results/mine/model" in tuned and f"medgemma={here}/results/mine/model" in capsys.readouterr().out


def test_without_another_data_set_it_judges_on_the_test_films_of_the_corpus(here):
    _, _, base, tuned = take(here)
    assert all(f"evaluate reader --corpus {here}/results/corpus --limit 1000" in step for step in (base, tuned))


@pytest.mark.parametrize("options", ["--test 0", "--partial --test=0.0"])
def test_a_corpus_without_test_films_is_not_judged_on(here, options):
    assert len(take(here, CORPUS_OPTIONS=options)) == 2
    assert len(take(here, CORPUS_OPTIONS=options.replace("0", "0.2", 1))) == 4


def test_options_of_the_corpus_are_words_and_nothing_is_carried_out(here):
    corpus = take(here, CORPUS_OPTIONS="--partial --without 'RSNA 2018' --most $(touch made)")[0]
    assert corpus.endswith("--partial --without RSNA 2018 --most $(touch made)") and not (here / "made").exists()


def test_a_step_that_fails_ends_the_job(here):
    assert "train sft" in take(here, EVALUATE="nih=n", fails_at="train sft")[-1]


@pytest.mark.parametrize(
    "environment, said",
    [
        ({"DATA": ""}, 'DATA="NAME=FOLDER"'),  # nothing to learn from
        ({"DATA": "/data/vindr"}, "/data/vindr is no NAME=FOLDER"),
        ({"DATA": "vindr='/v"}, "DATA can't be read"),  # an open quotation mark
        ({"DATA": "vindir=/v"}, "no data set named 'vindir'. Known: .*vindr"),
        ({"DATA": "vindr=/v vindr=/w"}, "names 'vindr' twice"),
        ({"EVALUATE": "vindr=/other"}, "learns from vindr"),  # judged on what it learnt
        ({"EVALUATE": "vindr-vqa=/q"}, "vindr and vindr-vqa show films of the same patients"),  # under another name
        ({"DATA": "siim=/s", "EVALUATE": "nih=/n"}, "siim and nih show films of the same patients"),  # SIIM's are NIH's films
        ({"DATA": "rsna=/r", "EVALUATE": "chestx-det=/c"}, "same patients"),  # both NIH's
        ({"DATA": "films=/f", "EVALUATE": "nih=/n"}, "same patients"),
        ({"EVALUATE": "nih=/n open-i=/o"}, "more than one"),
        ({"LIMIT": "-3"}, "LIMIT must be a number"),
        ({"CORPUS_OPTIONS": "--partial --out=/tmp/x"}, "CORPUS_OPTIONS can't hold --out"),
        ({"SETTINGS": "nowhere.toml"}, "nowhere.toml.*can't be read"),
        ({"DATA": "vindr=w"}, "'.*/w' of the data set 'vindr' is not there"),
    ],
)
def test_what_it_refuses_before_the_first_step(here, capsys, environment, said):
    with pytest.raises(InputError, match=said):
        take(here, **environment)
    assert not capsys.readouterr().out and not (here / "results").exists()


def with_corpus(here: Path, **environment: str) -> None:
    """What a first run of the job leaves, as far as its corpus goes."""
    take(here, fails_at="train sft", **environment)
    (here / "results" / "corpus").mkdir()
    sources = [{"name": "vindr", "sha256": table_hashes(here / "v")}]
    (here / "results" / "corpus" / "manifest.json").write_text(json.dumps({"format": "cxr-corpus-1", "sources": sources}))


@pytest.mark.parametrize("options", ["", "--partial"])
def test_a_corpus_that_is_there_is_not_built_again(here, options):
    with_corpus(here, CORPUS_OPTIONS=options)
    first, *judging = take(here, CORPUS_OPTIONS=options)
    assert first == f"{here}/results: train sft {here}/sft.toml" and all("evaluate reader" in step for step in judging)


@pytest.mark.parametrize(
    "environment, said",
    [
        ({"DATA": "open-i=n"}, "built of vindr, and DATA names open-i.*another RESULTS"),
        ({"DATA": "vindr=v open-i=n"}, "DATA names vindr, open-i"),  # one more
        ({"DATA": "vindr=n"}, "other tables than those of 'vindr'"),  # another copy
        ({"CORPUS_OPTIONS": "--partial"}, "not built with these CORPUS_OPTIONS"),
    ],
)
def test_a_corpus_of_something_else_is_not_trained_on(here, environment, said):
    with_corpus(here)
    (here / "n" / "table.csv").write_text("image_id,more\n")
    with pytest.raises(InputError, match=said):
        take(here, **environment)


def test_the_settings_beside_it_are_the_defaults(root):
    assert (root / "jobs" / "sft.toml").read_text(encoding="utf-8") == defaults_file()
