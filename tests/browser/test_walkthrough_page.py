"""A case shown to a room: keys, links, full screen, a phone, and a server that has gone."""

import signal
from pathlib import Path

import pytest

CONTRAST = Path(__file__).with_name("contrast.js").read_text()
CASE = "06-wrong-side"


class Room:
    """The tab as a room sees it."""

    def __init__(self, page):
        self.page = page

    @property
    def count(self) -> str:
        return self.page.inner_text(".walk-count")

    @property
    def title(self) -> str:
        return self.page.inner_text(".walk-title")

    @property
    def words(self) -> str:
        return self.page.inner_text(".walk-body")

    @property
    def hash(self) -> str:
        return self.page.evaluate("location.hash")

    @property
    def told(self) -> str:
        return self.page.inner_text(".walk-told:not([hidden])")

    def lit(self) -> list[str]:
        """The kinds of the boxes on the film."""
        return self.page.evaluate("[...document.querySelectorAll('.walk-film svg g.box')].map(e => e.getAttribute('class'))")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def full(self) -> bool:
        return self.page.evaluate("document.fullscreenElement === document.querySelector('.cxr-walk')")


@pytest.fixture
def room(visit, server):
    """Opens a link to a step, as a visitor of its own."""

    def open_link(step: str = f"{CASE}/1", wait: str = '.cxr-walk[data-empty="false"]', **screen) -> Room:
        desk = visit(server, **screen)
        page = desk.page
        page.goto("about:blank")
        page.goto(f"{server.address}#walkthrough={step}")
        page.wait_for_selector(wait)
        desk.settle()
        return Room(page)

    return open_link


@pytest.mark.slow
def test_a_whole_case_by_arrow_keys(room):
    """Every step in its order; each has its own address."""
    room = room()
    seen = []
    for step in range(1, 14):
        assert room.count == f"{step} of 13" and room.hash == f"#walkthrough={CASE}/{step}"
        seen.append((room.title, room.lit()))
        room.press("ArrowRight")
    assert room.count == "13 of 13"  # the last step stays
    titles = [title for title, _ in seen]
    assert titles[:3] == ["The film", "Airway and mediastinum", "Heart"] and titles[-2:] == ["Flag 1", "The corrected draft"]
    assert [bool(lit) for _, lit in seen] == [False, *[True] * 7, False, False, True, True, True]
    assert seen[-2][1] == ["box k-wrong_side"]
    assert "left" in room.page.inner_text(".walk-body del") and "right" in room.page.inner_text(".walk-body ins")


@pytest.mark.slow
def test_every_key_that_turns_a_step(room):
    room = room()
    for key, count in (("End", 13), ("ArrowLeft", 12), ("Home", 1), (" ", 2), ("PageDown", 3), ("PageUp", 2), ("ArrowRight", 3)):
        room.press(key)
        assert room.count == f"{count} of 13", key
    room.page.click("[data-action=room]")  # the keys stay when something else of the page was pressed
    room.press("ArrowLeft", "ArrowRight")
    assert room.count == "3 of 13"
    current = room.page.locator(".walk-nav [aria-current=step]")
    assert current.count() == 1 and current.inner_text() == "Heart"
    assert room.page.inner_text(".walk-status").startswith("Step 3 of 13: Heart. Measure it")


@pytest.mark.slow
def test_a_long_step_is_scrolled_by_keys(room):
    room = room(f"{CASE}/10", width=900, height=500)
    assert room.page.evaluate("document.querySelector('.walk-panel').scrollTop") == 0
    room.press("ArrowDown")
    assert room.page.evaluate("document.querySelector('.walk-panel').scrollTop") > 10
    room.press("ArrowRight", "ArrowLeft")
    assert room.page.evaluate("document.querySelector('.walk-panel').scrollTop") == 0


@pytest.mark.slow
def test_buttons_and_the_list_of_steps(room):
    room = room()
    page = room.page
    assert page.is_disabled("[data-walk=back]")
    page.click("[data-walk=on]")
    page.locator(".walk-nav li button").nth(10).click()
    assert room.count == "11 of 13" and room.title == "What is on the film"
    page.focus("[data-walk=back]")
    room.press(" ")  # presses the button that has the focus, and turns no step on
    assert room.count == "10 of 13"
    room.press("End")
    assert page.is_disabled("[data-walk=on]")


