"""Conversations, practice reports and places, without a browser: the models are a script or a stub of a server."""

import asyncio
import re
import time
from threading import Event

import numpy as np
import pytest
import tiny_models
from scripted_model import Scripted, small_film
from stub_server import answers, chunk, completion, event, refuses, serving, streams

from cxr_auditor.audit import audit_reading
from cxr_auditor.chat.errors import ServerUnavailable
from cxr_auditor.errors import InputError
from cxr_auditor.findings import Finding
from cxr_auditor.images import Radiograph
from cxr_auditor.items import report_items
from cxr_auditor.readers.medgemma import MedGemmaReader
from cxr_auditor.schema import ImageReading, OtherStatement
from cxr_auditor.web import choices, render
from cxr_auditor.web.ask import render as ask_render
from cxr_auditor.web.ask import talkers
from cxr_auditor.web.ask.actions import LONGEST_QUESTION, AskActions, AskScreen
from cxr_auditor.web.ask.tab import _told_all_along
from cxr_auditor.web.ask.talkers import Talker, Talkers
from cxr_auditor.web.report import render as report_render
from cxr_auditor.web.report.agreement import agreement
from cxr_auditor.web.session import Session
from cxr_auditor.web.talk import Place, Report, State, Talk, Turn, sentences

BAD = "<img src=x onerror=alert(1)>&\"'"
FIRST = "0"


def talker(spec="scripted", **abilities) -> Talker:
    return Talker(title=spec, spec=spec, server=False, **{"answers": True, "writes": True, "locates": True} | abilities)


@pytest.fixture
def model(monkeypatch):
    """Makes the readers of all specs ask one scripted model; gives it back."""

    def scripted(*replies):
        chat = Scripted(*replies)
        monkeypatch.setattr(talkers, "_reader", lambda spec: MedGemmaReader(chat=chat))
        return chat

    return scripted


@pytest.fixture
def session() -> Session:
    session = Session()
    session.show(small_film(), "")
    return session


def collected(actions: AskActions, handler, *args) -> list:
    async def collect():
        return [screen async for screen in _told_all_along(actions, handler)(*args)]

    return asyncio.run(collect())


def page(*found: Talker) -> AskActions:
    return AskActions(Talkers(found or (talker(),), ()))


# The conversation


def test_a_conversation_is_sent_whole_and_the_film_once(model, session):
    chat, actions = model("Fluid.", "On the left."), page()
    collected(actions, actions.ask, session, "What is white?", FIRST)
    last = collected(actions, actions.ask, session, "Which side?", FIRST)[-1]
    messages = chat.asked[-1].messages
    assert [message.role for message in messages] == ["user", "assistant", "user"]
    assert [len(message.images) for message in messages] == [1, 0, 0]
    assert [message.text for message in messages] == ["What is white?", "Fluid.", "Which side?"]
    assert "Fluid." in last.log and "Ontheleft." in last.log  # the script streams words without their spaces
    assert "Answered." in last.notice


def test_visitors_share_the_model_and_no_word(model):
    chat, actions = model("Yes."), page()
    one, two = Session(), Session()
    one.show(small_film(seed=1), "")
    two.show(small_film(seed=2), "")
    collected(actions, actions.ask, one, "aardvark?", FIRST)
    last = collected(actions, actions.ask, two, "wombat?", FIRST)[-1]
    sent = " ".join(message.text for message in chat.asked[-1].messages)
    assert "wombat" in sent and "aardvark" not in sent
    assert "wombat" in last.log and "aardvark" not in last.log


def test_another_model_is_not_shown_the_first_ones_answers(model, session):
    chat = model("Answer.")
    actions = page(talker("one"), talker("two"))
    collected(actions, actions.ask, session, "First?", "0")
    collected(actions, actions.ask, session, "Second?", "1")
    assert [message.text for message in chat.asked[-1].messages] == ["Second?"]
    assert len(session.talk.turns) == 2  # both stay to be read


