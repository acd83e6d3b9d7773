"""Databases for the tests of teaching: SQLite as a file, PostgreSQL as a real server. Both are migrated once and copied for each test."""

import os
import shutil
import tempfile
from itertools import count
from pathlib import Path

import pytest
from case_films import put_case
from postgres import Server, binaries, roomy_memory
from trainees import ILL

from cxr_auditor.teaching.cases import load_library
from cxr_auditor.teaching.people import local_person
from cxr_auditor.teaching.sittings import Sittings
from cxr_auditor.teaching.store.engine import open_store

BACKENDS = ("sqlite", pytest.param("postgresql", marks=pytest.mark.slow))


@pytest.fixture(scope="session")
def postgres():
    """A server for the whole session. Without its programs tests are skipped, but never in CI."""
    programs = binaries()
    if programs is None:
        assert os.environ.get("CI") != "true", "CI must have PostgreSQL's server: apt-get install postgresql"
        pytest.skip("PostgreSQL's server is not on this machine (Debian: apt-get install postgresql)")
    server = Server(programs)
    yield server
    server.close()


@pytest.fixture(scope="session")
def _sqlite_files():
    """Names for databases where a commit costs little; the first one is at the newest schema."""
    with tempfile.TemporaryDirectory(dir=roomy_memory()) as folder:
        names = (Path(folder) / f"{number}.sqlite3" for number in count())
        first = next(names)
        open_store(f"sqlite:///{first}").close()
        yield first, names


@pytest.fixture(scope="session")
def _migrated_database(postgres):
    name = postgres.database()
    open_store(postgres.address(name)).close()
    return name


@pytest.fixture
def empty_url(request, tmp_path, backend):
    """Where there is no table yet."""
    if backend == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.sqlite3'}"
    server = request.getfixturevalue("postgres")
    return server.address(server.database())


@pytest.fixture
def sqlite_url(_sqlite_files):
    """A database at the newest schema, without a row."""
    migrated, names = _sqlite_files
    return f"sqlite:///{shutil.copy(migrated, next(names))}"


@pytest.fixture
def store_url(request, backend):
    """The same on either database."""
    if backend == "sqlite":
        return request.getfixturevalue("sqlite_url")
    server = request.getfixturevalue("postgres")
    return server.address(server.database(template=request.getfixturevalue("_migrated_database")))


@pytest.fixture(params=BACKENDS)
def backend(request):
    return request.param


@pytest.fixture
def store(store_url):
    store = open_store(store_url)
    yield store
    store.close()


@pytest.fixture(scope="session")
def few_cases(tmp_path_factory):
    """Six cases with small films: four with a right pneumothorax, two normal ones."""
    library = tmp_path_factory.mktemp("library")
    for number in range(6):
        put_case(library, f"case{number}", seed=number, **({"reading": {"findings": []}} if number > 3 else {}))
    return load_library(library)


@pytest.fixture
def service(store, few_cases):
    return Sittings(store, lambda: few_cases)


@pytest.fixture
def person(store):
    return local_person(store)


@pytest.fixture
def key(service, person):
    """The local user's session with three films of a right pneumothorax."""
    return service.begin(person, ILL, None).key
