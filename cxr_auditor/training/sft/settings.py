"""Everything that a tuning run depends on beside its corpus: one TOML file, every field with a default and a line of what it does."""

import difflib
import json
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AllowInfNan, BaseModel, ConfigDict, Field, Strict, ValidationError, model_validator

from ...errors import InputError

FREE = frozenset({"corpus", "out", "data", "base_terms", "recompute", "workers", "keep", "evaluate_on", "resamples"})
"""Fields that change nothing about what is learnt from a corpus: a run may go on under other ones."""

Whole = Annotated[int, Strict()]
Number = Annotated[float, Strict(), AllowInfNan(False)]
Switch = Annotated[bool, Strict()]

PARTS = {
    "corpus": "Where things lie, as seen from the folder in which the command is given",
    "model": "The base model",
    "rank": "The adapter",
    "epochs": "The steps",
    "save_every": "Checkpoints and evaluation on the corpus' validation split",
}
"""The first field of each part of the file, and the part's title."""


class Settings(BaseModel):
    """A run's settings. Raises pydantic's ValidationError; `read_settings` turns it into an InputError that names file and field."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())

    corpus: Path = Field(Path("corpus"), description="folder that `cxr-auditor train corpus` (or `train drafts`) wrote")
    out: Path = Field(Path("tuned"), description="folder for checkpoints, adapter and merged model; the same command goes on from it")

    model: str = Field("google/medgemma-1.5-4b-it", min_length=1, description="folder, hub id, or ID#COMMIT")
    base_terms: str = Field("", description="terms the base comes under, where the program does not know it: hai-def, or a sentence")
    device: Literal["auto", "cuda", "cpu"] = Field("auto", description="auto: the GPU where there is one")
    precision: Literal["auto", "bfloat16", "float32"] = Field("auto", description="of all that is not in 4 bits; auto: bfloat16 on a GPU")
    quantization: Literal["4bit", "none"] = Field("4bit", description="4bit: NF4, double quantisation (QLoRA); none: plain LoRA")

    rank: Whole = Field(16, ge=1, description="rank of the LoRA matrices")
    alpha: Whole = Field(16, ge=1, description="their scale is alpha / rank")
    dropout: Number = Field(0.0, ge=0, lt=1, description="of the LoRA input")
    towers: tuple[Literal["language", "vision", "projector"], ...] = Field(
        ("language", "vision"), min_length=1, description="parts of the model that are tuned: language, vision, projector"
    )
    modules: tuple[Literal["attention", "mlp"], ...] = Field(("attention", "mlp"), min_length=1, description="projections that are tuned")
    skip: tuple[str, ...] = Field((), description="modules to leave alone, by name with * and ?, such as a layer that the model never uses")

    epochs: Number = Field(2.0, gt=0, description="times that each film or draft is shown")
    steps: Whole = Field(0, ge=0, description="optimiser steps; 0: as many as the epochs take")
    batch: Whole = Field(1, ge=1, description="films or drafts on the device at once")
    accumulate: Whole = Field(8, ge=1, description="batches to an optimiser step")
    learning_rate: Number = Field(2e-4, gt=0, description="its highest value")
    schedule: Literal["cosine", "linear", "constant"] = Field("cosine", description="how the learning rate falls after the warm-up")
    warmup: Number = Field(0.03, ge=0, lt=1, description="share of the steps in which the learning rate rises")
    weight_decay: Number = Field(0.01, ge=0, description="of the LoRA matrices")
    clip: Number = Field(1.0, gt=0, description="largest norm of the gradient")
    recompute: Switch = Field(True, description="gradient checkpointing: less memory, more time")
    workers: Whole = Field(2, ge=0, description="processes that prepare the batches beside the training")
    seed: Whole = Field(20261122, ge=0, lt=2**32, description="of the order of the films or drafts, the adapter's start and the intervals")

    save_every: Whole = Field(100, ge=1, description="steps between checkpoints; one more at the end")
    keep: Whole = Field(2, ge=2, description="checkpoints kept; 2 at least, so that one is whole while the next is written")
    evaluate_every: Whole = Field(200, ge=0, description="steps between evaluations; 0: at the end only")
    evaluate_on: Whole = Field(100, ge=0, description="films or drafts of the split that the model reads each time; 0: the loss alone")
    resamples: Whole = Field(200, ge=1, description="draws of the patients for the intervals")

    data: dict[str, Path] = Field({}, description="where the corpus' data sets lie now, by name, when not where its manifest says")

    @model_validator(mode="after")
    def _each_once(self):
        for name in ("towers", "modules"):
            values = getattr(self, name)
            if len(set(values)) < len(values):
                raise ValueError(f"{name} must name each part once")
        return self

    def shaping(self) -> dict[str, Any]:
        """The fields that shape what is learnt, as JSON values."""
        return self.model_dump(mode="json", exclude=set(FREE))


def read_settings(path: Path) -> Settings:
    """The settings of a TOML file. InputError names the file and the field that is unknown or out of range."""
    try:
        values = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"The settings {path.name!r} can't be read ({_reason(error)}).", f"Make them: {DEFAULTS_COMMAND}.") from error
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path.name}: is no TOML ({error}).", f"See what it should look like: {DEFAULTS_COMMAND}.") from error
    for name in values:
        if name not in Settings.model_fields:
            near = difflib.get_close_matches(name, Settings.model_fields, n=1)
            hint = f"Did you mean {near[0]!r}?" if near else "Known: " + ", ".join(Settings.model_fields) + "."
            raise InputError(f"{path.name}: there is no setting {name!r}.", hint)
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        raise _out_of_range(path, error) from error


DEFAULTS_COMMAND = "cxr-auditor train sft --defaults > sft.toml"


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or "it is not UTF-8"


def _out_of_range(path: Path, error: ValidationError) -> InputError:
    problem = error.errors(include_url=False)[0]
    name = str(problem["loc"][0]) if problem["loc"] else "the file"
    about = Settings.model_fields.get(name)
    said = problem["msg"].removeprefix("Value error, ")
    hint = f"{name}: {about.description}. Default: {_toml(about.get_default())}." if about else f"See {DEFAULTS_COMMAND}."
    return InputError(f"{path.name}: {name} can't be {problem['input']!r} ({said})." if about else f"{path.name}: {said}.", hint)


def defaults_file() -> str:
    """A settings file that holds every default, each with what it does; what `--defaults` prints."""
    lines = ["# Settings of `cxr-auditor train sft`, with their defaults. A line that is left out keeps its default."]
    for name, field in Settings.model_fields.items():
        if name in PARTS:
            lines += ["", f"# {PARTS[name]}"]
        if name == "data":  # a table, so it must come last
            lines += ["", f"# {field.description}", "[data]", '# nih = "data/nih"']
        else:
            lines.append(f"{f'{name} = {_toml(field.get_default())}':<40} # {field.description}")
    return "\n".join(lines) + "\n"


def fields_help() -> str:
    """Every field with its default and its use, for `--help`; \\b keeps the lines as they are."""
    width = max(map(len, Settings.model_fields))
    lines = [f"{name:<{width}}  {field.description} [{_toml(field.get_default())}]" for name, field in Settings.model_fields.items()]
    return "\b\nSettings [default]:\n" + "\n".join(f"  {line}" for line in lines)


def _toml(value: Any) -> str:
    if isinstance(value, (tuple, list)):
        return f"[{', '.join(_toml(one) for one in value)}]"
    return json.dumps(str(value) if isinstance(value, Path) else value)
