"""All that is kept of a person is given out, all of it can be deleted, and nothing stays longer than it shall."""

import json
import logging
import secrets
import sqlite3
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from cheap import CHEAP, RIGHT, WRONG, Clock
from sittings import EFFUSION, LEFT, film
from sqlalchemy import func, select, text, update

from cxr_auditor.errors import InputError
from cxr_auditor.teaching import keeping
from cxr_auditor.teaching.accounts import Accounts
from cxr_auditor.teaching.errors import StoreError
from cxr_auditor.teaching.keeping import REMOVED, belongings, export, export_json, forget, forget_sessions, keep_days, sweep, sweep_daily
from cxr_auditor.teaching.records import Role, Wish
from cxr_auditor.teaching.sign_ins import SignIns, WrongPassword
from cxr_auditor.teaching.store.tables import AnswerRow, Base, CorrectionRow, FailedSignInRow, PersonRow, SignInRow, SittingRow, TurnRow

DRAFT = "Left pleural effusion, aardvark."
TRUTH = film((EFFUSION, LEFT))
CLOCK = Clock()
NOW = CLOCK.now


@pytest.fixture
def accounts(store):
    return Accounts(store, CHEAP)


def put_session(store, person, started=NOW, finished=None, committed=None, answered=None, draft=DRAFT):
    """A session of one case, committed and answered where a moment is given."""
    report = committed and json.dumps({"draft": {"text": DRAFT}})
    answer = AnswerRow(against="truth", ref="f1", stance="unsure", why="a wombat", at=answered) if answered else None
    row = SittingRow(
        key=secrets.token_urlsafe(16),
        person_id=person.id,
        wish=Wish().model_dump_json(),
        reader=None,
        parser="rules",
        started=started,
        finished=finished,
        touched=max(filter(None, (started, finished, committed, answered))),
        turns=[
            TurnRow(
                number=1,
                case="case-1",
                draft=draft,
                committed=committed,
                truth=TRUTH.model_dump_json() if committed else None,
                report=report,
                answers=[answer] if answer else [],
            )
        ],
    )
    with store.begin() as session:
        session.add(row)


def put_correction(store, person):
    reading = TRUTH.model_dump_json()
    row = CorrectionRow(case="case-1", person_id=person.id, by=person.name, at=NOW, why="mirrored", before=reading, after=reading)
    with store.begin() as session:
        session.add(row)


def everything_of(store, accounts, name="ada", role=Role.TEACHER):
    """A person with something in every table."""
    person = accounts.add(name, RIGHT, role, "Ward 7")
    put_session(store, person, committed=NOW, answered=NOW)
    put_correction(store, person)
    sign_ins = SignIns(store, CHEAP, CLOCK)
    with pytest.raises(WrongPassword):
        sign_ins.sign_in("bo", WRONG, "10.0.0.1")  # counts against the address, which is nobody's
    sign_ins.sign_in(name, RIGHT, "10.0.0.1")
    with pytest.raises(WrongPassword):
        sign_ins.sign_in(name, WRONG, "10.0.0.1")
    return person


def counts(store) -> dict[str, int]:
    with store.look() as session:
        return {table.name: session.scalar(select(func.count()).select_from(table)) for table in Base.metadata.sorted_tables}


# Export


def test_an_export_is_everything_but_secrets(store, accounts):
    person = everything_of(store, accounts)
    data = json.loads(export_json(store, person))
    assert data["person"] | {"made": None, "id": None, "group_id": None} == {
        "id": None,
        "name": "ada",
        "role": "teacher",
        "password": "kept as an argon2 hash, which is not given out",
        "group_id": None,
        "group": "Ward 7",
        "made": None,
    }
    (session,) = data["sessions"]
    (case,) = session["cases"]
    assert (session["wish"]["size"], case["draft"], case["committed"]) == (5, DRAFT, NOW.isoformat())
    assert case["report"]["draft"]["text"] == DRAFT and case["truth"]["findings"][0]["finding"] == "pleural_effusion"
    assert (case["answers"][0]["stance"], case["answers"][0]["why"]) == ("unsure", "a wombat")
    assert data["corrections"][0]["after"]["findings"] and data["corrections"][0]["why"] == "mirrored"
    assert data["failed_sign_ins"] == [NOW.isoformat()] and len(data["sign_ins"]) == 1
    with store.look() as session:
        hashes = [*session.scalars(select(PersonRow.password)), *session.scalars(select(SignInRow.token))]
    assert not any(kept in export_json(store, person) for kept in hashes)


