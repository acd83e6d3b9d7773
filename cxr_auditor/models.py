"""The models that the project knows: what each is for, its size, licence and gate, and what it takes to run it on this machine.

Nothing here downloads or loads anything; a model is fetched when the user names it and asks it something.
"""

import math
import os
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Literal

LOCAL_PACKAGES = ("torch", "transformers", "accelerate", "llguidance")
GPU_NODES = ("/dev/nvidiactl", "/dev/nvhost-ctrl", "/dev/kfd", "/dev/dxg")  # NVIDIA, its Jetson boards, AMD, Linux inside Windows
INSTALL = "pip install 'cxr-draft-auditor[models]'"


@dataclass(frozen=True)
class ModelCard:
    """One model. `name` is how a reader or parser is called; an empty `model` is one that only a local folder can give.

    `gigabytes`: of its weights in 16 bits, as published. `gate`: what stands before the download, empty for nothing.
    `remote_code`: it runs only with the Python code that comes with its weights.
    """

    name: str
    model: str
    kind: Literal["reader", "parser"]
    title: str
    gigabytes: float
    licence: str
    gate: str = ""
    revision: str | None = None
    remote_code: bool = False

    @property
    def spec(self) -> str:
        """What to write as --reader or --parser."""
        return self.name if self.model and DEFAULTS.get(self.name) is self else f"{self.name}={self.model or 'FOLDER'}"

    @property
    def command(self) -> str:
        """A command line that runs it."""
        plain = f"cxr-auditor audit FILM --draft-file DRAFT --{self.kind} "
        if self.remote_code:
            return f"CXR_AUDITOR_TRUST_REMOTE_CODE={self.model} {plain}{self.name}={self.model}#COMMIT"
        return plain + self.spec


_HAI_DEF = "Health AI Developer Foundations terms; no clinical use"
_HAI_GATE = "accept the HAI-DEF terms on the model's page, then `hf auth login`"

MEDGEMMA = ModelCard(
    "medgemma", "alex-feeel/medgemma-cxr-auditor-v2", "reader", "MedGemma tuned for auditing, v2: five findings with boxes", 8.6, _HAI_DEF
)
MEDGEMMA_V1 = ModelCard(
    "medgemma", "alex-feeel/medgemma-cxr-auditor", "reader", "MedGemma tuned for auditing, v1 (superseded by v2)", 8.6, _HAI_DEF
)
MEDGEMMA_BASE = ModelCard("medgemma", "google/medgemma-1.5-4b-it", "reader", "MedGemma 1.5, untuned", 8.6, _HAI_DEF, gate=_HAI_GATE)
NV_REASON = ModelCard(
    "nv_reason",
    "nvidia/NV-Reason-CXR-3B",
    "reader",
    "NV-Reason-CXR: findings with a written chain of reasoning, no boxes",
    7.5,
    "NVIDIA OneWay Non-Commercial License; research only",
)
RADVLM = ModelCard(
    "radvlm",
    "",
    "reader",
    "RadVLM: abnormalities with boxes, phrase grounding, conversation",
    16.1,
    "CC BY-NC 4.0; PhysioNet Credentialed Health Data License for the files",
    gate="credentialed download from PhysioNet (radvlm-model 1.0.0) into a folder",
)
CXR_LLAVA = ModelCard(
    "cxr_llava",
    "ECOFRI/CXR-LLAVA-v2",
    "reader",
    "CXR-LLaVA v2: writes a report, which the rules then read",
    14.2,
    "CC BY-NC 4.0 and the Llama 2 Community License",
    gate="its own code must be allowed by name and needs transformers 4.36 (serve it from an environment of its own)",
    remote_code=True,
)
NEMOTRON = ModelCard(
    "nemotron",
    "nvidia/NVIDIA-Nemotron-3-Nano-4B-BF16",
    "parser",
    "Nemotron 3 Nano: reads drafts, falls back to the rules",
    8.0,
    "NVIDIA Open Model License",
)

CATALOGUE = (MEDGEMMA, MEDGEMMA_V1, MEDGEMMA_BASE, NV_REASON, RADVLM, CXR_LLAVA, NEMOTRON)
DEFAULTS = {card.name: card for card in reversed(CATALOGUE)}
"""The model of a plain name: the first of its kind in the catalogue."""


