"""Whole tuning runs on tiny random models and drawn films: from a corpus to a served reader, through a kill, to answers learnt by heart."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import tiny_models
from drawn_films import drawn_films
from PIL import Image
from typer.testing import CliRunner

from cxr_auditor.errors import InputError
from cxr_auditor.evaluation.cli import app as evaluate_app
from cxr_auditor.evaluation.datasets import image_bytes
from cxr_auditor.images import load
from cxr_auditor.registry import make_reader
from cxr_auditor.schema import ReadingStatus
from cxr_auditor.training.corpus import Settings as CorpusSettings
from cxr_auditor.training.corpus import build_corpus, read_corpus
from cxr_auditor.training.drafts import Settings as DraftSettings
from cxr_auditor.training.drafts import build_drafts
from cxr_auditor.training.sft.errors import TrainingError
from cxr_auditor.training.sft.lessons import open_lessons
from cxr_auditor.training.sft.run import steps_of, tune
from cxr_auditor.training.sft.settings import Settings

pytestmark = pytest.mark.slow
QUICK = {"base_terms": "Apache-2.0 (random weights)", "accumulate": 1, "workers": 0, "learning_rate": 1e-3, "steps": 2, "device": "cpu"}
TOKEN = "hf_thistokenmustneverbeseenanywhere"


@pytest.fixture(scope="module")
def gemma(tmp_path_factory) -> str:
    """The tiny Gemma 3 with eyes and a voice: as it is made, the way from pictures to words is zero, and no word stands out."""
    import torch
    from transformers import AutoModelForImageTextToText, AutoProcessor

    path = tmp_path_factory.mktemp("base") / "gemma"
    model = AutoModelForImageTextToText.from_pretrained(tiny_models.folder("gemma3"))
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(1)
        model.model.multi_modal_projector.mm_input_projection_weight.normal_(0, 0.2)
        model.model.language_model.embed_tokens.weight.normal_(0, 0.5)
    model.save_pretrained(path)
    AutoProcessor.from_pretrained(tiny_models.folder("gemma3")).save_pretrained(path)
    return str(path)


@pytest.fixture(scope="module")
def short_prompt(tmp_path_factory):
    """A prompt of the user's own: fewer tokens, quicker steps."""
    path = tmp_path_factory.mktemp("prompt") / "mine.txt"
    path.write_text("Labels: $labels")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CXR_AUDITOR_PROMPT_MEDGEMMA_FINDINGS", str(path))
        yield


@pytest.fixture(scope="module")
def films(tmp_path_factory, short_prompt) -> Path:
    """Eight drawn films, and a corpus that holds back some of them."""
    folder = tmp_path_factory.mktemp("films")
    build_corpus({"nih": drawn_films(folder / "films", 8)}, folder / "corpus", CorpusSettings(validation=0.25, test=0))
    return folder


def log(out: Path, name: str) -> list[dict]:
    """The records of the steps ("loss") or of the evaluations ("figures")."""
    return [entry for entry in json.loads((out / "training.json").read_text())["log"] if name in entry]


def losses(out: Path) -> list[float]:
    return [entry["loss"] for entry in log(out, "loss")]


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "cxr_auditor", *words]


def settings_file(path: Path, **values) -> Path:
    path.write_text("".join(f"{name} = {json.dumps(str(value) if isinstance(value, Path) else value)}\n" for name, value in values.items()))
    return path