@pytest.mark.slow
def test_a_link_opens_its_step_now_and_later(room):
    room = room("07-one-side-missed/12")
    assert (room.count, room.title, room.lit()) == ("12 of 13", "Flag 1", ["box k-missing"])
    href = room.page.get_attribute(".walk-link", "href")
    assert href == "#walkthrough=07-one-side-missed/12"
    room.page.evaluate("location.hash = '#walkthrough=07-one-side-missed/3'")  # somebody pastes another address
    room.page.wait_for_selector(".walk-count >> text=3 of 13")
    room.page.evaluate("location.hash = '#walkthrough=01-normal'")
    room.page.wait_for_selector(".walk-count >> text=1 of 12")
    assert room.page.inner_text(".walk-case") == "Examples, case 1 of 11"


BAD_LINKS = [
    ("nope/3", "There is no case named 'nope' here."),  # no such case
    (f"{CASE}/99", "asks for step 99, but this case has 13 steps"),  # no such step
    (f"{CASE}/0", "asks for step 0"),  # steps begin with 1
    (f"{CASE}/x", "names no case"),  # no number
    ("%zz/1", "names no case"),  # no address at all
    ("", "names no case"),
    ("<img src=x onerror=alert(1)>/1", "There is no case named '<img src=x onerror=alert(1)>' here."),
]


@pytest.mark.slow
def test_a_bad_link_is_told(room):
    """On opening the page and later; what was on show stays."""
    room = room("nope/3", wait=".walk-told:not([hidden])")
    assert "There is no case named 'nope' here." in room.told
    for link, told in BAD_LINKS:
        room.page.evaluate(f"location.hash = '#walkthrough={CASE}/2'")
        room.page.wait_for_selector(".walk-count >> text=2 of 13")
        room.page.wait_for_selector(".walk-told", state="hidden")
        room.page.evaluate("link => { location.hash = '#walkthrough=' + link; }", link)
        room.page.wait_for_selector(".walk-told:not([hidden])")
        assert told in room.told, link
        assert room.page.locator(".walk-told img").count() == 0
        assert room.title in ("The film", "Airway and mediastinum")


@pytest.mark.slow
def test_full_screen_by_button_and_key_and_escape_leaves(room):
    room = room(width=1920, height=1080)
    page = room.page
    small = page.evaluate("parseFloat(getComputedStyle(document.querySelector('.walk-panel')).fontSize)")
    page.click("[data-walk=full]")
    page.wait_for_selector(".cxr-walk.big")
    assert room.full()
    room.press("ArrowRight")  # the keys still turn
    assert room.count == "2 of 13"
    large = page.evaluate("parseFloat(getComputedStyle(document.querySelector('.walk-panel')).fontSize)")
    assert large >= 28 and large > small
    fits = """() => {
        const place = document.querySelector('.walk-nav').getBoundingClientRect();
        return place.bottom <= innerHeight && place.right <= innerWidth;
    }"""
    assert page.evaluate(fits)
    room.press("Escape")
    page.wait_for_selector(".cxr-walk:not(.big)")
    assert not room.full() and room.count == "2 of 13"
    room.press("f")
    page.wait_for_selector(".cxr-walk.big")
    assert room.full()
    room.press("f")
    page.wait_for_selector(".cxr-walk:not(.big)")


@pytest.mark.slow
def test_where_full_screen_is_refused_the_window_is_filled(room):
    room = room()
    room.page.evaluate("() => { Element.prototype.requestFullscreen = () => Promise.reject(new TypeError('refused')); }")
    room.press("f")
    room.page.wait_for_selector(".cxr-walk.full")
    box = room.page.locator(".cxr-walk").bounding_box()
    assert (box["x"], box["y"], box["width"]) == (0, 0, 1400)
    room.press("Escape")
    assert room.page.locator(".cxr-walk.full").count() == 0


@pytest.mark.slow
def test_steps_turn_without_a_server_and_its_silence_is_told(room, server):
    room = room()
    page = room.page
    server.process.send_signal(signal.SIGSTOP)  # it hangs: connections stay open, and nothing is answered
    try:
        room.press("End")
        assert room.count == "13 of 13"
        page.click("[data-walk=other]")
        page.select_option(".walk-choose select", "01-normal")
        page.wait_for_selector(".walk-told >> text=The server has not answered yet")
        assert room.count == "13 of 13"  # what was on show still is
        page.focus(".cxr-walk")
        room.press("Home")
        assert room.count == "1 of 13"
    finally:
        server.process.send_signal(signal.SIGCONT)
    page.wait_for_selector(".walk-case >> text=case 1 of 11")
    assert page.locator(".walk-told").is_hidden()


