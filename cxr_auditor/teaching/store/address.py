"""Which database: what the caller, the environment or the platform names, checked before anything is opened."""

import os
import sys
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from ...errors import AuditorError, InputError

DATABASE_VARIABLE = "CXR_AUDITOR_DATABASE"
"""The URL of the database; without it, a file in the user's data folder."""

FORMS = f"Write sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME, for example in ${DATABASE_VARIABLE}."
_DRIVERS = {
    "sqlite": "sqlite+pysqlite",
    "sqlite+pysqlite": "sqlite+pysqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}


def database_url(text: str | None = None) -> URL:
    """The database to open: `text`, else DATABASE_VARIABLE, else a file in the user's data folder. Makes an SQLite file that is missing.

    InputError for what names no database, AuditorError where PostgreSQL's driver is missing. No message holds a password.
    """
    text = text or os.environ.get(DATABASE_VARIABLE)
    url = _parsed(text) if text else URL.create(_DRIVERS["sqlite"], database=str(_default_file()))
    if url.get_backend_name() == "sqlite":
        _make_file(_sqlite_file(url))
    else:
        _need_driver()
    return url


def shown(url: URL) -> str:
    """The database for people: without user, password and options."""
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    port = f":{url.port}" if url.port else ""
    return f"{url.database or ''} on {url.host or 'this machine'}{port}".strip()


def _parsed(text: str) -> URL:
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):  # their messages repeat the text, and with it a password
        raise InputError("The database's address is no URL that can be read.", FORMS) from None
    driver = _DRIVERS.get(url.drivername)
    if driver is None:
        raise InputError("The database must be SQLite or PostgreSQL.", FORMS)
    if "@" in (url.host or ""):  # the part before it belongs to a password
        raise InputError("The database's address holds more than one @.", "In a password, write %40 for @, %3A for : and %2F for /.")
    return url.set(drivername=driver)


def nothing_stored() -> bool:
    """Whether no database is named and the user's data folder holds none: nobody has anything there. Makes nothing."""
    return not os.environ.get(DATABASE_VARIABLE) and not _default_path().is_file()


def _default_path() -> Path:
    home = Path.home()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = home / "Library" / "Application Support"
    else:
        given = os.environ.get("XDG_DATA_HOME", "")
        base = Path(given) if os.path.isabs(given) else home / ".local" / "share"
    return base / "cxr-draft-auditor" / "teaching.sqlite3"


def _default_file() -> Path:
    file = _default_path()
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"The folder {file.parent} for the database can't be made: {error.strerror}.", FORMS) from error
    return file


def _sqlite_file(url: URL) -> Path:
    if url.query or not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        raise InputError("An SQLite database must be a file, named without options.", FORMS)
    return Path(url.database)


def _make_file(file: Path) -> None:
    """Only its owner may read what trainees wrote; a file that is there keeps the permissions that it was given."""
    if not file.parent.is_dir():
        raise InputError(f"The folder {file.parent} for the database does not exist.", "Make it, or name another file.")
    if file.is_dir():
        raise InputError(f"{file} is a folder.", "Name a file for the database.")
    try:
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise InputError(f"The database file {file} can't be written: {error.strerror}.", "Name a file that you may write.") from error
    if not os.access(file.parent, os.W_OK):
        raise InputError(f"The folder {file.parent} can't be written.", "SQLite writes beside its file: name one in a folder of yours.")


def _need_driver() -> None:
    try:
        import psycopg  # noqa: F401
    except ImportError as error:
        raise AuditorError("PostgreSQL needs the package psycopg.", "pip install 'cxr-draft-auditor[teaching]'") from error