def test_no_table_and_no_column_is_forgotten(store, accounts):
    """A table or a column that is added later must be given out too, or this test names it."""
    data = export(store, everything_of(store, accounts))
    case = data["sessions"][0]["cases"][0]
    given = {
        "people": data["person"],
        "sittings": data["sessions"][0],
        "turns": case,
        "answers": case["answers"][0],
        "corrections": data["corrections"][0],
        "sign_ins": data["sign_ins"][0],
    }
    assert {table.name for table in Base.metadata.sorted_tables} == {*given, "groups", "failed_sign_ins"}
    for table, row in given.items():
        assert set(Base.metadata.tables[table].columns.keys()) <= set(row), table


def test_an_export_holds_nothing_of_anybody_else(store, accounts):
    ada, bo = accounts.add("ada", RIGHT), accounts.add("bo", RIGHT)
    put_session(store, ada)
    put_session(store, bo, draft="wombat")
    assert "wombat" not in export_json(store, ada) and "aardvark" not in export_json(store, bo)


# Deleting


def test_a_trainee_goes_with_everything_and_others_stay(store, accounts):
    ada, bo = everything_of(store, accounts, "ada", Role.TRAINEE), everything_of(store, accounts, "bert")
    theirs = belongings(store, ada)
    assert (theirs.sessions, theirs.drafts, theirs.answers, theirs.corrections) == (1, 1, 1, 1)
    others = export(store, bo)
    forget(store, ada)
    assert export(store, bo) == others
    one_each = dict.fromkeys(("people", "sittings", "turns", "answers", "sign_ins", "groups"), 1)
    # failures: one of bert's name, two of bert and ada as "bo", four of the address, which is nobody's
    assert counts(store) == one_each | {"corrections": 2, "failed_sign_ins": 7}
    with pytest.raises(InputError, match="removed already"):
        export(store, ada)


@pytest.mark.parametrize("role, by", [(Role.TEACHER, "ada"), (Role.TRAINEE, REMOVED)])
def test_a_correction_stays_with_the_name_of_a_teacher_only(store, accounts, role, by):
    person = everything_of(store, accounts, "ada", role)
    forget(store, person)
    with store.look() as session:
        correction = session.scalar(select(CorrectionRow))
    assert (correction.by, correction.person_id, correction.why) == (by, None, "mirrored")


def test_who_deletes_only_sessions_can_still_sign_in(store, accounts):
    person = everything_of(store, accounts)
    forget_sessions(store, person)
    theirs = belongings(store, person)
    assert (theirs.sessions, theirs.drafts, theirs.answers, theirs.corrections) == (0, 0, 0, 1)
    assert counts(store)["sign_ins"] == 1 and accounts.named("ada") == person


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("delete", [forget, forget_sessions, lambda store, _: sweep(store, NOW + timedelta(days=10), 1)])
def test_what_is_deleted_is_in_no_file_any_more(store, store_url, accounts, delete):
    with store.begin() as session:
        session.execute(text("PRAGMA secure_delete=OFF"))  # as SQLite comes from its makers; some systems build it otherwise
    ada, bo = accounts.add("ada", RIGHT), accounts.add("bo", RIGHT)
    put_session(store, bo, started=NOW + timedelta(days=30), draft="No effusion, wombat.")
    put_session(store, ada)
    with store.begin() as session:  # an earlier wording leaves its trace too
        session.execute(update(TurnRow).where(TurnRow.draft == DRAFT).values(draft="Clear lungs."))
    file = Path(store_url.removeprefix("sqlite:///"))

    def on_disk() -> bytes:
        return b"".join(path.read_bytes() for path in file.parent.glob(f"{file.name}*"))

    assert b"aardvark" in on_disk() and b"Clear lungs." in on_disk()
    delete(store, ada)
    assert b"aardvark" not in on_disk() and b"Clear lungs." not in on_disk()
    assert b"wombat" in on_disk()


def test_a_file_that_can_not_be_made_anew_now_is_told_and_costs_nothing(caplog):
    class Full:
        class dialect:
            name = "sqlite"

        def raw_connection(self):
            return self

        def execute(self, _):
            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorname = "SQLITE_FULL"
            raise error

        def close(self):
            pass

    keeping._wipe(Full())
    assert "SQLITE_FULL" in caplog.text


@pytest.mark.parametrize("backend", ["sqlite"])
def test_somebody_who_reads_meanwhile_is_not_disturbed_and_that_is_told(store, accounts, caplog):
    person = everything_of(store, accounts)
    with store.look() as reading:
        before = reading.scalar(select(func.count(PersonRow.id)))
        with store.begin() as session:  # the next connection need not wait long for the reader
            session.execute(text("PRAGMA busy_timeout=10"))
        forget_sessions(store, person)
        assert reading.scalar(select(func.count(PersonRow.id))) == before
    assert "SQLITE_BUSY" in caplog.text and belongings(store, person).sessions == 0


