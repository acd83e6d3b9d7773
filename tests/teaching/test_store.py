"""Opening a database: where it lies, what is refused and in which words, and what a transaction promises."""

import os
import sqlite3
import stat
import subprocess
import sys
import threading
import traceback

import pytest
from sqlalchemy import select, text

from cxr_auditor.errors import AuditorError, InputError
from cxr_auditor.teaching.errors import StoreError
from cxr_auditor.teaching.people import LOCAL, local_person, person_named
from cxr_auditor.teaching.records import Role
from cxr_auditor.teaching.store.address import DATABASE_VARIABLE, database_url, shown
from cxr_auditor.teaching.store.engine import open_store, write_ahead
from cxr_auditor.teaching.store.tables import PersonRow

SECRET = "hunter2"


@pytest.fixture(autouse=True)
def _no_setting(monkeypatch, tmp_path):
    """The tests' own data folder: nobody's real one is opened."""
    monkeypatch.delenv(DATABASE_VARIABLE, raising=False)
    for name in ("XDG_DATA_HOME", "LOCALAPPDATA", "HOME"):
        monkeypatch.setenv(name, str(tmp_path))


def mode(file) -> int:
    return stat.S_IMODE(os.stat(file).st_mode)


def test_without_a_setting_it_is_a_file_that_only_its_owner_may_read(tmp_path):
    previous = os.umask(0)
    try:
        open_store().close()
    finally:
        os.umask(previous)
    file = next(tmp_path.rglob("teaching.sqlite3"))
    assert mode(file) == 0o600
    assert mode(file.parent) == 0o700


def test_the_environment_names_the_database(tmp_path, monkeypatch):
    monkeypatch.setenv(DATABASE_VARIABLE, f"sqlite:///{tmp_path / 'named.sqlite3'}")
    open_store().close()
    assert (tmp_path / "named.sqlite3").stat().st_size > 0


def test_a_file_that_is_there_keeps_its_permissions(tmp_path):
    file = tmp_path / "shared.sqlite3"
    file.touch()
    file.chmod(0o640)
    open_store(f"sqlite:///{file}").close()
    assert mode(file) == 0o640


URLS = [
    ("nothing to see", "no URL"),  # no scheme
    (f"postgresql://ann:{SECRET}@host:port/name", "no URL"),  # no number for a port
    (f"postgresql://ann:{SECRET}", "no URL"),  # the host forgotten: the password stands where a port would
    (f"postgresql://ann:p@{SECRET}@host/name", "more than one @"),  # would be looked up as a host's name
    (f"mysql://ann:{SECRET}@host/name", "must be SQLite or PostgreSQL"),  # a database that is not served
    (f"postgresql+psycopg2://ann:{SECRET}@host/name", "must be SQLite or PostgreSQL"),  # a driver that is not tested
    ("sqlite://", "must be a file"),  # in memory: nothing would last
    ("sqlite:///:memory:", "must be a file"),  # the same by name
    ("sqlite:///{tmp}/x.sqlite3?mode=ro", "must be a file, named without options"),  # options may make it anything
    ("sqlite:///file:{tmp}/x.sqlite3", "must be a file"),  # SQLite's own URLs
    ("sqlite:///{tmp}/none/x.sqlite3", "does not exist"),  # a folder with a typing error is not made
    ("sqlite:///{tmp}", "is a folder"),  # the folder itself
    ("sqlite:///{tmp}/letter.txt", "letter.txt is not a database"),  # another file
]


@pytest.mark.parametrize("url, said", URLS)
def test_what_is_no_database_is_refused_without_repeating_a_password(url, said, tmp_path):
    (tmp_path / "letter.txt").write_text("Dear all, this is a letter. " * 50)
    with pytest.raises(InputError, match=said) as caught:
        open_store(url.format(tmp=tmp_path))
    assert caught.value.hint
    assert SECRET not in "".join(traceback.format_exception(caught.value))
    assert (tmp_path / "letter.txt").read_text().startswith("Dear all")


