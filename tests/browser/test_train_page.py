"""A trainee's session in a real browser: whole, broken off, seen by others, by keyboard, on a phone, and when the server goes away."""

import csv
import json
import re
import signal
from pathlib import Path

import pytest
from desk import tab_to
from scipy.stats import binomtest
from serving import start, stop
from trainee import PASSWORD, Reader, serving

from cxr_auditor.examples import example_cases
from cxr_auditor.teaching import plan
from cxr_auditor.teaching.accounts import Accounts
from cxr_auditor.teaching.records import Wish
from cxr_auditor.teaching.store.engine import open_store

pytestmark = pytest.mark.slow

CONTRAST = Path(__file__).with_name("contrast.js").read_text()
SEED = 26
CASES = ("03-omitted-pneumothorax", "11-urgent-claim", "01-normal", "07-one-side-missed", "10-denied-mass")
"""What the seed draws: right pneumothorax; nothing; nothing; effusion on both sides; right mass and large heart."""
DRAFTS = (
    "Left pneumothorax, aardvark.",  # the wrong side: the right one is missed (urgent), a left one called
    "Normal chest.",  # right
    "Right lower lobe consolidation.",  # called, not there
    "Right pleural effusion.",  # the left one is missed
    "Possible right upper lobe mass. The heart is enlarged.",  # both found, the mass with a hedge
)


def share(hits: int, of: int) -> tuple[str, str]:
    """A share and its interval as the page writes them; the interval by an implementation of its own."""
    interval = binomtest(hits, of).proportion_ci(method="wilson")
    return f"{hits} of {of} ({100 * hits / of:.0f} %)", f"{interval.low * 100:.0f} to {interval.high * 100:.0f} %"


NONE = ("–", "–")
BY_HAND = {
    # finding: (found, interval, called on films without it, interval, hedged, wrong side)
    "pleural_effusion": (*share(1, 2), *share(0, 4), "0", "0"),  # case 4 shows it on both sides; the other four are without
    "pneumothorax": (*share(0, 1), *share(0, 4), "0", "1"),  # the call on the wrong side is on the film that shows it
    "lung_opacity_consolidation": (*NONE, *share(1, 5), "0", "0"),  # no film shows it; called in case 3
    "nodule_mass": (*share(1, 1), *share(0, 4), "1", "0"),  # case 5, hedged
    "cardiomegaly": (*share(1, 1), *share(0, 4), "0", "0"),  # case 5
}


@pytest.fixture(scope="module")
def school(browser, root, tmp_path_factory):
    """A server with accounts for two trainees."""
    folder = tmp_path_factory.mktemp("school")
    url = f"sqlite:///{folder / 'teaching.sqlite3'}"
    store = open_store(url)
    for name in ("ada", "ben"):
        Accounts(store).add(name, PASSWORD)
    store.close()
    server = serving(folder, root, CXR_AUDITOR_DATABASE=url, CXR_AUDITOR_ACCOUNTS="1")
    yield server
    stop(server)


@pytest.fixture(scope="module")
def alone(browser, root, tmp_path_factory):
    """A server for whoever sits at this machine."""
    server = serving(tmp_path_factory.mktemp("alone"), root)
    yield server
    stop(server)


