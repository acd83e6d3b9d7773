"""What a run keeps and never deletes: checkpoints that are whole, folders that are its own, and a first step that teaches."""

import json
import shutil
from pathlib import Path

import pytest
import tiny_models
import torch
from drawn_films import drawn_films

from cxr_auditor.errors import InputError
from cxr_auditor.readers.medgemma import FRAMES, STATED
from cxr_auditor.training.corpus import Settings as CorpusSettings
from cxr_auditor.training.corpus import build_corpus
from cxr_auditor.training.sft.checkpoints import RUN, mark_whole, saving, start_or_resume
from cxr_auditor.training.sft.errors import TrainingError
from cxr_auditor.training.sft.lessons import open_lessons
from cxr_auditor.training.sft.places import check_written_by, replacing, statement
from cxr_auditor.training.sft.run import check
from cxr_auditor.training.sft.settings import Settings
from cxr_auditor.training.sft.train import ReplyTrainer, arguments


@pytest.fixture(scope="module")
def films(tmp_path_factory) -> Path:
    """A folder with drawn films and the corpus of them."""
    folder = tmp_path_factory.mktemp("kept")
    build_corpus({"nih": drawn_films(folder / "films", 4, size=64)}, folder / "corpus", CorpusSettings(validation=0, test=0))
    return folder


def settings_for(films: Path, **changes) -> Settings:
    here = {"corpus": films / "corpus", "out": films / "tuned", "model": tiny_models.folder("gemma3"), "base_terms": "MIT"}
    return Settings(**here | changes)


# Checkpoints


def test_the_last_whole_checkpoint_is_taken_and_one_cut_off_is_removed(tmp_path):
    run = {"rank": 16}
    assert start_or_resume(tmp_path, run) is None
    for step in (2, 10, 12):
        (tmp_path / f"checkpoint-{step}").mkdir()
    for step in (2, 10):  # 12 was being written when the run was killed
        mark_whole(tmp_path / f"checkpoint-{step}", run)
    assert start_or_resume(tmp_path, run) == tmp_path / "checkpoint-10"
    assert not (tmp_path / "checkpoint-12").exists()


def test_checkpoints_of_other_settings_are_refused_with_what_differs(tmp_path):
    folder = tmp_path / "mine" / "checkpoints"
    start_or_resume(folder, {"rank": 16, "seed": 1})
    (folder / "checkpoint-2").mkdir()
    mark_whole(folder / "checkpoint-2", {"rank": 16, "seed": 1})
    with pytest.raises(InputError, match="The run in 'mine' has other settings: rank was 16 and is now 8.*another `out`"):
        start_or_resume(folder, {"rank": 8, "seed": 1})
    assert start_or_resume(folder, {"rank": 16, "seed": 1}) == folder / "checkpoint-2"


def test_a_start_that_failed_before_its_first_checkpoint_locks_no_setting(tmp_path):
    start_or_resume(tmp_path, {"rank": 16})
    (tmp_path / "checkpoint-2").mkdir()  # cut off
    assert start_or_resume(tmp_path, {"rank": 8}) is None
    assert json.loads((tmp_path / RUN).read_text()) == {"rank": 8}


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), RuntimeError("PytorchStreamWriter failed writing file\n1\n2")])
def test_a_disk_that_is_full_at_a_checkpoint_is_named_with_what_is_safe(tmp_path, error):
    def write():
        with saving(tmp_path):
            raise error

    said = str(error).splitlines()[0].removeprefix("[Errno 28] ")
    with pytest.raises(TrainingError, match=f"{tmp_path.name}.*{said}.*no whole one before it.*Make room"):
        write()
    (tmp_path / "checkpoint-4").mkdir()
    mark_whole(tmp_path / "checkpoint-4", {})
    with pytest.raises(TrainingError, match="checkpoint-4, is safe"):
        write()


