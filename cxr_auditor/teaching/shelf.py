"""The cases that are taught with here: the project's examples, and the library that whoever runs the page names."""

import logging
import os
from functools import cache
from pathlib import Path
from typing import NamedTuple

from ..case_file import CASE_FILE, Case, load_case
from ..errors import InputError
from ..examples import example_cases
from .cases import HINT, library_folders

log = logging.getLogger(__name__)

LIBRARY_VARIABLE = "CXR_AUDITOR_LIBRARY"
"""The folder of a library of cases; `serve --library` sets it."""

_logged: set[str] = set()


class CaseLibrary(NamedTuple):
    """Cases that belong together, under the words that people choose them by."""

    title: str
    cases: tuple[Case, ...]


def case_libraries() -> tuple[CaseLibrary, ...]:
    """The examples, then the operator's library where there is one. A case file that was changed is read again.

    A case of the library that can't be used is left out, and the log tells once what is wrong with it.
    """
    examples = CaseLibrary("Examples", example_cases())
    folder = os.environ.get(LIBRARY_VARIABLE)
    if not folder:
        return (examples,)
    cases, problems = _library(Path(folder).resolve())
    for problem in set(problems) - _logged:
        log.error("a teaching case is left out: %s: %s", folder, problem)
    _logged.clear()
    _logged.update(problems)
    return (examples, CaseLibrary(f"Library {Path(folder).name}", cases)) if cases else (examples,)


def shelf_problems() -> tuple[str, ...]:
    """What is wrong with the cases that are left out, for a teacher: each names its file below the library, and what to mend in it."""
    folder = os.environ.get(LIBRARY_VARIABLE)
    return _library(Path(folder).resolve())[1] if folder else ()


def shelf() -> tuple[Case, ...]:
    """All of these cases. No two have one name."""
    return tuple(case for library in case_libraries() for case in library.cases)


def case_named(name: str) -> Case:
    """The case of that name. InputError where the shelf has none."""
    found = next((case for case in shelf() if case.name == name), None)
    if found is None:
        raise InputError(f"There is no case named {name!r} here.", "Choose one from the list.")
    return found


def _library(folder: Path) -> tuple[tuple[Case, ...], tuple[str, ...]]:
    """The cases that can be used, and what is wrong with the others."""
    examples = {case.name for case in example_cases()}
    cases, problems = [], []
    try:
        folders = library_folders(folder)
    except InputError as error:
        return (), (error.message.replace(str(folder), folder.name),)
    for one in folders:
        try:
            if one.name in examples:
                raise InputError(f"{one.name}: the name {one.name} is an example's.", "Give that case's folder another name.")
            cases.append(_case(one, one.stat().st_mtime_ns, (one / CASE_FILE).stat().st_mtime_ns))
        except InputError as error:
            problems.append(error.message.replace(f"{folder}{os.sep}", ""))
        except OSError as error:  # removed, or made unreadable, since the folder was listed
            problems.append(f"{one.name}/{CASE_FILE}: can't be read: {error.strerror}.")
    return tuple(cases), tuple(problems)


@cache
def _case(folder: Path, _folder_changed: int, _file_changed: int) -> Case:
    """The case as it was when its folder (a film came or went) and its file had these times; an error is not remembered."""
    return load_case(folder, HINT)
