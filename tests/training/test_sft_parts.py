"""The parts of a tuning run, each by itself: what is learnt, where the loss lies, which modules move, what may not be mixed up."""

import io
import json
import math
import shutil
import zipfile
from pathlib import Path

import pytest
import tiny_models
import torch
from drawn_films import drawn_films
from PIL import Image
from safetensors.torch import save_file

from cxr_auditor.chat import weights
from cxr_auditor.chat.errors import ModelUnfit
from cxr_auditor.chat.generation import model_inputs
from cxr_auditor.chat.records import Decoding, ImagePart, Request, user
from cxr_auditor.chat.settings import Settings as Placement
from cxr_auditor.chat.settings import Source
from cxr_auditor.errors import InputError
from cxr_auditor.training.corpus import Settings as CorpusSettings
from cxr_auditor.training.corpus import build_corpus
from cxr_auditor.training.sft.card import card, notice
from cxr_auditor.training.sft.data import IGNORED, ReplyBatches, check_masking, end_of_turn
from cxr_auditor.training.sft.errors import TrainingError
from cxr_auditor.training.sft.evaluate import film_figures
from cxr_auditor.training.sft.lessons import open_lessons
from cxr_auditor.training.sft.model import check_packages, device_of, load_base, part_of, targets
from cxr_auditor.training.sft.moved import WEIGHTS, check_adapter, check_merged, fingerprints
from cxr_auditor.training.sft.run import check, plan, steps_of
from cxr_auditor.training.sft.settings import Settings
from cxr_auditor.training.sft.terms import HAI_DEF_DUTIES, NIH_CREDIT, base_terms

VISION = ("gemma3", "qwen2_5_vl", "llava_onevision")
TERMS = {"base_terms": "Apache-2.0 (random weights)"}


@pytest.fixture(scope="module")
def films(tmp_path_factory) -> Path:
    """A folder with six drawn films and the corpus of them."""
    folder = tmp_path_factory.mktemp("sft")
    build_corpus({"nih": drawn_films(folder / "films", 6, size=64)}, folder / "corpus", CorpusSettings(validation=0.2, test=0))
    return folder


def settings_for(films: Path, **changes) -> Settings:
    return Settings(**{"corpus": films / "corpus", "out": films / "tuned", "model": tiny_models.folder("gemma3"), **TERMS, **changes})


def loaded(name: str) -> weights.Loaded:
    return weights.get(Source(tiny_models.folder(name), settings=Placement(device="cpu")))


# What is learnt


def test_a_lesson_is_the_served_question_and_the_corpus_reply(films):
    lessons = open_lessons(settings_for(films))
    assert lessons.kind == "films" and len(lessons.train) == 5 and len(lessons.validation) == 1
    for lesson in lessons.train:
        (turn,) = lesson.request.messages
        assert isinstance(turn.parts[0], ImagePart) and lessons.manifest["prompt"]["text"] == turn.parts[1]
        taught = {element["label"] for element in json.loads(lesson.target)}
        assert taught == {finding.value for finding in lesson.example.labelled.present} or (
            taught == {"no_finding"} and lesson.example.labelled.normal
        )


def copied(films: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(films, tmp_path / "copy"))


def other_prompt(folder, monkeypatch):
    (folder / "mine.txt").write_text("Which of $labels?")
    monkeypatch.setenv("CXR_AUDITOR_PROMPT_MEDGEMMA_FINDINGS", str(folder / "mine.txt"))


def changed_split(folder, monkeypatch):
    path = folder / "corpus" / "train.jsonl"
    path.write_text(path.read_text().replace("no_finding", "no_fnding"))


def no_images(folder, monkeypatch):
    shutil.rmtree(folder / "films" / "images")


def another_manifest(folder, monkeypatch):
    path = folder / "corpus" / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": "cxr-corpus-0"}))


