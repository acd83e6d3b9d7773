"""What the Walkthrough tab asks the server for: the cases on the shelf, and one case with all its steps."""

from typing import Any

import gradio as gr

from ...audit import read_film
from ...case_file import Case
from ...errors import InputError
from ...images import load
from ...teaching import rulings
from ...teaching.errors import AccessError
from ...teaching.records import Role
from ...teaching.shelf import CaseLibrary, case_libraries
from ...teaching.shelf import shelf as shelf_now
from ...teaching.sittings import Sittings
from ...teaching.store.address import nothing_stored
from ...teaching.walkthrough import walkthrough
from .. import who
from ..screen import problem_of
from ..work import FILMS, submit, ticks
from . import render as draw


def public_shelf() -> dict[str, Any]:
    """What the tab begins with: the examples, which are everybody's."""
    return _answer(shelf=draw.shelf(case_libraries()[:1]))


def shelf(request: gr.Request) -> dict[str, Any]:
    """The cases that this visitor may choose from; a walkthrough that is on show stays."""
    try:
        return _answer(shelf=draw.shelf(_libraries(request)))
    except who.SignInNeeded:
        return public_shelf()


async def begin(name: str, number: int, live: bool, request: gr.Request) -> dict[str, Any]:
    """The steps of the case called `name`. `number` is the browser's own, so that it knows which of its questions is answered.

    With `live` the lite reader looks at the film; its failure is part of the walkthrough. InputError for a case that is not there,
    who.SignInNeeded for one of the operator's library where there are accounts and nobody is signed in. AccessError for a case that a
    trainee has still to read: a walkthrough shows what is true of it.
    """
    library, case = _find(name, request)
    _refuse_unread(case, request)
    film = load(case.film_path)
    reading = None
    if live:
        future = submit(FILMS, read_film, film, draw.LIVE_READER)
        async for _ in ticks(future):
            pass  # the browser says that it waits
        reading = future.result()
    return _answer(number=number, walk=draw.shown(walkthrough(_as_ruled(case), reading), film, draw.neutral_name(library, case)))


def told(error: Exception, number: int | None) -> dict[str, Any]:
    """An error as the tab shows it; what was on show stays."""
    problem = problem_of(error)
    return _answer(number=number, problem=" ".join(filter(None, (problem.message, problem.hint))))


def _answer(**said) -> dict[str, Any]:
    return {"number": None, "shelf": None, "walk": None, "problem": None} | said


def _libraries(request: gr.Request) -> tuple[CaseLibrary, ...]:
    """The examples and, for a person whom this page knows, the operator's library: its films may be patients'."""
    libraries = case_libraries()
    if len(libraries) > 1:
        who.person_of(request)
    return libraries


def _find(name: str, request: gr.Request) -> tuple[CaseLibrary, Case]:
    for libraries in (lambda: case_libraries()[:1], lambda: _libraries(request)):  # nobody need be known for an example
        for library in libraries():
            for case in library.cases:
                if case.name == name:
                    return library, case
    raise InputError(f"There is no case named {name!r} here.", "Choose one from the list.")


def _refuse_unread(case: Case, request: gr.Request) -> None:
    """Nobody need be known for an example; of a trainee who is, it must not wait in an open session."""
    if who.door().login is who.Login.NONE:
        return
    try:
        person = who.person_of(request)
    except who.SignInNeeded:
        return
    if person.role is Role.TRAINEE and Sittings(who.door().store, shelf_now).waits(person, case.name):
        hint = "Commit your draft of it or end that session, on the tab Train; then it is shown here."
        raise AccessError("This case waits to be read in a session of yours, and a walkthrough shows what is true of it.", hint)


def _as_ruled(case: Case) -> Case:
    """The case with what is true of it now: a teacher may have corrected it."""
    if nothing_stored():
        return case
    with who.door().store.look() as session:
        reading = rulings.truth(session, case)
    if reading == case.reading:
        return case
    return case.model_copy(update={"reading": reading, "source": f"{case.source}; corrected here by a teacher"})
