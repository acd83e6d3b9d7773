"""Keyboard alone, contrast in both rooms, a phone's width, and the picture for the README."""

import os
from pathlib import Path

import pytest
from desk import tab_to

CONTRAST = Path(__file__).with_name("contrast.js").read_text()


@pytest.mark.parametrize("room", ["dark", "light"])
def test_every_text_reaches_wcag_aa(desk, room):
    """Every outcome and every kind of flag and note, in both rooms."""
    if room == "light":
        desk.page.click("[data-action=room]")
    assert desk.page.evaluate("document.documentElement.dataset.room") == room
    kinds = set()
    for case in ("03-omitted-pneumothorax", "06-wrong-side", "05-over-called", "08-hedged", "09-contradictory", "01-normal"):
        desk.choose(case)
        desk.run()
        desk.page.mouse.move(2, 2)
        desk.page.wait_for_timeout(300)  # Gradio's buttons fade in
        found = desk.page.evaluate(CONTRAST)
        assert len(found) > 60
        assert [entry for entry in found if entry["value"] < entry["needs"]] == [], case
        kinds |= set(desk.page.evaluate("[...document.querySelectorAll('.cxr-card, mark, .cxr-banner')].flatMap(e => [...e.classList])"))
    assert kinds >= {"k-missing", "k-wrong_side", "k-unsupported", "k-contradictory", "is-urgent"}
    assert kinds >= {"b-agreement", "b-review", "b-urgent_review"}


def test_the_room_is_remembered(desk):
    desk.page.click("[data-action=room]")
    desk.page.reload()
    desk.page.wait_for_selector("#run")
    assert desk.page.evaluate("document.documentElement.dataset.room") == "light"


def test_keyboard_alone(desk):
    """Example, draft, run, film and cards without a mouse; whatever has the focus shows it."""
    page = desk.page

    tab_to(page, ".cxr-example")
    page.keyboard.press("Enter")
    page.wait_for_selector("#film-line .synthetic")
    tab_to(page, "#draft textarea")
    page.keyboard.press("Control+a")
    page.keyboard.type("Left pleural effusion.")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".cxr-card")
    tab_to(page, ".stage")
    page.keyboard.press("+")
    assert desk.viewer["zoom"] == "1.25"
    page.keyboard.press("i")
    assert desk.viewer["inverted"] == "true"
    page.keyboard.press("Shift+ArrowRight")
    assert int(desk.viewer["width"]) == 265
    page.keyboard.press("r")
    assert (desk.viewer["zoom"], desk.viewer["inverted"], desk.viewer["width"]) == ("1.00", "false", "255")
    tab_to(page, "mark")
    assert desk.lit()["words"] == 1
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.matches('.cxr-card.lit')")
    page.keyboard.press("?")
    assert page.locator("dialog.cxr-help").is_visible()
    page.keyboard.press("Escape")
    assert page.locator("dialog.cxr-help").is_hidden()


def test_a_phone_needs_no_sideways_scroll(visit, server):
    desk = visit(server, width=390, height=844, has_touch=True, is_mobile=True)
    for _ in range(2):  # empty, and with a report
        assert desk.page.evaluate("document.documentElement.scrollWidth") <= 390
        wide = desk.page.evaluate(
            """() => [...document.querySelectorAll('body *')]
            .filter(e => e.checkVisibility() && e.getBoundingClientRect().right > 391)
            .filter(e => !e.closest('.scroll-x, .cxr-gallery, svg, .stage, .visually-hidden'))
            .map(e => e.tagName + '.' + e.className)"""
        )
        assert wide == []
        desk.choose("09-contradictory")
        desk.run()
    desk.page.wait_for_function("document.querySelector('#banner').getBoundingClientRect().top < 844 * 0.7")  # the report is in sight


def test_reduced_motion_turns_movement_off(visit, server):
    desk = visit(server, reduced_motion="reduce")
    durations = "() => [...document.querySelectorAll('.cxr-viewer *, .cxr-btn, #run')].map(e => getComputedStyle(e).transitionDuration)"
    assert set(desk.page.evaluate(durations)) == {"0s"}


def test_the_page_states_what_it_is_and_warns_beside_the_upload(desk):
    assert "Not a medical device" in desk.page.inner_text(".cxr-ribbon")
    assert "No identifiable images" in desk.page.inner_text("#intake")
    assert "Use via API" not in desk.page.content()


@pytest.mark.skipif("CXR_AUDITOR_SCREENSHOT" not in os.environ, reason="CXR_AUDITOR_SCREENSHOT=1 writes the README's docs/screenshot.png")
def test_the_readmes_picture(visit, server, root):
    desk = visit(server, width=1400, height=900)
    desk.choose("10-denied-mass")
    desk.run()
    desk.page.evaluate("document.activeElement.blur(); document.querySelector('.cxr-gallery').scrollLeft = 0")
    desk.page.mouse.move(2, 2)
    desk.page.wait_for_timeout(300)
    (root / "docs").mkdir(exist_ok=True)
    desk.page.screenshot(path=root / "docs" / "screenshot.png")
