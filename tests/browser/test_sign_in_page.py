"""Signing in at a real server: over plain HTTP, and in a browser."""

import http.cookiejar
import os
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import pytest
from serving import start, stop

from cxr_auditor.web.who import COOKIE

RIGHT, WRONG = "three quiet herons", "three loud herons"

pytestmark = pytest.mark.slow


def users(folder: Path, root: Path, *arguments: str, password: str | None = None) -> str:
    """`cxr-auditor users ...` on the server's database, while it runs."""
    command = [sys.executable, "-m", "cxr_auditor", "users", *arguments, "--database", f"sqlite:///{folder / 'teaching.sqlite3'}"]
    if password is not None:
        command.append("--password-stdin")
    environment = os.environ | {"PYTHONPATH": str(root)}
    done = subprocess.run(command, input=password or "", env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def guarded(browser, root, tmp_path_factory):
    """A server that other machines may reach, without any account yet."""
    server = start(Path(__file__).with_name("with_accounts.py"), tmp_path_factory.mktemp("guarded"), root)
    yield server
    stop(server)
    written = server.everything_written()
    for secret in (RIGHT, WRONG, "aardvark"):  # in no log, no file, and the database has hashes
        assert secret.encode() not in written
    assert b"127.0.0.1" not in server.log.read_bytes().replace(b"http://0.0.0.0", b"")


class Visitor:
    """Plain HTTP with a cookie jar; no redirect is followed."""

    def __init__(self, server):
        class Stay(urllib.request.HTTPRedirectHandler):
            def redirect_request(self, *_):
                return None

        self.address = server.address
        self.jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar), Stay)

    def send(self, path: str, headers=None, **form) -> tuple[int, str, dict]:
        data = urllib.parse.urlencode(form).encode() if form else None
        try:
            with self.opener.open(urllib.request.Request(self.address + path, data, headers or {}), timeout=20) as answer:
                return answer.status, answer.read().decode(), dict(answer.headers)
        except urllib.error.HTTPError as answer:
            return answer.code, answer.read().decode(), dict(answer.headers)

    @property
    def token(self) -> str | None:
        return next((cookie.value for cookie in self.jar if cookie.name == COOKIE), None)


def test_first_nobody_has_an_account_then_somebody(guarded, visit, root):
    assert "cxr-auditor users add NAME --role teacher" in guarded.log.read_text()
    desk = visit(guarded)
    desk.page.wait_for_selector(".cxr-who >> text=Nobody has an account here yet")
    assert "cxr-auditor users add NAME --role teacher" in Visitor(guarded).send("sign-in")[1]
    assert "Added ada (teacher)." in users(guarded.folder, root, "add", "ada", "--role", "teacher", password=RIGHT)
    assert "Added bo (trainee)." in users(guarded.folder, root, "add", "bo", password=RIGHT)
    desk.open()
    desk.page.wait_for_selector(".cxr-who >> text=Not signed in")


def test_in_and_out_over_plain_http(guarded):
    ada = Visitor(guarded)
    assert ada.send("sign-in", name="ada", password=WRONG)[0] == 401 and ada.token is None
    status, _, headers = ada.send("sign-in", name="ada", password=RIGHT, back="#session=x")
    assert (status, headers["location"]) == (303, "./#session=x") and len(ada.token) >= 43
    assert all(part in headers["set-cookie"] for part in ("HttpOnly", "SameSite=lax"))
    assert ada.token.encode() not in guarded.everything_written()  # the store holds its hash
    assert ada.send("sign-out", {"Origin": "http://evil.example"}, a="b")[0] == 403 and ada.token
    assert ada.send("sign-out", a="b")[0] == 303 and ada.token is None


def test_guessing_ends_soon_for_this_name_only(guarded):
    guess = Visitor(guarded)
    assert [guess.send("sign-in", name="bo", password=WRONG)[0] for _ in range(6)] == [401] * 5 + [429]
    status, page, headers = guess.send("sign-in", name="bo", password=RIGHT)
    assert status == 429 and "Wait 15 minutes" in page and int(headers["retry-after"]) > 800
    assert guess.send("sign-in", name="ada", password=RIGHT)[0] == 303


def test_in_and_out_in_a_browser(guarded, visit, root):
    desk = visit(guarded)
    page = desk.page
    desk.choose("01-normal")
    desk.write("Left effusion, aardvark.")
    assert "disagree" in desk.run()  # an audit needs no account
    page.get_by_role("tab", name="Train").click()
    page.wait_for_selector("#train-room >> text=You are not signed in")
    page.get_by_role("tab", name="Teacher").click()
    page.click("#teach-show")
    page.wait_for_selector("#teach-notice >> text=You are not signed in")
    page.goto(guarded.address + "?a=1#later")
    page.locator("#who a").click()
    page.wait_for_url("**/sign-in?back=*")
    page.wait_for_selector("#name:focus")  # no click is needed; a browser puts the focus there a moment after loading
    page.keyboard.type("ada")
    page.keyboard.press("Tab")
    page.keyboard.type(WRONG)
    page.keyboard.press("Enter")
    page.wait_for_selector("[role=alert] >> text=The name or the password is wrong")
    page.wait_for_selector("#password:focus")
    page.keyboard.type(RIGHT)
    page.keyboard.press("Enter")
    page.wait_for_selector(".cxr-who >> text=Signed in as ada (teacher)")
    assert page.url == guarded.address + "?a=1#later"
    assert page.evaluate("document.cookie") == ""  # no script can read it
    other = visit(guarded)
    other.page.wait_for_selector(".cxr-who >> text=Not signed in")  # another browser is somebody else
    users(guarded.folder, root, "password", "ada", password="four quiet herons")
    page.reload()
    page.wait_for_selector(".cxr-who >> text=Not signed in")  # a new password ends what there was
    page.locator("#who a").click()
    page.fill("#name", "ada")
    page.fill("#password", "four quiet herons")
    page.click("button")
    page.wait_for_selector(".cxr-who >> text=Signed in as ada")
    page.click(".cxr-who button")
    page.wait_for_selector(".cxr-who >> text=Not signed in")
