"""A teacher at a real server with accounts: the group, a ruling with a drawn box, a new case; and who is refused."""

import os
import shutil
import subprocess
import sys

import pytest
from serving import start, stop

from cxr_auditor.examples import example_cases
from cxr_auditor.findings import Finding
from cxr_auditor.teaching.people import person_named
from cxr_auditor.teaching.records import Against, Stance, Wish
from cxr_auditor.teaching.shelf import shelf
from cxr_auditor.teaching.sittings import Sittings
from cxr_auditor.teaching.store.engine import open_store

pytestmark = pytest.mark.slow

PASSWORD = "three quiet herons"
PAGE = """
import os
os.environ.update({settings!r})
from cxr_auditor.web.app import serve
serve()
"""


def command(root, *arguments: str, password: str = "") -> str:
    environment = os.environ | {"PYTHONPATH": str(root)}
    line = [sys.executable, "-m", "cxr_auditor", *arguments]
    done = subprocess.run(line, input=password, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def school(browser, root, tmp_path_factory):
    """A server with a teacher, a trainee of her group, and one of another; both have called a film with a pneumothorax normal."""
    folder = tmp_path_factory.mktemp("school")
    url = f"sqlite:///{folder / 'teaching.sqlite3'}"
    for name, *rest in (("tess", "--role", "teacher", "--group", "spring"), ("ada", "--group", "spring"), ("bo", "--group", "autumn")):
        command(root, "users", "add", name, *rest, "--password-stdin", "--database", url, password=PASSWORD)
    store = open_store(url)
    sittings = Sittings(store, shelf)
    for name in ("ada", "bo"):
        person = person_named(store, name)
        sitting = sittings.begin(person, Wish(size=1, findings=(Finding.PNEUMOTHORAX,), normals=0), None)
        sittings.commit(person, sitting.key, 1, "Normal chest, aardvark.")
        sittings.answer(person, sitting.key, 1, Against.TRUTH, "f1", Stance.DISAGREE, "A skin fold.")
    store.close()
    library = folder / "library"
    shutil.copytree(example_cases()[0].folder, library / "case-0001")
    script = folder / "page.py"
    script.write_text(PAGE.format(settings={"CXR_AUDITOR_DATABASE": url, "CXR_AUDITOR_ACCOUNTS": "1", "CXR_AUDITOR_LIBRARY": str(library)}))
    server = start(script, folder / "home", root)
    yield server, library
    stop(server)


@pytest.fixture
def come(visit, school):
    """Opens the tab as somebody who signed in by the sign-in page."""

    def come(name: str, **screen):
        page = visit(school[0], **screen).page
        page.goto(school[0].address + "sign-in")
        page.fill("#name", name)
        page.fill("#password", PASSWORD)
        page.click("button[type=submit]")
        page.wait_for_selector(f"#who >> text={name}")
        page.get_by_role("tab", name="Teacher").click()
        return page

    return come


def drag(page, viewer: str, start, end) -> None:
    """Draws from `start` to `end`, each (y, x) in [0, 1] of the film."""
    film = page.locator(f"{viewer} .film").bounding_box()
    (y0, x0), (y1, x1) = start, end
    page.mouse.move(film["x"] + x0 * film["width"], film["y"] + y0 * film["height"])
    page.mouse.down()
    page.mouse.move(film["x"] + x1 * film["width"], film["y"] + y1 * film["height"], steps=4)
    page.mouse.up()


def test_a_teacher_sees_the_group_and_rules_with_a_drawn_box(come):
    page = come("tess")
    page.wait_for_selector(".teach-board")
    words = page.inner_text("#teach-room")
    assert "Sessions of ada" in words and "bo" not in words.split()
    page.locator(".teach-doubts .cxr-btn").first.click()
    page.wait_for_selector("#teach-viewer .box.k-supported")  # the true box is there at once
    page.click("#teach-room [data-do=open]")
    page.wait_for_selector(".teach-session .train-reveal")
    assert "aardvark" in page.inner_text(".teach-session .draft-text") and "A skin fold." in page.inner_text(".teach-session")
    page.click("#teach-room [data-do=pick]")
    page.wait_for_selector(".teach-case")
    page.select_option("#teach-room [data-part=finding]", "nodule_mass")
    page.click("#teach-room [data-mark=draw]")
    drag(page, "#teach-viewer", (0.5, 0.65), (0.65, 0.8))
    page.wait_for_selector(".teach-found li")
    page.fill("#teach-room [name=why]", "A nodule, left base.")
    page.click("#teach-room [value=correct]")
    page.wait_for_selector("#teach-notice >> text=Nodule / mass, left")
    ruled = page.inner_text(".teach-rulings")
    assert "UTC, tess:" in ruled and "A nodule, left base." in ruled
    with page.expect_download() as download:
        page.click("[data-what=group_csv]")
    assert {line.split(",")[0] for line in download.value.path().read_text().splitlines()} == {"trainee", "ada"}


def test_a_trainee_is_refused(come):
    page = come("ada")
    page.wait_for_selector("#teach-notice >> text=This tab is for teachers.")
    assert page.locator(".teach-board").count() == 0
    page.get_by_role("tab", name="New case").click()
    page.wait_for_selector("#teach-new-notice >> text=This tab is for teachers.")
    assert page.locator(".teach-new-form").count() == 0


def test_a_new_case_is_drawn_and_saved(come, school, root):
    page, library = come("tess"), school[1]
    page.get_by_role("tab", name="New case").click()
    page.wait_for_selector(".teach-new-form")
    page.set_input_files("#teach-drop input", str(example_cases()[2].film_path))
    page.wait_for_selector("#teach-new-notice >> text=The film is on show")
    page.wait_for_function("document.querySelector('#teach-new-viewer .film').naturalWidth > 0")
    page.select_option("#teach-new-room [data-part=finding]", "pneumothorax")
    page.click("#teach-new-room [data-mark=draw]")
    drag(page, "#teach-new-viewer", (0.15, 0.2), (0.5, 0.4))
    for name, words in {"title": "Drawn here", "source": "This test", "licence": "CC0"}.items():
        page.fill(f"#teach-new-room [name={name}]", words)
    page.click("#teach-new-room [type=submit]")
    page.wait_for_selector("#teach-new-notice >> text=What it teaches is missing.")
    assert page.evaluate("document.activeElement.name") == "teaches"
    assert page.input_value("#teach-new-room [name=title]") == "Drawn here" and page.locator(".own").count() == 1
    page.fill("#teach-new-room [name=teaches]", "Look at the apex.")
    page.click("#teach-new-room [type=submit]")
    page.wait_for_selector("#teach-new-notice >> text=Pneumothorax, right")
    assert page.input_value("#teach-new-room [name=title]") == "" and page.input_value("#teach-new-room [name=source]") == "This test"
    assert "2 cases, no problems" in command(root, "cases", "check", str(library))
    page.get_by_role("tab", name="Walkthrough").click()
    page.wait_for_selector("#walkthrough option:text('Drawn here')", state="attached")