@pytest.mark.slow
def test_keys_stay_with_whoever_types(room):
    room = room()
    page = room.page
    page.get_by_role("tab", name="Audit").click()
    page.wait_for_selector("#draft textarea")
    assert room.hash == ""  # a reload comes back to the tab that is on show
    page.fill("#draft textarea", "ab")
    page.focus("#draft textarea")
    room.press("Home", " ", "f", "ArrowRight", "x")
    assert page.input_value("#draft textarea") == " fax" + "b" and not room.full()
    page.get_by_role("tab", name="Walkthrough").click()
    page.wait_for_selector(".walk-count:visible")
    page.wait_for_function("location.hash !== ''")
    assert room.count == "1 of 13"
    room.press("ArrowRight")  # the keys are back at once
    assert room.count == "2 of 13"
    page.click("[data-walk=other]")
    page.focus(".walk-choose select")
    room.press("ArrowDown")  # the list's own
    assert room.count == "2 of 13"


@pytest.mark.slow
def test_a_case_is_chosen_and_its_title_kept_back(desk):
    """The list shows what there is; once a case is on show its title, which may give it away, is not."""
    page = desk.page
    page.get_by_role("tab", name="Walkthrough").click()
    page.wait_for_selector(".walk-choose option[value='10-denied-mass']", state="attached")
    assert page.locator(".walk-choose option").count() == 12
    page.select_option(".walk-choose select", "10-denied-mass")
    page.wait_for_selector('.cxr-walk[data-empty="false"]')
    room = Room(page)
    assert room.count == "1 of 13"
    assert "Large heart" not in page.inner_text(".cxr-walk")
    room.press("End")
    assert "Large heart reported, mass denied" in room.words


@pytest.mark.slow
def test_the_lite_reader_beside_the_truth(room):
    room = room("02-faithful/11")
    assert "lite" not in room.words
    room.page.check(".walk-live input")
    room.page.wait_for_selector("th >> text=How lite did")
    assert room.count == "11 of 12"  # the step that was on show
    assert room.page.locator(".walk-body tbody tr").count() == 5


@pytest.mark.slow
def test_a_phone_needs_no_sideways_scroll(room):
    room = room("09-contradictory/1", width=390, height=844, has_touch=True, is_mobile=True)
    page = room.page
    wide = """() => [...document.querySelectorAll('.cxr-walk *')]
        .filter(e => e.checkVisibility() && !e.closest('ol') && e.getBoundingClientRect().right > 391)
        .map(e => e.tagName + '.' + e.className)"""
    for step in range(1, 14):
        assert room.count == f"{step} of 13"
        assert page.evaluate("document.documentElement.scrollWidth") <= 390 and page.evaluate(wide) == []
        nav = page.locator(".walk-nav").bounding_box()
        assert nav["y"] + nav["height"] <= 845  # in reach of the thumb
        page.tap("[data-walk=on]", force=step == 13)
    film = page.locator(".walk-film").bounding_box()
    assert film["width"] > 340


@pytest.mark.slow
@pytest.mark.parametrize("light", [False, True], ids=["dark", "light"])
def test_every_text_reaches_wcag_aa(room, light):
    room = room("10-denied-mass/1")
    if light:
        room.page.click("[data-action=room]")
    room.page.check(".walk-live input")
    room.page.wait_for_selector(".cxr-walk:not(.waiting)")
    found = []
    for case in ("10-denied-mass", "08-hedged"):
        room.page.evaluate(f"location.hash = '#walkthrough={case}/9'")
        room.page.wait_for_function(f"location.hash === '#walkthrough={case}/9' && !document.querySelector('.cxr-walk.waiting')")
        for _ in range(5):
            found += [(case, room.title, entry) for entry in room.page.evaluate(CONTRAST)]
            room.press("ArrowRight")
    assert len(found) > 200
    assert [entry for entry in found if entry[2]["value"] < entry[2]["needs"]] == []
