"""What the Train tab does. Each handler is told by the request who asks, and gives back a TrainScreen; errors go to the tab's edge."""

from asyncio import to_thread
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

import gradio as gr

from ...teaching import keeping
from ...teaching.errors import AccessError, OtherDraft
from ...teaching.records import Sitting, Turn
from ...teaching.shelf import shelf
from .. import render, sign_in
from ..screen import problem_of
from ..who import SignInNeeded
from ..work import DRAFTS, FILMS, submit, ticks
from . import forms
from . import render as train_render
from . import summary as train_summary
from .desk import Trainee, alone, case_of, cases_of, first_visit, trainee

SKIP = gr.skip()


class TrainScreen(NamedTuple):
    """The outputs of the tab, in the order in which its handlers return them."""

    notice: Any = SKIP
    room: Any = SKIP
    viewer: Any = SKIP


class TrainActions:
    """The handlers. `readers`: (title, name) of those that can be compared with; `parser`: who reads the drafts."""

    def __init__(self, readers: tuple[tuple[str, str], ...], parser: str):
        self._readers, self._parser = readers, parser

    def open(self, request: gr.Request, sent: Mapping[str, Any]) -> TrainScreen:
        """The session at an address, where it stopped or at a committed case; without a key, the way to begin one."""
        if sent["key"] is None:
            return self._start(request)
        key, number = forms.key_of(sent["key"]), sent["number"]
        here = trainee(request)
        sitting = here.sittings.open(here.person, key)
        return _where_it_stopped(here, sitting) if number is None else _at(here, sitting, forms.number_of(number))

    def begin(self, request: gr.Request, sent: Mapping[str, Any]) -> TrainScreen:
        """A new session, at its first case. The first time, this is where something is stored."""
        wish, reader = forms.wish_of(sent), forms.reader_of(sent, self._readers)
        here = trainee(request)
        return _where_it_stopped(here, here.sittings.begin(here.person, wish, reader, self._parser))

    async def commit(self, request: gr.Request, sent: Mapping[str, Any]) -> AsyncIterator[TrainScreen]:
        """Judges a draft and stores what came of it; only then anything about the truth leaves the server."""
        work = forms.work_of(sent)
        here = await to_thread(trainee, request)
        sitting = await to_thread(here.sittings.open, here.person, work.key)
        future = submit(FILMS if sitting.reader else DRAFTS, here.sittings.commit, here.person, *work)
        async for tick in ticks(future):
            yield TrainScreen(notice=train_render.judging(tick.seconds, tick.started, sitting.reader))
        try:
            future.result()
        except OtherDraft as error:
            stopped = await to_thread(self.open, request, {"key": work.key, "number": None})
            yield stopped._replace(notice=train_render.problem(problem_of(error)))
            return
        sitting = await to_thread(here.sittings.open, here.person, work.key)
        yield await to_thread(_revealed, here, sitting, sitting.turns[work.number - 1])

    def finish(self, request: gr.Request, sent: Mapping[str, Any]) -> TrainScreen:
        """Ends a session with what is committed, and sums it up."""
        here = trainee(request)
        return _summed_up(here, here.sittings.finish(here.person, forms.key_of(sent["key"])))

    def forget(self, request: gr.Request, sent: Mapping[str, Any]) -> TrainScreen:
        """Deletes what is stored about a person: their sessions, or them altogether."""
        here = trainee(request)
        if not forms.forgets_account(sent):
            keeping.forget_sessions(here.store, here.person)
        else:
            keeping.forget(here.store, here.person)
            if not alone():
                return TrainScreen(train_render.notice(), train_render.gone(here.person, sign_in.nobody()))
        return self._start(request)._replace(notice=train_render.notice(render.banner("agreement", "It is deleted.", [])))

    def problem(self, request: gr.Request, error: Exception) -> TrainScreen:
        """An error in plain words. What is on show stays, unless it is another's or nobody knows whose."""
        if isinstance(error, SignInNeeded):
            return TrainScreen(notice=train_render.notice(), room=train_render.away(sign_in.needed(error), sign_in.nobody(error)))
        told = train_render.problem(problem_of(error))
        return self._start(request)._replace(notice=told) if isinstance(error, AccessError) else TrainScreen(notice=told)

    def _start(self, request: gr.Request) -> TrainScreen:
        sittings = ()
        if first_visit():
            stored, past = train_summary.stored(None, alone=True, first=True), ""
        else:
            here = trainee(request)
            sittings = here.sittings.of(here.person)
            stored = train_summary.stored(here.person, alone=alone(), first=not sittings)
            past = train_summary.past(here.person, sittings, alone(), datetime.now(UTC).date())
        return TrainScreen(train_render.notice(), train_render.start(self._readers, len(shelf()), len(sittings) + 1, stored, past))


def _where_it_stopped(here: Trainee, sitting: Sitting) -> TrainScreen:
    """The first case that is not committed; the summary where there is none, or where the session is over or another's.

    Where only cases are left that are gone from the library, the session stays open: they may come back.
    """
    if not here.own(sitting) or sitting.finished:
        return _summed_up(here, sitting)
    turn = next(filter(None, (sitting.current, *sitting.gone)), None)
    if turn is None:
        return _summed_up(here, here.sittings.finish(here.person, sitting.key))
    case, room = case_of(here, turn), train_render.reading(sitting, turn)
    if case is None:
        hint = "Ask whoever runs this page to put it back, or end the session here."
        gone = render.Problem("This case is no longer in the library.", hint)
        return TrainScreen(train_render.problem(gone), room, render.NO_FILM)
    return TrainScreen(train_render.notice(train_render.passed_over(sitting)), room, train_render.film(sitting, turn, case))


def _at(here: Trainee, sitting: Sitting, number: int) -> TrainScreen:
    """A committed case. One that is not committed shows nothing: the way to it is where the session stopped."""
    turn = next((turn for turn in sitting.turns if turn.number == number), None)
    if turn is None or turn.committed is None:
        return _where_it_stopped(here, sitting)
    case = case_of(here, turn)
    return _revealed(here, sitting, turn)._replace(viewer=train_render.film(sitting, turn, case) if case else render.NO_FILM)


def _revealed(here: Trainee, sitting: Sitting, turn: Turn) -> TrainScreen:
    """A committed case whose film is on show."""
    return TrainScreen(train_render.notice(), train_render.reveal(sitting, turn, case_of(here, turn), here.own(sitting)))


def _summed_up(here: Trainee, sitting: Sitting) -> TrainScreen:
    return TrainScreen(train_render.notice(), train_summary.summary(sitting, cases_of(here, sitting), here.own(sitting)))
