"""JSON lines that a run keeps, so that one that was stopped goes on where it was."""

import json
import os
from collections.abc import Callable, Iterable
from contextlib import contextmanager
from pathlib import Path

from ..errors import InputError


def read_lines(path: Path, take: Callable[[dict], object], what: str) -> None:
    """Hands each line's object to `take`; nothing where there is no file. A last line that was cut off is taken out of the file.

    Raises InputError naming the line that is no JSON, or that `take` refuses with a KeyError, TypeError or ValueError.
    """
    if not path.exists():
        return
    with writing(path):
        whole, _, cut_off = path.read_text(encoding="utf-8").rpartition("\n")
        if cut_off:
            save_lines(path, whole.split("\n") if whole else [])
    for number, line in enumerate(whole.split("\n") if whole else [], start=1):
        try:
            take(json.loads(line))
        except InputError:
            raise
        except (KeyError, TypeError, ValueError) as error:
            problem = f"{path.name}, line {number}: is not {what}."
            raise InputError(problem, "Delete the file and run the command again: it makes it anew.") from error


def save_lines(path: Path, lines: Iterable[str]) -> None:
    """Writes the whole file or nothing: a run that is stopped meanwhile leaves the file as it was."""
    with writing(path):
        part = path.with_name(path.name + ".part")
        with part.open("w", encoding="utf-8") as handle:
            handle.writelines(line + "\n" for line in lines)
        os.replace(part, path)


@contextmanager
def writing(path: Path):
    """What can't be read or written below is an InputError that names the file."""
    try:
        yield
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error.reason
        raise InputError(f"{path.name} can't be read or written ({reason}).", "Choose another folder with --out.") from error
