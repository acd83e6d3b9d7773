"""The tab "Ask the film", with a stub of an OpenAI-compatible server behind it."""

import time
from pathlib import Path

import pytest
from serving import start, stop
from stub_server import answers, chunk, completion, refuses, serving

pytestmark = pytest.mark.slow  # its handlers have fast tests of their own: tests/web/test_ask.py

CONTRAST = Path(__file__).with_name("contrast.js").read_text()
PAGE = """
import os
os.environ["CXR_AUDITOR_CHAT"] = {spec!r}
from cxr_auditor.web.app import serve
serve()
"""


def slowly(*pieces, pause=0.0):
    """Server-sent events with a pause after each."""

    def act(handler):
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.end_headers()
        handler.close_connection = True
        for piece in pieces:
            handler.wfile.write(piece)
            handler.wfile.flush()
            time.sleep(pause)

    return act


def says(*words, pause=0.0):
    return slowly(*(chunk(word) for word in words), chunk("", finish="stop"), pause=pause)


def lists(text):
    return answers(completion(text))


@pytest.fixture(scope="module")
def stub():
    with serving(says("Yes.")) as stub:
        yield stub


@pytest.fixture(scope="module")
def ask_server(browser, root, tmp_path_factory, stub):
    folder = tmp_path_factory.mktemp("ask")
    script = folder / "page.py"
    script.write_text(PAGE.format(spec=f"medgemma=stub@{stub.address}"))
    server = start(script, folder / "home", root)
    yield server
    stop(server)


@pytest.fixture
def asker(visit, ask_server, stub):
    """Opens pages with an example on show and the tab open."""
    stub.bodies.clear()

    def open_tab(case="06-wrong-side", **screen):
        desk = visit(ask_server, **screen)
        desk.choose(case)
        to_tab(desk, "Ask the film")
        desk.page.wait_for_selector(".ask-film img")
        return desk

    return open_tab


def to_tab(desk, title):
    desk.page.get_by_role("tab", name=title).click()


def ask(desk, question):
    desk.page.fill("#ask-question textarea", question)
    desk.page.press("#ask-question textarea", "Enter")


def ended(desk, word="Answered."):
    desk.page.wait_for_selector(f"#ask-notice >> text={word}")
    desk.settle()


def test_an_answer_comes_in_pieces_and_as_text(asker, stub):
    stub.steps = [says("<think>look at the", " bases</think>", "The <b>left</b>", " base is white.", pause=0.7)]
    desk = asker()
    ask(desk, "What is <i>white</i>?")
    desk.page.wait_for_selector(".s-writing >> text=The <b>left</b>")
    assert "base is white" not in desk.page.inner_text(".s-writing")
    ended(desk)
    turn = desk.page.locator(".ask-turn.answered")
    assert "The <b>left</b> base is white." in turn.inner_text() and turn.locator("b").count() == 0
    assert "look at the bases" not in turn.inner_text()
    turn.locator("summary").click()
    assert "look at the bases" in turn.inner_text()
    assert "What is <i>white</i>?" in desk.page.inner_text(".ask-turn.asked")


def test_the_conversation_goes_on_and_the_film_is_sent_once(asker, stub):
    stub.steps = [says("Fluid.")]
    desk = asker()
    ask(desk, "What is white?")
    desk.page.wait_for_selector(".s-done >> nth=0")
    ask(desk, "Which side?")
    desk.page.wait_for_selector(".s-done >> nth=1")
    messages = stub.bodies[-1]["messages"]
    assert [message["role"] for message in messages] == ["user", "assistant", "user"]
    assert str(messages).count("data:image/png;base64,") == 1 and messages[1]["content"] == "Fluid."


