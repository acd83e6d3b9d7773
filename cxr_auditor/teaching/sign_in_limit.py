"""How often one may try a name and a password before one has to wait."""

import hashlib
import ipaddress
import math
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ..errors import AuditorError
from .store.tables import FailedSignInRow

WINDOW = timedelta(minutes=15)
PER_NAME = 5
PER_ADDRESS = 20


class TooManyTries(AuditorError):
    """`seconds`: how long to wait."""

    retryable = True

    def __init__(self, message: str, hint: str = "", seconds: int = 0):
        super().__init__(message, hint)
        self.seconds = seconds


def wait(failures: Iterable[datetime], limit: int, now: datetime) -> timedelta:
    """How long until fewer than `limit` of these failures lie within the window; zero: now."""
    recent = sorted(at for at in failures if now - at < WINDOW)
    return recent[-limit] + WINDOW - now if len(recent) >= limit else timedelta()


def refuse_too_many(session: Session, name: str, address: str, now: datetime) -> None:
    """Raises TooManyTries while this name or this address has to wait. Failures that are too old to count are deleted."""
    prune(session, now)
    longest = max(
        wait(session.scalars(select(FailedSignInRow.at).where(FailedSignInRow.who == who)), limit, now)
        for who, limit in ((_of_name(name), PER_NAME), (_of_address(address), PER_ADDRESS))
    )
    if longest:
        seconds = math.ceil(longest.total_seconds())
        minutes = math.ceil(seconds / 60)
        hint = f"Wait {minutes} minute{'' if minutes == 1 else 's'}, then try again. Until then the right password is refused too."
        raise TooManyTries("Too many failed tries to sign in.", hint, seconds)


def count_failure(session: Session, name: str, address: str, now: datetime) -> None:
    session.add_all(FailedSignInRow(who=who, at=now) for who in (_of_name(name), _of_address(address)))


def forget_failures(session: Session, name: str) -> None:
    """The right password was given. What came from the address still counts: it may be trying other names."""
    session.execute(delete(FailedSignInRow).where(FailedSignInRow.who == _of_name(name)))


def failures_of(session: Session, name: str) -> tuple[datetime, ...]:
    """When a wrong password was given for this name, as far as it is still kept."""
    return tuple(session.scalars(select(FailedSignInRow.at).where(FailedSignInRow.who == _of_name(name)).order_by(FailedSignInRow.at)))


def prune(session: Session, now: datetime) -> None:
    session.execute(delete(FailedSignInRow).where(FailedSignInRow.at <= now - WINDOW))


def _of_name(name: str) -> str:
    return hashlib.sha256(b"name " + name.encode("utf-8", "replace")).hexdigest()


def _of_address(address: str) -> str:
    """One household or ward has a whole /64 of IPv6: it counts as one address."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        pass
    else:
        if parsed.version == 6:
            address = str(parsed.ipv4_mapped or ipaddress.ip_network((parsed, 64), strict=False))
    return hashlib.sha256(b"address " + address.encode("utf-8", "replace")).hexdigest()
