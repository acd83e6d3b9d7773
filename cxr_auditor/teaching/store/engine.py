"""The open database: one way in, one kind of transaction for looking and one for writing."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session, sessionmaker

from ...errors import InputError
from ..errors import StoreError
from .address import FORMS, database_url, shown
from .migrate import migrate

_WAIT_S = 30  # a writer waits so long for another one before it gives up
_CONNECT_S = 10
_LOOKING = "cxr_auditor_looking"


class Store:
    """An open database at the newest schema. May be used by many threads; each transaction has a connection of its own."""

    def __init__(self, engine: Engine):
        self._engine = engine
        self._writing = sessionmaker(engine, expire_on_commit=False)
        sqlite = engine.dialect.name == "sqlite"
        looking = {_LOOKING: True} if sqlite else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        self._looking = sessionmaker(engine.execution_options(**looking))
        self._queue = threading.Lock() if sqlite else None

    @contextmanager
    def begin(self) -> Iterator[Session]:
        """One transaction: committed at the end of the block, undone where the block raises. Writers come one after the other on SQLite.

        Keep slow work (an audit) out of it. StoreError where the database can't do its work; IntegrityError passes.
        """
        with told(self._engine.url), self._in_turn(), self._writing.begin() as session:
            yield session

    @contextmanager
    def look(self) -> Iterator[Session]:
        """One transaction that only reads, all of one moment; it waits for no writer. StoreError as for `begin`, and where it writes."""
        with told(self._engine.url), self._looking() as session:
            yield session

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        """SQLite has one writer at a time and lets others sleep between their tries: threads of one program do better to queue."""
        if self._queue is None:
            yield
            return
        if not self._queue.acquire(timeout=_WAIT_S):
            raise _busy(self._engine.url)
        try:
            yield
        finally:
            self._queue.release()


def open_store(url: str | None = None) -> Store:
    """The database at `url` (`sqlite:///FILE`, `postgresql://USER:PASSWORD@HOST/NAME`), else at $CXR_AUDITOR_DATABASE, else a file in the
    user's data folder; brought to the newest schema. Two programs may open a new one at the same moment.

    InputError: no such address, a file that is no database or somebody else's, a newer schema. StoreError: the server can't be reached.
    """
    engine = make_engine(database_url(url))
    try:
        with told(engine.url):
            migrate(engine)
    except BaseException:
        engine.dispose()
        raise
    return Store(engine)


def make_engine(url: URL) -> Engine:
    """Connections that keep what is committed, whatever happens to the process. Drafts never stand in an error: parameters are hidden."""
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url, hide_parameters=True)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "checkout", _let_write_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    options = {} if "connect_timeout" in url.query else {"connect_timeout": _CONNECT_S}
    return create_engine(url, hide_parameters=True, pool_pre_ping=True, connect_args=options)


def _prepare_sqlite(connection, _record) -> None:
    connection.isolation_level = None  # the driver would begin transactions too late: see _begin_sqlite
    connection.execute(f"PRAGMA busy_timeout={_WAIT_S * 1000}")
    mode = write_ahead(connection)
    if mode != "wal":
        raise InputError("SQLite can't keep its write-ahead log there, perhaps a network drive.", "Name a file on a local disk.")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")


def _let_write_sqlite(connection, _record, _proxy) -> None:
    connection.execute("PRAGMA query_only=0")  # whoever had it before may only have looked


def write_ahead(connection) -> str:
    """The journal's mode after asking for the write-ahead log. Turning it on takes the file alone, and where two programs want that at
    once SQLite tells one of them "locked" without waiting: each would wait for the other.
    """
    give_up = time.monotonic() + _WAIT_S
    while True:
        try:
            return connection.execute("PRAGMA journal_mode=WAL").fetchone()[0]
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > give_up:
                raise
            time.sleep(0.02)


def _begin_sqlite(connection: Connection) -> None:
    """A transaction that reads first and writes later fails when another one wrote in between; one that locks at once waits."""
    if connection.get_execution_options().get(_LOOKING):
        connection.exec_driver_sql("PRAGMA query_only=1")
        connection.exec_driver_sql("BEGIN")
    else:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


@contextmanager
def told(url: URL) -> Iterator[None]:
    """What the database's driver raises, as StoreError or InputError. Nothing is chained: a driver's details may hold a draft."""
    try:
        yield
    except IntegrityError:
        raise
    except DBAPIError as error:
        reason = _reason(error, url)
        if "file is not a database" in reason:
            raise InputError(f"{shown(url)} is not a database.", FORMS) from None
        raise StoreError(f"The database {shown(url)} can't be used: {reason}.", "Try again; see whether it runs and has space.") from None
    except PoolTimeout:
        raise _busy(url) from None


def _busy(url: URL) -> StoreError:
    return StoreError(f"The database {shown(url)} is too busy.", "Try again in a moment.")


def _reason(error: DBAPIError, url: URL) -> str:
    """The driver's own words without its details, and without the password."""
    diagnosis = getattr(error.orig, "diag", None)
    words = (diagnosis and diagnosis.message_primary) or str(error.orig)
    line = " ".join(words.split()).rstrip(".")
    return line.replace(str(url.password), "***") if url.password else line
