"""Checkpoints of one run: whole or not there, and never taken for those of another run."""

import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ...errors import InputError
from .errors import TrainingError

RUN = "run.json"
"""In the run's folder and in every whole checkpoint: what the run depends on. In a checkpoint it is written last."""

START = "start.json"
"""In the run's folder: what was found out when the training last began, for the card."""

_STATE = "trainer_state.json"
_NAME = re.compile(r"checkpoint-(\d+)")


def start_or_resume(folder: Path, run: dict[str, Any]) -> Path | None:
    """The last whole checkpoint of the run in `folder`, None where there is none yet. Checkpoints cut off by a kill are removed.

    `folder` lies in the run's `out`. `run`: what the run depends on, as JSON values; where there is no whole checkpoint yet, nothing
    was learnt that could be mixed up, and another run may begin there. Raises InputError naming what differs where the folder is
    another run's.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()) and not (folder / RUN).is_file():
            raise InputError(f"The folder {folder.name!r} in {_out(folder)} is not empty, and no run is in it.", "Choose another `out`.")
        for path in _steps(folder):
            if not (path / RUN).is_file():
                shutil.rmtree(path)
        last = last_whole(folder)
        if last:
            _same(last, run)
        write_json(folder / RUN, run)
    except OSError as error:
        raise InputError(f"The folder {_out(folder)} can't be written to ({error.strerror}).", "Choose another `out`.") from error
    return last


def last_whole(folder: Path) -> Path | None:
    """The last checkpoint in `folder` of which everything is on disk."""
    return max((path for path in _steps(folder) if (path / RUN).is_file()), key=_step, default=None)


def state_of(checkpoint: Path) -> dict[str, Any]:
    """What transformers' trainer keeps of a run: `global_step` (steps done), `log_history` (a record for each step and evaluation).

    Raises InputError where it is not readable.
    """
    return _read(checkpoint / _STATE, checkpoint.parent)


def start_of(folder: Path) -> dict[str, Any]:
    """What was written to START. Raises InputError where it is not readable."""
    return _read(folder / START, folder)


def mark_whole(checkpoint: Path, run: dict[str, Any]) -> None:
    """Says that everything of a checkpoint is on disk."""
    write_json(checkpoint / RUN, run)


_TORCHS_WRITER = ("PytorchStreamWriter", "inline_container")
"""What stands in the RuntimeError with which torch.save tells of a file that it can't write."""


@contextmanager
def saving(folder: Path) -> Iterator[None]:
    """Around what writes a checkpoint into `folder`. TrainingError where the disk takes no more, in place of each library's own error."""
    from safetensors import SafetensorError

    try:
        yield
    except (OSError, SafetensorError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and not any(word in str(error) for word in _TORCHS_WRITER):
            raise
        last = last_whole(folder)
        safe = f"The last whole checkpoint, {last.name}, is safe" if last else "There is no whole one before it"
        reason = getattr(error, "strerror", None) or str(error).partition("\n")[0]
        free = shutil.disk_usage(folder).free / 1e6
        raise TrainingError(
            f"A checkpoint could not be written into {str(folder)!r}, where {free:.0f} MB are free ({reason}). {safe}.",
            f"Make room on that disk, or lower `keep`; the same command then {'goes on from it' if last else 'begins again'}.",
        ) from error


def write_json(path: Path, values: dict[str, Any]) -> None:
    """Whole or not at all."""
    made = path.with_suffix(".new")
    with made.open("w", encoding="utf-8") as handle:
        json.dump(values, handle, indent=2)
        handle.flush()
        os.fsync(handle.fileno())
    os.replace(made, path)


def _read(path: Path, folder: Path) -> dict[str, Any]:
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        where = f"{path.parent.name}/{path.name} of the run in {_out(folder)}"
        raise InputError(f"{where} is not readable.", "Choose another `out`, or delete the folder.") from error


def _steps(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if _NAME.fullmatch(path.name)]


def _step(path: Path) -> int:
    return int(path.name.rpartition("-")[2])


def _out(folder: Path) -> str:
    return repr(folder.parent.name)


def _same(checkpoint: Path, run: dict[str, Any]) -> None:
    kept = _read(checkpoint / RUN, checkpoint.parent)
    for name in sorted({*run, *kept}):
        if kept.get(name) != run.get(name):
            raise InputError(
                f"The run in {_out(checkpoint.parent)} has other settings: {name} was {kept.get(name)!r} and is now {run.get(name)!r}.",
                "Choose another `out`, or set it back to go on.",
            )
