"""The tab that shows a case to a room, step by step. Its steps come from the server at once; static/walkthrough.js turns them."""

import gradio as gr

from ..desk import Desk, html
from ..static_files import static
from . import actions as actions

TITLE = "Walkthrough"

_QUIET = {"show_progress": "hidden", "api_visibility": "private"}


def build(tab: gr.Tab, desk: Desk) -> None:
    """Lays the tab out inside `tab`. It shows cases of the shelf, and nothing of the visitor's own desk."""
    walk = html(
        actions.public_shelf(),
        elem_id="walkthrough",
        html_template=static("walkthrough.html"),
        js_on_load=static("walkthrough.js"),
    )
    tab.select(_shelf, None, walk, **_QUIET)
    walk.begin(_begin, None, walk, concurrency_limit=8, trigger_mode="multiple", **_QUIET)


def _shelf(request: gr.Request):
    try:
        return actions.shelf(request)
    except Exception as error:  # the page's edge: told to the visitor and logged
        return actions.told(error, None)


async def _begin(request: gr.Request, event: gr.EventData):
    number = getattr(event, "number", None)
    try:
        return await actions.begin(getattr(event, "case", None), number, getattr(event, "live", False) is True, request)
    except Exception as error:  # the page's edge: told to the visitor and logged
        return actions.told(error, number)
