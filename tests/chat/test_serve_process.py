"""A remote audit through a real `transformers serve` process with a tiny model: it works, it dies in mid-reply, it works again."""

import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import numpy as np
import pytest
import tiny_models
from scripted_model import small_film

from cxr_auditor.audit import audit
from cxr_auditor.chat.errors import ServerUnavailable
from cxr_auditor.findings import Finding
from cxr_auditor.images import Radiograph
from cxr_auditor.readers.medgemma import MedGemmaReader
from cxr_auditor.schema import Outcome, ReadingStatus

pytestmark = pytest.mark.slow

COMMAND = Path(sys.executable).with_name("transformers")


class Server:
    """The process, on a port of its own for good, so that it comes back at the same address."""

    def __init__(self, log):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}/v1"
        self._log, self._process = log, None

    def start(self):
        options = ["--device", "cpu", "--dtype", "float32", "--host", "127.0.0.1", "--port", str(self.port)]
        environment = os.environ | {"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
        with self._log.open("ab") as log:
            self._process = subprocess.Popen([COMMAND, "serve", *options], stdout=log, stderr=log, env=environment)
        for _ in range(600):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health", timeout=1):
                    return
            except (urllib.error.URLError, OSError):
                assert self._process.poll() is None, self._log.read_text()[-2000:]
                time.sleep(0.2)
        pytest.fail("the server did not come up")

    def kill(self):
        self._process.kill()
        self._process.wait()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    if not COMMAND.exists():
        pytest.skip("the command `transformers` is not installed beside this Python")
    running = Server(tmp_path_factory.mktemp("serve") / "log.txt")
    running.start()
    yield running
    running.kill()


def dark_film() -> Radiograph:
    """A film that the taught model calls normal."""
    return Radiograph(np.random.default_rng(0).integers(0, 120, (120, 100), dtype=np.uint8), sha256="dark")


def reader(server, model="gemma3_taught") -> MedGemmaReader:
    return MedGemmaReader(model=tiny_models.folder(model), server=server.address)


def test_a_remote_audit(server):
    report = audit(dark_film(), "Large left pleural effusion.", reader=reader(server))
    assert report.reading.status is ReadingStatus.OK and report.reading.silence_means_absent
    assert report.outcome is Outcome.REVIEW and [f.kind.value for f in report.flags] == ["UNSUPPORTED"]
    assert report.provenance.reader_revision.startswith("server:")


@pytest.mark.parametrize(("lowest", "highest", "seen"), [(0, 120, []), (130, 255, [Finding.CARDIOMEGALY])])
def test_the_film_reaches_the_server(server, lowest, highest, seen):
    """The tiny model was taught to tell a bright film from a dark one; it can only if the pixels get there."""
    film = Radiograph(np.random.default_rng(0).integers(lowest, highest, (120, 100), dtype=np.uint8), sha256="x")
    reading = reader(server).read(film)
    assert reading.status is ReadingStatus.OK
    assert [f.finding for f in reading.findings] == seen


def test_a_remote_answer_streams(server):
    pieces = list(reader(server).ask(small_film(), [], "What is seen?"))
    assert len(pieces) > 3


def test_killed_in_the_middle_of_a_reply_and_back_again(server):
    film, remote = dark_film(), reader(server, "gemma3")  # the untaught one writes until its budget is spent
    killer = threading.Timer(0.5, server.kill)
    killer.start()
    report = audit(film, "No pneumothorax.", reader=remote)
    killer.join()
    assert report.outcome is Outcome.NOT_AUDITED and report.reading.status is ReadingStatus.FAILED
    assert "can't be reached or broke off" in report.reading.message and "try again" in report.reading.message
    assert not report.flags

    server.start()
    report = audit(film, "No pneumothorax.", reader=reader(server))
    assert report.outcome is Outcome.AGREEMENT and report.reading.status is ReadingStatus.OK


def test_a_stream_that_is_killed_ends_in_a_clear_error(server):
    stream = reader(server, "gemma3").ask(small_film(), [], "What is seen?")
    came = [next(stream)]
    server.kill()
    with pytest.raises(ServerUnavailable):
        came.extend(stream)
    server.start()
    assert came
