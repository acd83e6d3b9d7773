"""Checkpoints of one run: whole or not there, and never taken for those of another run."""

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

from ...errors import InputError

RUN = "run.json"
"""In the run's folder and in every whole checkpoint: what the run depends on. In a checkpoint it is written last."""

_NAME = re.compile(r"checkpoint-(\d+)")


def start_or_resume(folder: Path, run: dict[str, Any]) -> Path | None:
    """The last whole checkpoint of the run in `folder`, None where there is none yet. Checkpoints cut off by a kill are removed.

    `run`: what the run depends on, as JSON values. Raises InputError naming what differs where the folder is another run's.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / RUN).is_file():
            if any(folder.iterdir()):
                raise InputError(f"The folder {folder.name!r} is not empty, and no run is in it.", "Choose another `out`.")
            _write(folder / RUN, run)
        _same(folder, run)
    except OSError as error:
        raise InputError(f"The folder {folder.name!r} can't be written to ({error.strerror}).", "Choose another `out`.") from error
    steps = sorted((int(match[1]), path) for path in folder.iterdir() if (match := _NAME.fullmatch(path.name)))
    for _, path in steps:
        if not (path / RUN).is_file():
            shutil.rmtree(path)
    whole = [path for _, path in steps if path.is_dir()]
    return whole[-1] if whole else None


def mark_whole(checkpoint: Path, run: dict[str, Any]) -> None:
    """Says that everything of a checkpoint is on disk."""
    _write(checkpoint / RUN, run)


def _write(path: Path, run: dict[str, Any]) -> None:
    made = path.with_suffix(".new")
    with made.open("w", encoding="utf-8") as handle:
        json.dump(run, handle, indent=2)
        handle.flush()
        os.fsync(handle.fileno())
    os.replace(made, path)


def _same(folder: Path, run: dict[str, Any]) -> None:
    try:
        kept = json.loads((folder / RUN).read_text("utf-8"))
    except ValueError as error:
        raise InputError(f"{RUN} in {folder.name!r} is not readable.", "Choose another `out`, or delete the folder.") from error
    for name in sorted({*run, *kept}):
        if kept.get(name) != run.get(name):
            raise InputError(
                f"The checkpoints in {folder.name!r} are of a run with other settings: {name} was {kept.get(name)!r} and is now "
                f"{run.get(name)!r}.",
                "Choose another `out`, or set it back to go on.",
            )
