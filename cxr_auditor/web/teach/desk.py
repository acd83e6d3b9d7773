"""Where the Teacher tab finds its teacher, the sessions that they see, and what is true of a case now."""

import os
from pathlib import Path

from ...case_file import Case
from ...teaching import rulings
from ...teaching.errors import AccessError
from ...teaching.people import LOCAL
from ...teaching.records import Person, Role, Sitting
from ...teaching.shelf import LIBRARY_VARIABLE, case_named, shelf
from ..train.desk import Trainee, alone, trainee


def teacher(request) -> Trainee:
    """Who sends this request, and the way to the sessions. Raises who.SignInNeeded, and AccessError for anybody but a teacher."""
    here = trainee(request)
    if here.person.role is not Role.TEACHER:
        raise AccessError("This tab is for teachers.", "Your own sessions are on the tab Train.")
    return here


def sittings_of(here: Trainee) -> tuple[Sitting, ...]:
    """The sessions that a teacher sees: the group's; on a page without accounts those of the one user."""
    return here.sittings.of(here.person) if alone() else here.sittings.of_group(here.person)


def whose(person: Person) -> str:
    """Whose sessions these are, in a sentence."""
    if person.name == LOCAL:
        return "Without accounts there is one user: these are the sessions of this computer."
    if person.group is None:
        return (
            "You are in no group, so you see nobody's sessions. Whoever runs this page can change it: cxr-auditor users group NAME GROUP."
        )
    return f"Sessions of the trainees of {person.group}."


def case_now(here: Trainee, name: str) -> Case:
    """The case with what is true of it now. InputError where the shelf has none of that name."""
    case = case_named(name)
    with here.store.look() as session:
        return case.model_copy(update={"reading": rulings.truth(session, case)})


def titles() -> dict[str, str]:
    """What each case on the shelf is called, by name."""
    return {case.name: case.title for case in shelf()}


def library() -> Path | None:
    """The library that whoever runs this page named; None where there is none."""
    folder = os.environ.get(LIBRARY_VARIABLE)
    return Path(folder) if folder else None