@pytest.mark.parametrize(
    "spoil, said",
    [
        (
            other_prompt,
            "another wording of the prompt 'medgemma_findings'.*build the corpus again",
        ),  # asked otherwise
        (changed_split, "train.jsonl is missing or not the one"),  # a target edited by hand
        (no_images, r"6 of 6 images are not there; the first is that of film '.*\[data\]"),  # the data set lies elsewhere now
        (another_manifest, "must have the format 'cxr-corpus-1'"),  # of another version
    ],
)
def test_a_corpus_that_does_not_fit_is_refused(films, tmp_path, monkeypatch, spoil, said):
    folder = copied(films, tmp_path)
    spoil(folder, monkeypatch)
    with pytest.raises(InputError, match=f"(?s){said}"):
        open_lessons(settings_for(folder, data={"nih": folder / "films"}))


def picture(seed: int) -> bytes:
    """A JPEG of noise."""
    buffer = io.BytesIO()
    Image.effect_noise((64, 64), 40 + seed).save(buffer, format="JPEG")
    return buffer.getvalue()


def test_films_in_an_archive_are_looked_for_inside_it(tmp_path):
    rows = [f"128/{i}.jpg,{i},{i},PA,{'Effusion' if i % 2 else 'No Finding'}" for i in range(4)]
    (tmp_path / "manifest.csv").write_text("\n".join(["file,image_id,patient_id,view,native_labels", *rows]))
    archive = tmp_path / "128.zip"
    with zipfile.ZipFile(archive, "w") as made:
        for i in range(4):
            made.writestr(f"128/{i}.jpg", picture(i))
    build_corpus({"films": tmp_path}, tmp_path / "corpus", CorpusSettings(validation=0, test=0))
    chosen = settings_for(tmp_path)
    assert len(open_lessons(chosen).train) == 4
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("128/0.jpg", picture(0))
    with pytest.raises(InputError, match="3 of 4 images"):
        open_lessons(chosen)
    archive.write_text("no archive")
    with pytest.raises(InputError, match="4 of 4 images"):
        open_lessons(chosen)


def test_data_must_name_data_sets_of_the_corpus(films, tmp_path):
    with pytest.raises(InputError, match="'vindr', which the corpus was not built of.*nih"):
        open_lessons(settings_for(films, data={"vindr": tmp_path}))


def test_a_film_that_was_swapped_is_noticed(films, tmp_path):
    folder = copied(films, tmp_path)
    lesson = open_lessons(settings_for(folder, data={"nih": folder / "films"})).train[0]
    Image.new("L", (64, 64), 90).save(lesson.example.image)
    with pytest.raises(InputError, match="not the one that the corpus was built with"):
        _ = lesson.request


def test_a_film_that_can_not_be_read_is_named_in_training_and_in_evaluation(films, tmp_path):
    folder = copied(films, tmp_path)
    lesson = open_lessons(settings_for(folder, data={"nih": folder / "films"})).train[0]
    lesson.example.image.write_bytes(b"no picture")
    said = f"^Film '{lesson.example.image_id}' of 'nih': "
    with pytest.raises(InputError, match=said):
        _ = lesson.request
    with pytest.raises(InputError, match=said):
        film_figures([lesson], settings_for(folder))


# Where the loss lies


@pytest.mark.parametrize("name", VISION)
def test_the_loss_lies_on_the_reply_alone_and_the_prompt_is_the_served_one(films, name):
    lessons, model = open_lessons(settings_for(films)).train, loaded(name)
    batch = ReplyBatches(lessons, model)([{"number": number} for number in range(3)])
    assert "first batch" in check_masking(batch, [lesson.target for lesson in lessons[:3]], model)
    for row, lesson in enumerate(lessons[:3]):
        served = model_inputs(model, lesson.request)["input_ids"][0]
        assert torch.equal(batch["input_ids"][row, : len(served)], served)
        labels = batch["labels"][row]
        assert (labels[: len(served)] == IGNORED).all()
        *reply, end = labels[labels != IGNORED].tolist()
        assert model.tokenizer.decode(reply) == lesson.target and end in model.end_tokens
        assert int(batch["attention_mask"][row].sum()) == len(served) + len(reply) + 1


