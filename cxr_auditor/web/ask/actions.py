"""What the tab "Ask the film" does: each handler takes the visitor's session and gives back an AskScreen."""

from collections.abc import AsyncIterator, Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from typing import Any, NamedTuple

import gradio as gr

from ...errors import AuditorError, InputError
from ...geometry import Box
from ...images import Radiograph
from ..screen import problem_of
from ..session import Session
from ..talk import Place, Report, State, Talk, Turn, sentences
from ..work import Tick, submit, ticks
from . import render
from .talkers import Talker, Talkers

LONGEST_QUESTION = 2000  # characters
LONGEST_PHRASE = 300

DESK = ThreadPoolExecutor(max_workers=4, thread_name_prefix="ask")
"""Apart from the audit's desks: nobody's audit waits for a conversation. A model of this machine answers one after the other itself."""

_SAID = {
    State.DONE: ("welcome", "Answered.", render.UNCHECKED),
    State.STOPPED: ("stopped", "Stopped.", render.UNCHECKED),
    State.FAILED: ("problem", "Not answered.", "The conversation says why."),
}
SKIP = gr.skip()


class AskScreen(NamedTuple):
    """The outputs of the tab, in the order in which its handlers return them."""

    session: Any = SKIP
    film: Any = SKIP
    place: Any = SKIP
    sentences: Any = SKIP
    who: Any = SKIP
    notice: Any = SKIP
    log: Any = SKIP
    live: Any = SKIP
    report: Any = SKIP
    question: Any = SKIP
    ask: Any = SKIP
    write: Any = SKIP
    locate: Any = SKIP
    stop: Any = SKIP


class AskActions:
    """The handlers, for the models that this page offers. The browser names one by its place in `offered`."""

    def __init__(self, found: Talkers):
        self._offered = {str(number): talker for number, talker in enumerate(found.offered)}
        self.titles = {talker.spec: talker.title for talker in found.offered}

    def visit(self, session: Session, draft: str | None, chosen: str) -> AskScreen:
        """The tab is opened, or the film on show changed while it is open: shows the film and the draft's sentences."""
        talk, film = session.talk, session.film
        shown, talk.film = talk.film, film.sha256 if film else ""
        talk.sentences = sentences(draft or "")
        if talk.stop is not None and not talk.stop.is_set():  # an answer is being written: only what it does not touch
            return AskScreen(sentences=render.sentences(talk, self._talker(chosen).locates))
        fresh = {} if shown == talk.film else {"notice": render.welcome()}
        return self._idle(session, chosen, film=render.film(film, talk.place), **fresh)

    def changed(self, session: Session, draft: str | None, chosen: str) -> AskScreen:
        """Another film, or none: nothing to do where the tab was never opened."""
        return AskScreen() if session.talk.film is None else self.visit(session, draft, chosen)

    def chose(self, session: Session, chosen: str) -> AskScreen:
        """Another model."""
        return self._idle(session, chosen)

    async def ask(self, session: Session, question: str | None, chosen: str) -> AsyncIterator[AskScreen]:
        """A question, answered piece by piece."""
        talker, film = self._ready(session, chosen)
        question = _plain(question, LONGEST_QUESTION, "question")
        talk, turn = session.talk, Turn(question, talker.spec)
        history = talk.history(talker.spec)
        stop = talk.stop = Event()
        talk.turns.append(turn)
        headline = f"{talker.title} is answering"
        try:
            yield _busy(headline, question="", log=render.log(talk, self.titles), live=render.live(talk, self.titles))
            async for tick in _until(submit(DESK, _answer, talker, film, history, turn, stop), stop):
                live = render.live(talk, self.titles)
                yield AskScreen(notice=render.progress(headline, tick.seconds, tick.started), live=live)
            turn.state = State.STOPPED if stop.is_set() else State.DONE
            if turn.state is State.DONE and not turn.answer:
                turn.state, turn.message = State.FAILED, "The model gave no answer."
        except AuditorError as error:
            turn.state, turn.message = State.FAILED, str(error)
        finally:
            if turn.state is State.WRITING:
                turn.state, turn.message = State.FAILED, "It broke off."
            _over(talk, stop)
        again = {"question": question} if turn.state is State.FAILED else {}
        yield self._ended(session, film, chosen, _SAID[turn.state], **again)

    async def write(self, session: Session, chosen: str) -> AsyncIterator[AskScreen]:
        """A report for practice."""
        talker, film = self._ready(session, chosen)
        _able(talker.writes, talker, "write reports")
        talk = session.talk
        async for screen in self._asked(session, film, chosen, f"{talker.title} is writing a report", _report, talker, film):
            if isinstance(screen, AskScreen):
                yield screen
            else:
                talk.report = Report(screen, talker.title)
                yield self._ended(session, film, chosen, ("welcome", "The practice report is written.", render.UNCHECKED))

    async def locate(self, session: Session, phrase: str | None, chosen: str) -> AsyncIterator[AskScreen]:
        """Where a phrase points."""
        talker, film = self._ready(session, chosen)
        _able(talker.locates, talker, "show where something is")
        phrase = _plain(phrase, LONGEST_PHRASE, "phrase")
        talk = session.talk
        async for screen in self._asked(session, film, chosen, f"{talker.title} is looking", _place, talker, film, phrase):
            if isinstance(screen, AskScreen):
                yield screen
            else:
                talk.place = Place(phrase, talker.title, tuple(screen))
                yield self._ended(session, film, chosen, ("welcome", "Looked.", render.UNCHECKED), film=render.film(film, talk.place))

    def locate_sentence(self, session: Session, number: Any, chosen: str) -> AsyncIterator[AskScreen]:
        """The same for a sentence of the draft, by its place in the list."""
        shown = session.talk.sentences
        if not isinstance(number, int) or not 0 <= number < len(shown):
            raise InputError("There is no such sentence.", "Choose one of the sentences shown.")
        return self.locate(session, shown[number][:LONGEST_PHRASE], chosen)

    def stop(self, session: Session) -> None:
        """Ends the work under way; its own handler then says so."""
        session.talk.end()

    def problem(self, session: Session, chosen: str, error: Exception) -> AskScreen:
        """An error in plain words. Work that goes on is left alone."""
        notice = render.problem(problem_of(error))
        return AskScreen(notice=notice) if session.talk.stop is not None else self._idle(session, chosen, notice=notice)

    def fresh(self, session: Session, chosen: str) -> AskScreen:
        """Forgets the conversation, the report and the place."""
        film = session.talk.film
        session.talk.clear()
        session.talk.film = film
        return self._idle(session, chosen, notice=render.welcome(), film=render.film(session.film, None))

    # How a handler begins, waits and ends

    def _talker(self, chosen: str) -> Talker:
        if chosen not in self._offered:
            raise InputError("There is no such model on this page.", "Choose one of the list.")
        return self._offered[chosen]

    def _ready(self, session: Session, chosen: str) -> tuple[Talker, Radiograph]:
        talk, talker = session.talk, self._talker(chosen)
        if session.film is None:
            raise InputError("There is no film yet.", "Choose one on the Audit tab, then ask about it.")
        if talk.stop is not None:
            raise InputError("The model is still at work.", "Wait for it, or stop it.")
        return talker, session.film

    async def _asked(self, session: Session, film: Radiograph, chosen: str, headline: str, work: Callable, *args):
        """Screens while `work` goes on, then its result; a last screen in its place where it was stopped."""
        talk = session.talk
        stop = talk.stop = Event()
        try:
            yield _busy(headline)
            future = submit(DESK, work, *args)
            async for tick in _until(future, stop):
                yield AskScreen(notice=render.progress(headline, tick.seconds, tick.started))
            stopped = stop.is_set()
        finally:
            _over(talk, stop)
        yield self._ended(session, film, chosen, _SAID[State.STOPPED]) if stopped else future.result()

    def _ended(self, session: Session, asked: Radiograph, chosen: str, said: tuple[str, ...], **fields) -> AskScreen:
        """The last screen of some work; nothing of it where the film was changed in the meantime."""
        if session.talk.stop is not None:  # other work has begun since
            return AskScreen()
        if session.film is not asked:
            return self._idle(session, chosen, notice=render.welcome(), film=render.film(session.film, session.talk.place))
        return self._idle(session, chosen, notice=render.notice(*said), **fields)

    def _idle(self, session: Session, chosen: str, **fields) -> AskScreen:
        """Everything as the session holds it; nothing runs."""
        talker, talk = self._talker(chosen), session.talk
        shown = {
            "place": render.place(talk.place),
            "sentences": render.sentences(talk, talker.locates),
            "who": render.who(talker),
            "log": render.log(talk, self.titles),
            "live": "",
            "report": render.report(talk),
            "ask": gr.update(interactive=True),
            "write": gr.update(interactive=talker.writes),
            "locate": gr.update(interactive=talker.locates),
            "stop": gr.update(visible=False),
        }
        return AskScreen(session=session, **shown | fields)