@dataclass(frozen=True)
class Availability:
    """Whether a model can run here. `missing` says what keeps it from running, `remarks` what is worth knowing before."""

    card: ModelCard
    missing: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def runs(self) -> bool:
        return not self.missing


def availability(card: ModelCard) -> Availability:
    """Looks at packages, weights and memory of this machine. Asks no network and loads nothing."""
    missing, remarks = [], []
    absent = [package for package in LOCAL_PACKAGES if find_spec(package) is None]
    if absent:
        missing.append(f"packages missing ({', '.join(absent)}): {INSTALL}")
    if card.remote_code:
        _judge_remote_code(card, missing)
    if not card.model:
        missing.append(f"no weights can be fetched by name: {card.gate}; then {card.spec}")
    elif not on_disk(card.model):
        remarks.append(f"weights not on this machine: the first use downloads about {card.gigabytes:g} GB")
        if card.gate and not card.remote_code:
            (remarks if logged_in() else missing).append(f"gated: {card.gate}")
    if not absent:
        _judge_memory(card, missing, remarks)
    remarks.append(f"or on a server: {card.name}@http://HOST:8000/v1")
    return Availability(card, tuple(missing), tuple(remarks))


def _judge_remote_code(card: ModelCard, missing: list[str]) -> None:
    from .chat.settings import TRUST_VARIABLE, trusted

    if not trusted(card.model):
        missing.append(f"runs code that comes with its weights; allow it by name: {TRUST_VARIABLE}={card.model}")


def _judge_memory(card: ModelCard, missing: list[str], remarks: list[str]) -> None:
    free = gpu_memory()
    if free is None:
        remarks.append("no GPU here: a reply takes minutes on the CPU")
        free, needed, what = main_memory(), 2 * card.gigabytes, "GB of main memory"  # 32 bits on a CPU
    else:
        needed, what = card.gigabytes, "GB of GPU memory are free"
    if free < card.gigabytes / 4:
        missing.append(f"{free:.1f} {what}, even 4-bit weights need about {card.gigabytes / 4:.1f} GB")
    elif free < needed:
        remarks.append(f"{free:.1f} {what}, the weights need about {needed:g} GB: set CXR_AUDITOR_QUANTIZATION=4bit")


def main_memory() -> float:
    """The machine's memory in GB; infinite where it does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    except (AttributeError, OSError, ValueError):  # not every platform has these names
        return math.inf


def logged_in() -> bool:
    """Whether this machine has a token of the Hugging Face hub; whether the terms are accepted, only the hub knows."""
    if find_spec("huggingface_hub") is None:
        return False
    from huggingface_hub import get_token

    return get_token() is not None


def gpu_memory() -> float | None:
    """Free memory of the GPU in GB; None without one. Loads torch, which takes seconds, only where there may be one."""
    if not may_have_gpu():
        return None
    import torch

    if torch.cuda.is_available():
        return torch.cuda.mem_get_info()[0] / 1e9
    return None


def may_have_gpu() -> bool:
    """Whether a driver for a GPU is to be seen, or none can be looked for here. Costs nothing."""
    if "torch" in sys.modules or not sys.platform.startswith("linux") or find_spec("spaces") is not None:  # ZeroGPU lends one for a call
        return True
    return any(os.path.exists(node) for node in GPU_NODES)


def on_disk(model: str) -> bool:
    """Whether a folder or the hub's cache holds the whole model. Asks no network."""
    from pathlib import Path

    if Path(model).is_dir():
        return True
    if find_spec("huggingface_hub") is None:
        return False
    from .chat.hub import cached

    return cached(model) is not None


def overview() -> list[Availability]:
    return [availability(card) for card in CATALOGUE]


def as_text(rows: list[Availability]) -> str:
    """The overview for a terminal."""
    lines = []
    for row in rows:
        card = row.card
        lines.append(f"{card.spec}  [{'can run here' if row.runs else 'can not run here'}]")
        lines.append(f"    {card.title}; {card.kind}, about {card.gigabytes:g} GB; {card.licence}")
        lines += [f"    missing: {text}" for text in row.missing]
        lines += [f"    note: {text}" for text in row.remarks]
        lines.append(f"    {card.command}")
    return "\n".join(lines) + "\n"