# Retention

DAYS = 30
BORDER = NOW - timedelta(days=DAYS)
BEFORE, LONG_BEFORE = BORDER - timedelta(seconds=1), BORDER - timedelta(days=300)


@pytest.mark.parametrize(
    "session, stays",
    [
        ({"started": LONG_BEFORE, "finished": BORDER}, True),  # finished so many days ago, to the second
        ({"started": LONG_BEFORE, "finished": BEFORE}, False),
        ({"started": LONG_BEFORE, "finished": BEFORE, "committed": BEFORE, "answered": NOW}, False),  # finished is finished
        ({"started": BORDER}, True),  # begun and left
        ({"started": BEFORE}, False),
        ({"started": LONG_BEFORE, "committed": BORDER}, True),  # a case a month
        ({"started": LONG_BEFORE, "committed": BEFORE}, False),
        ({"started": LONG_BEFORE, "committed": LONG_BEFORE, "answered": BORDER}, True),
        ({"started": LONG_BEFORE, "committed": LONG_BEFORE, "answered": BEFORE}, False),
    ],
)
def test_the_border_day(store, accounts, session, stays):
    person = accounts.add("ada", RIGHT)
    put_session(store, person, **session)
    assert sweep(store, NOW, DAYS) == (0 if stays else 1)
    left = counts(store)
    assert (left["sittings"], left["turns"], left["people"]) == (int(stays), int(stays), 1)


def test_without_a_setting_no_session_goes(store, accounts, monkeypatch):
    monkeypatch.delenv(keeping.KEEP_DAYS_VARIABLE, raising=False)
    put_session(store, accounts.add("ada", RIGHT), started=NOW - timedelta(days=30_000))
    assert sweep(store, NOW) == 0 and counts(store)["sittings"] == 1
    monkeypatch.setenv(keeping.KEEP_DAYS_VARIABLE, "365")
    assert sweep(store, NOW) == 1 and counts(store)["sittings"] == 0


def test_sign_ins_that_are_over_go_whatever_the_setting(store, accounts):
    everything_of(store, accounts)
    sweep(store, NOW + timedelta(minutes=14))
    assert (counts(store)["sign_ins"], counts(store)["failed_sign_ins"]) == (1, 4)
    sweep(store, NOW + timedelta(hours=12))
    assert (counts(store)["sign_ins"], counts(store)["failed_sign_ins"]) == (0, 0)


@pytest.mark.parametrize("given, days", [("", None), (" ", None), ("1", 1), (" 365 ", 365), ("36500", 36500)])
def test_how_long_is_a_setting(given, days):
    assert keep_days({keeping.KEEP_DAYS_VARIABLE: given}) == days
    assert keep_days({}) is None


@pytest.mark.parametrize("given", ["0", "-1", "1.5", "a year", "36501", "\u0663"])
def test_a_setting_that_is_no_number_of_days_is_refused(given):
    with pytest.raises(InputError, match="KEEP_DAYS.*no number of days"):
        keep_days({keeping.KEEP_DAYS_VARIABLE: given})


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_server_sweeps_at_its_start_and_every_day(store, monkeypatch, caplog):
    """A day on which the database is away does not end it."""
    swept, enough = [], threading.Event()

    def sweep(_, now, days):
        swept.append(days)
        if len(swept) == 2:
            raise StoreError("The database is away.")
        if len(swept) == 4:
            enough.set()
            threading.Event().wait()

    monkeypatch.setenv(keeping.KEEP_DAYS_VARIABLE, "7")
    monkeypatch.setattr(keeping, "sweep", sweep)
    monkeypatch.setattr(keeping, "_DAY_SECONDS", 0.001)
    sweep_daily(store)
    assert enough.wait(10) and swept == [7] * 4
    assert "could not be deleted today: The database is away." in caplog.text


def test_no_log_tells_what_was_deleted(store, accounts, caplog):
    caplog.set_level(logging.DEBUG)
    person = everything_of(store, accounts)
    export_json(store, person)
    sweep(store, NOW + timedelta(days=90), 1)
    forget(store, person)
    assert "aardvark" not in caplog.text and "ada" not in caplog.text


def test_a_failure_row_is_of_a_name_or_an_address(store, accounts):
    everything_of(store, accounts)
    with store.look() as session:
        assert len(set(session.scalars(select(FailedSignInRow.who)))) == 3  # bo, ada, the address