def test_a_session_of_five_cases_and_a_second_trainee_at_the_same_time(reader, school):
    assert plan.choose(example_cases(), Wish(seed=SEED, again=False)) == CASES
    ada, ben = reader(school, "ada"), reader(school, "ben")
    ada.begin()
    ben.begin(seed=3)
    for number, draft in enumerate(DRAFTS, 1):
        ada.case(number)
        ben.case(number)
        assert "Pneumothorax, right" not in ada.page.content()
        ada.write(draft)
        ben.write("Normal chest, wombat.")
        if number == 3:  # the reload in the middle of a draft
            ada.stored()
            ada.page.reload()
            ada.case(3)
            assert ada.draft == draft
        ada.commit()
        ben.commit()
        if number == 1:
            assert ada.texts(".train-truth .cxr-card h4") == ["Pneumothorax, right"]
            ada.page.locator(".train-answer [value=unsure]").first.check()
            ada.page.locator(".train-answer [name=why]").first.fill("rotated?")
            ada.page.locator(".train-answer [name=why]").first.blur()
            ada.page.wait_for_selector(".train-kept[data-state=stored]")
            ada.page.reload()  # the reveal stays, and the answer with it
            ada.page.wait_for_selector(".train-reveal")
            assert ada.page.locator(".train-answer [value=unsure]").first.is_checked()
            assert ada.page.locator(".train-answer [name=why]").first.input_value() == "rotated?"
        ada.onward()
        ben.onward()
    rows = {row: ada.texts(f".train-summary tr[data-finding={row}] td") for row in BY_HAND}
    assert {row: tuple(cells) for row, cells in rows.items()} == BY_HAND
    assert ada.texts(".train-figures strong")[:3] == ["5 of 5", "2 of 5 (40 %)", "1 of 2 (50 %)"]
    misses = ada.texts(".train-misses li")
    assert [re.sub("^URGENT ", "! ", miss, flags=re.IGNORECASE) for miss in misses] == [
        "! Pneumothorax, right case 1, said of the other side",
        "Pleural effusion, left case 4",
    ]
    assert ada.texts(".train-halves li:has(.g-unsupported)") == [
        "Pneumothorax, left, case 1",
        "Lung opacity / consolidation, right, case 3",
    ]
    assert "You hedged 1 of 3 (33 %) of what was found. 0 hedges" in ada.words
    assert ben.texts(".train-figures strong")[:3] == ["5 of 5", "2 of 5 (40 %)", "2 of 2 (100 %)"]
    assert "wombat" not in ada.page.content() and "aardvark" not in ben.page.content()
    ada.page.click(".train-misses button >> nth=0")  # the film of the miss again
    ada.page.wait_for_selector(".train-reveal h2:text('Case 1 of 5')")
    assert "aardvark" in ada.page.inner_text(".draft-text")
    ada.page.go_back()
    ada.page.wait_for_selector(".train-summary")


def test_the_address_of_anothers_session_is_refused(reader, school):
    ada, ben = reader(school, "ada"), reader(school, "ben")
    ada.begin()
    ada.write("Left pneumothorax, aardvark.")
    ada.commit()
    for address in (ada.hash, ada.hash.partition("&")[0], "#session=no-such-session"):
        ben.open(address)
        ben.page.wait_for_selector("#train-notice .b-problem >> text=There is no such session of yours.")
        assert ben.page.locator(".train-start").is_visible()
        assert "aardvark" not in ben.page.content()
    nobody = Reader(ben.desk)
    nobody.page.context.clear_cookies()
    nobody.open(ada.hash)
    nobody.page.wait_for_selector("#train-room >> text=You are not signed in.")
    assert nobody.hash == ada.hash and "aardvark" not in nobody.page.content()
    ada.open(ada.hash)
    assert "aardvark" in ada.page.inner_text(".draft-text")


def test_a_visit_leaves_no_trace_and_start_does(reader, alone):
    one = reader(alone)
    assert "Nothing is stored yet." in one.words
    assert list(alone.folder.rglob("*.sqlite3")) == []
    one.begin()
    assert len(list(alone.folder.rglob("*.sqlite3"))) == 1


def test_a_draft_outlives_a_server_that_is_killed(reader, root, tmp_path):
    server = serving(tmp_path, root)
    one = reader(server)
    one.begin()
    one.write("Right pneumothorax.")
    one.commit()
    one.onward()
    one.case(2)
    one.write("Stored before the kill.")
    one.stored()
    server.kill()
    one.page.locator("#train-draft").press_sequentially(" And typed after it.")
    one.page.wait_for_selector(".train-saved[data-state=lost] >> text=Not saved")
    assert one.draft == "Stored before the kill. And typed after it."
    again = start(server.folder.parent / "page.py", server.folder, root, port=server.port)
    try:
        one.page.wait_for_selector(".train-saved[data-state=stored]", timeout=30_000)  # Gradio loads the page anew; the address stays
        one.case(2)
        assert one.draft == "Stored before the kill. And typed after it."
        other = reader(again)  # another browser: what the server has
        other.page.click(".train-sessions button")
        other.case(2)
        assert other.draft == one.draft
        one.commit()
        assert one.page.locator(".train-reveal h2").inner_text() == "Case 2 of 5"
    finally:
        stop(again)


