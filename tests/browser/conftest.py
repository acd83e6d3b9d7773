"""A real server (`python app.py` in a process of its own) and a real browser; every page is watched for requests to other hosts."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import pytest
from desk import Desk

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WATCH = """
import sys

def hook(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo"):
        host = arguments[1][0] if event == "socket.connect" and isinstance(arguments[1], tuple) else arguments[0]
        if isinstance(host, str) and host not in ("127.0.0.1", "localhost", "::1", "0.0.0.0", ""):
            print("FOREIGN HOST", event, host, file=sys.stderr, flush=True)

sys.addaudithook(hook)
"""
"""Runs first in each server: tells in its log when it looks for another host."""


def pytest_collection_modifyitems(items):
    """Marks the tests of this folder and puts them last: while a browser is open, no other test can run an event loop of its own."""
    here = [item for item in items if Path(__file__).parent in item.path.parents]
    for item in here:
        item.add_marker("browser")
    items.sort(key=lambda item: item in here)


@dataclass
class Server:
    """A page being served. `folder` is its working directory, home and temporary directory: whatever it writes lies there."""

    process: subprocess.Popen
    address: str
    port: int
    folder: Path
    log: Path

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def everything_written(self) -> bytes:
        """Names and contents of all files that the server left, its log included."""
        files = [path for path in self.folder.rglob("*") if path.is_file()]
        return b"\n".join(str(path).encode() + b"\n" + path.read_bytes() for path in files)


def start(script: Path, folder: Path, root: Path, port: int | None = None) -> Server:
    if port is None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "server.log"
    (folder / "sitecustomize.py").write_text(WATCH)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("GRADIO_", "CXR_AUDITOR_"))}
    environment |= {
        "GRADIO_SERVER_PORT": str(port),
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "PYTHONPATH": os.pathsep.join((str(folder), str(root))),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
    }
    with log.open("ab") as out:
        process = subprocess.Popen([sys.executable, str(script)], cwd=folder, env=environment, stdout=out, stderr=subprocess.STDOUT)
    server = Server(process, f"http://127.0.0.1:{port}/", port, folder, log)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(server.address, timeout=2).close()
            return server
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.2)
    process.kill()
    raise RuntimeError(f"the page did not come up:\n{log.read_text()}")


def stop(server: Server) -> None:
    server.process.terminate()
    try:
        server.process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        server.kill()
    assert "FOREIGN HOST" not in server.log.read_text()


@pytest.fixture(scope="session")
def browser():
    """Chromium, headless. Without one the tests skip; in CI they fail."""
    where = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if where is None:
        message = f"no browser found ({', '.join(CHROMIUM)}); on Debian: apt-get install chromium"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=where, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def server(browser, root, tmp_path_factory):
    """`python app.py`, as the README starts it."""
    server = start(root / "app.py", tmp_path_factory.mktemp("page"), root)
    yield server
    stop(server)


@pytest.fixture(scope="session")
def odd_server(browser, root, tmp_path_factory):
    """The same page with a reader that takes its time and one that breaks."""
    server = start(Path(__file__).with_name("odd_readers.py"), tmp_path_factory.mktemp("odd"), root)
    yield server
    stop(server)


@pytest.fixture
def visit(browser):
    """Opens pages, each as a visitor of its own; at the end none of them has asked any other host for anything or broken a script."""
    opened = []

    def visit(server: Server, width: int = 1400, height: int = 900, **context) -> Desk:
        page = browser.new_context(viewport={"width": width, "height": height}, accept_downloads=True, **context).new_page()
        desk = Desk(page, server.address)
        opened.append(desk)
        desk.open()
        return desk

    yield visit
    for desk in opened:
        desk.page.context.close()
    for desk in opened:
        assert desk.foreign_requests == []
        assert desk.script_errors == []


@pytest.fixture
def desk(visit, server) -> Desk:
    """One visitor on a desktop screen."""
    return visit(server)
