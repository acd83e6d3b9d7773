"""How a local model is put on this machine, from the environment: device, precision, quantization, remote code."""

import os
from dataclasses import asdict, dataclass
from typing import Literal

from ..errors import InputError

DEVICES = ("auto", "cuda", "mps", "cpu")
DTYPES = ("auto", "bfloat16", "float16", "float32")
QUANTIZATIONS = ("none", "4bit", "8bit")

DEVICE_VARIABLE = "CXR_AUDITOR_DEVICE"
DTYPE_VARIABLE = "CXR_AUDITOR_DTYPE"
QUANTIZATION_VARIABLE = "CXR_AUDITOR_QUANTIZATION"
TRUST_VARIABLE = "CXR_AUDITOR_TRUST_REMOTE_CODE"


@dataclass(frozen=True)
class Settings:
    """`device` and `dtype` "auto": the best that the machine has. `quantization`: bitsandbytes NF4 ("4bit") or LLM.int8 ("8bit")."""

    device: Literal["auto", "cuda", "mps", "cpu"] = "auto"
    dtype: Literal["auto", "bfloat16", "float16", "float32"] = "auto"
    quantization: Literal["none", "4bit", "8bit"] = "none"

    def __post_init__(self):
        for name, value, known in (
            (DEVICE_VARIABLE, self.device, DEVICES),
            (DTYPE_VARIABLE, self.dtype, DTYPES),
            (QUANTIZATION_VARIABLE, self.quantization, QUANTIZATIONS),
        ):
            if value not in known:
                raise InputError(f"{name} must be one of {', '.join(known)}, but is {value!r}.", f"Unset {name} or choose one of these.")

    @classmethod
    def from_environment(cls) -> "Settings":
        """InputError names the variable that holds an unknown value."""
        return cls(
            device=os.environ.get(DEVICE_VARIABLE, "auto").lower(),
            dtype=os.environ.get(DTYPE_VARIABLE, "auto").lower(),
            quantization=os.environ.get(QUANTIZATION_VARIABLE, "none").lower(),
        )


@dataclass(frozen=True)
class Source:
    """Which weights, and how to load them: a folder or a hub id, pinned by `revision` (a commit, tag or branch of the hub).

    Where a person names a model, the pin is written behind it: `ID#REVISION`.
    """

    model: str
    revision: str | None = None
    settings: Settings = Settings()

    @classmethod
    def named(cls, text: str, revision: str | None = None) -> "Source":
        """From `ID`, `ID#REVISION` or a folder; `revision` is the pin where the text gives none."""
        model, mark, stated = text.partition("#")
        return cls(model, stated if mark else revision, Settings.from_environment())

    def to_plain(self) -> dict:
        return asdict(self)

    @classmethod
    def from_plain(cls, plain: dict) -> "Source":
        return cls(**{**plain, "settings": Settings(**plain["settings"])})


def trusted(model: str) -> bool:
    """Whether the user allowed this model's own code by name: TRUST_VARIABLE lists hub ids or folders, separated by commas."""
    return model in (name.strip() for name in os.environ.get(TRUST_VARIABLE, "").split(",") if name.strip())