@pytest.mark.parametrize(
    "name, written",
    [
        ("gemma3", "<end_of_turn>"),  # not <eos>, which its tokenizer calls the end and its chats never hold
        ("qwen2_5_vl", "<|im_end|>"),
        ("nemotron_h", "<|im_end|>"),  # no pictures
    ],
)
def test_a_reply_ends_as_the_model_s_own_chats_do(name, written):
    model = loaded(name)
    assert model.tokenizer.decode(end_of_turn(model)) == written


def test_a_model_whose_chats_end_without_a_token_ends_with_its_tokenizer_s(monkeypatch):
    model = loaded("gemma3")
    monkeypatch.setattr(model.processor, "apply_chat_template", lambda turns, tokenize: f"USER: {turns[0]} BOT: here-it-replies")
    assert model.tokenizer.decode(end_of_turn(model)) == "<eos>"


@pytest.mark.parametrize("name", VISION)
def test_a_batch_gives_each_film_the_loss_that_it_has_alone(films, name):
    model = loaded(name)
    rows = ReplyBatches(open_lessons(settings_for(films)).train, model)
    alone = [model.model(**rows([{"number": number}])).loss.item() for number in range(3)]
    batch = rows([{"number": number} for number in range(3)])
    count = [int((labels != IGNORED).sum()) for labels in batch["labels"]]
    together = model.model(**batch).loss.item()
    assert together == pytest.approx(sum(n * loss for n, loss in zip(count, alone, strict=True)) / sum(count), rel=1e-3)


class Lesson:
    """A question about a picture of any shape."""

    target = '[{"label": "no_finding", "box_2d": null}]'

    def __init__(self, width: int, height: int):
        self.request = Request((user(ImagePart.of(Image.new("L", (width, height), 99)), "Which?"),), Decoding(), {"enum": ["x"]})


def test_films_that_are_cut_into_different_numbers_of_tiles_go_into_one_batch():
    model = loaded("llava_onevision")
    rows = ReplyBatches([Lesson(64, 64), Lesson(64, 180)], model)
    single = [rows([{"number": number}]) for number in range(2)]
    assert single[0]["pixel_values"].shape[1] != single[1]["pixel_values"].shape[1]
    alone = [model.model(**batch).loss.item() for batch in single]
    assert model.model(**rows([{"number": 0}, {"number": 1}])).loss.item() == pytest.approx(sum(alone) / 2, rel=1e-3)


def test_loss_on_the_prompt_is_refused(films):
    lessons, model = open_lessons(settings_for(films)).train, loaded("gemma3")
    batch = ReplyBatches(lessons, model)([{"number": 0}])
    batch["labels"] = batch["input_ids"].clone()
    with pytest.raises(ModelUnfit, match="own tokens"):
        check_masking(batch, [lessons[0].target], model)


def test_a_reply_that_the_tokenizer_changes_is_refused(films):
    lessons, model = open_lessons(settings_for(films)).train, loaded("gemma3")
    batch = ReplyBatches(lessons, model)([{"number": 0}])
    with pytest.raises(ModelUnfit, match="tokenizer"):
        check_masking(batch, [lessons[0].target.replace("label", "Label")], model)


# What is tuned


@pytest.mark.parametrize(
    "name, part",
    [
        ("model.language_model.layers.3.self_attn.q_proj", "language attention"),  # Gemma 3
        ("model.language_model.layers.3.mlp.gate_proj", "language mlp"),
        ("model.vision_tower.vision_model.encoder.layers.0.self_attn.out_proj", "vision attention"),  # which the published recipe missed
        ("model.vision_tower.encoder.layers.0.mlp.fc1", "vision mlp"),  # likewise
        ("model.visual.blocks.0.attn.qkv", "vision attention"),  # Qwen2.5-VL
        ("model.visual.merger.mlp.0", "projector linear"),  # an MLP by name, not of the tower
        ("model.multi_modal_projector.linear_1", "projector linear"),  # LLaVA
        ("model.layers.2.mixer.q_proj", "language attention"),  # Nemotron-H: every block is a mixer
        ("model.layers.1.mixer.shared_experts.up_proj", "language mlp"),
        ("lm_head", None),  # TRL reads its weight itself: an adapter there would never learn
    ],
)
def test_a_module_belongs_to_a_tower_and_a_kind(name, part):
    assert part_of(name) == part


