"""Killed at any moment, nothing that was said to be safe is lost, and nothing is left half written."""

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import pytest
from case_films import put_case
from sqlalchemy import text

from cxr_auditor.teaching.cases import load_library
from cxr_auditor.teaching.people import local_person
from cxr_auditor.teaching.sittings import Sittings
from cxr_auditor.teaching.store.engine import open_store

KILLS = 50
SERVER_TOO = 5  # of PostgreSQL's kills, every so many-th takes the server with it

HALF_WRITTEN = """
SELECT count(*) FROM turns
WHERE (committed IS NULL) <> (report IS NULL) OR (committed IS NULL) <> (truth IS NULL)
"""
WITHOUT_CASES = "SELECT count(*) FROM sittings WHERE id NOT IN (SELECT sitting_id FROM turns)"


class Committer:
    """The process that is killed, and what it said."""

    def __init__(self, url: str, library: Path, log: Path):
        self._log, self._read = log, 0
        log.touch()
        script = Path(__file__).with_name("committer.py")
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
        self._parent = subprocess.Popen([sys.executable, script, url, library, log], env=environment, **pipes)

    def start(self) -> None:
        self._parent.stdin.write("\n")
        self._parent.stdin.flush()
        self.child = int(self._parent.stdout.readline())

    def wait_for(self, lines: int) -> None:
        """Until so many things more were said."""
        deadline = time.monotonic() + 60
        while self._new().count(b"\n") < lines:
            assert time.monotonic() < deadline, "it says nothing"
            time.sleep(0.005)

    def kill(self) -> None:
        os.kill(self.child, signal.SIGKILL)
        assert self._parent.stdout.readline() == "gone\n"

    def said(self) -> list[dict]:
        """What was said since it was asked last; its last words may have been cut off."""
        new = self._new()
        self._read += len(new)
        return [json.loads(line) for line in new.splitlines(keepends=True) if line.endswith(b"\n")]

    def _new(self) -> bytes:
        with self._log.open("rb") as log:
            log.seek(self._read)
            return log.read()

    def close(self) -> None:
        with suppress(ProcessLookupError):  # it is there only where a test failed
            os.kill(self.child, signal.SIGKILL)
        self._parent.stdin.close()
        self._parent.wait(10)


@pytest.fixture
def library(tmp_path):
    for number in range(5):
        put_case(tmp_path / "library", f"case{number}", seed=number)
    return tmp_path / "library"


@pytest.fixture
def committer(tmp_path, library):
    with ExitStack() as started:

        def start(url: str) -> Committer:
            return started.enter_context(closing(Committer(url, library, tmp_path / "said")))

        yield start


def check(url: str, library: Path, said: list[dict]) -> None:
    """That everything said is there and whole, and nothing else is half there."""
    store = open_store(url)
    cases = load_library(library)
    service, person = Sittings(store, lambda: cases), local_person(store)
    with store.look() as session:
        assert session.scalar(text(HALF_WRITTEN)) == 0
        assert session.scalar(text(WITHOUT_CASES)) == 0
        if url.startswith("sqlite"):
            assert session.scalars(text("PRAGMA integrity_check")).all() == ["ok"]
            assert session.scalars(text("PRAGMA foreign_key_check")).all() == []
    sittings = {key: service.open(person, key) for key in {words["key"] for words in said}}
    for words in said:
        turn = sittings[words["key"]].turns[words["number"] - 1]
        if "kept" in words:
            assert turn.draft.startswith(words["kept"])  # a later one may be there that was not said any more
        else:
            assert turn.draft == words["committed"]
            assert turn.report.provenance.draft_sha256 == hashlib.sha256(turn.draft.encode()).hexdigest()
            assert turn.report.reading == turn.truth
            assert turn.committed is not None
    store.close()


def kill_often(committer: Committer, url: str, library: Path, server=None) -> None:
    seed = random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")
    chance = random.Random(seed)
    everything = []
    for number in range(1, KILLS + 1):
        takes_server = server is not None and number % SERVER_TOO == 0
        committer.start()
        committer.wait_for(chance.randrange(16))
        time.sleep(chance.uniform(0, 0.03))
        if takes_server:
            chance.choice((server.kill, lambda: server.stop(signal.SIGQUIT)))()
            time.sleep(chance.uniform(0, 0.03))
        committer.kill()
        if takes_server:
            server.start()
        said = committer.said()
        errors = [words["error"] for words in said if "error" in words]
        assert not errors or takes_server, errors
        said = [words for words in said if "error" not in words]
        check(url, library, said)
        everything += said
    check(url, library, everything)
    commits = sum("committed" in words for words in everything)
    print(f"{KILLS} kills, {len(everything) - commits} drafts kept and {commits} committed: all are there")
    assert commits >= KILLS / 2


@pytest.mark.slow
def test_fifty_kills_on_sqlite(committer, tmp_path, library):
    url = f"sqlite:///{tmp_path / 'teaching.sqlite3'}"
    kill_often(committer(url), url, library)


@pytest.mark.slow
def test_fifty_kills_on_postgresql_some_of_the_server_too(committer, postgres, library):
    url = postgres.address(postgres.database())
    kill_often(committer(url), url, library, postgres)
