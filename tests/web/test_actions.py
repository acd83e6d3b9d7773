"""Uploads, examples, runs and cancels, without a browser."""

import asyncio
import base64
import threading

import gradio as gr
import numpy as np
import pytest
from image_files import film, saved

from cxr_auditor.errors import InputError
from cxr_auditor.examples import example_cases
from cxr_auditor.findings import Finding
from cxr_auditor.images import LIMITS, Radiograph
from cxr_auditor.schema import ImageReading, ReadingStatus
from cxr_auditor.second_reader import second_reading
from cxr_auditor.web import downloads
from cxr_auditor.web.audit import actions
from cxr_auditor.web.screen import told_all_along
from cxr_auditor.web.session import Session
from cxr_auditor.web.work import DRAFTS, ticks


def sent(data: bytes) -> tuple[str, int]:
    return base64.b64encode(data).decode(), len(data)


def collected(handler, *args) -> list:
    async def collect():
        return [screen async for screen in told_all_along(handler)(*args)]

    return asyncio.run(collect())


def with_film(reader="given", **fields) -> Session:
    session = Session()
    shown = Radiograph(pixels=np.zeros((64, 64), np.uint8), sha256="ab" * 32)
    session.show(shown, "")
    session.keep(shown, reader, ImageReading(reader=reader, **fields), 0.1)
    return session


def test_an_upload_is_on_show_and_the_reference_is_left():
    session = Session()
    screen = actions.upload(*sent(saved(film(300, 256))), session, "reference", "lite")
    assert session.film.width == 256 and session.source == ""
    assert screen.viewer["src"].startswith("data:image/png;base64,")
    assert screen.reader == "lite"  # a reference reading exists for examples only
    assert actions.upload(*sent(saved(film(300, 256))), session, "medgemma", "lite").reader == "medgemma"


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        # what the browser sent, what the card says
        ((*sent(b"no picture"),), "text"),
        (("@@@", 3), "did not arrive whole"),
        ((None, LIMITS.bytes + 1), "At most"),
    ],
)
def test_a_refused_upload_leaves_everything_else(given, sentence):
    session = with_film()
    before = session.film
    screen = actions.upload(*given, session, "lite", "lite")
    assert sentence in screen.banner and "b-problem" in screen.banner
    assert session.film is before
    assert screen.draft == screen.viewer == gr.skip()


def test_every_example_loads_with_its_draft_and_says_that_it_is_synthetic():
    for number, case in enumerate(example_cases()):
        session = Session()
        screen = actions.example(number, session)
        assert screen.draft == case.draft and screen.reader == "reference"
        assert "Synthetic" in screen.film_line and "shows no patient" in screen.banner
        last = collected(actions.run, session, case.draft, "reference", "rules")[-1]
        assert session.report is not None, last.banner


@pytest.mark.parametrize("number", [-1, 999, None, "0"])
def test_there_are_only_the_examples_shown(number):
    with pytest.raises(InputError, match="no such example"):
        actions.example(number, Session())


def test_a_revised_draft_makes_no_second_image_pass(monkeypatch):
    passes = []

    def read_film(film, reader):
        passes.append(reader)
        return ImageReading(reader=reader)

    monkeypatch.setattr(actions, "read_film", read_film)
    session = with_film()
    for draft in ("No effusion.", "Left effusion.", "Left effusion. No pneumothorax."):
        last = collected(actions.run, session, draft, "slow", "rules")[-1]
    assert passes == ["slow"]
    assert "0 resolved, 1 remains, 0 new" in last.evidence["html"]
    collected(actions.run, session, "No effusion.", "other", "rules")
    assert passes == ["slow", "other"]  # another reader looks for itself


def test_a_failed_reading_is_tried_again(monkeypatch):
    answers = iter([ImageReading(reader="r", status=ReadingStatus.FAILED, message="No memory."), ImageReading(reader="r")])
    monkeypatch.setattr(actions, "read_film", lambda film, reader: next(answers))
    session = with_film()
    assert "No memory." in collected(actions.run, session, "No effusion.", "r", "rules")[-1].banner
    assert "b-agreement" in collected(actions.run, session, "No effusion.", "r", "rules")[-1].banner


def test_a_reading_that_is_short_of_a_reader_is_not_kept(monkeypatch):
    seen = ImageReading(reader="a", findings=[{"finding": "pneumothorax", "box": [0.1, 0.6, 0.4, 0.9]}])
    answers = iter(
        [ImageReading(reader="b", status=ReadingStatus.FAILED, message="No memory."), ImageReading(reader="b", findings=seen.findings)]
    )
    passes = []

    def read_film(film, reader):
        passes.append(reader)
        return second_reading([seen, next(answers)]).reading

    monkeypatch.setattr(actions, "read_film", read_film)
    session = with_film()
    first = collected(actions.run, session, "No pneumothorax.", "second=a+b", "rules")[-1].banner
    assert "b-urgent_review" in first and "No memory." in first and "Only 1 of 2 readers looked" in first
    second = collected(actions.run, session, "No pneumothorax.", "second=a+b", "rules")[-1].banner
    assert "b-urgent_review" in second and "readers looked" not in second
    collected(actions.run, session, "Left pneumothorax.", "second=a+b", "rules")
    assert passes == ["second=a+b"] * 2  # the whole one is kept


