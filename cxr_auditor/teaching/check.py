"""Whether a library can be taught with: everything that is wrong in it, by file and field."""

from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from ..case_file import CASE_FILE, CaseFile
from ..errors import InputError
from ..findings import NO_FINDING
from ..images import load
from ..images.frontal import frontal_problem
from ..reading_data import ReadingData, as_reading, problems
from .cases import library_folders
from .truth import entry_problem


def check_library(folder: Path) -> tuple[int, list[str]]:
    """(number of cases, problems). A problem is "NAME/FILE: FIELD: what is wrong"; subfolders without a case file are problems too.

    InputError where the folder holds no case at all.
    """
    count = len(library_folders(folder))
    found = []
    pictures: dict[str, str] = {}
    for one in sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")):
        found += [f"{one.name}/{problem}" for problem in _case_problems(one, pictures)]
    return count, found


def _case_problems(folder: Path, pictures: dict[str, str]) -> Iterator[str]:
    """`pictures`: the cases by the hash of their film's file, as far as they have been seen; this one is added."""
    try:
        file = CaseFile.model_validate_json((folder / CASE_FILE).read_bytes())
    except OSError as error:
        yield f"{CASE_FILE}: can't be read: {error.strerror}."
        return
    except ValidationError as error:
        yield from (f"{CASE_FILE}: {problem}." for problem in problems(error))
        return
    yield from (f"{CASE_FILE}: {problem}" for problem in _truth_problems(file.reading))
    try:
        film = load(folder / file.film)
    except InputError as error:
        yield f"{file.film}: {error}"
        return
    problem = frontal_problem(film)
    if problem:
        yield f"{file.film}: {problem}"
    twin = pictures.setdefault(film.sha256, folder.name)
    if twin != folder.name:
        yield f"{file.film}: is the film of {twin} again."


def _truth_problems(data: ReadingData) -> Iterator[str]:
    try:
        as_reading(data, "reading")
    except InputError as error:
        yield error.message
        return
    for i, entry in enumerate(data.findings):
        problem = entry_problem(entry) if entry.finding != NO_FINDING else None
        if problem:
            yield f"reading.findings[{i}].{problem[0]}: {problem[1]}."
