"""The cases that are taught with here: the project's examples, and the library that whoever runs the page names."""

import os
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from ..case_file import CASE_FILE, Case
from ..errors import InputError
from ..examples import example_cases
from .cases import library_folders, load_library

LIBRARY_VARIABLE = "CXR_AUDITOR_LIBRARY"
"""The folder of a library of cases; `serve --library` sets it."""


class CaseLibrary(NamedTuple):
    """Cases that belong together, under the words that people choose them by."""

    title: str
    cases: tuple[Case, ...]


def case_libraries() -> tuple[CaseLibrary, ...]:
    """The examples, then the operator's library where there is one. A case file that was changed is read again.

    InputError where the library or one of its cases can't be read, or has a name that an example has.
    """
    libraries = [CaseLibrary("Examples", example_cases())]
    folder = os.environ.get(LIBRARY_VARIABLE)
    if folder:
        own = _library(Path(folder))
        taken = {case.name for case in example_cases()} & {case.name for case in own}
        if taken:
            problem = f"{folder}: the name {sorted(taken)[0]} is an example's."
            raise InputError(problem, "Give that case's folder another name.")
        libraries.append(CaseLibrary(f"Library {Path(folder).name}", own))
    return tuple(libraries)


def shelf() -> tuple[Case, ...]:
    """All of these cases. No two have one name."""
    return tuple(case for library in case_libraries() for case in library.cases)


def case_named(name: str) -> Case:
    """The case of that name. InputError where the shelf has none."""
    found = next((case for case in shelf() if case.name == name), None)
    if found is None:
        raise InputError(f"There is no case named {name!r} here.", "Choose one from the list.")
    return found


def _library(folder: Path) -> tuple[Case, ...]:
    folder = folder.resolve()
    files = [one / CASE_FILE for one in library_folders(folder)]
    return _loaded(folder, tuple((file, file.stat().st_mtime_ns) for file in files))


@lru_cache(maxsize=4)
def _loaded(folder: Path, _changed: tuple[tuple[Path, int], ...]) -> tuple[Case, ...]:
    """The library as it was when its files had these times."""
    return load_library(folder)
