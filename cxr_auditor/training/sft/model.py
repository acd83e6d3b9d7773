"""The base model as it is served, in 4 bits or whole, and the adapter on its projections."""

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any

from ...chat import hub, weights
from ...chat import settings as chat_settings
from ...errors import InputError
from .errors import TrainingError
from .settings import Settings

INSTALL = "Install what tuning needs: pip install 'cxr-draft-auditor[models,training]'."
PACKAGES = ("torch", "transformers", "peft", "trl", "datasets")

# What transformers' vision-language models call their parts.
_VISION = re.compile(r"(^|\.)(vision_tower|vision_model|visual|image_encoder)\.")
_PROJECTOR = re.compile(r"(^|\.)(multi_modal_projector|merger|connector|aligner|mm_projector)\.")
_ATTENTION = re.compile(r"(^|\.)(self_attn|attn|attention|self_attention)\.|\.mixer\.[qkvo]_proj$")
_MLP = re.compile(r"(^|\.)(mlp|feed_forward|ffn)\.|\.mixer\.(shared_experts\.)?(up|gate|down)_proj$")


def check_packages(settings: Settings) -> None:
    """TrainingError names the package that is missing."""
    from importlib.util import find_spec

    wanted = [*PACKAGES, *(["bitsandbytes"] if settings.quantization == "4bit" else [])]
    missing = [name for name in wanted if find_spec(name) is None]
    if missing:
        raise TrainingError(f"Tuning needs the package {missing[0]!r}, which is not installed.", INSTALL)


def device_of(settings: Settings) -> str:
    """cuda or cpu. TrainingError where the GPU asked for is not there, or where there are several."""
    import torch

    count = torch.cuda.device_count() if settings.device != "cpu" else 0
    if settings.device == "cuda" and not count:
        raise TrainingError(
            "There is no GPU here that torch can use.", "Set device = 'cpu' for a small model, or rent one: see jobs/README.md."
        )
    if count > 1:
        raise TrainingError(f"{count} GPUs are visible, and one is used.", "Set CUDA_VISIBLE_DEVICES=0.")
    return "cuda" if count else "cpu"


def device_words(device: str) -> str:
    """A device (cuda or cpu) as a person knows it: the GPU's name, or the CPU."""
    import torch

    return f"the GPU {torch.cuda.get_device_name()}" if device == "cuda" else "the CPU"


def base_source(settings: Settings, *, merging: bool = False) -> chat_settings.Source:
    """Which weights are loaded, and how: to be tuned, or (merging) whole, in bfloat16 and in main memory."""
    model, _, revision = settings.model.partition("#")
    if merging:
        placed = chat_settings.Settings(device="cpu", dtype="bfloat16")
    else:
        device = device_of(settings)
        precision = settings.precision if settings.precision != "auto" else ("bfloat16" if device == "cuda" else "float32")
        placed = chat_settings.Settings(device=device, dtype=precision, quantization=settings.quantization)
    return chat_settings.Source(model, revision or None, placed)


def base_revision(settings: Settings) -> str:
    """The base's commit or fingerprint. Fetches the weights where they are not on this machine, and loads none. Raises ChatError."""
    source = base_source(settings)
    return hub.revision_of(source.model, hub.fetch(source.model, source.revision))


def load_base(settings: Settings, *, pictures: bool) -> weights.Loaded:
    """The model to be tuned and its served processor. `pictures`: whether it has to take them. Raises ChatError, TrainingError."""
    source = base_source(settings)
    if settings.quantization == "4bit" and source.settings.device == "cpu":
        _check_four_bits_on_cpu()
    loaded = weights.load(source)
    if pictures and not loaded.takes_images:
        raise InputError(f"The model {settings.model!r} takes no image.", "Choose a vision-language model.")
    for module in loaded.model.modules():  # some processors: bitsandbytes would repack and round the weights at the first evaluation,
        if hasattr(module, "support_avx512bf16_for_cpu"):  # so that training went on with another base than before
            module.support_avx512bf16_for_cpu = False
    return loaded


def _check_four_bits_on_cpu() -> None:
    """Packs a few numbers: what bitsandbytes can do without a GPU depends on its version and on the processor."""
    import torch
    from bitsandbytes.functional import dequantize_4bit, quantize_4bit

    try:
        dequantize_4bit(*quantize_4bit(torch.ones(64, 64), quant_type="nf4"))
    except (RuntimeError, NotImplementedError, ValueError, AttributeError) as error:
        raise TrainingError(
            "There is no GPU here, and this bitsandbytes can't work in 4 bits without one.",
            "Use a GPU, install bitsandbytes 0.48 or later, or set quantization = 'none'.",
        ) from error


def targets(model: Any, settings: Settings) -> list[str]:
    """Full names of the linear modules that get an adapter. InputError where a chosen tower or kind has none in this model."""
    import torch

    chosen: dict[str, str] = {}
    seen: set[str] = set()
    for name, module in model.named_modules():
        part = part_of(name) if isinstance(module, torch.nn.Linear) else None
        if part is None or any(fnmatchcase(name, pattern) for pattern in settings.skip):
            continue
        seen.add(part)
        tower, kind = part.split()
        if tower in settings.towers and (kind in settings.modules or tower == "projector"):
            chosen[name] = part
    wanted = [f"{tower} {kind}" for tower in settings.towers for kind in (settings.modules if tower != "projector" else ("linear",))]
    for part in wanted:
        if part not in chosen.values():
            problem = f"The model has no module of the kind {part!r} to tune."
            raise InputError(problem, f"It has {', '.join(sorted(seen)) or 'none that is known'}; choose towers and modules of these.")
    return list(chosen)


def part_of(name: str) -> str | None:
    """The tower and kind of a linear module by its name; None for what is never tuned (heads, embeddings of patches).

    >>> part_of("model.vision_tower.encoder.layers.0.self_attn.q_proj"), part_of("model.visual.merger.mlp.0"), part_of("lm_head")
    ('vision attention', 'projector linear', None)
    """
    if _PROJECTOR.search(name):
        return "projector linear"
    kind = "attention" if _ATTENTION.search(name) else "mlp" if _MLP.search(name) else None
    if kind is None:
        return None
    return f"{'vision' if _VISION.search(name) else 'language'} {kind}"


def with_adapter(model: Any, names: Sequence[str], settings: Settings) -> Any:
    """The model with a fresh LoRA adapter on the named modules; nothing else of it learns."""
    import peft
    import torch

    torch.manual_seed(settings.seed)
    return peft.get_peft_model(
        model,
        peft.LoraConfig(
            r=settings.rank,
            lora_alpha=settings.alpha,
            lora_dropout=settings.dropout,
            bias="none",
            task_type="CAUSAL_LM",
            target_modules=list(names),
        ),
    )
