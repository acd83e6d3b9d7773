"""Adding cases to a library: all of an import, or nothing of it."""

import hashlib
import io
import re
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from ..case_file import CASE_FILE
from ..errors import InputError
from ..reading_data import first_problem
from .new_case import FILM_FILE, NewCase

_PREFIX = "case"
_STAGE = ".adding-"
_ABANDONED_S = 3600  # no case takes so long to write


@dataclass(frozen=True)
class Added:
    """Names of the new cases, in order; and how many films were left out because the library has them already."""

    names: tuple[str, ...]
    known: int


def add_cases(library: Path, cases: Iterable[NewCase]) -> Added:
    """Writes the cases into `library`, a folder that is made where there is none.

    Each becomes a folder with a PNG of nothing but pixels and its case file. A film whose PNG the library holds already is left out.
    Nothing is overwritten: InputError for a name that is taken. Whatever goes wrong, in here or in the iterable, the library is left
    as it was.
    """
    made = _folder(library)
    try:
        with _staging(library) as stage:
            added = _stage(cases, stage, library)
            if added.names:
                _move(stage, library, added.names)
    finally:
        if made and not any(library.iterdir()):
            library.rmdir()
    return added


def encode_png(pixels) -> bytes:
    """A grey PNG that holds pixels and no word. The same pixels are the same bytes."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def taken_names(library: Path) -> set[str]:
    """Names of whatever lies in the library, a case or not."""
    return {path.name for path in library.iterdir()} if library.is_dir() else set()


def refuse_taken(library: Path, names: Iterable[str]) -> None:
    """InputError where the library has one of the names."""
    taken = sorted(taken_names(library) & set(names))
    if taken:
        raise InputError(f"{library.name} already holds {taken[0]}; nothing is overwritten.", "Choose another folder, or remove that case.")


def _folder(library: Path) -> bool:
    """Makes the library's folder; whether it was made."""
    try:
        library.mkdir()
    except FileExistsError:
        if not library.is_dir():
            raise InputError(f"{library} must be a folder, but is a file.", "Choose another with --out.") from None
        return False
    except OSError as error:
        raise InputError(f"The library folder {library} can't be made: {error.strerror}.", "Choose another with --out.") from error
    return True


@contextmanager
def _staging(library: Path) -> Iterator[Path]:
    """A hidden folder on the library's own disk, so that a finished case is moved in one step. Gone afterwards."""
    with _written(library):
        _clear_abandoned(library)
        stage = Path(tempfile.mkdtemp(prefix=_STAGE, dir=library))
    try:
        yield stage
    finally:
        shutil.rmtree(stage)


def _clear_abandoned(library: Path) -> None:
    """Takes away what an import left that was killed; one that is at work has just put a case into its folder."""
    for stage in library.glob(f"{_STAGE}*"):
        with suppress(FileNotFoundError):  # another import was faster
            if time.time() - stage.stat().st_mtime > _ABANDONED_S:
                shutil.rmtree(stage)


@contextmanager
def _written(library: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        hint = "Make room or choose another folder with --out; nothing was added."
        raise InputError(f"The library folder {library} can't be written to: {error.strerror}.", hint) from error


def _stage(cases: Iterable[NewCase], stage: Path, library: Path) -> Added:
    films = {hashlib.sha256(path.read_bytes()).digest() for path in library.glob(f"*/{FILM_FILE}")}
    number = _last_number(taken_names(library))
    names, known = [], 0
    for case in cases:
        png = encode_png(case.pixels)
        digest = hashlib.sha256(png).digest()
        if digest in films:
            known += 1
            continue
        films.add(digest)
        name = case.name
        if name is None:
            number += 1
            name = f"{_PREFIX}-{number:04}"
        refuse_taken(library, [name])
        try:
            text = case.file(name).to_json()
        except ValidationError as error:
            raise InputError(f"{name}: {first_problem(error)}.", "Nothing was added.") from error
        with _written(library):
            (stage / name).mkdir()
            (stage / name / FILM_FILE).write_bytes(png)
            (stage / name / CASE_FILE).write_text(text, encoding="utf-8")
        names.append(name)
    return Added(tuple(names), known)


def _last_number(names: Iterable[str]) -> int:
    found = (re.fullmatch(rf"{_PREFIX}-(\d+)", name) for name in names)
    return max((int(match[1]) for match in found if match), default=0)


def _move(stage: Path, library: Path, names: Iterable[str]) -> None:
    moved = []
    try:
        with _written(library):
            for name in names:
                (stage / name).rename(library / name)  # refused by the system where a case came in meanwhile
                moved.append(name)
    except BaseException:  # an interrupt too must not leave half of an import
        for name in moved:
            shutil.rmtree(library / name)
        raise
