"""Accounts whose hashes cost next to nothing, and a clock that stands until it is moved."""

from datetime import UTC, datetime, timedelta

from argon2 import PasswordHasher

from cxr_auditor.teaching.passwords import Passwords

CHEAP = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
RIGHT, WRONG = "three quiet herons", "three loud herons"


class Clock:
    def __init__(self):
        self.now = datetime(2026, 11, 2, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by) -> None:
        self.now += timedelta(**by)
