"""Several visitors, cancelled and broken work, a server that dies."""

from pathlib import Path

import pytest
from odd_readers import SECONDS
from serving import start, stop

pytestmark = pytest.mark.slow


def test_two_visitors_see_nothing_of_each_other(visit, server):
    one, two = visit(server), visit(server)
    one.choose("03-omitted-pneumothorax")
    two.choose("06-wrong-side")
    one.write("Left pneumothorax, aardvark.")
    two.write("No pleural effusion, wombat.")
    one.start()
    two.run()
    one.page.wait_for_selector(".cxr-card")
    assert "aardvark" in one.page.inner_text(".draft-text") and "wombat" not in one.page.content()
    assert "wombat" in two.page.inner_text(".draft-text") and "aardvark" not in two.page.content()
    two.write("Nothing, wombat.")
    two.run()
    one.write("Right pneumothorax, aardvark.")
    assert "Urgent" in one.run()
    assert "Pneumothorax, right" in one.cards[0]
    late = visit(server)
    assert "aardvark" not in late.page.content() and "wombat" not in late.page.content()
    assert "There is no film yet" in late.run()


def test_cancel_stops_the_run_and_keeps_what_was_typed(visit, odd_server):
    desk = visit(odd_server)
    desk.choose("01-normal")
    desk.choose_reader("Slow reader")
    desk.write("Left pleural effusion.")
    desk.start()
    desk.page.wait_for_selector(".b-progress")
    assert desk.page.locator("#run").is_disabled()
    desk.page.click("#cancel")
    desk.page.wait_for_selector(".b-stopped")
    assert "Cancelled" in desk.banner
    desk.page.wait_for_timeout(SECONDS * 1000 + 500)  # the time in which the run would have ended
    assert "Cancelled" in desk.banner and desk.cards == []
    assert desk.draft == "Left pleural effusion."
    assert desk.page.locator("#run").is_enabled() and desk.page.locator("#cancel").is_hidden()
    desk.run()
    assert "Unsupported" in desk.cards[0]


def test_escape_cancels(visit, odd_server):
    desk = visit(odd_server)
    desk.choose("01-normal")
    desk.choose_reader("Slow reader")
    desk.start()
    desk.page.wait_for_selector("#cancel:visible")
    desk.page.keyboard.press("Escape")
    desk.page.wait_for_selector(".b-stopped")


def test_another_film_stops_the_run_on_the_one_before(visit, odd_server):
    desk = visit(odd_server)
    desk.choose("01-normal")
    desk.choose_reader("Slow reader")
    desk.start()
    desk.page.wait_for_selector(".b-progress")
    desk.choose("06-wrong-side")
    assert "disagree" in desk.run()
    desk.page.wait_for_timeout(SECONDS * 1000)
    assert "disagree" in desk.banner and "Wrong side" in desk.cards[0]


def test_progress_is_shown_while_the_film_is_read(visit, odd_server):
    desk = visit(odd_server)
    desk.choose("02-faithful")
    desk.choose_reader("Slow reader")
    desk.start()
    desk.page.wait_for_selector(".b-progress >> text=Looking at the film")
    desk.page.wait_for_selector(".b-progress >> text=/[1-9] s so far/")
    desk.page.wait_for_selector(".b-agreement, .b-left_open, .b-review, .b-urgent_review")


def test_a_broken_reader_is_told_in_plain_words_and_logged_without_its_message(visit, odd_server):
    desk = visit(odd_server)
    desk.choose("01-normal")
    desk.choose_reader("Broken reader")
    desk.write("Left effusion, pangolin.")
    banner = desk.run()
    assert "Something went wrong that should not (RuntimeError)" in banner
    assert desk.draft == "Left effusion, pangolin."
    log = odd_server.log.read_text()
    assert "unexpected RuntimeError" in log
    assert "quietword" not in log and "pangolin" not in log


def test_a_server_that_dies_in_the_middle_costs_no_draft(visit, browser, root, tmp_path):
    script = Path(__file__).with_name("odd_readers.py")
    server = start(script, tmp_path / "mortal", root)
    desk = visit(server)
    desk.choose("01-normal")
    desk.choose_reader("Slow reader")
    desk.write("Left pleural effusion, unsent.")
    desk.start()
    desk.page.wait_for_selector(".b-progress")
    server.kill()
    desk.page.wait_for_selector(".b-problem >> text=The server stopped answering")
    assert desk.draft == "Left pleural effusion, unsent."
    again = start(script, tmp_path / "mortal", root, port=server.port)
    try:
        desk.page.wait_for_selector(".b-welcome")  # Gradio loads the page anew
        desk.page.wait_for_function("document.querySelector('#draft textarea')?.value === 'Left pleural effusion, unsent.'")
        desk.choose("01-normal")
        desk.write("Left pleural effusion, unsent.")
        assert "disagree" in desk.run()
    finally:
        stop(again)
