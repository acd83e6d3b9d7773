"""The project's example cases: a synthetic film, a draft about it and the reading that is right by construction."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any, Literal

from . import case_file
from .assets import assets_folder
from .case_file import Case, CaseFile, Text, case_folders

_HINT = "Mend the file, or redraw the examples: python -m cxr_auditor.phantom examples"


class ExampleFile(CaseFile):
    """An example is drawn, can be redrawn, and has a draft: what a trainee wrote. `teaches` says what the draft's audit shows."""

    draft: Text
    synthetic: Literal[True]
    seed: int
    generator: dict[str, Any]


@cache
def example_cases() -> tuple[Case, ...]:
    """The example cases in teaching order (the order of their folders' names). InputError where one can't be read."""
    return load_cases(assets_folder("examples"))


@cache
def example_by_sha256() -> dict[str, Case]:
    """The example cases by the SHA-256 of their film's file, as a loaded film carries it."""
    return {hashlib.sha256(case.film_path.read_bytes()).hexdigest(): case for case in example_cases()}


def load_cases(folder: Path) -> tuple[Case, ...]:
    """The examples in the subfolders of `folder` that hold a case file, by name."""
    return tuple(load_case(one) for one in case_folders(folder))


def load_case(folder: Path) -> Case:
    """The example in one folder. InputError names the file and the field."""
    return case_file.load_case(folder, _HINT, ExampleFile)
