"""The tab that talks with a model about the film on show: its layout, and which button calls which handler."""

from collections.abc import AsyncIterator, Callable
from functools import wraps

import gradio as gr

from ..desk import Desk, html
from ..session import Session
from ..static_files import static
from . import render
from .actions import LONGEST_PHRASE, LONGEST_QUESTION, AskActions, AskScreen
from .talkers import Talkers, talkers

TITLE = "Ask the film"

_QUIET = {"show_progress": "hidden", "api_visibility": "private"}
_NOTICE = '<div role="status" aria-live="polite">${value}</div>'


def build(tab: gr.Tab, desk: Desk) -> None:
    """Lays the tab out inside `tab`, about the film and the draft on `desk`."""
    found = talkers()
    if not found.offered:
        html(render.nobody(found))
        return
    with gr.Row(elem_id="ask-state"):
        notice = html(render.welcome(), elem_id="ask-notice", html_template=_NOTICE)
        stop = gr.Button("Stop", variant="stop", visible=False, elem_id="ask-stop")
    with gr.Row(elem_id="ask-desk"):
        with gr.Column(elem_id="ask-look", min_width=280):
            film, phrase, locate, place, sentences = _film_panel()
        with gr.Column(elem_id="ask-talk", min_width=280):
            chosen, who, write, fresh = _model_panel(found)
            with gr.Column(elem_classes="cxr-panel"):
                html("<h2>Conversation</h2>")
                with gr.Column(elem_classes="ask-scroll"), gr.Column(elem_classes="ask-inner"):
                    log, live = html(), html()
                with gr.Row(elem_id="ask-line"):
                    question = gr.Textbox(
                        label="Your question", lines=1, max_lines=6, max_length=LONGEST_QUESTION, elem_id="ask-question", scale=3
                    )
                    ask = gr.Button("Ask", variant="primary", elem_id="ask-run", scale=1)
            report = html(elem_id="ask-report")

    screen = list(AskScreen(desk.session, film, place, sentences, who, notice, log, live, report, question, ask, write, locate, stop))
    actions = AskActions(found)
    draft = [desk.session, desk.draft, chosen]
    alone = [desk.session, chosen]

    def steps(handler: Callable) -> Callable:
        return _told_all_along(actions, handler)

    def at_once(handler: Callable) -> Callable:
        return _told(actions, handler)

    async def sentence(session: Session, chosen: str, event: gr.EventData) -> AsyncIterator[AskScreen]:
        async for screen_now in steps(actions.locate_sentence)(session, getattr(event, "number", None), chosen):
            yield screen_now

    def on(event: Callable, handler: Callable, inputs: list) -> None:
        event(handler, inputs, screen, concurrency_limit=8, **_QUIET)

    on(tab.select, at_once(actions.visit), draft)
    on(desk.drop.change, at_once(actions.changed), draft)
    on(chosen.change, at_once(actions.chose), alone)
    on(fresh.click, at_once(actions.fresh), alone)
    on(ask.click, steps(actions.ask), [desk.session, question, chosen])
    on(question.submit, steps(actions.ask), [desk.session, question, chosen])
    on(write.click, steps(actions.write), alone)
    on(locate.click, steps(actions.locate), [desk.session, phrase, chosen])
    on(phrase.submit, steps(actions.locate), [desk.session, phrase, chosen])
    on(sentences.sentence, sentence, alone)
    stop.click(actions.stop, [desk.session], None, **_QUIET)


def _film_panel() -> tuple[gr.HTML, gr.Textbox, gr.Button, gr.HTML, gr.HTML]:
    """The film, and what is looked for on it."""
    with gr.Column(elem_classes="cxr-panel"):
        html("<h2>Film</h2>")
        film = html(render.film(None, None))
        html("<h2>Where is ...?</h2>")
        with gr.Row(elem_id="ask-where"):
            phrase = gr.Textbox(
                label="Phrase",
                lines=1,
                max_lines=3,
                max_length=LONGEST_PHRASE,
                placeholder="Opacity at the left base",
                elem_id="ask-phrase",
            )
            locate = gr.Button("Show where", elem_id="ask-locate")
        place = html(elem_id="ask-place", html_template=_NOTICE)
        html("<h3>Or a sentence of your draft</h3>")
        sentences = html(elem_id="ask-sentences", js_on_load=static("sentences.js"))
    return film, phrase, locate, place, sentences


def _model_panel(found: Talkers) -> tuple[gr.Dropdown, gr.HTML, gr.Button, gr.Button]:
    """Who is asked, and what else can be done."""
    with gr.Column(elem_classes="cxr-panel"):
        titles = [(talker.title + ", on a server" * talker.server, str(number)) for number, talker in enumerate(found.offered)]
        chosen = gr.Dropdown(titles, value="0", label="Model that is asked", elem_id="ask-model")
        who = html(render.who(found.offered[0]))
        with gr.Row(elem_id="ask-go"):
            write = gr.Button("Write a report", elem_id="ask-write")
            fresh = gr.Button("New conversation", elem_id="ask-fresh")
        html(render.refused(found))
    return chosen, who, write, fresh


def _told(actions: AskActions, handler: Callable[..., AskScreen]) -> Callable[..., AskScreen]:
    """The handler with errors that become a red card. The session comes first and the chosen model last."""

    @wraps(handler)
    def wrapper(session: Session, *args):
        try:
            return handler(session, *args)
        except Exception as error:  # the page's edge: told to the visitor and logged
            return actions.problem(session, args[-1], error)

    return wrapper


def _told_all_along(actions: AskActions, handler: Callable[..., AsyncIterator[AskScreen]]) -> Callable[..., AsyncIterator[AskScreen]]:
    """The same for a handler that yields several screens."""

    @wraps(handler)
    async def wrapper(session: Session, *args):
        try:
            async for screen in handler(session, *args):
                yield screen
        except Exception as error:  # the page's edge: told to the visitor and logged
            yield actions.problem(session, args[-1], error)

    return wrapper
