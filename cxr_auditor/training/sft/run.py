"""The whole of `train sft`: check, train, save the adapter, see that it learnt, merge, write the card."""

import gc
import json
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
from .checkpoints import start_or_resume
from .lessons import MODEL, Lessons, open_lessons, tuned_model
from .model import PACKAGES, base_revision, check_packages, load_base, part_of, targets, with_adapter
from .moved import check_adapter
from .settings import Settings
from .terms import base_terms

CHECKPOINTS, ADAPTER, RECORD = "checkpoints", "adapter", "training.json"
Say = Callable[[str], None]


def check(settings: Settings) -> Lessons:
    """The corpus, after every check that needs no weights. Raises InputError, TrainingError."""
    check_packages(settings)
    base_terms(settings)
    return open_lessons(settings)


def plan(settings: Settings, lessons: Lessons) -> str:
    """What a run will do."""
    each = settings.batch * settings.accumulate
    return (
        f"{len(lessons.train)} {lessons.kind} to train on, {len(lessons.validation)} to validate on; the prompt is the served one, and "
        f"every file is there.\n{steps_of(settings, len(lessons.train))} optimiser steps, each over {each} of them.\n"
        f"The base comes under: {base_terms(settings)}."
    )


def steps_of(settings: Settings, lessons: int) -> int:
    """Optimiser steps of a run over so many lessons."""
    batches = math.ceil(lessons / settings.batch)
    return settings.steps or math.ceil(math.ceil(batches / settings.accumulate) * settings.epochs)


def tune(settings: Settings, say: Say) -> Path:
    """Runs it all, or what is left of it, and returns the folder of the merged model. Raises InputError, TrainingError, ReaderError."""
    from .merge import merge

    lessons = check(settings)
    say(plan(settings, lessons))
    _hush()
    record = _trained(settings, lessons, say)
    adapter, model = settings.out / ADAPTER, settings.out / MODEL
    say("Merging into a clean base in bfloat16.")
    merge(settings, adapter, record["modules"], record["run"]["base_revision"], model)
    (settings.out / RECORD).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
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


def _trained(settings: Settings, lessons: Lessons, say: Say) -> dict[str, Any]:
    """Trains and saves the adapter; the model in training is gone from memory when it returns. Gives the run's record."""
    from .data import ReplyBatches, check_masking
    from .evaluate import ValidationFigures
    from .merge import save_adapter
    from .train import Watch, make_trainer, run_steps

    run = settings.shaping() | {"corpus_sha256": lessons.sha256, "base_revision": base_revision(settings)}
    folder = settings.out / CHECKPOINTS
    checkpoint = start_or_resume(folder, run)
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
    model = with_adapter(loaded.model, names, settings)
    figures = ValidationFigures(lessons, replace(loaded, model=model), settings)
    counts = (len(lessons.train), len(lessons.validation))
    trainer = make_trainer(model, loaded.processor, batches, counts, settings, folder, [Watch(folder, run), figures])
    try:
        log = run_steps(trainer, checkpoint)
    finally:
        weights.release(tuned_model(settings).source)
    save_adapter(model, base_name(settings), settings.out / ADAPTER)
    sizes = check_adapter(settings.out / ADAPTER, names)
    say(f"Every one of the {len(names)} modules learnt; the least of them by {min(sizes.values()):.2g} in its largest entry.")
    del trainer, model, loaded, figures, batches
    gc.collect()
    return {
        "run": run,
        "modules": names,
        "kinds": dict(kinds),
        "masking": masking,
        "log": log,
        "packages": {name: version(name) for name in PACKAGES} | {"cxr-draft-auditor": __version__},
    }
