"""What the page's buttons do. Each handler takes the visitor's session and gives back a Screen."""

import asyncio
import time
from collections.abc import AsyncIterator

import gradio as gr

from ...audit import audit_reading, read_film
from ...errors import InputError
from ...examples import example_cases
from ...images import Radiograph, load
from ...items import report_items
from ...registry import parse_spec
from ...schema import AuditReport, ImageReading
from .. import film_sent, render
from ..report import render as report_render
from ..report.revision import changes, comparable
from ..screen import Screen, busy, idle
from ..session import Session
from ..work import DRAFTS, FILMS, submit, ticks
from .render import film_line, no_evidence, progress, ready, stopped, welcome

EXAMPLE_READER = "reference"
_OF_A_RUN = ("banner", "evidence", "details", "downloads", "run", "cancel")  # what a run writes on the page


def upload(sent: str | None, size: int, session: Session, reader: str, default_reader: str) -> Screen:
    """Takes a film that the browser sends as base64, with its `size` in bytes."""
    try:
        film = load(film_sent.decoded(sent, size))
    except InputError as error:
        kept = "The film on show is still the one before." if session.film else "Your draft stays as it is."
        return idle(drop=film_sent.taken(), banner=render.problem(render.Problem(error.message, error.hint, kept)))
    session.show(film, "")
    return _film_on_show(session, reader=default_reader if reader == EXAMPLE_READER else reader)


def example(number: int, session: Session) -> Screen:
    """Loads an example case: its film and its draft; the reader becomes the reference reading kept beside it."""
    cases = example_cases()
    if not isinstance(number, int) or not 0 <= number < len(cases):
        raise InputError("There is no such example.", "Choose one of the pictures shown.")
    case = cases[number]
    session.show(load(case.film_path), case.title)
    return _film_on_show(session, reader=EXAMPLE_READER, draft=case.draft, teaches=case.teaches)


def _film_on_show(session: Session, reader: str, draft: str | None = None, teaches: str = "") -> Screen:
    return idle(
        session=session,
        drop=film_sent.taken(),
        film_line=film_line(session.film, session.source),
        viewer=render.film(session.film),
        draft=gr.skip() if draft is None else draft,
        reader=reader,
        banner=ready(session.source, teaches),
        evidence=no_evidence(),
        details="",
        downloads=gr.update(visible=False),
    )


async def run(session: Session, draft: str | None, reader: str, parser: str) -> AsyncIterator[Screen]:
    """Audits the draft against the film on show. The film is looked at once per reader; a revised draft reuses the reading."""
    film = session.film
    if film is None:
        raise InputError("There is no film yet.", "Drop a chest film, paste one, or choose an example; your draft stays as it is.")
    draft, turn = _characters(draft or ""), session.next_turn()
    held = session.reading(reader)
    reused = held is not None
    if held is None:
        future = session.looking.get((film.sha256, reader))
        if future is None or future.cancelled():
            future = session.looking[film.sha256, reader] = submit(FILMS, _look, film, reader)
        yield busy(banner=progress("film", parse_spec(reader).name, 0.0, started=True))
        async for tick in ticks(future):
            if session.turn != turn:
                return
            yield Screen(banner=progress("film", parse_spec(reader).name, tick.seconds, tick.started))
        session.looking.pop((film.sha256, reader), None)
        held = future.result()
        session.keep(film, reader, *held)
    reading, seconds = held
    future = submit(DRAFTS, audit_reading, film, reading, draft, parser, {"reading": seconds})
    async for tick in ticks(future):
        if session.turn != turn:
            return
        yield busy(banner=progress("draft", parse_spec(parser).name, tick.seconds, tick.started))
    report = future.result()
    screen = await asyncio.to_thread(_told, session, draft, report, reused)
    if session.turn == turn:  # else it is about a film that is no longer on show
        session.report, session.draft = report, draft
        session.runs += 1
        yield screen


def _look(film: Radiograph, reader: str) -> tuple[ImageReading, float]:
    start = time.perf_counter()
    return read_film(film, reader), time.perf_counter() - start


def _characters(draft: str) -> str:
    """The text with half surrogate pairs, which UTF-8 can't carry, as replacement characters: one for one, so that offsets hold."""
    return "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in draft)


def _told(session: Session, draft: str, report: AuditReport, reused: bool) -> Screen:
    before = session.report
    since = changes(before, report) if comparable(before, report) and session.draft != draft else None
    items = report_items(report)
    return idle(
        session=session,
        banner=report_render.outcome(report, items, session.runs + 1),
        evidence=report_render.evidence(report, items, draft, since, reused),
        details=report_render.details(report, items, reused),
        downloads=gr.update(visible=True),
    )


def cancelled(session: Session) -> Screen:
    """Film, draft and the last report stay."""
    return idle(banner=stopped(session.report is not None))


def ended(session: Session, screen: Screen) -> Screen:
    """The run under way, if there is one, is over; what took its place, `screen`, is held for `restated`."""
    said = {name: getattr(screen, name) for name in _OF_A_RUN}
    session.last_word = session.next_turn(), Screen(**said)
    return screen


def restated(session: Session) -> Screen:
    """What put an end to a run, once more: the run's own last word may have reached the page after it."""
    turn, screen = session.last_word
    return screen if turn == session.turn else Screen()


def clear(session: Session, default_reader: str) -> Screen:
    """Forgets film, draft, readings and report."""
    session.clear()
    return idle(
        session=session,
        drop=film_sent.taken(),
        film_line="",
        viewer=render.NO_FILM,
        draft="",
        reader=default_reader,
        banner=welcome(),
        evidence=no_evidence(),
        details="",
        downloads=gr.update(visible=False),
    )
