"""The whole page: header, one tab or several, footer; and how it is served."""

import os

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # before gradio is imported: no request to any other host

import gradio as gr

from ..chat import zerogpu
from ..errors import InputError
from . import ask_tab, audit_tab, render
from .static_files import head
from .theme import theme

TABS = (ask_tab,)
"""The tabs after the audit's, in their order: modules with a TITLE and a build(tab, desk)."""


def build() -> gr.Blocks:
    """The page, ready to be launched with `launch_options()`."""
    with gr.Blocks(title="CXR Draft Auditor", analytics_enabled=False, fill_width=True) as page:
        gr.HTML(render.page_part("header.html"), elem_id="header", apply_default_css=False)
        with gr.Tabs():
            with gr.Tab(audit_tab.TITLE):
                desk = audit_tab.build()
            for module in TABS:
                with gr.Tab(module.TITLE) as tab:
                    module.build(tab, desk)
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
    else 127.0.0.1 and the first free port from 7860. Raises InputError where that address can't be had.
    """
    if zerogpu.present():
        from ..chat import generation  # noqa: F401  the platform must know, before the page is up, which function takes a GPU

    page = build()
    try:
        page.launch(server_name=host, server_port=port, **launch_options())
    except OSError as error:
        where = f"{host or 'this machine'}, port {port}" if port else "the address asked for"
        problem = f"The page can't be served at {where}: it is in use, or not this machine's."
        raise InputError(problem, "Choose another port or host.") from error
