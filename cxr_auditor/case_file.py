"""A case as a folder: a film, and beside it `case.json` with what is true of the film and what it teaches.

The project's examples, the synthetic starter library and a teacher's own library have this one form.
"""

import json
import re
from enum import StrEnum
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field, ValidationError

from .errors import InputError
from .reading_data import ReadingData, as_reading, first_problem
from .schema import ImageReading, Record

CASE_FILE = "case.json"


class Difficulty(StrEnum):
    """How much of a trainee's attention a film asks for."""

    EASY = "easy"
    MEDIUM = "medium"
    HARD = "hard"


def _said(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be empty")
    return text


def _beside(name: str) -> str:
    """A name alone: a case never reaches out of its folder, whatever system wrote it."""
    if name in (".", "..") or PurePosixPath(name).name != name or PureWindowsPath(name).name != name:
        raise ValueError(f"must be the name of a file beside {CASE_FILE}, but got {name!r}")
    return name


Text = Annotated[str, AfterValidator(_said)]
FilmName = Annotated[str, AfterValidator(_said), AfterValidator(_beside)]


class _Case(Record):
    """What a case and its file have in common.

    `draft`: a draft about the film to be audited, with whatever errors it is meant to have. `source`: who made or labelled the film.
    `seed` and `generator` redraw a synthetic film (`cxr_auditor.phantom.cases.redraw`).
    """

    model_config = ConfigDict(strict=True)

    title: Text
    teaches: Text
    difficulty: Difficulty
    film: FilmName
    draft: Text | None = None
    source: Text
    licence: Text
    synthetic: bool
    seed: int | None = Field(default=None, ge=0)
    generator: dict[str, Any] | None = None


class CaseFile(_Case):
    """case.json: the truth as people write a reading."""

    reading: ReadingData

    def to_json(self) -> str:
        """Indented, with short lists (a box, a scope) on one line each."""
        text = json.dumps(self.model_dump(mode="json", exclude_defaults=True), indent=2, ensure_ascii=False)
        return re.sub(r"\[\n[^][{}]*\]", _on_one_line, text) + "\n"


def _on_one_line(found: re.Match) -> str:
    """Takes out line breaks and what indents the next line: no text in JSON holds a raw line break, so none is changed."""
    inside = re.sub(r"\n *", " ", found[0][1:-1])
    return f"[{inside.strip(' ')}]"


class Case(_Case):
    """A case that was read. `name` is its folder's; `reading` the truth about the film, whose sides geometry has decided."""

    name: str
    folder: Path
    reading: ImageReading

    @property
    def film_path(self) -> Path:
        return self.folder / self.film


def load_case(folder: Path, hint: str, form: type[CaseFile] = CaseFile) -> Case:
    """The case in one folder. InputError names the file and the field; `hint` says how to mend it."""
    path = folder / CASE_FILE
    try:
        file = form.model_validate_json(path.read_bytes())
    except OSError as error:
        raise InputError(f"The case file {path} can't be read: {error.strerror}.", hint) from error
    except ValidationError as error:
        raise InputError(f"{path}: {first_problem(error)}.", hint) from error
    case = Case(**dict(file) | {"name": folder.name, "folder": folder, "reading": as_reading(file.reading, str(path))})
    if not case.film_path.is_file():
        raise InputError(f"{path}: film: {case.film!r} is not beside it.", hint)
    return case


def case_folders(library: Path) -> list[Path]:
    """The subfolders of a library that hold a case file, by name; hidden ones are not the library's."""
    return [path.parent for path in sorted(library.glob(f"*/{CASE_FILE}")) if not path.parent.name.startswith(".")]
