"""Bringing a database to the newest schema, whichever it has, without losing a row."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, func, inspect, select, text

from ...errors import InputError

VERSION_TABLE = "cxr_auditor_schema"
_LOCK = 0x0C0DE5C4E11A  # any number that nobody else takes as a lock

_ALEMBIC = threading.Lock()  # a migration's `op` is one for the whole process, whatever database it is about


def migrate(engine: Engine, to: str = "head") -> None:
    """Brings the database to a schema, in one transaction that no other program's start can come between.

    InputError for a database that something else made, or a newer version of this program.
    """
    with engine.connect() as connection, _keys_unchecked(connection), connection.begin():
        if connection.dialect.name == "postgresql":
            _need_unicode(connection)
            connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
        config = _config(connection)
        _need_ours(connection, ScriptDirectory.from_config(config))
        with _ALEMBIC:
            command.upgrade(config, to)
        if connection.dialect.name == "sqlite" and connection.execute(text("PRAGMA foreign_key_check")).first():
            raise AssertionError("a migration left a row without the row that it belongs to")


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes |= {"connection": connection, "version_table": VERSION_TABLE}
    return config


def _need_ours(connection: Connection, script: ScriptDirectory) -> None:
    current = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE}).get_current_heads()
    known = {revision.revision for revision in script.walk_revisions()}
    if not set(current) <= known:
        problem = f"The database has the schema {', '.join(current)} of a newer version of this program (known here: {max(known)})."
        raise InputError(problem, "Install that version, or name another database.")
    if not current and inspect(connection).get_table_names():
        raise InputError("The database holds tables of another program.", "Name a database, or a file, for this program alone.")


def _need_unicode(connection: Connection) -> None:
    encoding = connection.execute(text("SHOW server_encoding")).scalar_one()
    if encoding != "UTF8":
        raise InputError(f"The PostgreSQL database must keep text as UTF8, but keeps it as {encoding}.", "createdb --encoding=UTF8 NAME")


@contextmanager
def _keys_unchecked(connection: Connection) -> Iterator[None]:
    """SQLite alters a table by making it anew; with foreign keys on, dropping the old one would delete what hangs on its rows."""
    if connection.dialect.name != "sqlite":
        yield
        return
    raw = connection.connection.dbapi_connection
    raw.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        raw.execute("PRAGMA foreign_keys=ON")
