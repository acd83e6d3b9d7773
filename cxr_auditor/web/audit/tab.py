"""The tab that audits a draft: its layout, and which button calls which action."""

from collections.abc import AsyncIterator, Callable
from functools import wraps

import gradio as gr

from ...images import LIMITS
from .. import downloads, render
from ..choices import NOBODY, Choices, parsers, readers, second_readers, together
from ..desk import Desk, html
from ..screen import Screen, problem_of, told, told_all_along
from ..session import IDLE_SECONDS, Session
from ..static_files import static
from . import actions
from .gallery import gallery
from .render import no_evidence, welcome

TITLE = "Audit"

_QUIET = {"show_progress": "hidden", "api_visibility": "private"}
_PLACEHOLDER = "Write or paste the impression. Without a draft the film's findings are shown alone."

# A template runs through Handlebars and then as a JavaScript template string: it may hold "${value}", in which a value stays a value,
# and never "{{value}}", whose text would be run.
_BANNER = '<div role="status" aria-live="polite">${value}</div>'


def build() -> Desk:
    """Lays the tab out inside the Blocks at hand."""
    reading, parsing = readers(), parsers()
    session = gr.State(Session(), time_to_live=IDLE_SECONDS, delete_callback=Session.clear)
    parcel = gr.JSON(visible="hidden")
    with gr.Row(elem_id="desk"):
        with gr.Column(elem_id="intake", min_width=280):
            drop, film_line, picks = _film_panel()
            draft, run, cancel, clear = _draft_panel()
            reader, second, parser = _choices_panel(reading, parsing)
        with gr.Column(elem_id="result"):
            banner = html(welcome(), elem_id="banner", html_template=_BANNER)
            with gr.Row(elem_id="light-box"):
                viewer = html(render.NO_FILM, elem_id="viewer", html_template=static("viewer.html"), js_on_load=static("viewer.js"))
                evidence = html(no_evidence(), elem_id="evidence", html_template="${value.html}", js_on_load=static("evidence.js"))
            details = html(elem_id="details")
            with gr.Row(visible=False, elem_id="downloads") as files:
                save_json = gr.Button("Report (JSON)", size="sm")
                save_overlay = gr.Button("Film with boxes (PNG)", size="sm")
                save_page = gr.Button("Page to print (HTML)", size="sm")

    screen = list(Screen(session, drop, film_line, viewer, draft, reader, banner, evidence, details, files, run, cancel))

    @_ending
    def take(session, reader, event: gr.EventData):
        return actions.upload(getattr(event, "base64", None), getattr(event, "size", 0), session, reader, reading.default)

    @_ending
    def pick(session, event: gr.EventData):
        return actions.example(getattr(event, "number", None), session)

    @_ending
    def wipe(session):
        return actions.clear(session, reading.default)

    async def audit(session, draft, reader, second, parser) -> AsyncIterator[Screen]:
        spec = together(reading.spec(reader), second if second in (None, NOBODY) else reading.spec(second))
        async for screen in actions.run(session, draft, spec, parsing.spec(parser)):
            yield screen

    running = run.click(told_all_along(audit), [session, draft, reader, second, parser], screen, concurrency_limit=8, **_QUIET)
    for ends in (
        drop.film(take, [session, reader], screen, cancels=[running], **_QUIET),
        picks.pick(pick, [session], screen, cancels=[running], **_QUIET),
        cancel.click(_ending(actions.cancelled), [session], screen, cancels=[running], **_QUIET),
        clear.click(wipe, [session], screen, cancels=[running], **_QUIET),
    ):
        ends.then(actions.restated, [session], screen, **_QUIET)
    for button, make in ((save_json, downloads.report_json), (save_overlay, downloads.overlay), (save_page, downloads.printable)):
        made = button.click(_parcel_or_problem(make), [session], [parcel, banner], **_QUIET)
        made.success(None, [parcel], [parcel], js="parcel => { cxrSave(parcel); return null; }", **_QUIET)
    return Desk(session, draft, drop)


def _film_panel() -> tuple[gr.HTML, gr.HTML, gr.HTML]:
    """Drop zone, the line about the film on show, the examples."""
    with gr.Column(elem_classes="cxr-panel"):
        html("<h2>Film</h2>")
        drop = html("", elem_id="drop", html_template=static("drop.html"), js_on_load=static("drop.js"), limit=LIMITS.bytes)
        html(render.page_part("privacy.html"))
        film_line = html(elem_id="film-line")
        html("<h3>Or an example <small>synthetic, shows no patient</small></h3>")
        picks = html(gallery(), elem_id="gallery", js_on_load=static("gallery.js"))
    return drop, film_line, picks


def _draft_panel() -> tuple[gr.Textbox, gr.Button, gr.Button, gr.Button]:
    """Draft box; Run, Cancel and Clear."""
    with gr.Column(elem_classes="cxr-panel"):
        draft = gr.Textbox(label="Draft impression", lines=6, max_lines=16, elem_id="draft", placeholder=_PLACEHOLDER)
        with gr.Row(elem_id="go"):
            run = gr.Button("Run audit", variant="primary", elem_id="run")
            cancel = gr.Button("Cancel", variant="stop", visible=False, elem_id="cancel")
            clear = gr.Button("Clear", elem_id="clear")
    return draft, run, cancel, clear


def _choices_panel(reading: Choices, parsing: Choices) -> tuple[gr.Dropdown, gr.Dropdown, gr.Dropdown]:
    """Who reads the film and the draft, and who can't here."""
    with gr.Column(elem_classes="cxr-panel"):
        reader = gr.Dropdown(list(reading.offered), value=reading.default, label="Film read by", elem_id="reader")
        second = gr.Dropdown(list(second_readers(reading)), value=NOBODY, label="Second reader (both must agree)", elem_id="second")
        parser = gr.Dropdown(list(parsing.offered), value=parsing.default, label="Draft read by", elem_id="parser")
        html(render.page_part("refused.html", refused=reading.refused + parsing.refused))
    return reader, second, parser


def _ending(handler: Callable[..., Screen]) -> Callable[..., Screen]:
    """A handler that puts an end to the run under way."""
    handler = told(handler)

    @wraps(handler)
    def wrapper(session: Session, *args):
        return actions.ended(session, handler(session, *args))

    return wrapper


def _parcel_or_problem(make):
    """A failure to draw or write never loses the audit: it is told, and the report stays."""

    def handler(session: Session):
        try:
            return make(session), gr.skip()
        except Exception as error:  # the page's edge: told to the visitor and logged
            return None, render.problem(problem_of(error))

    return handler