def test_reasoning_is_kept_apart_and_not_sent_again(model, session):
    chat, actions = model("<think>bases</think><answer>Effusion</answer>"), page()
    last = collected(actions, actions.ask, session, "What?", FIRST)[-1]
    assert re.search(r"<summary>Its reasoning</summary>.*bases.*</details>.*Effusion", last.log, re.DOTALL)
    assert "answer&gt;" not in last.log
    collected(actions, actions.ask, session, "And?", FIRST)
    assert chat.asked[-1].messages[1].text == "Effusion"


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        # what came, what the visitor is told
        (ServerUnavailable("The server is gone.", "Try again."), "The server is gone. Try again."),
        ("", "The model gave no answer."),
        ("<think>never ends", "The model gave no answer."),
    ],
)
def test_a_failed_answer_is_told_and_is_no_part_of_the_conversation(model, session, reply, words):
    chat, actions = model(reply, "Fine."), page()
    last = collected(actions, actions.ask, session, "What?", FIRST)[-1]
    assert words in last.log and "Not answered." in last.notice and last.question == "What?"
    collected(actions, actions.ask, session, "Again?", FIRST)
    assert [message.text for message in chat.asked[-1].messages] == ["Again?"]


def test_what_was_streamed_before_a_break_stays_to_be_read(session, monkeypatch):
    with serving(streams(chunk("The heart"), then_drop=True)) as stub:
        monkeypatch.setattr(talkers, "_reader", lambda spec: MedGemmaReader("stub", stub.address))
        actions = page()
        last = collected(actions, actions.ask, session, "What?", FIRST)[-1]
    assert "The heart" in last.log and session.talk.turns[0].state is State.FAILED
    assert session.talk.history("scripted") == []


@pytest.mark.parametrize(
    "step",
    [
        answers(b"<html>home</html>", content_type="text/html"),  # the address is a page: /v1 was forgotten
        streams(event({"choices": [{"index": 0, "delta": None}]})),  # a piece without a delta
        streams(chunk(["a list"])),
        streams(event(b"\xff")),  # no UTF-8
    ],
)
def test_what_is_no_answer_is_told_with_what_to_do(session, monkeypatch, caplog, step):
    with serving(step) as stub:
        monkeypatch.setattr(talkers, "_reader", lambda spec: MedGemmaReader("stub", stub.address))
        actions = page()
        last = collected(actions, actions.ask, session, "What?", FIRST)[-1]
    assert "sent" in last.log and "/v1" in last.log and session.talk.turns[0].state is State.FAILED
    assert caplog.text == ""  # no error of the program's


def test_a_servers_own_words_reach_neither_page_nor_log(session, monkeypatch, caplog):
    with serving(refuses(403)) as stub:
        monkeypatch.setattr(talkers, "_reader", lambda spec: MedGemmaReader("stub", stub.address))
        actions = page()
        last = collected(actions, actions.ask, session, "What about aardvarks?", FIRST)[-1]
    assert "wants a key" in last.log and "sk-secret" not in last.log
    assert "aardvark" not in caplog.text and "sk-secret" not in caplog.text


def test_an_unexpected_error_is_told_without_its_message(model, session, caplog):
    model(RuntimeError("quietword"))
    actions = page()
    last = collected(actions, actions.ask, session, "What?", FIRST)[-1]
    assert "RuntimeError" in last.notice and "quietword" not in last.notice + last.log + caplog.text
    assert session.talk.stop is None and session.talk.turns[0].state is State.FAILED


def test_stop_keeps_what_came_and_stops_the_model(session, monkeypatch):
    given = []

    class Long(Scripted):
        def stream(self, request):
            try:
                while len(given) < 5000:
                    given.append("word ")
                    yield "word "
                    if len(given) == 20:
                        session.talk.end()
            finally:
                given.append("closed")

    monkeypatch.setattr(talkers, "_reader", lambda spec: MedGemmaReader(chat=Long("")))
    actions = page()
    last = collected(actions, actions.ask, session, "What?", FIRST)[-1]
    assert given[-1] == "closed" and given.count("word ") == 21  # one more was on its way
    assert "Stopped." in last.notice and "word word" in last.log
    assert session.talk.turns[0].state is State.STOPPED and session.talk.history("scripted") == []


