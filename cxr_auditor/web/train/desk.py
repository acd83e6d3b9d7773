"""Where the Train tab finds its person and their sessions. Where nobody can have any, nothing is opened, and so nothing written."""

from typing import NamedTuple

from ...case_file import Case
from ...errors import InputError
from ...teaching.records import Person, Sitting, Turn
from ...teaching.shelf import shelf
from ...teaching.sittings import Sittings
from ...teaching.store.address import nothing_stored
from ...teaching.store.engine import Store
from .. import who
from ..choices import meant


class Trainee(NamedTuple):
    """Who is at the page, and the way to their sessions."""

    person: Person
    sittings: Sittings
    store: Store

    def own(self, sitting: Sitting) -> bool:
        """Whether the session is theirs; else a teacher looks at it."""
        return sitting.person == self.person.id


def trainee(request) -> Trainee:
    """Who sends this request. Raises who.SignInNeeded; makes the database where there is none."""
    person = who.person_of(request)
    store = who.door().store
    return Trainee(person, Sittings(store, shelf, meant), store)


def first_visit() -> bool:
    """Whether this page is one person's alone and has no database yet."""
    return alone() and nothing_stored()


def alone() -> bool:
    """Whether this page is for whoever sits at this machine, without accounts."""
    return who.door().login is who.Login.NONE


def cases_of(here: Trainee, sitting: Sitting) -> dict[int, Case]:
    """The committed cases of a session by number, without those that have left the library."""
    found = ((turn.number, case_of(here, turn)) for turn in sitting.turns if turn.committed)
    return {number: case for number, case in found if case}


def case_of(here: Trainee, turn: Turn) -> Case | None:
    """A case; None where it has left the library: it takes its film and its text along, not its result."""
    try:
        return here.sittings.case(turn)
    except InputError:
        return None