@pytest.mark.parametrize("way", ["button", "Escape"])
def test_stop_ends_an_answer_and_keeps_what_came(asker, stub, way):
    stub.steps = [says(*["again "] * 60, pause=0.2), says("Second.")]
    desk = asker()
    ask(desk, "What?")
    desk.page.wait_for_selector(".s-writing >> text=again")
    assert desk.page.locator("#ask-run").is_disabled()
    if way == "button":
        desk.page.click("#ask-stop")
    else:
        desk.page.keyboard.press("Escape")
    ended(desk, "Stopped.")
    assert "again" in desk.page.inner_text(".s-stopped") and desk.page.locator("#ask-stop").is_hidden()
    ask(desk, "And now?")
    desk.page.wait_for_selector(".s-done >> text=Second.")
    assert len(stub.bodies[-1]["messages"]) == 1  # half an answer is no part of the conversation


def test_a_sentence_of_the_draft_is_found_on_the_film(asker, stub):
    stub.steps = [lists('[{"box_2d": [500, 100, 900, 400]}]')]
    desk = asker()
    chosen = desk.page.locator("[data-sentence]").first
    words = chosen.inner_text()
    chosen.focus()
    desk.page.keyboard.press("Enter")
    ended(desk, "Looked.")
    assert words in desk.page.inner_text("#ask-place") and "Box 1: right" in desk.page.inner_text("#ask-place")
    assert words in str(stub.bodies[-1]["messages"])
    film, box = desk.page.locator(".ask-film img").bounding_box(), desk.page.locator(".ask-film .line").bounding_box()
    assert (box["x"] - film["x"]) / film["width"] == pytest.approx(0.1, abs=0.02)
    assert (box["y"] + box["height"] - film["y"]) / film["height"] == pytest.approx(0.9, abs=0.02)
    assert desk.page.locator('[data-sentence][aria-pressed="true"]').inner_text() == words
    stub.steps = [lists("[]")]
    desk.page.fill("#ask-phrase textarea", "mass")
    desk.page.click("#ask-locate")
    desk.page.wait_for_selector("#ask-place >> text=Nowhere.")
    assert desk.page.locator(".ask-film .line").count() == 0


def test_a_report_is_for_practice_and_the_audit_stays_as_it_was(asker, stub, visit, ask_server):
    stub.steps = [lists("Large left pneumothorax.\n<script>x</script>")]
    desk = visit(ask_server)
    desk.choose("06-wrong-side")
    before = desk.run()
    draft, boxes = desk.draft, desk.page.locator(".box").count()
    desk.page.locator(".stage").focus()
    desk.page.keyboard.press("+")
    to_tab(desk, "Ask the film")
    desk.page.click("#ask-write")
    ended(desk, "The practice report is written.")
    assert "<script>x</script>" in desk.page.inner_text(".ask-report")
    assert "goes into no audit" in desk.page.inner_text(".ask-report")
    to_tab(desk, "Audit")
    assert (desk.banner, desk.draft, desk.page.locator(".box").count()) == (before, draft, boxes)
    assert desk.viewer["zoom"] == "1.25"
    assert "pneumothorax" not in " ".join(desk.cards).lower()


def test_visitors_see_nothing_of_each_other(asker, stub):
    stub.steps = [says("Yes.")]
    one, two = asker(), asker("01-normal")
    ask(one, "aardvark?")
    ask(two, "wombat?")
    one.page.wait_for_selector(".s-done")
    two.page.wait_for_selector(".s-done")
    assert "wombat" not in one.page.content() and "aardvark" not in two.page.content()
    assert all(not ("wombat" in str(body) and "aardvark" in str(body)) for body in stub.bodies)


def test_another_film_begins_anew(asker, stub, root):
    stub.steps = [says("Yes.")]
    desk = asker()
    first = desk.page.get_attribute(".ask-film img", "src")
    ask(desk, "What?")
    desk.page.wait_for_selector(".s-done")
    to_tab(desk, "Audit")
    desk.choose("01-normal")
    to_tab(desk, "Ask the film")
    desk.page.wait_for_function("src => document.querySelector('.ask-film img').src !== src", arg=first)
    assert desk.page.locator(".ask-turn").count() == 0
    second = desk.page.get_attribute(".ask-film img", "src")
    desk.upload(root / "assets/examples/03-omitted-pneumothorax/film.jpg")  # while this tab is open
    desk.page.wait_for_function("src => document.querySelector('.ask-film img').src !== src", arg=second)


