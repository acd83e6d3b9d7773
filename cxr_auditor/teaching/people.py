"""Who is at the page, as the database knows them."""

from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from .records import Person, Role
from .store.engine import Store
from .store.tables import PersonRow

LOCAL = "local"
"""The name of the one user of a page without login."""


def as_person(row: PersonRow) -> Person:
    return Person(id=row.id, name=row.name, role=Role(row.role), group=row.group and row.group.name)


def person_named(store: Store, name: str) -> Person | None:
    with store.look() as session:
        row = session.scalar(select(PersonRow).where(PersonRow.name == name).options(joinedload(PersonRow.group)))
        return row and as_person(row)


def local_person(store: Store) -> Person:
    """The one user of a page without login, a teacher; made on first use."""
    found = person_named(store, LOCAL)
    if found is not None:
        return found
    try:
        with store.begin() as session:
            session.add(PersonRow(name=LOCAL, role=Role.TEACHER.value, made=datetime.now(UTC)))
    except IntegrityError:  # another window was faster
        pass
    return person_named(store, LOCAL)