@pytest.mark.parametrize("name, counts", [("gemma3", (14, 6)), ("qwen2_5_vl", (14, 10)), ("llava_onevision", (14, 12))])
def test_both_towers_are_tuned_whole(films, name, counts):
    chosen = targets(loaded(name).model, settings_for(films))
    vision = [one for one in chosen if part_of(one).startswith("vision")]
    assert (len(chosen) - len(vision), len(vision)) == counts
    assert targets(loaded(name).model, settings_for(films, towers=("vision",))) == vision
    attention = targets(loaded(name).model, settings_for(films, modules=("attention",)))
    assert attention and all(part_of(one).endswith("attention") for one in attention)
    assert set(targets(loaded(name).model, settings_for(films, skip=("*language_model.layers.0.*",)))) < set(chosen)


def test_a_tower_that_the_model_does_not_have_is_named(films):
    with pytest.raises(InputError, match="kind 'vision attention' to tune. It has language attention, language mlp"):
        targets(loaded("nemotron_h").model, settings_for(films))


def test_a_model_without_eyes_can_not_learn_films(films):
    with pytest.raises(InputError, match="takes no image"):
        load_base(settings_for(films, model=tiny_models.folder("nemotron_h"), quantization="none", device="cpu"), pictures=True)


def test_four_bits_without_a_gpu_need_a_bitsandbytes_that_can(films, monkeypatch):
    import bitsandbytes.functional

    def refuse(*given, **named):
        raise RuntimeError("no CPU kernel")

    monkeypatch.setattr(bitsandbytes.functional, "quantize_4bit", refuse)
    with pytest.raises(TrainingError, match="can't work in 4 bits.*quantization = 'none'"):
        load_base(settings_for(films, device="cpu"), pictures=True)


@pytest.mark.skipif(torch.cuda.is_available(), reason="about a machine without a GPU")
def test_a_gpu_that_is_asked_for_must_be_there(films):
    assert device_of(settings_for(films)) == "cpu"
    with pytest.raises(TrainingError, match="no GPU.*jobs/README.md"):
        device_of(settings_for(films, device="cuda"))


def test_several_gpus_are_not_used_by_accident(films, monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    with pytest.raises(TrainingError, match="2 GPUs.*CUDA_VISIBLE_DEVICES=0"):
        device_of(settings_for(films))


@pytest.mark.parametrize("absent, quantization", [("trl", "none"), ("bitsandbytes", "4bit")])
def test_a_missing_package_is_named_with_the_way_to_get_it(films, monkeypatch, absent, quantization):
    import importlib.util

    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == absent else found(name))
    with pytest.raises(TrainingError, match=f"'{absent}'.*pip install 'cxr-draft-auditor"):
        check_packages(settings_for(films, quantization=quantization))


# Which modules moved


def adapter(folder: Path, **modules: float) -> Path:
    """An adapter whose B is filled with a number for each module."""
    weights_of = {}
    for name, value in modules.items():
        weights_of[f"base_model.model.{name}.lora_A.weight"] = torch.ones(2, 4)
        weights_of[f"base_model.model.{name}.lora_B.weight"] = torch.full((3, 2), value)
    save_file(weights_of, folder / WEIGHTS)
    return folder


def test_what_each_module_learnt_is_measured(tmp_path):
    assert check_adapter(adapter(tmp_path, a=0.5, b=-0.25), ["a", "b"]) == {"a": 1.0, "b": 0.5}


@pytest.mark.parametrize(
    "modules, said",
    [
        ({"a": 1.0, "b": 0.0}, "1 of the tuned modules did not learn: b.*`skip`"),  # frozen, or never used
        ({"a": 1.0}, "did not learn: b"),  # not in the adapter at all
        ({"a": 1.0, "b": math.nan}, "hold values that are no numbers: b"),
        ({"a": 1.0, "b": math.inf}, "hold values that are no numbers: b"),
    ],
)
def test_a_module_that_did_not_learn_is_named(tmp_path, modules, said):
    with pytest.raises(TrainingError, match=said):
        check_adapter(adapter(tmp_path, **modules), ["a", "b"])