def test_a_draft_that_is_not_saved_is_told_and_kept(reader, alone):
    one = reader(alone)
    one.begin()
    one.write("Waiting aardvark.")
    alone.process.send_signal(signal.SIGSTOP)
    try:
        one.page.wait_for_selector(".train-saved[data-state=lost] >> text=Not saved", timeout=15_000)
    finally:
        alone.process.send_signal(signal.SIGCONT)
    assert one.draft == "Waiting aardvark."
    one.stored()


def test_what_was_written_without_the_server_is_never_lost_to_what_was_written_elsewhere(reader, alone):
    one = reader(alone)
    one.begin()
    one.write("First.")
    one.stored()
    one.page.route("**/component_server/**", lambda route: route.abort())
    one.write("First. Offline.")
    one.page.wait_for_selector(".train-saved[data-state=lost]")
    two = Reader(one.desk.__class__(one.page.context.new_page(), alone.address))
    two.open(one.hash)
    two.case(1)
    two.write("First. Elsewhere.")
    two.stored()
    one.page.unroute("**/component_server/**")
    one.stored()
    assert one.draft == two.draft == "First. Elsewhere.\n\nFirst. Offline."


def test_boxes_are_drawn_moved_sized_and_removed(reader, alone):
    one = reader(alone)
    one.begin()
    page, stage = one.page, one.page.locator("#train-viewer .stage").bounding_box()
    film = page.locator("#train-viewer .film").bounding_box()

    def at(y, x):
        return film["x"] + x * film["width"], film["y"] + y * film["height"]

    page.select_option("#train-finding", "pneumothorax")
    page.click("[data-mark=draw]")
    page.mouse.move(*at(0.2, 0.3))
    page.mouse.down()
    page.mouse.move(*at(0.4, 0.5), steps=4)
    page.mouse.up()
    assert one.texts(".train-own li span") == ["1 Pneumothorax"]
    assert page.get_attribute("[data-mark=draw]", "aria-pressed") == "false"
    line = page.locator(".own .line").bounding_box()
    assert line["x"] == pytest.approx(at(0, 0.3)[0], abs=3) and line["width"] == pytest.approx(0.2 * film["width"], abs=4)
    page.mouse.move(*at(0.3, 0.4))  # move it
    page.mouse.down()
    page.mouse.move(*at(0.4, 0.4), steps=4)
    page.mouse.up()
    page.mouse.move(*at(0.5, 0.5))  # size it by a corner
    page.mouse.down()
    page.mouse.move(*at(0.6, 0.6), steps=4)
    page.mouse.up()
    page.click("#train-viewer [data-do=in]")  # it stays on its place of the film
    zoomed = page.locator(".own .line").bounding_box()
    assert zoomed["width"] == pytest.approx(0.3 * film["width"] * 1.25, rel=0.03)
    page.click("#train-viewer [data-do=fit]")
    one.stored()
    page.reload()
    one.case(1)
    kept = page.locator(".own .line").bounding_box()
    assert kept["y"] == pytest.approx(at(0.3, 0)[1], abs=4) and kept["height"] == pytest.approx(0.3 * film["height"], abs=5)
    page.click("[data-mark=remove]")
    assert page.locator(".own").count() == 0
    assert stage["width"] > 0


def test_keyboard_alone(reader, alone):
    one = reader(alone)
    page = one.page

    page.locator("[name=seed]").focus()
    page.keyboard.type(str(SEED))
    tab_to(page, "[data-form=begin] [type=submit]")
    page.keyboard.press("Enter")
    one.case(1)
    assert page.evaluate("document.activeElement.id") == "train-draft"
    page.keyboard.type("Left pneumothorax.")
    tab_to(page, "[data-mark=add]")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.matches('.own')")
    before = page.locator(".own .line").bounding_box()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    after = page.locator(".own .line").bounding_box()
    assert after["x"] > before["x"] and after["height"] > before["height"]
    page.keyboard.press("Delete")
    assert page.locator(".own").count() == 0
    tab_to(page, "#train-draft")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".train-reveal")
    assert page.evaluate("document.activeElement.matches('[data-focus]')")
    tab_to(page, ".train-answer [type=radio]")
    page.keyboard.press("Space")
    page.wait_for_selector(".train-kept[data-state=stored]")
    tab_to(page, ".train-main")
    page.keyboard.press("Enter")
    one.case(2)


