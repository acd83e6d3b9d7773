"""Who has an account: names, roles, groups, passwords. Signing in is `teaching.sign_ins`, deleting is `teaching.keeping`."""

import re
import unicodedata
from datetime import UTC, datetime

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ..errors import InputError
from .passwords import Passwords
from .people import LOCAL, as_person, person_named
from .records import Person, Role
from .store.engine import Store
from .store.tables import GroupRow, PersonRow, SignInRow

LONGEST_NAME = 60
HUGGING_FACE = "hf.co/"
"""Begins the name of who comes in through Hugging Face. No account's name may hold a slash: nobody can take another's place."""

_NAME = re.compile(rf"[a-z0-9][a-z0-9._@+-]{{0,{LONGEST_NAME - 1}}}")
_GROUP = re.compile(r"[^\W_][\w .,()/+&-]{0,59}")


class Accounts:
    """The accounts of one store."""

    def __init__(self, store: Store, passwords: Passwords | None = None):
        self.store = store
        self._passwords = passwords or Passwords()

    def add(self, name: str, password: str, role: Role = Role.TRAINEE, group: str | None = None) -> Person:
        """A new account. Raises InputError for a name or group that can't be one, a name that is taken, a weak password."""
        self.check_free(name, group)
        row = PersonRow(name=account_name(name), role=role.value, password=self._passwords.new(password), made=datetime.now(UTC))
        try:
            with self.store.begin() as session:
                row.group = _group(session, group and group_name(group))
                session.add(row)
                session.flush()
                return as_person(row)
        except IntegrityError:
            if person_named(self.store, account_name(name)) is None:
                raise
            raise _taken(name) from None  # somebody took it in between

    def check_free(self, name: str, group: str | None = None) -> None:
        """Raises InputError for a name that can't be a new account's or is taken, and for a group that can't be one."""
        name = account_name(name)
        if group is not None:
            group_name(group)
        if person_named(self.store, name) is not None:
            raise _taken(name)

    def everybody(self) -> tuple[Person, ...]:
        """All people of the store, by name."""
        with self.store.look() as session:
            return tuple(as_person(row) for row in session.scalars(select(PersonRow).order_by(PersonRow.name)))

    def any(self) -> bool:
        """Whether anybody can sign in with a password."""
        with self.store.look() as session:
            return session.scalar(select(PersonRow.id).where(PersonRow.password.is_not(None)).limit(1)) is not None

    def named(self, name: str) -> Person:
        """Raises InputError if nobody has this name."""
        with self.store.look() as session:
            return as_person(_row(session, name))

    def need_password(self, name: str) -> None:
        """Raises InputError if nobody has this name, or who has it comes in without a password."""
        with self.store.look() as session:
            _row_with_password(session, name)

    def set_password(self, name: str, password: str) -> Person:
        """Changes a password and ends the person's sign-ins. Raises InputError as `need_password` does, and for a weak one."""
        kept = self._passwords.new(password)
        with self.store.begin() as session:
            row = _row_with_password(session, name)
            row.password = kept
            session.execute(delete(SignInRow).where(SignInRow.person_id == row.id))
            return as_person(row)

    def set_group(self, name: str, group: str | None) -> Person:
        """Puts a person into a group, which is made where there is none; None: out of any."""
        with self.store.begin() as session:
            row = _row(session, name)
            row.group = _group(session, group and group_name(group))
            session.flush()
            return as_person(row)

    def set_role(self, name: str, role: Role) -> Person:
        """Raises InputError for a person whose role is decided elsewhere, because they come in without a password."""
        with self.store.begin() as session:
            row = _row(session, name)
            if row.password is None:
                hint = "The one user without login is a teacher; of people from Hugging Face, CXR_AUDITOR_TEACHERS names the teachers."
                raise InputError(f"The role of {row.name!r} is not kept here.", hint)
            row.role = role.value
            return as_person(row)

    def of_hugging_face(self, username: str, role: Role) -> Person:
        """Who comes in through Hugging Face, made at the first time. The role is today's, whatever it was before."""
        name = HUGGING_FACE + username
        found = person_named(self.store, name)
        if found is not None and found.role is role:
            return found
        try:
            with self.store.begin() as session:
                if not session.execute(update(PersonRow).where(PersonRow.name == name).values(role=role.value)).rowcount:
                    session.add(PersonRow(name=name, role=role.value, made=datetime.now(UTC)))
        except IntegrityError:  # two first requests at once: the other one made it
            pass
        return person_named(self.store, name)


def small_name(name: str) -> str | None:
    """The name as it is kept; None if no account can have it."""
    small = name.strip().lower()
    return small if _NAME.fullmatch(small) else None


def account_name(name: str) -> str:
    """The name as it is kept. Raises InputError for one that can't be a new account's."""
    small = small_name(name)
    if small is None:
        hint = f"Use 1 to {LONGEST_NAME} of a-z, 0-9 and . _ @ + -, beginning with a letter or a digit."
        raise InputError(f"{name!r} can't be the name of an account.", hint)
    if small == LOCAL:
        raise InputError(f"The name {LOCAL!r} is that of the one user of a page without login.", "Choose another.")
    return small


def group_name(name: str) -> str:
    """The name without blanks around it, its letters put together (NFC). Raises InputError for one that can't be a group's."""
    name = unicodedata.normalize("NFC", " ".join(name.split()))
    if not _GROUP.fullmatch(name):
        raise InputError(f"{name!r} can't be the name of a group.", "Use 1 to 60 letters, digits, blanks and . , ( ) / + & - _")
    return name


def _row(session: Session, name: str) -> PersonRow:
    row = session.scalar(select(PersonRow).where(PersonRow.name.in_({name, name.strip().lower()})))
    if row is None:
        raise InputError(f"Nobody is called {name!r} here.", "'cxr-auditor users list' shows who there is.")
    return row


def _row_with_password(session: Session, name: str) -> PersonRow:
    row = _row(session, name)
    if row.password is None:
        raise InputError(f"{row.name!r} comes in without a password.", "Only an account made with 'cxr-auditor users add' has one.")
    return row


def _taken(name: str) -> InputError:
    return InputError(f"There is an account {name!r} already.", "Choose another name; 'users password' changes its password.")


def _group(session: Session, name: str | None) -> GroupRow | None:
    """The group, made where there is none; letters' case makes no other group."""
    if name is None:
        return None
    found = _group_called(session, name)
    if found is not None:
        return found
    try:
        with session.begin_nested():
            row = GroupRow(name=name)
            session.add(row)
        return row
    except IntegrityError:  # another program made it in between
        return _group_called(session, name)


def _group_called(session: Session, name: str) -> GroupRow | None:
    """Compared here: a database's own lower() may know the letters of ASCII alone. Of several, the one written just so."""
    rows = session.scalars(select(GroupRow).order_by(GroupRow.id))
    same = [row for row in rows if row.name.casefold() == name.casefold()]
    return next((row for row in same if row.name == name), same[0] if same else None)
