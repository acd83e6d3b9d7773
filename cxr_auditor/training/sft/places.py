"""The folders that a run writes: they appear whole, and nothing is ever deleted that the run did not write itself."""

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ...errors import InputError
from ...readers.medgemma import FRAMES, STATED
from .errors import TrainingError
from .settings import Settings

ADAPTER, MODEL = "adapter", "model"
"""The folders of the adapter and of the merged model, in the run's folder."""


def statement(prompt: Mapping[str, str], run: Mapping[str, Any]) -> dict[str, Any]:
    """What stands beside the weights: the prompt and frame to serve them with, and the hash of what the run depends on.

    `prompt`: as in the corpus' manifest. The hash says which run wrote a folder, and holds no path of this machine.
    """
    return {
        "prompt": {name: prompt[name] for name in ("name", "sha256")},
        "frame": FRAMES.get(prompt["name"]),  # a draft parser's has none
        "run": hashlib.sha256(json.dumps(run, sort_keys=True).encode()).hexdigest(),
    }


def check_places(settings: Settings) -> None:
    """InputError where writing would change or delete what the run did not make: the base model, or a folder of somebody else's."""
    base, out = Path(settings.model.partition("#")[0]), settings.out.resolve()
    if base.is_dir() and (base.resolve().is_relative_to(out) or out.is_relative_to(base.resolve())):
        raise InputError(
            f"The base model {base.name!r} and `out` ({settings.out.name!r}) lie in one another, and `out` is written to.",
            "Choose an `out` beside it.",
        )
    for name in (ADAPTER, MODEL):
        _check_own(settings.out / name, None)


def check_written_by(settings: Settings, stated: Mapping[str, Any]) -> None:
    """InputError where `out` holds the adapter or the model of another run. `stated`: what this run says of its folders."""
    for name in (ADAPTER, MODEL):
        _check_own(settings.out / name, stated["run"])


@contextmanager
def replacing(folder: Path, stated: Mapping[str, Any]) -> Iterator[Path]:
    """A folder to write to that takes the place of `folder` at the end; after an error nothing of it is left.

    `stated` goes into it first, as the mark of the run. Raises InputError where one of the folders is not this run's, TrainingError
    where the disk takes no more.
    """
    from safetensors import SafetensorError

    made = folder.with_name(f".{folder.name}.new")
    for one in (made, folder):
        _check_own(one, stated["run"])
    try:
        _delete(made)  # of a run that was stopped
        made.mkdir(parents=True)
        (made / STATED).write_text(json.dumps(stated, indent=2) + "\n", encoding="utf-8")
        yield made
        _delete(folder)
        made.rename(folder)
    except (OSError, SafetensorError) as error:
        raise TrainingError(
            f"{str(folder)!r} could not be written ({getattr(error, 'strerror', None) or error}). The checkpoints are safe.",
            "Make room on that disk and give the same command again: nothing is trained twice.",
        ) from error
    finally:
        shutil.rmtree(made, ignore_errors=True)  # there only after an error


def _delete(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)


def _check_own(folder: Path, run: str | None) -> None:
    """`run`: the hash that must stand in the folder's mark; None: any run's."""
    link = folder.is_symlink()
    if not link and (not folder.exists() or (folder.is_dir() and not any(folder.iterdir()))):
        return
    try:
        mark = None if link else json.loads((folder / STATED).read_text("utf-8"))["run"]
    except (OSError, ValueError, KeyError, TypeError):
        mark = None
    if not isinstance(mark, str) or run not in (None, mark):
        whose = "was not written by a tuning run" if not isinstance(mark, str) else "is of another run"
        raise InputError(f"{str(folder)!r} is in the way: it {whose}.", "Choose another `out`, or move it away.")
