"""Signing in and out. The browser holds a random token, the store only its sha256."""

import hashlib
import secrets
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select, update

from ..errors import AuditorError
from . import sign_in_limit
from .accounts import small_name
from .passwords import Passwords
from .people import as_person
from .records import Person
from .store.engine import Store
from .store.tables import PersonRow, SignInRow

IDLE = timedelta(hours=12)
"""A sign-in that nobody uses ends after this long."""


class WrongPassword(AuditorError):
    """Says the same for a name that nobody has."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


class SignIns:
    """The sign-ins of one store. `clock` gives the time, with its zone.

    One try is looked at after the other: so many at once can neither outrun the limit nor fill the memory with hashes. Several
    servers on one store each let one more try through.
    """

    def __init__(self, store: Store, passwords: Passwords | None = None, clock: Callable[[], datetime] = _utc_now):
        self._store = store
        self._passwords = passwords or Passwords()
        self._clock = clock
        self._one_at_a_time = threading.Lock()

    def sign_in(self, name: str, password: str, address: str) -> str:
        """A new token. `address` is the client's. Raises WrongPassword, or TooManyTries without a look at the password."""
        tried = small_name(name) or ""
        with self._one_at_a_time:
            now = self._clock()
            with self._store.begin() as session:
                sign_in_limit.refuse_too_many(session, tried, address, now)
                found = session.execute(select(PersonRow.id, PersonRow.password).where(PersonRow.name == tried)).one_or_none()
            person, kept = found or (None, None)
            token = self._enter(tried, person, kept, password, now) if self._passwords.fits(kept, password) else None
            if token is None:
                with self._store.begin() as session:
                    sign_in_limit.count_failure(session, tried, address, now)
                raise WrongPassword("The name or the password is wrong.", "Try again, or ask whoever runs this page for a new password.")
        return token

    def _enter(self, name: str, person: int, kept: str, password: str, now: datetime) -> str | None:
        """A new token; None where the password has been changed or the person removed while it was being looked at."""
        token = secrets.token_urlsafe(32)
        with self._store.begin() as session:
            sign_in_limit.forget_failures(session, name)
            row = session.get(PersonRow, person, with_for_update=True)
            if row is None or row.password != kept:
                return None
            session.add(SignInRow(token=_kept(token), person_id=person, until=now + IDLE))
            if self._passwords.outdated(kept):
                row.password = self._passwords.hash(password)
        return token

    def person(self, token: str) -> Person | None:
        """Who is signed in with this token, if anybody is. A sign-in in use is prolonged."""
        now, kept = self._clock(), _kept(token)
        with self._store.look() as session:
            asked = select(PersonRow, SignInRow.until).join(SignInRow, SignInRow.person_id == PersonRow.id)
            found = session.execute(asked.where(SignInRow.token == kept, SignInRow.until > now)).one_or_none()
            if found is None:
                return None
            person, until = as_person(found[0]), found[1]
        if until - now < IDLE / 2:  # seldom: most requests only read
            with self._store.begin() as session:
                session.execute(update(SignInRow).where(SignInRow.token == kept).values(until=now + IDLE))
        return person

    def sign_out(self, token: str) -> None:
        with self._store.begin() as session:
            session.execute(delete(SignInRow).where(SignInRow.token == _kept(token)))


def _kept(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