def test_a_server_that_refuses_is_told_in_plain_words_and_nothing_is_written(asker, stub, ask_server):
    stub.steps = [refuses(401)]
    desk = asker()
    ask(desk, "What about the pangolin?")
    ended(desk, "Not answered.")
    assert "wants a key (HTTP 401)" in desk.page.inner_text(".s-failed")
    assert desk.page.input_value("#ask-question textarea") == "What about the pangolin?"
    assert "sk-secret" not in desk.page.content()
    written = ask_server.everything_written()
    assert b"pangolin" not in written and b"sk-secret" not in written


def test_the_address_of_the_server_does_not_reach_the_browser(asker, stub):
    desk = asker()
    assert stub.address not in desk.page.content()
    assert "MedGemma (stub), on a server" in desk.page.input_value("#ask-model input")
    assert "the film and what you ask go there" in desk.page.inner_text(".ask-who")


@pytest.mark.parametrize("room", ["dark", "light"])
def test_every_text_reaches_wcag_aa(asker, stub, room):
    desk = asker()
    if room == "light":
        desk.page.click("[data-action=room]")
    for step, question, state in ((says("<think>a</think>Yes."), "One?", "s-done"), (refuses(401), "Two?", "s-failed")):
        stub.steps = [step]
        ask(desk, question)
        desk.page.wait_for_selector(f".{state}")
    stub.steps = [lists('[{"box_2d": [500, 100, 900, 400]}]')]
    desk.page.locator("[data-sentence]").first.click()
    ended(desk, "Looked.")
    stub.steps = [lists("Clear.")]
    desk.page.click("#ask-write")
    ended(desk, "The practice report is written.")
    desk.page.mouse.move(2, 2)
    desk.page.wait_for_timeout(300)  # Gradio's buttons fade in
    found = desk.page.evaluate(CONTRAST)
    assert len(found) > 25
    assert [entry for entry in found if entry["value"] < entry["needs"]] == []


def test_a_phone_needs_no_sideways_scroll(asker, stub):
    stub.steps = [says("A", "very" * 60, "long word.")]
    desk = asker(width=390, height=844, has_touch=True, is_mobile=True)
    ask(desk, "What?" * 30)
    desk.page.wait_for_selector(".s-done")
    assert desk.page.evaluate("document.documentElement.scrollWidth") <= 390
    wide = """() => [...document.querySelectorAll('body *')]
        .filter(e => e.checkVisibility() && !e.closest('svg, .visually-hidden') && e.getBoundingClientRect().right > 391)
        .map(e => e.tagName + '.' + e.className)"""
    assert desk.page.evaluate(wide) == []


def test_a_page_without_a_model_says_why(desk):
    to_tab(desk, "Ask the film")
    text = desk.page.inner_text(".ask-nobody")
    assert "No model can be asked on this page" in text and "CXR_AUDITOR_CHAT=medgemma=MODEL@http" in text
    assert "MedGemma" in text and "RadVLM" in text


def test_a_second_reader_is_shown_beside_the_first(desk):
    desk.choose("03-omitted-pneumothorax")
    desk.page.locator("#second input").click()
    desk.page.get_by_role("option", name="Lite").click()
    banner = desk.run()
    assert "reference" in banner and "+ lite" in banner
    table = desk.page.locator("table.agreement")
    assert table.locator("thead th").all_inner_texts() == ["Finding", "reference", "lite", "Agreement"]
    assert table.locator("tbody tr").count() == 5
    row = table.locator("tbody tr", has_text="Pneumothorax").inner_text()
    assert row.startswith("Pneumothorax\tpresent")
    desk.choose_reader("Lite")
    assert "first one again" in desk.run()
