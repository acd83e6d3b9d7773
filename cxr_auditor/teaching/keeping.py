"""What is kept of a person: all of it as data, how to delete it, and how long it stays."""

import json
import logging
import os
import re
import sqlite3
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import BaseModel
from sqlalchemy import Engine, Select, delete, func, inspect, select, update
from sqlalchemy.orm import Session

from ..errors import InputError
from . import sign_in_limit
from .errors import StoreError
from .records import Person, Role
from .store.engine import Store
from .store.tables import AnswerRow, Base, CorrectionRow, PersonRow, SignInRow, SittingRow, TurnRow

log = logging.getLogger(__name__)

KEEP_DAYS_VARIABLE = "CXR_AUDITOR_KEEP_DAYS"
"""Sessions that ended, or were left, longer ago than this many days are deleted; without it they stay until somebody deletes them."""

REMOVED = "(removed)"
"""Stands for a trainee's name where a correction of theirs stays."""

_MOST_DAYS = 36_500
_DAY_SECONDS = 86_400
_RECORDS = {"wish", "marks", "truth", "report", "reader_report", "before", "after"}
_SECRET = {"password": "kept as an argon2 hash, which is not given out", "token": "kept as a hash, which is not given out"}


# Export


def export(store: Store, person: Person) -> dict[str, Any]:
    """All that is stored about a person, as plain data: every column of theirs in every table. Only hashes of secrets are left out."""
    with store.look() as session:
        row = _row(session, person)
        sittings = session.scalars(select(SittingRow).where(SittingRow.person_id == row.id).order_by(SittingRow.id)).all()
        return {
            "person": _plain(row) | {"group": row.group and row.group.name},
            "sessions": [
                _plain(sitting) | {"cases": [_plain(turn) | {"answers": [_plain(a) for a in turn.answers]} for turn in sitting.turns]}
                for sitting in sittings
            ],
            "corrections": [_plain(one) for one in session.scalars(select(CorrectionRow).where(CorrectionRow.person_id == row.id))],
            "sign_ins": [_plain(one) for one in session.scalars(select(SignInRow).where(SignInRow.person_id == row.id))],
            "failed_sign_ins": [at.isoformat() for at in sign_in_limit.failures_of(session, row.name)],
        }


def export_json(store: Store, person: Person) -> str:
    """`export` as the text of a JSON file."""
    return json.dumps(export(store, person), ensure_ascii=False, indent=1) + "\n"


def _plain(row: Base) -> dict[str, Any]:
    """A row's columns; those that hold a record as JSON are opened."""
    return {column.key: _value(column.key, getattr(row, column.key)) for column in inspect(type(row)).column_attrs}