def test_from_a_corpus_to_a_served_and_evaluated_reader_in_4_bits_without_a_word_of_the_token(films, gemma, tmp_path):
    environment = {**os.environ, "HF_TOKEN": TOKEN, "HUGGING_FACE_HUB_TOKEN": TOKEN, "OMP_NUM_THREADS": "1"}
    out = tmp_path / "tuned"
    given = settings_file(tmp_path / "sft.toml", **QUICK, corpus=films / "corpus", out=out, model=gemma, evaluate_on=1, save_every=1)
    done = subprocess.run(command("train", "sft", str(given)), capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    assert "The loss lies on" in done.stdout and "modules learnt" in done.stdout and "step 2 of 2" in done.stderr
    asked = ("--reader", f"medgemma={out / 'model'}", "--dataset", "nih", "--data", str(films / "films"), "--limit", "2", "--no-plots")
    judged = CliRunner().invoke(evaluate_app, ["reader", *asked, "--out", str(tmp_path / "evaluation")])
    assert judged.exit_code == 0, judged.output
    assert json.loads((tmp_path / "evaluation" / "reader.json").read_text())["readings"] == {"ok": 2}

    card, notice = ((out / "model" / name).read_text() for name in ("README.md", "NOTICE"))
    assert "validation split (readings: 1 ok)" in card and "20 modules" in card and "NIH Clinical Center" in notice
    assert (out / "adapter" / "NOTICE").read_text() == notice and tiny_models.folder("gemma3") not in card
    for text in (done.stdout, done.stderr):
        assert TOKEN not in text
    for path in (path for path in tmp_path.rglob("*") if path.is_file()):
        assert TOKEN.encode() not in path.read_bytes(), path


def test_a_run_killed_in_the_middle_goes_on_with_the_same_losses_to_the_last_bit(films, gemma, tmp_path):
    values = QUICK | {
        "corpus": films / "corpus",
        "model": gemma,
        "steps": 5,
        "save_every": 2,
        "evaluate_every": 2,
        "evaluate_on": 1,
        "dropout": 0.1,
        "batch": 2,
    }
    whole = Settings(**values, out=tmp_path / "whole")
    tune(whole, print)

    cut = settings_file(tmp_path / "cut.toml", **values, out=tmp_path / "cut")
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(
        command("train", "sft", str(cut)), stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, env=environment, text=True
    ) as run:
        for line in run.stderr:
            if line.startswith("step 3 "):
                run.send_signal(signal.SIGKILL)
                break
    assert run.returncode == -signal.SIGKILL and not (tmp_path / "cut" / "adapter").exists()

    said: list[str] = []
    tune(Settings(**values, out=tmp_path / "cut"), said.append)
    assert "Going on from checkpoint-2." in said
    assert losses(tmp_path / "cut") == losses(tmp_path / "whole") and len(losses(tmp_path / "cut")) == 5
    assert log(tmp_path / "cut", "figures") == log(tmp_path / "whole", "figures") and len(log(tmp_path / "cut", "figures")) == 3
    first, second = ((tmp_path / name / "adapter" / "adapter_model.safetensors").read_bytes() for name in ("whole", "cut"))
    assert first == second


def test_a_merge_that_failed_is_done_again_without_a_step_more_and_gives_the_same_model(films, gemma, tmp_path, monkeypatch):
    from cxr_auditor.training.sft import merge

    values = QUICK | {"steps": 0, "epochs": 1.5, "accumulate": 4, "evaluate_on": 0, "corpus": films / "corpus", "model": gemma}
    chosen = Settings(**values, out=tmp_path / "tuned")

    def full(base, made):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(merge, "_take_over", full)
        with pytest.raises(TrainingError, match="model' could not be written.*No space left"):
            tune(chosen, print)
    assert sorted(path.name for path in chosen.out.iterdir()) == ["adapter", "checkpoints"]

    models = []
    for _ in range(2):
        said: list[str] = []
        model = tune(chosen, said.append)
        assert "Trained to the end before: checkpoint-3 is taken as it is." in said
        assert len(losses(chosen.out)) == steps_of(chosen, len(open_lessons(chosen).train)) == 3
        models.append({path.name: path.read_bytes() for path in model.iterdir()})
    assert models[0] == models[1] and "on the CPU" in models[0]["README.md"].decode()


def test_a_run_of_one_step_learns(films, gemma, tmp_path):
    values = QUICK | {"steps": 1, "corpus": films / "corpus", "model": gemma, "evaluate_on": 0}
    assert tune(Settings(**values, out=tmp_path / "tuned"), print).is_dir()


def test_eight_films_are_learnt_by_heart_and_their_boxes_come_back(films, gemma, tmp_path, capsys):
    folder = tmp_path / "corpus"
    build_corpus({"nih": films / "films"}, folder, CorpusSettings(validation=0, test=0))
    values = {"batch": 8, "rank": 32, "alpha": 64, "learning_rate": 5e-3, "steps": 70, "recompute": False, "quantization": "none"}
    model = tune(Settings(**QUICK | values, corpus=folder, out=tmp_path / "tuned", model=gemma), print)
    assert losses(tmp_path / "tuned")[-1] < 0.1
    reader = make_reader(f"medgemma={model}")
    examples = list(read_corpus(folder, "train"))
    assert len(examples) == 8 and sum(one.box is not None for example in examples for one in example.findings) == 7
    for example in examples:
        reading = reader.read(load(image_bytes(example.image)))
        assert reading.findings == example.findings and not reading.notes
    reader.chat.release()


@pytest.mark.parametrize("name", ["qwen2_5_vl", "llava_onevision"])
def test_other_vision_language_models_are_tuned_the_same_way(films, tmp_path, name):
    values = QUICK | {"batch": 2, "accumulate": 2, "steps": 0, "epochs": 1.5, "workers": 2}
    chosen = Settings(**values | {"corpus": films / "corpus", "model": tiny_models.folder(name), "evaluate_on": 1}, out=tmp_path / "tuned")
    reader = make_reader(f"medgemma={tune(chosen, print)}")
    assert len(losses(chosen.out)) == steps_of(chosen, len(open_lessons(chosen).train)) == 3
    assert reader.read(load(films / "films" / "images" / "00000000_000.png")).status is ReadingStatus.OK
    reader.chat.release()


def test_a_draft_parser_is_tuned_the_same_way(tmp_path):
    build_drafts({}, tmp_path / "drafts", DraftSettings(films=20))
    values = QUICK | {"corpus": tmp_path / "drafts", "model": tiny_models.folder("nemotron_h"), "towers": ("language",), "evaluate_on": 1}
    model = tune(Settings(**values, out=tmp_path / "tuned"), print)
    card = (model / "README.md").read_text()
    assert "--parser nemotron=FOLDER" in card and "statements found" in card and "text-generation" in card


def test_a_frozen_module_is_found_out(films, gemma, tmp_path, monkeypatch):
    from cxr_auditor.training.sft import run

    frozen = "model.vision_tower.encoder.layers.0.mlp.fc2"
    given = run.with_adapter

    def with_adapter(model, names, settings):
        made = given(model, names, settings)
        for name, weight in made.named_parameters():
            weight.requires_grad_(weight.requires_grad and frozen not in name)
        return made

    monkeypatch.setattr(run, "with_adapter", with_adapter)
    values = QUICK | {"corpus": films / "corpus", "model": gemma, "evaluate_on": 0}
    with pytest.raises(TrainingError, match=f"^1 of the tuned modules did not learn: {frozen}. "):
        tune(Settings(**values, out=tmp_path / "tuned"), print)
    assert not (tmp_path / "tuned" / "model").exists()


def test_a_film_that_can_not_be_used_is_named_by_the_process_that_prepares_it(films, gemma, tmp_path):
    folder = Path(shutil.copytree(films, tmp_path / "copy"))
    values = QUICK | {"corpus": folder / "corpus", "data": {"nih": folder / "films"}, "model": gemma, "workers": 1, "epochs": 1, "steps": 0}
    chosen = Settings(**values, out=tmp_path / "tuned")
    last = open_lessons(chosen).train[-1].example
    Image.new("L", (128, 128), 90).save(last.image)
    with pytest.raises(InputError) as caught:
        tune(chosen, print)
    assert (
        str(caught.value) == f"The image of film {last.image_id!r} is not the one that the corpus was built with. Build the corpus again."
    )


def test_a_loss_that_is_no_number_stops_the_run(films, gemma, tmp_path):
    values = QUICK | {"corpus": films / "corpus", "model": gemma, "learning_rate": 1e30, "steps": 20, "clip": 1e30, "evaluate_on": 0}
    with pytest.raises(TrainingError, match="The loss is no number at step"):
        tune(Settings(**values, out=tmp_path / "tuned"), print)


def test_the_benchmark_of_a_step_runs_and_says_that_it_saw_no_gpu(root):
    words = [sys.executable, str(root / "benchmarks" / "sft_step.py"), "--shape", "tiny", "--modes", "qlora", "--steps", "1"]
    done = subprocess.run(words, capture_output=True, text=True, env={**os.environ, "CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1"})
    assert done.returncode == 0 and "no GPU here" in done.stdout and "s a step (1.00)" in done.stdout, done.stdout + done.stderr