@pytest.mark.parametrize("room", ["dark", "light"])
def test_every_text_reaches_wcag_aa(reader, alone, room):
    one = reader(alone)
    if room == "light":
        one.page.click("[data-action=room]")

    def check() -> None:
        one.page.mouse.move(2, 2)
        one.page.wait_for_timeout(300)  # Gradio's buttons fade in
        found = one.page.evaluate(CONTRAST)
        assert len(found) > 25
        assert [entry for entry in found if entry["value"] < entry["needs"]] == []

    check()
    one.begin(reader="lite")
    one.page.click("[data-mark=add]")
    check()
    one.write("Left pneumothorax.")
    one.commit()
    check()
    one.onward()
    one.end()
    one.page.wait_for_selector(".train-summary")
    check()
    one.page.click(".train-summary [data-do=open]:not([data-key])")
    one.page.wait_for_selector(".train-past")
    for summary in one.page.locator(".train-past summary").all():
        summary.click()
    check()


def test_a_phone_needs_no_sideways_scroll(reader, alone):
    one = reader(alone, width=390, height=844, has_touch=True, is_mobile=True)
    wide = """() => [...document.querySelectorAll('body *')]
        .filter(e => e.checkVisibility() && e.getBoundingClientRect().right > 391)
        .filter(e => !e.closest('.scroll-x, .cxr-gallery, svg, .stage, .visually-hidden'))
        .map(e => e.tagName + '.' + e.className)"""

    def check() -> None:
        assert one.page.evaluate("document.documentElement.scrollWidth") <= 390
        assert one.page.evaluate(wide) == []

    check()
    one.begin(reader="lite")
    check()
    one.write("Left pneumothorax, " + "very" * 40 + " large.")
    one.commit()
    check()
    top = one.page.locator(".train-reveal h2").bounding_box()["y"]
    assert 0 <= top < 844 * 0.7  # the report is in sight
    one.onward()
    one.end()
    one.page.wait_for_selector(".train-summary")
    check()


def test_what_is_stored_can_be_taken_home_and_deleted(reader, alone):
    one = reader(alone)
    one.begin()
    one.write("Left pneumothorax, pangolin.")
    one.commit()
    one.onward()
    one.end()
    one.page.wait_for_selector(".train-summary")

    def file(what: str) -> str:
        with one.page.expect_download() as download:
            one.page.click(f"[data-what={what}]")
        return download.value.path().read_text()

    rows = list(csv.DictReader(file("session_csv").splitlines()))
    assert [row["result"] for row in rows] == ["wrong_side", "false_call"]
    one.page.click(".train-summary [data-do=open]:not([data-key])")
    one.page.wait_for_selector(".train-past svg.plot circle.found")
    everything = json.loads(file("everything"))
    assert "pangolin" in json.dumps(everything["sessions"])
    one.page.click("summary:text('Delete it')")
    one.page.fill("[name=word]", "no")
    one.page.click(".train-danger")
    one.page.wait_for_selector("#train-notice >> text=Nothing was deleted.")
    one.page.fill("[name=word]", "delete")
    one.page.click(".train-danger")
    one.page.wait_for_selector("#train-notice >> text=It is deleted.")
    assert one.page.locator("[aria-label='My sessions']").count() == 0
    assert b"pangolin" not in alone.everything_written()


def test_another_tab_goes_on_where_this_one_stopped(reader, alone):
    one = reader(alone)
    one.begin()
    one.write("Begun here")
    one.stored()
    two = Reader(one.desk.__class__(one.page.context.new_page(), alone.address))
    two.open(one.hash)
    two.case(1)
    assert two.draft == "Begun here"
    two.write("Begun here, ended there.")
    two.stored()
    two.commit()
    assert "Begun here, ended there" in two.page.inner_text(".draft-text")
    one.write("Begun here, too late")
    one.page.wait_for_selector(".train-saved[data-state=lost] >> text=This draft is committed")
    assert one.draft == "Begun here, too late"