def test_stop_hangs_up_on_the_server(session, monkeypatch):
    sent, hung_up = [], Event()

    def act(handler):
        handler.close_connection = True
        handler.send_response(200)
        handler.end_headers()
        try:
            while len(sent) < 400:
                handler.wfile.write(chunk("word "))
                handler.wfile.flush()
                sent.append(1)
                if len(sent) == 5:
                    session.talk.end()
                time.sleep(0.02)
        except OSError:
            hung_up.set()

    with serving(act) as stub:
        monkeypatch.setattr(talkers, "_reader", lambda spec: MedGemmaReader("stub", stub.address))
        actions = page()
        collected(actions, actions.ask, session, "What?", FIRST)
        assert hung_up.wait(5)
    assert len(sent) < 400


def test_a_model_in_this_process_is_asked(session, monkeypatch):
    monkeypatch.setenv("CXR_AUDITOR_CHAT", f"medgemma={tiny_models.folder('gemma3')}")
    found = talkers.talkers()
    assert found.offered[0].title == "MedGemma (gemma3)" and not found.offered[0].server
    actions = AskActions(found)
    collected(actions, actions.ask, session, "What is white?", FIRST)
    [turn] = session.talk.turns
    assert turn.state is State.DONE and turn.answer  # untrained weights write whatever they write


def test_another_film_ends_the_answer_and_the_conversation(session, monkeypatch):
    actions = page()

    class Changing(Scripted):
        def stream(self, request):
            yield "Before. "
            session.show(small_film(seed=5), "")
            yield "After."

    monkeypatch.setattr(talkers, "_reader", lambda spec: MedGemmaReader(chat=Changing("")))
    last = collected(actions, actions.ask, session, "What?", FIRST)[-1]
    assert session.talk.turns == [] and "Before" not in last.log
    assert "data:image" in last.film


def test_a_second_question_waits_for_the_first(model, session):
    chat, actions = model("Yes."), page()

    async def both():
        first = actions.ask(session, "One?", FIRST)
        await anext(first)
        second = [screen async for screen in _told_all_along(actions, actions.ask)(session, "Two?", FIRST)]
        rest = [screen async for screen in first]
        return second, rest

    second, rest = asyncio.run(both())
    assert "still at work" in second[-1].notice and len(second) == 1
    assert "Answered." in rest[-1].notice and len(chat.asked) == 1


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("  ", "no question yet"),  # nothing but space
        (None, "no question yet"),  # an empty box
        ("x" * (LONGEST_QUESTION + 1), "At most"),  # longer than a box allows
    ],
)
def test_questions_that_are_none(model, session, question, words):
    chat, actions = model("Yes."), page()
    assert words in collected(actions, actions.ask, session, question, FIRST)[-1].notice
    assert chat.asked == [] and session.talk.turns == []


def test_there_is_nothing_to_ask_about_without_a_film(model):
    model("Yes.")
    actions = page()
    assert "There is no film yet" in collected(actions, actions.ask, Session(), "What?", FIRST)[-1].notice


@pytest.mark.parametrize("chosen", ["7", "-1", "x", None])
def test_only_the_offered_models_can_be_asked(model, session, chosen):
    chat, actions = model("Yes."), page()
    with pytest.raises(InputError, match="no such model"):
        actions.chose(session, chosen)
    assert chat.asked == []


# Reports and places


def test_a_report_is_shown_apart_and_reaches_no_audit(model, session):
    model("Large left pneumothorax.")
    actions = page()
    last = collected(actions, actions.write, session, FIRST)[-1]
    assert "Large left pneumothorax." in last.report and "goes into no audit" in last.report
    assert session.draft == "" and session.report is None and not session.readings
    assert session.talk.turns == []


