"""A real server and a real browser; every page is watched for requests to other hosts."""

import os
import shutil
from pathlib import Path

import pytest
from desk import Desk
from serving import Server, start, stop
from trainee import Reader

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


def pytest_collection_modifyitems(items):
    """Marks the tests of this folder and puts them last: while a browser is open, no other test can run an event loop of its own."""
    here = [item for item in items if Path(__file__).parent in item.path.parents]
    for item in here:
        item.add_marker("browser")
    items.sort(key=lambda item: item in here)


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


@pytest.fixture
def reader(visit):
    """Opens the tab as a visitor with a browser of their own, signed in where a name is given."""

    def come(server, name: str = "", **screen) -> Reader:
        one = Reader(visit(server, **screen))
        if name:
            one.sign_in(name)
        one.open()
        return one

    return come
