"""The adapter folded into a clean base: loaded anew in bfloat16, never the 4-bit weights that were trained on."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...chat import hub, weights
from .errors import TrainingError
from .model import base_source
from .moved import check_merged, fingerprints
from .settings import Settings

_WRITTEN_ANEW = frozenset({"config.json", "generation_config.json", "model.safetensors", "model.safetensors.index.json"})
"""Files that belong to the weights; the others (tokenizer, processor, chat template) are taken over from the base as they are served."""


def merge(settings: Settings, adapter: Path, names: Sequence[str], revision: str, out: Path) -> None:
    """Writes the merged model into the folder `out`, which appears whole or not at all; an older one is replaced.

    `revision`: of the base that was trained on. Raises TrainingError where the base has changed since, where a value of the merged
    weights is no number, and where a tuned weight came out as it was.
    """
    import peft

    source = base_source(settings, merging=True)
    loaded = weights.load(source)
    if loaded.revision != revision:
        raise TrainingError(
            f"The base model has changed since the training began ({revision} then, {loaded.revision} now).", "Pin it: ID#COMMIT."
        )
    before = fingerprints(loaded.model, names)
    tuned = peft.PeftModel.from_pretrained(loaded.model, adapter)
    try:
        merged = tuned.merge_and_unload(safe_merge=True)
    except ValueError as error:  # safe_merge looks for values that are no numbers
        raise TrainingError("The merged weights hold values that are no numbers.", "Lower the learning rate.") from error
    check_merged(before, fingerprints(merged, names))
    made = out.with_name(f".{out.name}.new")
    shutil.rmtree(made, ignore_errors=True)  # of a merge that was stopped
    merged.save_pretrained(made)
    _take_over(hub.fetch(source.model, source.revision), made)
    shutil.rmtree(out, ignore_errors=True)
    made.rename(out)


def save_adapter(model: Any, base: str, folder: Path) -> None:
    """The adapter alone. `base`: what it calls its base, in place of a path of this machine."""
    model.peft_config["default"].base_model_name_or_path = base
    model.save_pretrained(folder, save_embedding_layers=False)  # looks nothing up on the hub


def _take_over(base: Path, made: Path) -> None:
    for pattern in hub.FILES:
        for path in base.glob(pattern):
            if path.name not in _WRITTEN_ANEW and not path.name.startswith("model-"):
                shutil.copyfile(path, made / path.name)
