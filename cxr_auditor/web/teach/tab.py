"""The tab where a teacher sees a group, rules on doubted cases and makes new ones: its layout, and which event calls which handler.

Each of its two parts is a tab of its own with a film viewer, so that their boxes stay apart. What is typed or clicked is told by
static/teach.js and static/teach_new.js as events of one component, the room; boxes are drawn by static/train_mark.js.
"""

from collections.abc import Callable
from typing import Any

import gradio as gr

from ...images import LIMITS
from .. import render
from ..desk import Desk, html
from ..session import IDLE_SECONDS
from ..static_files import static
from ..train import render as train_render
from . import actions
from . import new as teach_new
from . import render as teach_render
from .actions import TeachScreen
from .new import NewScreen

TITLE = "Teacher"

_QUIET = {"show_progress": "hidden", "api_visibility": "private"}
_NOTICE = '<div class="teach-notice" role="status" aria-live="polite">${value.html}</div>'
_TOLD = """
watch("value", () => element.dispatchEvent(new CustomEvent("teach:told", { detail: props.value, bubbles: true })));
"""
_WELCOME = "Your trainees' sessions, the hardest cases, and the flags that somebody doubts."


def build(_tab: gr.Tab, _desk: Desk) -> None:
    """Lays the tab out inside the Blocks at hand."""
    with gr.Tabs(elem_id="teach-parts"):
        with gr.Tab("Group"):
            _group()
        with gr.Tab("New case"):
            _new_case()


def _group() -> None:
    with gr.Row(elem_id="teach-state"):
        notice = _notice(render.banner("welcome", _WELCOME, []), "teach-notice")
        refresh = gr.Button("Refresh", elem_id="teach-show")
    with gr.Row(elem_id="teach-desk"):
        viewer = _viewer("teach-viewer")
        room = _room("teach-room", "teach.js")
    parcel = gr.JSON(visible="hidden")
    screen = list(TeachScreen(notice, room, viewer))
    told = _told(actions.problem)

    def again(request: gr.Request):
        try:
            return actions.show(request)
        except Exception as error:  # the page's edge: told to the visitor and logged
            return actions.problem(error)

    def download(request: gr.Request, event: gr.EventData):
        try:
            return actions.download(request, event.sent), train_render.notice()
        except Exception as error:  # the page's edge: told to the visitor and logged
            return None, actions.problem(error).notice

    refresh.click(again, None, screen, **_QUIET)
    for event, handler in (
        (room.show, actions.show),
        (room.find, actions.find),
        (room.pick, actions.pick),
        (room.rule, actions.rule),
        (room.open, actions.open_sitting),
    ):
        event(told(handler), None, screen, **_QUIET)
    made = room.download(download, None, [parcel, notice], **_QUIET)
    made.success(None, [parcel], [parcel], js="parcel => { cxrSave(parcel); return null; }", **_QUIET)


def _new_case() -> None:
    notice = _notice("", "teach-new-notice")
    film = gr.State(None, time_to_live=IDLE_SECONDS)
    with gr.Row(elem_id="teach-new"):
        with gr.Column(elem_id="teach-new-film"):
            drop = html("", elem_id="teach-drop", html_template=static("drop.html"), js_on_load=static("drop.js"), limit=LIMITS.bytes)
            viewer = _viewer("teach-new-viewer")
        room = _room("teach-new-room", "teach_new.js")
    screen = list(NewScreen(notice, room, viewer, drop, film))

    def take(request: gr.Request, event: gr.EventData):
        try:
            return teach_new.take(request, getattr(event, "base64", None), getattr(event, "size", 0))
        except Exception as error:  # the page's edge: told to the visitor and logged
            return teach_new.problem(error)

    def save(film, request: gr.Request, event: gr.EventData):
        try:
            return teach_new.save(request, event.sent, film)
        except Exception as error:  # the page's edge: told to the visitor and logged
            return teach_new.problem(error)

    room.start(_told(teach_new.problem)(teach_new.start), None, screen, **_QUIET)
    drop.film(take, None, screen, **_QUIET)
    room.save(save, [film], screen, **_QUIET)


def _notice(value, elem_id: str) -> gr.HTML:
    return html(train_render.notice(value), elem_id=elem_id, html_template=_NOTICE, js_on_load=_TOLD)


def _viewer(elem_id: str) -> gr.HTML:
    script = static("viewer.js") + static("train_mark.js")
    return html(render.NO_FILM, elem_id=elem_id, html_template=static("viewer.html"), js_on_load=script)


def _room(elem_id: str, script: str) -> gr.HTML:
    script = static("teach_findings.js") + static(script)
    return html(teach_render.NOTHING, elem_id=elem_id, elem_classes="teach-room", html_template="${value.html}", js_on_load=script)


def _told(problem: Callable[[Exception], Any]) -> Callable[[Callable], Callable]:
    """Makes of handlers such with errors that become a red card; what was typed stays."""

    def edge(handler: Callable) -> Callable:
        def wrapper(request: gr.Request, event: gr.EventData):
            try:
                return handler(request, event.sent)
            except Exception as error:  # the page's edge: told to the visitor and logged
                return problem(error)

        return wrapper

    return edge
