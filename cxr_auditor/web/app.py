"""The whole page: header, one tab or several, footer; and how it is served."""

import os

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # before gradio is imported: no request to any other host

import gradio as gr

from . import audit_tab, render
from .static_files import head
from .theme import theme

TABS = (audit_tab,)
"""Modules with a TITLE and a build(), in the order of the tabs."""

def build() -> gr.Blocks:
    """The page, ready to be launched with `launch_options()`."""
    with gr.Blocks(title="CXR Draft Auditor", analytics_enabled=False, fill_width=True) as page:
        gr.HTML(render.page_part("header.html"), elem_id="header", apply_default_css=False)
        if len(TABS) == 1:
            TABS[0].build()
        else:
            with gr.Tabs():
                for tab in TABS:
                    with gr.Tab(tab.TITLE):
                        tab.build()
        gr.HTML(render.page_part("footer.html"), elem_id="footer", apply_default_css=False)
    return page.queue(max_size=64, default_concurrency_limit=8)


def launch_options() -> dict:
    """What `Blocks.launch` needs. Gradio's own run history would keep drafts in the browser: it is off."""
    return {
        "theme": theme(),
        "head": head(),
        "footer_links": [],
        "run_history": False,
        "enable_monitoring": False,
        "show_error": False,
        "ssr_mode": False,
        "pwa": False,
        "max_file_size": 1,  # films come another way (static/drop.js): nobody writes to the server's disk
        "state_session_capacity": 200,
    }


def serve(host: str | None = None, port: int | None = None) -> None:
    """Serves the page until it is stopped. Without `host` and `port`, as Gradio takes them: GRADIO_SERVER_NAME, GRADIO_SERVER_PORT,
    else 127.0.0.1 and the first free port from 7860.
    """
    build().launch(server_name=host, server_port=port, **launch_options())
