"""The adapter folded into a clean base: loaded anew in bfloat16, never the 4-bit weights that were trained on."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ...chat import hub, weights
from ...readers.medgemma import STATED
from .errors import TrainingError
from .model import base_source
from .moved import WEIGHTS, check_merged, fingerprints
from .places import replacing
from .settings import Settings

_WRITTEN_ANEW = frozenset({"config.json", "generation_config.json", "model.safetensors", "model.safetensors.index.json", STATED})
"""Files that belong to the weights, or say how to ask them; the others (tokenizer, processor, chat template) are taken over from the base
as they are served."""


def merge(settings: Settings, adapter: Path, names: Sequence[str], revision: str, out: Path, stated: Mapping[str, Any]) -> None:
    """Writes the merged model into the folder `out`, which appears whole or not at all; an older one of the same run is replaced.

    `revision`: of the base that was trained on. `stated`: as `places.statement` gives it. Raises TrainingError where the base has changed
    since, where a value of the merged weights is no number, where a tuned weight came out as it was, and where the disk takes no more.
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
    with replacing(out, stated) as made:
        merged.save_pretrained(made)
        _take_over(hub.fetch(source.model, source.revision), made)


def save_adapter(checkpoint: Path, base: str, folder: Path, stated: Mapping[str, Any]) -> None:
    """The adapter of a checkpoint, alone. `base`: what it calls its base, in place of a path of this machine."""
    import peft

    config = peft.PeftConfig.from_pretrained(str(checkpoint))
    config.base_model_name_or_path = base
    with replacing(folder, stated) as made:
        config.save_pretrained(made)
        shutil.copyfile(checkpoint / WEIGHTS, made / WEIGHTS)


def _take_over(base: Path, made: Path) -> None:
    for pattern in hub.FILES:
        for path in base.glob(pattern):
            if path.name not in _WRITTEN_ANEW and not path.name.startswith("model-"):
                shutil.copyfile(path, made / path.name)