def test_a_phrase_is_looked_for_and_its_boxes_stand_on_the_film(model, session):
    chat, actions = model('[{"box_2d": [500, 100, 900, 400]}]'), page()
    last = collected(actions, actions.locate, session, "opacity at the base", FIRST)[-1]
    assert "opacity at the base" in chat.asked[0].messages[0].text and len(chat.asked[0].messages[0].images) == 1
    assert last.film.count('class="line"') == 1 and "Box 1: right" in last.place
    [box] = session.talk.place.boxes
    assert box.y0 == pytest.approx(0.5)


def test_nowhere_and_not_understood_are_told_apart(model, session):
    model("[]")
    actions = page()
    assert "Nowhere." in collected(actions, actions.locate, session, "mass", FIRST)[-1].place
    model("I can't say.")
    last = collected(actions, actions.locate, session, "nodule", FIRST)[-1]
    assert "b-problem" in last.notice and session.talk.place.phrase == "mass"


def test_a_sentence_of_the_draft_is_looked_for_by_its_number(model, session):
    chat, actions = model("[]"), page()
    actions.visit(session, "Heart normal. No effusion.", FIRST)
    collected(actions, actions.locate_sentence, session, 1, FIRST)
    assert "No effusion." in chat.asked[0].messages[0].text
    for wrong in (2, -1, None, "0"):
        assert "no such sentence" in collected(actions, actions.locate_sentence, session, wrong, FIRST)[-1].notice


def test_what_a_model_cannot_do_is_said_and_not_tried(model, session):
    chat = model("x")
    actions = page(talker(locates=False, writes=False))
    assert "can&#39;t show where" in collected(actions, actions.locate, session, "mass", FIRST)[-1].notice
    assert "can&#39;t write reports" in collected(actions, actions.write, session, FIRST)[-1].notice
    assert chat.asked == []
    screen = actions.chose(session, FIRST)
    assert screen.write["interactive"] is screen.locate["interactive"] is False


def test_clear_and_another_film_forget_what_was_asked(model, session):
    model("Yes.")
    actions = page()
    for forget in (session.clear, lambda: session.show(small_film(seed=9), "")):
        session.show(small_film(), "")
        collected(actions, actions.ask, session, "What?", FIRST)
        collected(actions, actions.write, session, FIRST)
        forget()
        assert session.talk.turns == [] and session.talk.report is None and session.talk.place is None


def test_a_new_conversation_keeps_the_film(model, session):
    model("Yes.")
    actions = page()
    actions.visit(session, "No effusion.", FIRST)
    collected(actions, actions.ask, session, "What?", FIRST)
    screen = actions.fresh(session, FIRST)
    assert session.talk.turns == [] and "data:image" in screen.film


def test_a_film_is_drawn_only_once_the_tab_was_opened(session):
    actions = page()
    assert actions.changed(session, "", FIRST) == AskScreen()
    actions.visit(session, "", FIRST)
    assert "data:image" in actions.changed(session, "", FIRST).film


# What stands on the page


def test_every_word_of_visitor_and_model_is_escaped():
    talk = Talk(turns=[Turn(BAD, "x", f"<think>{BAD}</think>{BAD}", state, BAD) for state in State], sentences=(BAD,))
    talk.place = Place(BAD, BAD, ())
    talk.report = Report(BAD, BAD)
    bad = Talker(BAD, BAD, True, True, True, True, (BAD,))
    pages = [
        ask_render.log(talk, {"x": BAD}),
        ask_render.live(talk, {"x": BAD}),
        ask_render.place(talk.place),
        ask_render.report(talk),
        ask_render.sentences(talk, True),
        ask_render.who(bad),
        ask_render.refused(Talkers((), ((BAD, BAD),))),
        ask_render.nobody(Talkers((), ((BAD, BAD),))),
        ask_render.progress(BAD, 1.0, True),
        ask_render.problem(render.Problem(BAD, BAD)),
    ]
    for html in pages:
        assert "<img src=x" not in html and "&lt;img src=x" in html


