"""The way from any schema to the newest one, on filled databases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import DateTime, MetaData, bindparam, delete, inspect, select, text
from sqlalchemy.exc import DBAPIError

from cxr_auditor.errors import InputError
from cxr_auditor.teaching.store.address import database_url
from cxr_auditor.teaching.store.engine import make_engine, open_store
from cxr_auditor.teaching.store.migrate import VERSION_TABLE, migrate
from cxr_auditor.teaching.store.tables import Base, PersonRow, SittingRow

THEN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture
def engine(empty_url):
    engine = make_engine(database_url(empty_url))
    yield engine
    engine.dispose()


def rows(engine) -> dict[str, list[dict]]:
    """Every row of every table, in the order of the keys."""
    found = MetaData()
    found.reflect(engine)
    with engine.connect() as connection:
        return {
            name: [dict(row._mapping) for row in connection.execute(select(table).order_by(*table.primary_key.columns or table.columns))]
            for name, table in found.tables.items()
        }


def fill_first(engine) -> None:
    """Rows in every table of the first schema; three people, of whom the last has nothing."""
    migrate(engine, to="0001")
    found = MetaData()
    found.reflect(engine)
    people = [{"id": i, "name": f"Zoë {i}", "role": "trainee", "made": THEN} for i in (1, 2, 7)]
    sitting = {"wish": "{}", "reader": "lite", "parser": "rules", "started": THEN}
    turn = {"case": "one", "draft": "Kein Erguß. ☂", "marks": "[]", "seconds": 1.5}
    whole = turn | {"committed": THEN, "truth": "{}", "report": "{}", "reader_report": None}
    answer = {"against": "truth", "ref": "f1", "stance": "agree", "why": "", "at": THEN}
    with engine.begin() as connection:
        connection.execute(found.tables["people"].insert(), people)
        connection.execute(found.tables["sittings"].insert(), [sitting | {"id": i, "key": f"k{i}", "person_id": i} for i in (1, 2)])
        connection.execute(found.tables["turns"].insert(), [whole | {"id": i, "sitting_id": i, "number": 1} for i in (1, 2)])
        connection.execute(found.tables["turns"].insert(), [turn | {"id": 3, "sitting_id": 1, "number": 2}])
        connection.execute(found.tables["answers"].insert(), [answer | {"id": i, "turn_id": i} for i in (1, 2)])


def test_the_migrated_schema_is_that_of_the_tables(engine):
    migrate(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE, "compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_a_filled_first_schema_keeps_every_row(engine):
    fill_first(engine)
    before = rows(engine)
    assert {name: len(found) for name, found in before.items() if name != VERSION_TABLE} == {
        "people": 3,
        "sittings": 2,
        "turns": 3,
        "answers": 2,
    }
    migrate(engine)
    after = rows(engine)
    assert after.pop(VERSION_TABLE) != before.pop(VERSION_TABLE)
    for name, found in before.items():
        columns = found[0].keys()
        assert [{column: row[column] for column in columns} for row in after[name]] == found, name


def test_old_sessions_get_the_last_sign_of_life_that_is_known(engine):
    fill_first(engine)
    later = {"committed": THEN + timedelta(days=1), "answered": THEN + timedelta(days=2), "finished": THEN + timedelta(days=3)}
    changes = {  # by session: the fourth was begun and left
        1: "UPDATE turns SET committed = :committed WHERE id = 1",
        2: "UPDATE answers SET at = :answered WHERE turn_id = 2",
        3: "UPDATE sittings SET finished = :finished WHERE id = 3",
    }
    found = MetaData()
    found.reflect(engine)
    row = {"person_id": 1, "wish": "{}", "reader": None, "parser": "rules", "started": THEN}
    with engine.begin() as connection:
        connection.execute(found.tables["sittings"].insert(), [row | {"id": i, "key": f"k{i}"} for i in (3, 4)])
        for change, value in zip(changes.values(), later.items(), strict=True):
            name, moment = value
            connection.execute(text(change).bindparams(bindparam(name, moment, DateTime(timezone=True))))
    migrate(engine)
    with engine.connect() as connection:
        touched = dict(connection.execute(select(SittingRow.id, SittingRow.touched)).all())
    assert touched == {1: later["committed"], 2: later["answered"], 3: later["finished"], 4: THEN}


def test_what_hangs_on_a_row_still_does_after_a_migration(engine, empty_url):
    fill_first(engine)
    store = open_store(empty_url)
    with store.begin() as session:
        session.execute(delete(PersonRow).where(PersonRow.id == 1))
    store.close()
    left = rows(engine)
    assert [row["id"] for row in left["people"]] == [2, 7]
    assert [[row["id"] for row in left[name]] for name in ("sittings", "turns", "answers")] == [[2], [2], [2]]


def test_a_migration_that_fails_leaves_everything_as_it_was(engine):
    fill_first(engine)
    with engine.begin() as connection:  # in the way of the second migration's last table
        connection.execute(text("CREATE TABLE failed_sign_ins (id INTEGER PRIMARY KEY)"))
    before, tables = rows(engine), inspect(engine).get_table_names()
    with pytest.raises(DBAPIError, match="failed_sign_ins"):
        migrate(engine)
    assert rows(engine) == before
    assert inspect(engine).get_table_names() == tables


def test_a_second_time_changes_nothing(engine):
    fill_first(engine)
    migrate(engine)
    before = rows(engine)
    migrate(engine)
    assert rows(engine) == before


def test_programs_that_start_at_once_share_the_work(empty_url):
    with ThreadPoolExecutor(6) as pool:
        stores = list(pool.map(lambda _: open_store(empty_url), range(6)))
    for store in stores:
        with store.look() as session:
            assert session.scalars(select(PersonRow)).all() == []
        store.close()


def test_two_databases_are_made_at_once(tmp_path):
    """Alembic keeps what it is working on in one place for all threads."""
    urls = [f"sqlite:///{tmp_path / name}" for name in "abcdef"]
    with ThreadPoolExecutor(6) as pool:
        stores = list(pool.map(open_store, urls))
    for store in stores:
        with store.look() as session:
            assert session.scalars(select(PersonRow)).all() == []
        store.close()


def test_a_newer_schema_is_refused(engine, empty_url):
    migrate(engine)
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '0999'"))
    with pytest.raises(InputError, match="0999 of a newer version.*Install that version"):
        open_store(empty_url)


def test_tables_of_another_program_are_left_alone(engine, empty_url):
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE people (name VARCHAR(20))"))
    with pytest.raises(InputError, match="tables of another program"):
        open_store(empty_url)
    assert inspect(engine).get_table_names() == ["people"]


@pytest.mark.slow
def test_a_database_that_can_not_hold_every_letter_is_refused(postgres):
    name = postgres.database("template0", "ENCODING 'LATIN1'")
    with pytest.raises(InputError, match="must keep text as UTF8, but keeps it as LATIN1"):
        open_store(postgres.address(name))