def _busy(headline: str, **fields) -> AskScreen:
    off = gr.update(interactive=False)
    notice = render.progress(headline, 0.0, started=True)
    return AskScreen(notice=notice, ask=off, write=off, locate=off, stop=gr.update(visible=True), **fields)


def _over(talk: Talk, stop: Event) -> None:
    """The work that `stop` belongs to has ended, or nobody waits for it any more."""
    stop.set()
    if talk.stop is stop:
        talk.stop = None


async def _until(future: Future, stop: Event) -> AsyncIterator[Tick]:
    """Signs of life until the work is done or stopped. Raises its error, unless it was stopped."""
    async for tick in ticks(future):
        if stop.is_set():
            future.cancel()
            return
        yield tick
    if not stop.is_set():
        future.result()


# The work itself, on a desk


def _answer(talker: Talker, film: Radiograph, history: list[tuple[str, str]], turn: Turn, stop: Event) -> None:
    """Adds the pieces to the turn as they come. Leaving the model's iterator stops the model."""
    pieces = talker.reader().ask(film, history, turn.question)
    try:
        for piece in pieces:
            if stop.is_set():
                return
            turn.text += piece
    finally:
        if isinstance(pieces, Generator):
            pieces.close()


def _report(talker: Talker, film: Radiograph) -> str:
    return talker.reader().write_report(film)


def _place(talker: Talker, film: Radiograph, phrase: str) -> list[Box]:
    return talker.reader().locate(film, phrase)


def _able(can: bool, talker: Talker, what: str) -> None:
    if not can:
        raise InputError(f"{talker.title} can't {what}.", "Choose another model.")


def _plain(text: str | None, most: int, what: str) -> str:
    """The text without half surrogate pairs, which UTF-8 can't carry. Raises InputError where it is empty or longer than `most`."""
    text = (text or "").encode("utf-8", "replace").decode().strip()
    if not text:
        raise InputError(f"There is no {what} yet.", f"Write a {what} first.")
    if len(text) > most:
        raise InputError(f"The {what} has {len(text)} characters.", f"At most {most} are taken: shorten it.")
    return text
