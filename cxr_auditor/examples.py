"""The project's example cases: a synthetic film, a draft about it and the reading that is right by construction."""

import hashlib
import json
import re
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from .assets import assets_folder
from .errors import InputError
from .reading_data import ReadingData, as_reading, first_problem
from .schema import ImageReading, Record

CASE_FILE = "case.json"


class _Case(Record):
    """What a case and its file have in common. `seed` and `generator` redraw the film: `python -m cxr_auditor.phantom examples`."""

    title: str
    draft: str
    teaches: str
    film: str
    seed: int
    generator: dict[str, Any]
    synthetic: Literal[True]
    licence: str


class CaseFile(_Case):
    """case.json: the reading as people write it."""

    reading: ReadingData

    def to_json(self) -> str:
        """Indented, with short lists (a box, a scope) on one line each."""
        text = json.dumps(self.model_dump(mode="json", exclude_defaults=True), indent=2, ensure_ascii=False)
        return re.sub(r"\[[^][{}]*\]", lambda found: " ".join(found[0].split()).replace("[ ", "[").replace(" ]", "]"), text) + "\n"


class ExampleCase(_Case):
    """One case. `draft` is what a trainee wrote, `teaches` what its audit shows, `reading` the truth about the film."""

    name: str
    folder: Path
    reading: ImageReading

    @property
    def film_path(self) -> Path:
        return self.folder / self.film


@cache
def example_cases() -> tuple[ExampleCase, ...]:
    """The example cases in teaching order (the order of their folders' names). InputError where one can't be read."""
    return load_cases(assets_folder("examples"))


@cache
def example_by_sha256() -> dict[str, ExampleCase]:
    """The example cases by the SHA-256 of their film's file, as a loaded film carries it."""
    return {hashlib.sha256(case.film_path.read_bytes()).hexdigest(): case for case in example_cases()}


def load_cases(folder: Path) -> tuple[ExampleCase, ...]:
    """The cases in the subfolders of `folder` that hold a case file, by name."""
    return tuple(load_case(path.parent) for path in sorted(folder.glob(f"*/{CASE_FILE}")))


def load_case(folder: Path) -> ExampleCase:
    """The case in one folder. InputError names the file and the field."""
    path = folder / CASE_FILE
    hint = "Mend the file, or redraw the examples: python -m cxr_auditor.phantom examples"
    try:
        file = CaseFile.model_validate_json(path.read_bytes())
    except OSError as error:
        raise InputError(f"The case file {path} can't be read: {error.strerror}.", hint) from error
    except ValidationError as error:
        raise InputError(f"{path}: {first_problem(error)}.", hint) from error
    case = ExampleCase(**dict(file) | {"name": folder.name, "folder": folder, "reading": as_reading(file.reading, str(path))})
    if not case.film_path.is_file():
        raise InputError(f"{path}: film: {case.film!r} is not beside it.", hint)
    return case
