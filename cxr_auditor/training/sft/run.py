"""The whole of `train sft`: check, train, save the adapter, see that it learnt, merge, write the card."""

import gc
import math
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import version
from logging import getLogger
from pathlib import Path
from typing import Any

from ...chat import weights
from ...version import __version__
from .card import base_name, write_card
from .checkpoints import START, last_whole, start_of, start_or_resume, state_of, write_json
from .lessons import Lessons, open_lessons, tuned_model
from .model import PACKAGES, base_revision, check_packages, device_of, device_words, load_base, part_of, targets, with_adapter
from .moved import check_adapter
from .places import ADAPTER, MODEL, check_places, check_written_by, statement
from .settings import Settings
from .terms import base_terms

CHECKPOINTS, RECORD = "checkpoints", "training.json"
Say = Callable[[str], None]


def check(settings: Settings) -> Lessons:
    """The corpus, after every check that needs no weights. Raises InputError, TrainingError."""
    check_packages(settings)
    base_terms(settings)
    check_places(settings)
    return open_lessons(settings)


def plan(settings: Settings, lessons: Lessons) -> str:
    """What a run will do. TrainingError where its device is not there."""
    each = settings.batch * settings.accumulate
    return (
        f"{len(lessons.train)} {lessons.kind} to train on, {len(lessons.validation)} to validate on; the prompt is the served one, and "
        f"every file is there.\n{steps_of(settings, len(lessons.train))} optimiser steps, each over {each} of them, on "
        f"{device_words(device_of(settings))}, the base {_PRECISION[settings.quantization]}.\n"
        f"The base comes under: {base_terms(settings)}."
    )


_PRECISION = {"4bit": "in 4 bits", "none": "whole"}


def steps_of(settings: Settings, lessons: int) -> int:
    """Optimiser steps of a run over so many lessons."""
    batches = math.ceil(lessons / settings.batch)
    return settings.steps or math.ceil(math.ceil(batches / settings.accumulate) * settings.epochs)


def tune(settings: Settings, say: Say) -> Path:
    """Runs it all, or what is left of it, and returns the folder of the merged model. Raises InputError, TrainingError, ReaderError."""
    from .merge import merge, save_adapter

    lessons = check(settings)
    say(plan(settings, lessons))
    _hush()
    run = settings.shaping() | {"corpus_sha256": lessons.sha256, "base_revision": base_revision(settings)}
    stated = statement(lessons.manifest["prompt"], run)
    checkpoint, record = _trained(settings, lessons, run, stated, say)
    adapter, model, names = settings.out / ADAPTER, settings.out / MODEL, record["modules"]
    save_adapter(checkpoint, base_name(settings), adapter, stated)
    sizes = check_adapter(adapter, names)
    say(f"Every one of the {len(names)} modules learnt; the least of them by {min(sizes.values()):.2g} in its largest entry.")
    say("Merging into a clean base in bfloat16.")
    merge(settings, adapter, names, run["base_revision"], model, stated)
    write_json(settings.out / RECORD, record)
    for folder in (adapter, model):
        write_card(folder, settings, lessons, record)
    return model


def _hush() -> None:
    """No bars and no remarks of the libraries between the run's own lines; their errors still come as exceptions."""
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    warnings.filterwarnings("ignore", category=FutureWarning, module="transformers")
    getLogger("bitsandbytes").setLevel("ERROR")


def _trained(settings: Settings, lessons: Lessons, run: dict, stated: dict, say: Say) -> tuple[Path, dict[str, Any]]:
    """The last checkpoint of the run, trained to its end where it is not yet, and the run's record."""
    folder = settings.out / CHECKPOINTS
    checkpoint = start_or_resume(folder, run)
    check_written_by(settings, stated)
    if checkpoint and state_of(checkpoint)["global_step"] >= steps_of(settings, len(lessons.train)):
        say(f"Trained to the end before: {checkpoint.name} is taken as it is.")
    else:
        _train(settings, lessons, run, checkpoint, say)
        checkpoint = last_whole(folder)
    return checkpoint, {"run": run, "log": state_of(checkpoint)["log_history"], **start_of(folder)}


def _train(settings: Settings, lessons: Lessons, run: dict, checkpoint: Path | None, say: Say) -> None:
    """The steps that are left; the model in training is gone from memory when it returns."""
    from .data import ReplyBatches, check_masking
    from .evaluate import ValidationFigures
    from .train import Watch, make_trainer, run_steps

    folder = settings.out / CHECKPOINTS
    if checkpoint:
        say(f"Going on from {checkpoint.name}.")
    loaded = load_base(settings, pictures=lessons.kind == "films")
    names = targets(loaded.model, settings)
    batches = ReplyBatches((*lessons.train, *lessons.validation), replace(loaded, device="cpu"))
    first = lessons.train[: settings.batch]
    masking = check_masking(batches([{"number": number} for number in range(len(first))]), [lesson.target for lesson in first], loaded)
    say(masking)
    kinds = Counter(part_of(name) for name in names)
    say(f"An adapter of rank {settings.rank} on {len(names)} modules: {', '.join(f'{n} {part}' for part, n in kinds.items())}.")
    packages = {name: version(name) for name in PACKAGES} | {"cxr-draft-auditor": __version__}
    start = {"modules": names, "kinds": dict(kinds), "masking": masking, "device": device_words(loaded.device), "packages": packages}
    write_json(folder / START, start)
    model = with_adapter(loaded.model, names, settings)
    figures = ValidationFigures(lessons, replace(loaded, model=model), settings)
    counts = (len(lessons.train), len(lessons.validation))
    trainer = make_trainer(model, loaded.processor, batches, counts, settings, folder, [Watch(folder, run), figures])
    try:
        run_steps(trainer, checkpoint)
    finally:
        weights.release(tuned_model(settings).source)
    del trainer, model, loaded, figures, batches
    gc.collect()