def test_a_folder_that_can_not_be_made(tmp_path, monkeypatch):
    (tmp_path / "taken").write_text("")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "taken"))
    with pytest.raises(InputError, match="can't be made: Not a directory"):
        open_store()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_can_not_be_written(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(InputError, match="can't be written: Permission denied"):
        open_store(f"sqlite:///{tmp_path / 'x.sqlite3'}")


def test_without_the_driver_postgresql_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(AuditorError, match=r"package psycopg.*pip install 'cxr-draft-auditor\[teaching\]'"):
        open_store(f"postgresql://ann:{SECRET}@host/name")


def test_a_server_that_is_not_there(tmp_path):
    with pytest.raises(StoreError, match="name on 127.0.0.1:1 can't be used") as caught:
        open_store(f"postgres://ann:{SECRET}@127.0.0.1:1/name")
    assert SECRET not in "".join(traceback.format_exception(caught.value))
    assert caught.value.retryable


def test_what_is_shown_of_an_address_has_no_user_and_no_option():
    assert shown(database_url(f"postgresql://ann:{SECRET}@db.example:5433/lessons?password={SECRET}")) == "lessons on db.example:5433"


def test_every_connection_keeps_what_is_committed(sqlite_url):
    store = open_store(sqlite_url)
    with store.begin() as one, store.look() as another:
        for session in (one, another):
            assert [session.execute(text(f"PRAGMA {name}")).scalar() for name in ("journal_mode", "foreign_keys", "synchronous")] == [
                "wal",
                1,
                2,
            ]
    store.close()


def test_a_block_that_raises_leaves_nothing(store):
    local_person(store)
    with pytest.raises(ZeroDivisionError), store.begin() as session:
        session.scalars(select(PersonRow)).one().name = "changed"
        session.flush()
        raise ZeroDivisionError
    assert person_named(store, LOCAL) is not None


def test_who_only_looks_waits_for_no_writer(store):
    local_person(store)
    with store.begin() as writing:
        writing.scalars(select(PersonRow)).one().name = "changed"
        writing.flush()
        assert person_named(store, LOCAL) is not None  # as it was before
    assert person_named(store, "changed") is not None


def test_who_only_looks_sees_one_moment(store):
    local_person(store)
    with store.look() as session:
        assert session.scalars(select(PersonRow.name)).all() == [LOCAL]
        with store.begin() as writing:
            writing.scalars(select(PersonRow)).one().name = "changed"
        assert session.scalars(select(PersonRow.name)).all() == [LOCAL]


def test_who_only_looks_can_not_write(store):
    local_person(store)
    with pytest.raises(StoreError, match="read-?only"), store.look() as session:
        session.execute(text("DELETE FROM people"))
    with store.begin() as session:  # the same connection writes again
        session.execute(text("UPDATE people SET role = 'trainee'"))
    assert person_named(store, LOCAL).role is Role.TRAINEE


def test_writers_wait_for_each_other_and_lose_nothing(sqlite_url):
    """Each reads and then writes: without a lock from the beginning, SQLite refuses the second one or its count is lost."""
    stores = [open_store(sqlite_url) for _ in range(3)]  # three programs
    local_person(stores[0])

    def count(store):
        for _ in range(10):
            with store.begin() as session:
                row = session.scalars(select(PersonRow)).one()
                row.password = str(int(row.password or 0) + 1)

    threads = [threading.Thread(target=count, args=(store,)) for store in stores for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with stores[0].look() as session:
        assert session.scalars(select(PersonRow.password)).one() == "60"
    for store in stores:
        store.close()


def test_no_error_repeats_what_was_to_be_stored(store):
    with pytest.raises(StoreError) as caught, store.begin() as session:
        session.execute(text("INSERT INTO nowhere VALUES (:draft)"), {"draft": "Small effusion of Mrs. X"})
    assert "Mrs. X" not in "".join(traceback.format_exception(caught.value))


def test_the_local_user_is_one_teacher(store):
    first, second = local_person(store), local_person(store)
    assert first == second
    assert (first.name, first.role, first.group) == ("local", Role.TEACHER, None)


def test_first_use_by_two_windows_at_once(store):
    found = []
    barrier = threading.Barrier(4)

    def enter():
        barrier.wait()
        found.append(local_person(store))

    threads = [threading.Thread(target=enter) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4 and len(set(person.id for person in found)) == 1


def test_the_core_needs_no_database_package():
    code = "import sys, cxr_auditor, cxr_auditor.cli; print(*[m for m in ('sqlalchemy', 'alembic', 'psycopg') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == ""


OPEN = """
import sys
from cxr_auditor.teaching.store.engine import open_store
sys.stdin.readline()
open_store(sys.argv[1]).close()
"""


def test_the_write_ahead_log_is_asked_for_again_while_another_program_has_the_file(tmp_path):
    other = sqlite3.connect(tmp_path / "new.sqlite3", isolation_level=None, check_same_thread=False)
    other.execute("CREATE TABLE t (x)")
    other.execute("BEGIN EXCLUSIVE")
    release = threading.Timer(0.2, other.execute, ["COMMIT"])
    mine = sqlite3.connect(tmp_path / "new.sqlite3", timeout=0)  # as where SQLite itself does not wait
    release.start()
    assert write_ahead(mine) == "wal"
    release.join()
    mine.close()
    other.close()


@pytest.mark.slow
def test_two_processes_make_one_database(empty_url):
    starting = [
        subprocess.Popen([sys.executable, "-c", OPEN, empty_url], stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for process in starting:
        process.stdin.write("\n")
        process.stdin.flush()
    assert [process.communicate()[1] for process in starting] == [""] * 2
    assert [process.returncode for process in starting] == [0] * 2


@pytest.mark.slow
def test_a_server_that_comes_back_is_used_again(postgres):
    store = open_store(postgres.address(postgres.database()))
    local_person(store)
    postgres.kill()
    postgres.start()
    assert person_named(store, LOCAL) is not None  # nobody had noticed
    postgres.kill()
    try:
        with pytest.raises(StoreError, match="can't be used"):
            person_named(store, LOCAL)
    finally:
        postgres.start()
    assert person_named(store, LOCAL) is not None
    store.close()
