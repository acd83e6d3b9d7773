"""Local weights: loaded once, shared by everybody who asks, released on request."""

import gc
import threading
from dataclasses import dataclass, field
from typing import Any

from . import hub
from .errors import ModelMissing, OutOfMemory
from .processors import load_processor
from .settings import DEVICE_VARIABLE, QUANTIZATION_VARIABLE, Settings, Source

INSTALL = "Install what local models need: pip install 'cxr-draft-auditor[models]'."
MEMORY_HINT = (
    f"Set {QUANTIZATION_VARIABLE}=4bit, choose a smaller model, release the other models, or name a server: NAME@http://host:8000/v1."
)


@dataclass
class Loaded:
    """A model on its device. `lock` is held while it generates: one reply at a time."""

    model: Any
    processor: Any
    device: str
    dtype: str
    revision: str
    lock: threading.Lock = field(default_factory=threading.Lock)
    grammar_tokenizer: Any = None

    @property
    def tokenizer(self):
        return getattr(self.processor, "tokenizer", self.processor)

    @property
    def takes_images(self) -> bool:
        return hasattr(self.processor, "image_processor")

    @property
    def end_tokens(self) -> list[int]:
        """Every token that ends a reply: the generation config's and the tokenizer's."""
        ends = self.model.generation_config.eos_token_id
        ends = ends if isinstance(ends, list) else [ends]
        return sorted({token for token in (*ends, self.tokenizer.eos_token_id) if token is not None})

    @property
    def context(self) -> int | None:
        """Tokens of prompt and reply together that the model can take; None where it does not say."""
        return getattr(self.model.config.get_text_config(), "max_position_embeddings", None)


_shelf: dict[Source, Loaded] = {}
_locks: dict[Source, threading.Lock] = {}
_guard = threading.Lock()


def get(source: Source) -> Loaded:
    """The model of `source`, loaded if it is not there yet. Two threads that ask at once load it once. Raises ModelMissing, OutOfMemory."""
    with _guard:
        lock = _locks.setdefault(source, threading.Lock())
    with lock:
        if source not in _shelf:
            _shelf[source] = load(source)
        return _shelf[source]


def put(source: Source, loaded: Loaded) -> None:
    """Places a model that is already there (one in training) where whoever asks for `source` finds it."""
    _shelf[source] = loaded


def release(source: Source) -> bool:
    """Takes the model off the shelf and gives its memory back; whether there was one."""
    with _guard:
        loaded = _shelf.pop(source, None)
    if loaded is None:
        return False
    with loaded.lock:  # whoever still generates finishes first
        loaded.model = None
    del loaded
    gc.collect()
    import torch

    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    return True


def peek(source: Source) -> Loaded | None:
    """The model of `source` if it is loaded."""
    return _shelf.get(source)


def load(source: Source) -> Loaded:
    """Loads model and processor. Raises ModelMissing and OutOfMemory, each with what to do."""
    try:
        import torch
        import transformers
    except ImportError as error:
        raise ModelMissing(f"A local model needs the package {error.name!r}.", INSTALL) from error
    from safetensors import SafetensorError

    device, dtype = placement(source.settings)
    folder = hub.fetch(source.model, source.revision)
    try:
        config = transformers.AutoConfig.from_pretrained(folder, trust_remote_code=False)
        processor = load_processor(folder, config.model_type, trust_remote_code=False)
        options = {"config": config, "dtype": getattr(torch, dtype), "attn_implementation": "sdpa", "use_safetensors": True}
        quantized = _quantization(source.settings, torch, transformers, dtype)
        if quantized is not None:
            options |= {"quantization_config": quantized, "device_map": {"": device}}
        model = _auto_class(transformers, config).from_pretrained(folder, trust_remote_code=False, **options).eval()
        if quantized is None:
            model = model.to(device)
    except ImportError as error:
        raise ModelMissing(f"The model needs a package that is missing: {error.name or error.msg}.", INSTALL) from error
    except (MemoryError, torch.OutOfMemoryError) as error:
        raise out_of_memory(device, "The model") from error
    except (OSError, ValueError, SafetensorError) as error:
        raise _unloadable(error) from error
    except RuntimeError as error:
        if "out of memory" in str(error).lower():  # what mps and the driver's allocator raise
            raise out_of_memory(device, "The model") from error
        raise
    return Loaded(model, processor, device, dtype, hub.revision_of(source.model, folder))


def placement(settings: Settings) -> tuple[str, str]:
    """Device and dtype by name. ModelMissing where the device asked for is not there."""
    import torch

    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    device = next(name for name in there if there[name]) if settings.device == "auto" else settings.device
    if not there[device]:
        raise ModelMissing(f"This machine has no device {device!r}.", f"Unset {DEVICE_VARIABLE} or set it to cpu.")
    if settings.dtype != "auto":
        return device, settings.dtype
    if device == "cuda":
        return device, "bfloat16" if torch.cuda.is_bf16_supported() else "float16"
    return device, "float16" if device == "mps" else "float32"


def out_of_memory(device: str, what: str) -> OutOfMemory:
    return OutOfMemory(f"{what} does not fit into the memory of the device {device!r}.", MEMORY_HINT)


def _auto_class(transformers, config):
    mapping = transformers.MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING
    return transformers.AutoModelForImageTextToText if type(config) in mapping else transformers.AutoModelForCausalLM


def _quantization(settings: Settings, torch, transformers, dtype: str):
    if settings.quantization == "none":
        return None
    if settings.quantization == "8bit":
        return transformers.BitsAndBytesConfig(load_in_8bit=True)
    return transformers.BitsAndBytesConfig(
        load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True, bnb_4bit_compute_dtype=getattr(torch, dtype)
    )


def _unloadable(error: Exception) -> ModelMissing:
    if "trust_remote_code" in str(error):
        return ModelMissing(
            "The model comes with code of its own, which is not run.", "Choose a model of an architecture that transformers knows."
        )
    return ModelMissing(
        "The model's files can't be loaded.",
        "They must be config.json, the tokenizer's and processor's files and weights as safetensors, all of one model.",
    )