def _value(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in _SECRET:
        return _SECRET[name]
    if name in _RECORDS:
        return json.loads(value)
    return value.isoformat() if isinstance(value, datetime) else value


# Deleting


class Belongings(BaseModel):
    """How much there is of a person."""

    sessions: int
    drafts: int
    answers: int
    corrections: int


def belongings(store: Store, person: Person) -> Belongings:
    """What `forget` would delete; corrections stay."""
    turns = select(func.count(TurnRow.id)).join(SittingRow).where(SittingRow.person_id == person.id)
    with store.look() as session:
        return Belongings(
            sessions=session.scalar(select(func.count(SittingRow.id)).where(SittingRow.person_id == person.id)),
            drafts=session.scalar(turns.where(TurnRow.committed.is_not(None))),
            answers=session.scalar(
                select(func.count(AnswerRow.id)).join(TurnRow).join(SittingRow).where(SittingRow.person_id == person.id)
            ),
            corrections=session.scalar(select(func.count(CorrectionRow.id)).where(CorrectionRow.person_id == person.id)),
        )


def forget(store: Store, person: Person) -> None:
    """Deletes a person and what is theirs: sessions, drafts, marks, answers, sign-ins. A correction of a case stays, because what others
    were told the truth was hangs on it: with the name of a teacher who made it, without that of a trainee.
    """
    with store.begin() as session:
        row = _row(session, person)
        if row.role == Role.TRAINEE:
            session.execute(update(CorrectionRow).where(CorrectionRow.person_id == row.id).values(by=REMOVED))
        sign_in_limit.forget_failures(session, row.name)
        session.execute(delete(PersonRow).where(PersonRow.id == row.id))
        engine = session.get_bind()
    _wipe(engine)


def forget_sessions(store: Store, person: Person) -> None:
    """Deletes a person's sessions with all that was written in them; the account stays."""
    with store.begin() as session:
        session.execute(delete(SittingRow).where(SittingRow.person_id == person.id))
        engine = session.get_bind()
    _wipe(engine)


# Retention


def keep_days(environment: Mapping[str, str] = os.environ) -> int | None:
    """The setting; None: nothing is deleted by its age. Raises InputError for what is no number of days."""
    given = environment.get(KEEP_DAYS_VARIABLE, "").strip()
    if not given:
        return None
    if not re.fullmatch(r"[0-9]{1,5}", given) or not 1 <= int(given) <= _MOST_DAYS:
        hint = f"Set it to a whole number of days from 1 to {_MOST_DAYS}, or leave it out: then nothing is deleted by its age."
        raise InputError(f"{KEEP_DAYS_VARIABLE}={given!r} is no number of days.", hint)
    return int(given)


def sweep(store: Store, now: datetime, days: int | None = None) -> int:
    """Deletes the sessions whose last sign of life is more than `days` (None: the setting's) before `now`; how many they were.

    A finished session ended when it was finished, another one with its last draft or answer, kept or committed, else when it was begun.
    Sign-ins that are over and failed ones that no longer count go too, whatever the setting.
    """
    days = keep_days() if days is None else days
    with store.begin() as session:
        sign_in_limit.prune(session, now)
        session.execute(delete(SignInRow).where(SignInRow.until <= now))
        if days is None:
            return 0
        gone = session.execute(delete(SittingRow).where(SittingRow.id.in_(_older_than(now - timedelta(days=days))))).rowcount
        engine = session.get_bind()
    if gone:
        _wipe(engine)
    return gone


def sweep_daily(store: Store) -> None:
    """Sweeps now, and once a day as long as the program runs. A day on which the database is away is told in the log and left out."""
    keeping = keep_days()
    sweep(store, datetime.now(UTC), keeping)

    def daily() -> None:
        while True:
            time.sleep(_DAY_SECONDS)
            try:
                sweep(store, datetime.now(UTC), keeping)
            except StoreError as error:
                log.error("old sessions could not be deleted today: %s", error)

    threading.Thread(target=daily, name="daily sweep", daemon=True).start()


def _older_than(moment: datetime) -> Select:
    """Sessions that ended before `moment`, or were left with no sign of life at it or later."""
    left = SittingRow.finished.is_(None) & (SittingRow.touched < moment)
    return select(SittingRow.id).where((SittingRow.finished < moment) | left)


# What is deleted shall be gone


def _row(session: Session, person: Person) -> PersonRow:
    row = session.get(PersonRow, person.id)
    if row is None:
        raise InputError("This person has been removed already.", "'cxr-auditor users list' shows who there is.")
    return row


def _wipe(engine: Engine) -> None:
    """SQLite only unlinks what is deleted or overwritten: its text stays in the file and in the write-ahead log until both are made anew.

    Everything is deleted already when this runs; where it can't be done now (somebody reads, the disk is full), the log tells it and the
    next time does it.
    """
    if engine.dialect.name != "sqlite":
        return
    raw = engine.raw_connection()
    try:
        raw.execute("VACUUM")
        busy, *_ = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        reason = "SQLITE_BUSY" if busy else ""
    except sqlite3.OperationalError as error:
        reason = error.sqlite_errorname
    finally:
        raw.close()
    if reason:
        log.warning("what was deleted may still be in the free space of the database file: %s", reason)