def test_a_folder_of_something_else_is_not_written_into(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(InputError, match="not empty, and no run is in it"):
        start_or_resume(tmp_path, {"rank": 16})
    assert not (tmp_path / RUN).exists()


# What is written where, and never deleted


STATED_HERE = statement({"name": "medgemma_findings", "sha256": "0", "text": "?"}, {"rank": 16})


@pytest.mark.parametrize(
    "model, out",
    [
        ("work/model", "work"),  # where the merged model would replace it
        ("work/base", "work"),
        ("link", "work"),  # a link to one inside
        ("work", "work"),
        ("work/model", "work/model/tuned"),  # its fingerprint would change while it is trained on
    ],
)
def test_a_base_model_that_lies_where_a_run_writes_is_refused_before_the_training(films, tmp_path, model, out):
    for name in ("work/model", "work/base"):
        shutil.copytree(tiny_models.folder("gemma3"), tmp_path / name)
    (tmp_path / "link").symlink_to(tmp_path / "work" / "base")
    with pytest.raises(InputError, match="lie in one another.*Choose an `out` beside it"):
        check(settings_for(films, model=str(tmp_path / model), out=tmp_path / out))


@pytest.mark.parametrize("name", ["model", "adapter"])
def test_a_folder_that_no_run_wrote_stops_a_run_before_the_training(films, tmp_path, name):
    (tmp_path / name).mkdir()
    (tmp_path / name / "thesis.txt").write_text("mine")
    with pytest.raises(InputError, match=f"{name}' is in the way: it was not written by a tuning run"):
        check(settings_for(films, out=tmp_path))


def test_a_folder_of_another_run_is_not_replaced(films, tmp_path):
    with replacing(tmp_path / "model", STATED_HERE) as made:
        (made / "weights").write_text("old")
    other = statement(STATED_HERE["prompt"], {"rank": 8})
    check(settings_for(films, out=tmp_path))  # which run it is of is known when the base is
    with pytest.raises(InputError, match="model' is in the way: it is of another run"):
        check_written_by(settings_for(films, out=tmp_path), other)
    with pytest.raises(InputError, match="of another run"), replacing(tmp_path / "model", other):
        pass
    assert (tmp_path / "model" / "weights").read_text() == "old"


def test_a_folder_of_the_same_run_is_replaced_whole_or_not_at_all(tmp_path):
    folder = tmp_path / "model"
    for text in ("old", "new"):
        with replacing(folder, STATED_HERE) as made:
            (made / "weights").write_text(text)
    assert (folder / "weights").read_text() == "new" and json.loads((folder / STATED).read_text()) == STATED_HERE
    with pytest.raises(TrainingError, match="model' could not be written .No space left.*Make room"), replacing(folder, STATED_HERE):
        raise OSError(28, "No space left on device")
    assert (folder / "weights").read_text() == "new" and [path.name for path in tmp_path.iterdir()] == ["model"]


def test_a_tuned_model_says_with_which_prompt_and_frame_it_is_served_and_no_path(films):
    chosen = settings_for(films)
    stated = statement(open_lessons(chosen).manifest["prompt"], chosen.shaping())
    assert stated["prompt"]["name"] == "medgemma_findings" and stated["frame"] == FRAMES["medgemma_findings"]
    assert str(films) not in str(stated) and str(chosen.model) not in str(stated)


# The learning rate


@pytest.mark.parametrize("schedule", ["cosine", "linear", "constant"])
@pytest.mark.parametrize(
    "steps, warmup",
    [
        (1, 0.03),  # whose only rate was 0
        (1, 0.0),
        (40, 0.1),
        (40, 0.0),
    ],
)
def test_no_step_has_a_rate_of_zero_and_the_highest_is_as_set(tmp_path, schedule, steps, warmup):
    chosen = Settings(steps=steps, warmup=warmup, schedule=schedule, learning_rate=0.5, precision="float32")
    trainer = ReplyTrainer.__new__(ReplyTrainer)
    trainer.args, trainer.lr_scheduler = arguments(chosen, tmp_path, "cpu", False), None
    trainer.optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=chosen.learning_rate)
    scheduler = trainer.create_scheduler(steps)
    rates = []
    for _ in range(steps):
        rates.append(scheduler.get_last_lr()[0])
        trainer.optimizer.step()
        scheduler.step()
    assert min(rates) > 0 and max(rates) == 0.5
