"""`lite`: the embedded CPU reader, a small network trained from random weights on NIH ChestX-ray14 (see its MODEL_CARD.md).

Weights and settings lie in `assets/lite`; `python -m cxr_auditor.training.lite` makes them.
"""

import hashlib
import json
import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from ..assets import assets_folder
from ..errors import InputError, ReaderError
from ..findings import Finding
from ..schema import ImageReading
from .lite_regions import BoxRule, FindingRule, statements

if TYPE_CHECKING:
    from ..images import Radiograph

WEIGHTS, SETTINGS = "lite.onnx", "lite.json"
FORMAT = 1
_MEND = "Restore the folder assets/lite from the project, or make it again: python -m cxr_auditor.training.lite."


@dataclass(frozen=True)
class Settings:
    """`lite.json`: what the weights belong to. `outputs` name the network's logits in order, `side` is its input in pixels.

    `rules` holds a rule for every output (calibration), `scope` the findings that the reader may speak of.
    """

    sha256: str
    side: int
    outputs: tuple[str, ...]
    scope: tuple[Finding, ...]
    rules: dict[str, FindingRule]


class Network:
    """The weights behind onnxruntime: one thread, fixed order of work, same film same answer."""

    def __init__(self, weights: bytes):
        """ReaderError where onnxruntime is missing or can't read the weights."""
        os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # before the import: it keeps a device id on disk and reports to its maker
        try:
            import onnxruntime as ort
        except ImportError as error:
            raise ReaderError("The lite reader needs the package onnxruntime.", "pip install onnxruntime") from error
        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
        options.use_deterministic_compute = True
        options.log_severity_level = 3
        try:
            self._session = ort.InferenceSession(weights, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime's errors share no narrower root
            raise ReaderError("The lite reader's weights can't be loaded by onnxruntime.", _MEND) from error
        self._input = self._session.get_inputs()[0].name

    def __call__(self, pixels: np.ndarray, side: int) -> tuple[np.ndarray, np.ndarray]:
        """uint8 (H, W) -> logits (outputs,), maps (outputs, h, w)."""
        film = to_square(pixels, side).astype(np.float32)[None, None]
        logits, maps = self._session.run(None, {self._input: film})
        return logits[0], maps[0]


def to_square(pixels: np.ndarray, side: int) -> np.ndarray:
    """The whole film at side x side: averaged where it shrinks, linear where it grows.

    The shape is not kept: the films it learned from had been brought to squares in the same way.
    """
    height, width = pixels.shape
    if height > side or width > side:
        pixels = cv2.resize(pixels, (min(width, side), min(height, side)), interpolation=cv2.INTER_AREA)
    if pixels.shape != (side, side):
        pixels = cv2.resize(pixels, (side, side), interpolation=cv2.INTER_LINEAR)
    return pixels


class LiteReader:
    """Says present, uncertain or absent of every finding in its scope, with boxes from the network's class maps."""

    name = "lite"
    silence_means_absent = False

    def __init__(self, folder: Path | None = None):
        """`folder` holds lite.onnx and lite.json; the project's own when left out. ReaderError where they are missing or damaged."""
        try:
            folder = folder or assets_folder("lite")
        except InputError as error:
            raise ReaderError("The lite reader's weights are missing.", _MEND) from error
        self._settings, self._network = load_folder(Path(folder))
        self.revision = self._settings.sha256[:12]
        self.scope = self._settings.scope

    def read(self, film: "Radiograph") -> ImageReading:
        """The reading of one upright film; `scores` holds the calibrated probability of all five findings and of no finding."""
        settings = self._settings
        logits, maps = self._network(film.pixels, settings.side)
        by_name = {name: (float(logits[i]), maps[i]) for i, name in enumerate(settings.outputs)}
        said = [
            statement
            for finding in settings.scope
            for statement in statements(finding, *by_name[finding.value], settings.rules[finding.value])
        ]
        return ImageReading(
            reader=self.name,
            revision=self.revision,
            scope=self.scope,
            silence_means_absent=self.silence_means_absent,
            findings=said,
            scores={name: settings.rules[name].probability(logit) for name, (logit, _) in by_name.items()},
        )


@lru_cache(maxsize=4)
def load_folder(folder: Path) -> tuple[Settings, Network]:
    """Settings and network of a folder with lite.json and lite.onnx, kept for the next reader. ReaderError as LiteReader."""
    settings = _read_settings(folder / SETTINGS)
    weights = _bytes(folder / WEIGHTS)
    if hashlib.sha256(weights).hexdigest() != settings.sha256:
        raise ReaderError(f"The lite reader's weights ({WEIGHTS}) are not those that {SETTINGS} was measured with.", _MEND)
    return settings, Network(weights)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ReaderError(f"The lite reader's file {path.name} is missing or can't be read.", _MEND) from error


def _read_settings(path: Path) -> Settings:
    data = _bytes(path)
    try:
        return settings_from(json.loads(data))
    except (ValueError, KeyError, TypeError) as error:
        raise ReaderError(f"The lite reader's settings ({path.name}) are damaged: {error}.", _MEND) from error


def settings_from(data: dict[str, Any]) -> Settings:
    """Settings from the parsed `lite.json`. Raises ValueError, KeyError or TypeError where it is not one."""
    if data["format"] != FORMAT:
        raise ValueError(f"format must be {FORMAT}, but got {data['format']!r}")
    return Settings(
        sha256=data["sha256"],
        side=data["side"],
        outputs=tuple(data["outputs"]),
        scope=tuple(Finding(name) for name in data["scope"]),
        rules={name: _rule(data["rules"][name]) for name in data["outputs"]},
    )


def _rule(data: dict[str, Any]) -> FindingRule:
    box = data["box"]
    if box is not None:
        grids = {name: np.array(box[name], np.float32) for name in ("mean", "spread", "place")}
        if any(grid.ndim != 2 for grid in grids.values()):
            raise ValueError("mean, spread and place of a box rule must be grids")
        box = BoxRule(**{**box, **grids})
    return FindingRule(**{**data, "box": box})
