"""The card (README.md) and the NOTICE of a tuned model, from what the run recorded: no figure in them is typed by hand."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...evaluation.metrics import Estimate
from ...evaluation.reader_figures import OVERALL
from ...evaluation.report import table, told
from ...findings import Finding
from .lessons import Lessons
from .settings import Settings
from .terms import base_terms, credit, data_terms, duties

CARD, NOTICE = "README.md", "NOTICE"
_PER_FINDING = {"f1": "F1", "recall": "recall", "precision": "precision", "rate@0.3": "boxes found at IoU 0.3", "mean_iou": "mean IoU"}


def write_card(folder: Path, settings: Settings, lessons: Lessons, record: Mapping[str, Any]) -> None:
    """Writes README.md and NOTICE into the folder of an adapter or of a merged model. `record`: what `run` put together."""
    (folder / CARD).write_text(card(settings, lessons, record), encoding="utf-8")
    (folder / NOTICE).write_text(notice(settings, lessons), encoding="utf-8")


def notice(settings: Settings, lessons: Lessons) -> str:
    """The terms that whoever passes the model on has to pass on too."""
    paragraphs = [
        f"A tuned model, made with CXR Draft Auditor from the base model {base_name(settings)}.",
        *duties(base_terms(settings)),
        "It learnt from the following, each under the terms of its source. Where these forbid commercial use or derivatives, what was "
        "learnt may be meant too: read the terms before you pass anything on.",
        *data_terms(lessons.manifest),
        *credit(lessons.manifest),
    ]
    return "\n\n".join(paragraphs) + "\n"


def base_name(settings: Settings) -> str:
    """The base as it may be said to others: a hub id as it is, of a folder its name alone."""
    name = settings.model.partition("#")[0]
    return Path(name).name if _is_folder(name) else name


def _is_folder(name: str) -> bool:
    return Path(name).is_dir() or name.count("/") != 1 or name.startswith((".", "/", "~"))


def card(settings: Settings, lessons: Lessons, record: Mapping[str, Any]) -> str:
    """The card's text, with the front matter that the Hugging Face hub reads."""
    prompt = lessons.manifest["prompt"]
    return "\n\n".join(
        [
            _front(settings, lessons),
            f"# {base_name(settings)}, tuned to {_PURPOSE[lessons.kind][0]}",
            f"{_PURPOSE[lessons.kind][1]} Research and education only: not a medical device, not for diagnosis. It is often wrong.",
            f"Use it: `cxr-auditor audit FILM --draft-file DRAFT {lessons.served_as}=FOLDER`, FOLDER being that of the merged model. "
            f"It was tuned on one wording: the prompt `{prompt['name']}`, sha256 `{prompt['sha256']}`.",
            "## Terms\n\n" + _list([f"Base: {base_terms(settings)}", *data_terms(lessons.manifest)]) + f"\n\nIn full: `{NOTICE}`.",
            "## Data\n\n" + _data(lessons),
            "## Training\n\n" + _training(settings, record),
            "## Figures\n\n" + _figures(lessons, record),
            "## Limits\n\n" + "\n".join(_LIMITS[lessons.kind]),
        ]
    ) + "\n"  # fmt: skip


def _front(settings: Settings, lessons: Lessons) -> str:
    name = settings.model.partition("#")[0]
    base = [] if _is_folder(name) else [f"base_model: {name}"]
    return "\n".join(["---", "license: other", *base, "library_name: transformers", f"pipeline_tag: {_TASK[lessons.kind]}", "---"])


def _data(lessons: Lessons) -> str:
    splits = {name: counts for name, counts in lessons.manifest["splits"].items() if counts[lessons.kind]}
    counted = [name for name, count in splits["train"].items() if isinstance(count, int)]
    rows = [[name.replace("_", " "), *(str(counts[name]) for counts in splits.values())] for name in counted]
    return f"The corpus' manifest has the sha256 `{lessons.sha256}`. What is in each split:\n\n{table(['', *splits], rows)}"


def _training(settings: Settings, record: Mapping[str, Any]) -> str:
    losses = [entry["loss"] for entry in record["log"] if "loss" in entry]
    kinds = ", ".join(f"{count} {part}" for part, count in record["kinds"].items())
    packages = ", ".join(f"{name} {number}" for name, number in record["packages"].items())
    run = record["run"] | {"model": base_name(settings)}
    lines = "\n".join(f"    {name} = {json.dumps(value)}" for name, value in run.items())
    return (
        f"An adapter on {len(record['modules'])} modules ({kinds}), {len(losses)} optimiser steps on {record['device']}; loss "
        f"{losses[0]:.3f} at the first and {losses[-1]:.3f} at the last. {record['masking']} The adapter was merged into a base loaded "
        f"anew in bfloat16; every tuned weight was checked to have changed.\n\n{lines}\n\nMade with {packages}."
    )


def _figures(lessons: Lessons, record: Mapping[str, Any]) -> str:
    evaluations = [entry for entry in record["log"] if "figures" in entry]
    if not evaluations:
        return "Not measured: the run had nothing to validate on."
    last = evaluations[-1]
    figures = {group: {name: _estimate(value) for name, value in own.items()} for group, own in last["figures"].items()}
    overall = [[name, str(one.n), told(one)] for name, one in figures[OVERALL].items()]
    found = [[finding.display, *(told(figures[finding].get(name)) for name in _PER_FINDING)] for finding in Finding if finding in figures]
    readings = ", ".join(f"{count} {status}" for status, count in last["readings"].items())
    return (
        f"The model in training at step {last['step']}, on {last['read']} {lessons.kind} of the corpus' validation split (readings: "
        f"{readings}). They chose nothing, but are of the same sources as what it learnt from: elsewhere it may do worse. 95 % "
        f"intervals by drawing patients or documents with replacement.\n\n{table(['', 'n', 'figure'], overall)}"
        + (f"\n{table(['finding', *_PER_FINDING.values()], found)}" if found else "")
    )


def _estimate(value: Mapping[str, Any]) -> Estimate:
    return Estimate(**{name: float("nan") if own is None else own for name, own in value.items()})


def _list(lines: list[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


_TASK = {"films": "image-text-to-text", "drafts": "text-generation"}
_PURPOSE = {
    "films": ("ground findings on chest films", "Reads a frontal chest film and answers with a JSON list of findings and boxes."),
    "drafts": ("read draft impressions", "Reads a draft impression of a chest film and answers with a JSON list of its statements."),
}
_LIMITS = {
    "films": (
        "- It knows five findings. What else is on a film goes unsaid.",
        "- It makes findings up and misses findings; a box is no proof that it looked there.",
        "- How much worse it reads films of other hospitals, devices, views and ages, nobody has measured.",
        "- It may have learnt whatever its labels had wrong.",
    ),
    "drafts": (
        "- It knows five findings. What else a draft says goes unread.",
        "- It was tuned on English drafts, most of them written by a program.",
        "- It may have learnt whatever its labels had wrong.",
    ),
}
