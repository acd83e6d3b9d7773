"""Whether every module that was to learn did: in the saved adapter, and in the merged weights."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from .errors import TrainingError

WEIGHTS = "adapter_model.safetensors"
_NAMED = 5
"""Modules that an error names; the others are counted."""


def check_adapter(folder: Path, names: Sequence[str]) -> dict[str, float]:
    """The largest entry of B A for each of the modules `names`, of the adapter in `folder`: what training adds to a weight, unscaled.

    LoRA starts with B = 0, so a module that got no gradient adds nothing. Raises TrainingError naming those, and those with a value
    that is no number.
    """
    from safetensors.torch import load_file

    kept = load_file(folder / WEIGHTS)
    sizes = {}
    for name in names:
        a, b = (kept.get(f"base_model.model.{name}.lora_{letter}.weight") for letter in "AB")
        sizes[name] = 0.0 if a is None or b is None else float((b.float() @ a.float()).abs().max())
    _refuse((name for name, size in sizes.items() if size != size or size == float("inf")), "hold values that are no numbers", _SMALLER)
    _refuse((name for name, size in sizes.items() if size == 0), "did not learn", _SKIP)
    return sizes


def fingerprints(model: Any, names: Sequence[str]) -> dict[str, str]:
    """A hash of the weight of each named module; keeping the weights themselves would take the memory of a second model."""
    import torch

    modules = dict(model.named_modules())
    weights = ((name, modules[name].weight.detach().cpu().contiguous().view(torch.uint8)) for name in names)
    return {name: hashlib.blake2b(weight.numpy(), digest_size=16).hexdigest() for name, weight in weights}


def check_merged(before: Mapping[str, str], after: Mapping[str, str]) -> None:
    """Holds the fingerprints of the merged model against those of the base. Raises TrainingError naming the modules that are the same."""
    _refuse(
        (name for name in before if before[name] == after[name]),
        "did not change in the merge: what they learnt is lost in bfloat16",
        "Train longer, or with a higher learning rate.",
    )


_SKIP = "A module that the model never uses can be left alone: name it in `skip`. Else check `towers`, and train for more steps."
_SMALLER = "Lower the learning rate."


def _refuse(names: Iterable[str], what: str, hint: str) -> None:
    found = list(names)
    if found:
        more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
        raise TrainingError(f"{len(found)} of the tuned modules {what}: {', '.join(found[:_NAMED])}{more}.", hint)
