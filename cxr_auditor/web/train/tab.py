"""The tab on which a trainee reads a set of films: its layout, and which event calls which handler.

What is typed or clicked is told by static/train.js as events of one component, the room; boxes are drawn by static/train_mark.js.
"""

from asyncio import to_thread
from collections.abc import Callable

import gradio as gr

from ...registry import parse_spec
from .. import render
from ..choices import parsers, readers, second_readers
from ..desk import Desk, html
from ..screen import problem_of
from ..static_files import static
from . import files, saves
from . import render as train_render
from .actions import TrainActions, TrainScreen
from .desk import trainee

TITLE = "Train"

_QUIET = {"show_progress": "hidden", "api_visibility": "private"}
_NOTICE = '<div role="status" aria-live="polite">${value.html}</div>'
_TOLD = """
watch("value", () => element.dispatchEvent(new CustomEvent("train:told", { detail: props.value, bubbles: true })));
"""
_WAITING = {"view": "", "html": '<p class="train-wait">One moment.</p>'}


def build(tab: gr.Tab, desk: Desk) -> None:
    """Lays the tab out inside `tab`."""
    reading, parsing = readers(), parsers()
    _, *offered = second_readers(reading)
    names = {parse_spec(reading.spec(value)).name: title for title, value in reversed(offered)}  # the operator's own comes first, and wins
    actions = TrainActions(tuple((title, name) for name, title in reversed(names.items())), parse_spec(parsing.spec(parsing.default)).name)
    notice = html(train_render.notice(), elem_id="train-notice", html_template=_NOTICE, js_on_load=_TOLD)
    with gr.Row(elem_id="train-desk"):
        script = static("viewer.js") + static("train_mark.js")
        viewer = html(render.NO_FILM, elem_id="train-viewer", html_template=static("viewer.html"), js_on_load=script)
        room = html(
            _WAITING,
            elem_id="train-room",
            html_template="${value.html}",
            js_on_load=static("train.js"),
            server_functions=[saves.keep, saves.answer],
        )
    parcel = gr.JSON(visible="hidden")
    screen = list(TrainScreen(notice, room, viewer))

    def told(handler: Callable[..., TrainScreen]) -> Callable:
        """The handler with errors that become a red card."""

        def at_the_edge(request: gr.Request, event: gr.EventData):
            try:
                return handler(request, event.sent)
            except Exception as error:  # the page's edge: told to the visitor and logged
                return actions.problem(request, error)

        return at_the_edge

    async def commit(request: gr.Request, event: gr.EventData):
        try:
            async for screen_now in actions.commit(request, event.sent):
                yield screen_now
        except Exception as error:  # the page's edge: told to the visitor and logged
            yield await to_thread(actions.problem, request, error)

    def download(request: gr.Request, event: gr.EventData):
        try:
            return files.download(trainee(request), event.sent), train_render.notice()
        except Exception as error:  # the page's edge: told to the visitor and logged
            return None, train_render.problem(problem_of(error))

    for event, handler in (
        (room.open, told(actions.open)),
        (room.begin, told(actions.begin)),
        (room.commit, commit),
        (room.finish, told(actions.finish)),
        (room.forget, told(actions.forget)),
    ):
        event(handler, None, screen, concurrency_limit=32, **_QUIET)
    made = room.download(download, None, [parcel, notice], **_QUIET)
    made.success(None, [parcel], [parcel], js="parcel => { cxrSave(parcel); return null; }", **_QUIET)
