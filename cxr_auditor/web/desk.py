"""What the tabs of one page share."""

from typing import NamedTuple

import gradio as gr


class Desk(NamedTuple):
    """The visitor's session, the draft's box, and the drop zone, whose value changes with every film that comes or goes."""

    session: gr.State
    draft: gr.Textbox
    drop: gr.HTML


def html(value="", **options) -> gr.HTML:
    """HTML of the page's own style."""
    return gr.HTML(value, apply_default_css=False, **options)
