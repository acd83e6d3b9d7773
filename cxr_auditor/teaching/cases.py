"""A library of cases: a folder with one case in each of its subfolders. Reading it, and listing it."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ..case_file import CASE_FILE, Case, case_folders, load_case
from ..errors import InputError
from ..findings import Status, ordered_sides
from ..schema import ImageFinding

HINT = "Mend the file, or run: cxr-auditor cases check FOLDER"
_TITLES = ("name", "findings", "sides", "difficulty", "source", "synthetic")


def load_library(folder: Path) -> tuple[Case, ...]:
    """The cases of a library, by name. InputError for a folder without cases, and for the first case that can't be read."""
    return tuple(load_case(one, HINT) for one in library_folders(folder))


def library_folders(folder: Path) -> list[Path]:
    """The cases' folders, by name. InputError where there is none."""
    if not folder.is_dir():
        raise InputError(f"The library folder {folder} does not exist.", "Make one: cxr-auditor cases add --starter --out FOLDER")
    found = case_folders(folder)
    if not found:
        raise InputError(f"The folder {folder} holds no case.", f"A library is a folder of folders, each with a film and its {CASE_FILE}.")
    return found


def summary(case: Case) -> dict[str, Any]:
    """A case as one line of JSON: what its film shows, without boxes."""
    shown = _shown(case)
    return {
        "name": case.name,
        "title": case.title,
        "findings": [{"finding": one.finding, "status": one.status, "sides": list(one.sides)} for one in shown],
        "difficulty": case.difficulty,
        "source": case.source,
        "licence": case.licence,
        "synthetic": case.synthetic,
    }


def table(cases: Iterable[Case]) -> str:
    """One line a case under the columns' titles. The sides stand in the order of the findings; a finding without a side has "-"."""
    lines = [_TITLES, *(_cells(case) for case in cases)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(_TITLES))]
    padded = ("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines)
    return "\n".join(padded) + "\n"


def _cells(case: Case) -> tuple[str, ...]:
    shown = _shown(case)
    findings = ", ".join(one.finding + ("?" if one.status is Status.UNCERTAIN else "") for one in shown)
    sides = ", ".join("both" if len(one.sides) == 2 else "".join(one.sides) or "-" for one in shown)
    source = " ".join(case.source.split())
    return case.name, findings or "none", sides or "-", case.difficulty, source, "yes" if case.synthetic else "no"


def _shown(case: Case) -> list[ImageFinding]:
    """What the film shows: one entry for a finding and status, with all its sides, however many boxes it has."""
    entries: dict[tuple, ImageFinding] = {}
    for one in case.reading.findings:
        if one.status is not Status.ABSENT:
            key = one.finding, one.status
            sides = ordered_sides((*entries[key].sides, *one.sides)) if key in entries else one.sides
            entries[key] = ImageFinding(finding=one.finding, status=one.status, sides=sides)
    return list(entries.values())