@pytest.mark.parametrize(
    ("draft", "found"),
    [
        ("", ()),  # nothing
        ("  \n 1. \n", ()),  # no letters
        ("No effusion. No effusion.", ("No effusion.",)),  # said twice, to be chosen once
        ("Heart normal\nNo mass", ("Heart normal", "No mass")),  # lines without full stops
        ("A 1.5 cm nodule.", ("A 1.5 cm nodule.",)),  # a point inside a number
    ],
)
def test_sentences_of_a_draft(draft, found):
    assert sentences(draft) == found


# Who can be asked


@pytest.fixture
def bare(monkeypatch):
    """A machine without weights and settings."""
    monkeypatch.delenv("CXR_AUDITOR_CHAT", raising=False)
    monkeypatch.delenv("CXR_AUDITOR_READER", raising=False)
    monkeypatch.setattr(talkers, "on_disk", lambda model: False)
    return monkeypatch


def test_without_a_model_the_tab_says_why_and_what_helps(bare):
    found = talkers.talkers()
    assert found.offered == ()
    assert [title for title, _ in found.refused] == ["MedGemma", "NV-Reason", "RadVLM", "CXR-LLaVA"]
    assert all(reason for _, reason in found.refused)
    html = ask_render.nobody(found)
    assert "CXR_AUDITOR_CHAT=medgemma=MODEL@http" in html and "MedGemma" in html


def test_the_operators_models_are_offered_and_their_addresses_stay_here(bare):
    bare.setenv("CXR_AUDITOR_CHAT", "radvlm=some/model@http://10.0.0.7:8000/v1")
    bare.setenv("CXR_AUDITOR_READER", "nv_reason@http://10.0.0.8:8000/v1")
    found = talkers.talkers()
    assert [t.title for t in found.offered] == ["RadVLM (model)", "NV-Reason"]
    assert (found.offered[0].locates, found.offered[1].locates) == (True, False)
    assert all(t.server for t in found.offered)
    assert "10.0.0" not in "".join(ask_render.who(t) for t in found.offered) + ask_render.refused(found)


def test_weights_on_this_machine_are_offered(bare):
    bare.setattr(talkers, "on_disk", lambda model: "NV-Reason" in model)
    assert [t.spec for t in talkers.talkers().offered] == ["nv_reason"]


@pytest.mark.parametrize("wrong", ["lite", "nobody", "second=lite+lite", "nemotron"])
def test_a_setting_that_cannot_be_asked_stops_the_start(bare, wrong):
    bare.setenv("CXR_AUDITOR_CHAT", wrong)
    with pytest.raises(InputError, match="CXR_AUDITOR_CHAT"):
        talkers.talkers()


# A second reader


@pytest.mark.parametrize(
    ("reader", "second", "spec"),
    [
        ("lite", "none", "lite"),  # nobody beside it
        ("lite", None, "lite"),  # an empty list
        ("reference", "lite", "second=reference+lite"),  # two
        ("second=2:lite+medgemma", "nv_reason", "second=2:lite+medgemma+nv_reason"),  # one more beside the operator's own pair
    ],
)
def test_two_readers_as_one(reader, second, spec):
    assert choices.together(reader, second) == spec


def test_a_reader_is_no_second_opinion_of_itself():
    with pytest.raises(InputError, match="first one again"):
        choices.together("lite", "lite")


def test_a_kept_reading_is_no_second_reader():
    values = [value for _, value in choices.second_readers(choices.readers())]
    assert values[0] == "none" and "lite" in values and "reference" not in values and "second" not in values


def fused(*notes: str, reader="lite + medgemma") -> ImageReading:
    return ImageReading(reader=reader, notes=notes)


def details(reading: ImageReading) -> str:
    film = Radiograph(pixels=np.zeros((64, 64), np.uint8), sha256="ab" * 32)
    report = audit_reading(film, reading, "No effusion.")
    return report_render.details(report, report_items(report), reused=False) + report_render.outcome(report, report_items(report), run=1)


