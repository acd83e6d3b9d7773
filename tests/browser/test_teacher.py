"""A teacher at a real server with accounts: the group, a ruling with a drawn box, a new case; and who is refused."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from desk import tab_to
from serving import start, stop

from cxr_auditor.examples import example_cases
from cxr_auditor.findings import Finding
from cxr_auditor.teaching.people import person_named
from cxr_auditor.teaching.records import Against, Stance, Wish
from cxr_auditor.teaching.shelf import shelf
from cxr_auditor.teaching.sittings import Sittings
from cxr_auditor.teaching.store.engine import open_store

pytestmark = pytest.mark.slow

CONTRAST = Path(__file__).with_name("contrast.js").read_text()
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
        open_tab(page)
        return page

    return come


def open_tab(page) -> None:
    """On a phone it may be in the menu of what finds no room."""
    page.wait_for_selector("#run")
    tab = page.get_by_role("tab", name="Teacher")
    if not tab.is_visible():
        page.locator(".overflow-menu button").first.click()
        tab = page.locator(".overflow-dropdown button:has-text('Teacher')")
    tab.click()


def drag(page, viewer: str, start, end) -> None:
    """Draws from `start` to `end`, each (y, x) in [0, 1] of the film."""
    film = page.locator(f"{viewer} .film").bounding_box()
    (y0, x0), (y1, x1) = start, end
    page.mouse.move(film["x"] + x0 * film["width"], film["y"] + y0 * film["height"])
    page.mouse.down()
    page.mouse.move(film["x"] + x1 * film["width"], film["y"] + y1 * film["height"], steps=4)
    page.mouse.up()


def views(page):
    """Every view of the tab, one after the other, by name; the doubted case has a finding with a box and one without."""
    page.wait_for_selector(".teach-board")
    for summary in page.locator(".teach-board summary").all():
        summary.click()
    yield "group"
    page.locator(".teach-doubts [data-do=pick]").first.click()
    page.wait_for_selector("#teach-viewer .box.k-supported")
    page.select_option("#teach-room [data-part=finding]", "nodule_mass")
    page.click("#teach-room [data-mark=add]")
    page.click("#teach-room [data-mark=state]")
    page.fill("#teach-room [name=why]", "Kept for later.")
    yield "case"
    page.click("#teach-room [data-do=open]")
    page.wait_for_selector(".teach-session .train-reveal")
    yield "turn"
    page.click("#teach-room .train-reveal [data-do=open]")
    page.wait_for_selector("#teach-room .train-summary")
    yield "session"
    page.get_by_role("tab", name="New case").click()
    page.wait_for_selector(".teach-new-form")
    page.set_input_files("#teach-drop input", str(example_cases()[2].film_path))
    page.wait_for_function("document.querySelector('#teach-new-viewer .film').naturalWidth > 0")
    page.click("#teach-new-room [data-mark=add]")
    yield "new"


@pytest.mark.parametrize("room", ["dark", "light"])
def test_every_text_reaches_wcag_aa(come, room):
    page = come("tess")
    if room == "light":
        page.click("[data-action=room]")
    for view in views(page):
        page.mouse.move(2, 2)
        page.evaluate("Promise.all(document.getAnimations().map(one => one.finished.catch(() => null)))")  # buttons fade in
        found = page.evaluate(CONTRAST)
        assert len(found) > 25, view
        assert [entry for entry in found if entry["value"] < entry["needs"]] == [], view


def test_a_phone_shows_all_of_it_in_reach_of_a_finger(come):
    page = come("tess", width=390, height=844, has_touch=True, is_mobile=True)
    small = """() => [...document.querySelectorAll('#teach-parts :is(button, a, input, select, textarea, summary, .train-tick)')]
        .filter(e => e.checkVisibility() && !e.closest('.sr, .train-link') && !e.matches('.train-tick input, [type=range], [type=file]'))
        .map(e => [e.outerHTML.slice(0, 80), e.getBoundingClientRect()])
        .filter(([, at]) => at.height > 1 && (at.height < 40 || at.width < 40)).map(([words]) => words)"""  # 1: Gradio's measure of a tab
    wide = """() => [...document.querySelectorAll('body *')]
        .filter(e => e.checkVisibility() && e.getBoundingClientRect().right > 391)
        .filter(e => !e.closest('.scroll-x, .cxr-gallery, svg, .stage, .visually-hidden')).map(e => e.outerHTML.slice(0, 80))"""
    for view in views(page):
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, view
        assert page.evaluate(wide) == [], view
        assert page.evaluate(small) == [], view


def test_back_and_a_reload_take_nothing_of_a_ruling(come, school):
    page = come("tess")
    page.locator(".teach-doubts [data-do=pick]").first.click()
    page.wait_for_selector("#teach-viewer .box.k-supported")
    page.click("#teach-room [data-mark=draw]")
    drag(page, "#teach-viewer", (0.5, 0.65), (0.65, 0.8))
    page.click("#teach-room [data-mark=state]")
    page.fill("#teach-room [name=why]", "A long reason.")
    page.locator("#teach-room [name=keep]").first.uncheck()

    def still_there() -> None:
        page.wait_for_selector(".own")
        assert page.locator(".teach-found li").count() == 2
        assert page.input_value("#teach-room [name=why]") == "A long reason."
        assert not page.locator("#teach-room [name=keep]").first.is_checked() and page.locator("#teach-viewer .box").count() == 0

    page.go_back()
    page.wait_for_selector(".teach-board")
    assert page.url == school[0].address
    page.go_forward()
    still_there()
    page.reload()
    still_there()
    page.click("#teach-room [data-do=open]")
    page.wait_for_selector(".teach-session .train-reveal")
    page.reload()
    page.wait_for_selector(".teach-session .train-reveal")
    page.go_back()
    still_there()
    page.click("#teach-room [value=uphold]")
    page.wait_for_selector("#teach-notice >> text=can't stand and be changed")
    page.click("#teach-room [data-do=show]")
    page.wait_for_selector(".teach-board")
    page.go_back()
    still_there()
    page.goto(school[0].address + "#teach=case&case=nowhere")
    page.reload()
    page.wait_for_selector("#teach-notice >> text=no case named")
    assert page.locator(".teach-board").is_visible()


def test_what_was_written_about_a_new_case_outlives_a_reload(come):
    page, film = come("tess"), str(example_cases()[2].film_path)

    def choose(path: str) -> None:
        page.set_input_files("#teach-drop input", path)
        page.wait_for_selector("#teach-new-notice >> text=The film is on show")

    def come_back() -> None:
        page.reload()
        open_tab(page)
        page.get_by_role("tab", name="New case").click()
        page.wait_for_selector("[data-again]:visible")

    page.get_by_role("tab", name="New case").click()
    page.wait_for_selector(".teach-new-form")
    choose(film)
    page.click("#teach-new-room [data-mark=add]")
    page.fill("#teach-new-room [name=teaches]", "A long text.")
    page.check("#teach-new-room [name=synthetic]")
    come_back()
    assert page.input_value("#teach-new-room [name=teaches]") == "A long text." and page.is_checked("#teach-new-room [name=synthetic]")
    choose(film)
    page.wait_for_selector("#teach-new-viewer .own")
    assert page.locator("[data-again]").is_hidden()
    come_back()
    choose(str(example_cases()[3].film_path))  # the boxes are not about this one
    page.wait_for_function(
        "!document.querySelector('#teach-new-viewer .own') && !document.querySelector('#teach-new-room .teach-found li')"
    )


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


def test_a_ruling_by_keyboard_alone(come):
    page = come("tess")
    page.wait_for_selector(".teach-board")

    page.get_by_role("tab", name="Teacher").focus()
    tab_to(page, "[aria-label='Hardest cases'] [data-do=pick]")
    page.keyboard.press("Enter")
    page.wait_for_selector(".teach-case [data-focus]:focus")
    tab_to(page, "#teach-room [name=keep]")
    page.keyboard.press("Space")
    tab_to(page, "#teach-room [data-mark=add]")
    page.keyboard.press("Enter")
    page.wait_for_selector(".own:focus")
    before = page.locator(".own .line").bounding_box()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    after = page.locator(".own .line").bounding_box()
    assert after["x"] > before["x"] and after["height"] > before["height"]
    tab_to(page, "#teach-room [value=correct]")
    page.keyboard.press("Enter")
    page.wait_for_selector("#teach-room [name=why]:focus")  # it is missing
    page.keyboard.type("By keyboard.")
    tab_to(page, "#teach-room [value=correct]")
    page.keyboard.press("Enter")
    page.wait_for_selector(".teach-rulings >> text=By keyboard.")
    page.wait_for_selector(".teach-board [data-focus]:focus")


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