def test_a_weight_that_the_merge_left_as_it_was_is_named():
    model = torch.nn.ModuleDict({name: torch.nn.Linear(4, 4, dtype=torch.bfloat16) for name in "ab"})
    before = fingerprints(model, ["a", "b"])
    with torch.no_grad():
        model["a"].weight += 0.5
        model["b"].weight += 1e-9  # less than bfloat16 can tell
    with pytest.raises(TrainingError, match="1 of the tuned modules did not change in the merge.*: b"):
        check_merged(before, fingerprints(model, ["a", "b"]))


# What a run will do, and what it says of itself


@pytest.mark.parametrize(
    "films_there, changes, steps",
    [
        (14, {"batch": 1, "accumulate": 2, "epochs": 2}, 14),  # whole
        (15, {"batch": 2, "accumulate": 2, "epochs": 1}, 4),  # the last step of an epoch is a short one
        (15, {"batch": 2, "accumulate": 2, "epochs": 0.5}, 2),  # part of an epoch
        (15, {"steps": 3}, 3),  # as the settings say
    ],
)
def test_the_steps_are_counted_as_the_trainer_counts_them(films_there, changes, steps):
    assert steps_of(Settings(**changes), films_there) == steps


def test_a_dry_run_says_what_would_be_done(films):
    chosen = settings_for(films, batch=1, accumulate=1, epochs=1)
    said = plan(chosen, check(chosen))
    assert "5 films to train on, 1 to validate on" in said and "5 optimiser steps, each over 1 of them" in said and "random weights" in said
    assert ("on the GPU" if torch.cuda.is_available() else "on the CPU, the base in 4 bits") in said


RECORD = {
    "run": {"model": "/home/somebody/secret-folder/gemma3", "rank": 16},
    "modules": ["a", "b"],
    "kinds": {"language mlp": 2},
    "masking": "The loss lies on 5 of 9 tokens.",
    "device": "the CPU",
    "log": [{"step": 1, "loss": 3.5}, {"step": 2, "loss": 2.5}],
    "packages": {"trl": "1"},
}


@pytest.mark.parametrize(
    "changes, said",
    [
        ({"model": "google/medgemma-1.5-4b-it", "base_terms": ""}, HAI_DEF_DUTIES),  # known by its name
        ({"model": "google/medgemma-1.5-4b-it#0123abc", "base_terms": ""}, HAI_DEF_DUTIES),  # pinned
        ({"base_terms": "HAI-DEF"}, HAI_DEF_DUTIES),  # a copy in a folder
        ({"base_terms": "MIT, by nobody"}, ("MIT, by nobody", "Modified")),  # in the user's words
    ],
)
def test_the_notice_holds_the_duties_of_the_base_and_of_the_data(films, changes, said):
    chosen = settings_for(films, **changes)
    text = notice(chosen, open_lessons(chosen))
    assert all(part in text for part in said)
    assert NIH_CREDIT in text and "no restriction on use" in text


def test_terms_that_nobody_knows_are_asked_for_before_the_training(films):
    with pytest.raises(InputError, match="base_terms = 'hai-def'"):
        check(settings_for(films, base_terms=""))
    assert "Non-Commercial" in base_terms(Settings(model="nvidia/NV-Reason-CXR-3B"))


def test_a_card_says_what_was_done_and_no_path_of_this_machine(films):
    chosen = settings_for(films)
    lessons = open_lessons(chosen)
    text = card(chosen, lessons, RECORD)
    assert "loss 3.500 at the first and 2.500 at the last" in text and "The loss lies on 5 of 9 tokens." in text
    assert "not a medical device" in text and lessons.manifest["prompt"]["sha256"] in text and "Not measured" in text
    assert "base_model:" not in text and str(Path(chosen.model).parent) not in text and "secret-folder" not in text
    assert str(films) not in text and str(films) not in notice(chosen, lessons)
    hub = card(chosen.model_copy(update={"model": "google/medgemma-1.5-4b-it"}), lessons, RECORD)
    assert "\nbase_model: google/medgemma-1.5-4b-it\n" in hub