@pytest.mark.parametrize(
    ("notes", "verdict"),
    [
        (("Cardiomegaly (enlarged heart) - present: lite; absent: medgemma.",), "differ"),
        (("Cardiomegaly (enlarged heart) - present: lite, medgemma.",), "agree"),
        (("Cardiomegaly (enlarged heart) - absent: lite.",), "one reader only"),
        (("Pleural effusion - present: lite, medgemma.", "The readers see pleural effusion on different sides."), "sides differ"),
    ],
)
def test_who_saw_what_stands_in_a_table(notes, verdict):
    table = agreement(fused(*notes))
    assert table.readers == ("lite", "medgemma") and table.rows[0].verdict == verdict
    html = details(fused(*notes))
    assert "Who saw what" in html and verdict in html
    assert html.count(notes[0]) == 0  # in the table, not in the notes as well


def test_the_second_reader_leaves_lines_that_the_table_understands():
    from cxr_auditor.readers.second import _words
    from cxr_auditor.second_reader import second_reading

    one = ImageReading(reader="a", findings=[{"finding": "pneumothorax"}])
    two = ImageReading(reader="b", scope=tuple(finding for finding in Finding if finding is not Finding.CARDIOMEGALY))
    fusion = second_reading([one, two])
    notes = [text for row in fusion.agreements if (text := _words(row))]
    rows = {row.finding: row.verdict for row in agreement(fusion.reading.model_copy(update={"notes": tuple(notes)})).rows}
    assert len(rows) == len(Finding)
    assert rows[Finding.PNEUMOTHORAX] == "differ" and rows[Finding.CARDIOMEGALY] == "one reader only"


SIDES = "The readers see pneumothorax on different sides."


@pytest.mark.parametrize(
    ("notes", "said"),
    [
        (("Pneumothorax - present: lite; absent: medgemma.",), "seen by lite, but not by every reader"),
        (("Pneumothorax - present: lite; uncertain: medgemma.",), "seen by lite, but not by every reader"),
        (("Pneumothorax - present: lite.",), "seen by lite, but not every reader looked for it"),  # the other one failed, or can't see it
        (("Pneumothorax - present: lite, medgemma.", SIDES), "seen by lite and medgemma, but not on the same side"),
        (("Pneumothorax - present: lite, medgemma.",), ""),  # both
        (("Pneumothorax - uncertain: lite; absent: medgemma.",), ""),  # nobody for certain
        (("Pleural effusion - present: lite; absent: medgemma.",), ""),  # not urgent
    ],
)
def test_an_urgent_finding_that_not_all_see_is_said_beside_the_outcome(notes, said):
    html = details(fused(*notes))
    assert said in html and ("Look again" in html) is bool(said)


def test_one_readers_notes_are_no_table():
    reading = ImageReading(reader="lite", notes=("Cardiomegaly (enlarged heart) - present: lite.", BAD))
    assert agreement(reading).rows == () and agreement(reading).notes == reading.notes


# What must not be overlooked


@pytest.mark.parametrize("parser", ["nemotron", "both"])
def test_rules_that_stand_in_for_a_model_are_told_beside_the_outcome(parser, monkeypatch):
    with serving(answers(completion("I won't."))) as stub:
        film = small_film()
        report = audit_reading(film, ImageReading(reader="lite"), "No effusion.", parser=f"{parser}=stub@{stub.address}")
    assert "model nemotron failed" in report_render.outcome(report, report_items(report), run=1)


def test_what_is_outside_the_vocabulary_is_shown_as_not_judged():
    html = details(ImageReading(reader="lite", other=(OtherStatement(term="Pacemaker"),), reasoning="First the bases."))
    assert "Also reported, not judged" in html and "Pacemaker" in html
    assert re.search(r"<details><summary>The reader's reasoning</summary>.*First the bases", html)