def test_a_film_chosen_in_the_middle_gets_no_report_of_the_one_before(monkeypatch):
    session = with_film()

    def read_film(film, reader):
        session.show(Radiograph(pixels=np.ones((64, 64), np.uint8), sha256="cd" * 32), "")
        return ImageReading(reader=reader)

    monkeypatch.setattr(actions, "read_film", read_film)
    collected(actions.run, session, "No effusion.", "r", "rules")
    assert session.report is None


def test_a_film_chosen_while_the_report_is_written_gets_none_of_it(monkeypatch):
    session = with_film()

    def report_items(report):
        session.show(Radiograph(pixels=np.ones((64, 64), np.uint8), sha256="cd" * 32), "")
        return real(report)

    real = actions.report_items
    monkeypatch.setattr(actions, "report_items", report_items)
    said = collected(actions.run, session, "No effusion.", "given", "rules")
    assert session.report is None and not session.runs
    assert not any("No effusion" in str(screen.evidence) for screen in said)


def test_what_ended_a_run_is_said_again_after_the_runs_own_last_word():
    """The page gets the answers of two handlers in no certain order: a late sign of life would stay on show for ever."""
    session = with_film()
    screen = actions.ended(session, actions.example(0, session))
    again = actions.restated(session)
    assert again.banner == screen.banner and again.evidence == screen.evidence and again.details == ""
    assert again.viewer == gr.skip()  # a run doesn't write it, and it is large
    collected(actions.run, session, "No effusion.", "reference", "rules")
    assert all(field == gr.skip() for field in actions.restated(session))  # a new run has the word


def test_a_film_that_cannot_be_taken_ends_the_run_and_says_so_last():
    session = with_film()
    turn = session.turn
    screen = actions.ended(session, actions.upload("no base64", 4, session, "given", "lite"))
    assert session.turn > turn and 'role="alert"' in screen.banner
    assert actions.restated(session).banner == screen.banner


def test_a_run_that_was_ended_says_nothing_more(monkeypatch):
    go = threading.Event()

    def read_film(film, reader):
        assert go.wait(10)
        return ImageReading(reader=reader)

    monkeypatch.setattr(actions, "read_film", read_film)
    session = with_film()

    async def ended_run():
        run = actions.run(session, "No effusion.", "r", "rules")
        await anext(run)  # the first sign of life
        actions.ended(session, actions.cancelled(session))
        go.set()
        return [screen async for screen in run]

    assert asyncio.run(ended_run()) == []
    assert session.report is None


def test_a_run_after_a_cancel_picks_the_pass_under_way_up(monkeypatch):
    passes, go = [], threading.Event()

    def read_film(film, reader):
        passes.append(reader)
        assert go.wait(10)
        return ImageReading(reader=reader)

    monkeypatch.setattr(actions, "read_film", read_film)
    session = with_film()

    async def cancelled_run():
        run = actions.run(session, "No effusion.", "r", "rules")
        assert "Looking at the film" in (await anext(run)).banner
        while not passes:
            await asyncio.sleep(0.01)
        waiting = asyncio.ensure_future(anext(run))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    asyncio.run(cancelled_run())
    go.set()
    assert session.report is None
    assert "b-agreement" in collected(actions.run, session, "No effusion.", "r", "rules")[-1].banner
    assert passes == ["r"]


def test_an_error_that_nobody_waits_for_is_not_logged(caplog):
    """asyncio and concurrent.futures would write it whole, and its message may quote a draft."""

    def broken():
        raise ValueError("secretword")

    async def abandoned():
        async for _ in ticks(DRAFTS.submit(broken)):
            pass

    asyncio.run(abandoned())
    assert "secretword" not in caplog.text


def test_clear_forgets_everything():
    session = with_film(scope=(Finding.CARDIOMEGALY,))
    collected(actions.run, session, "The heart is normal.", "given", "rules")
    screen = actions.clear(session, "lite")
    assert session.film is session.report is None and not session.readings and session.draft == ""
    assert screen.draft == "" and screen.viewer["src"] == ""


def test_there_is_nothing_to_download_before_a_report():
    with pytest.raises(InputError, match="no report"):
        downloads.report_json(with_film())


def test_download_names_tell_nothing_of_the_visitor():
    session = with_film()
    collected(actions.run, session, "No effusion.", "given", "rules")
    for make in (downloads.report_json, downloads.overlay, downloads.printable):
        parcel = make(session)
        assert parcel["name"].startswith("cxr-audit-")
        assert base64.b64decode(parcel["base64"])
