"""The whole page: header, one tab or several, footer; and how it is served."""

import os
import sys

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # before gradio is imported: no request to any other host

import gradio as gr

from ..chat import zerogpu
from ..errors import InputError
from ..teaching.keeping import keep_days, sweep_daily
from ..teaching.store.address import DATABASE_VARIABLE
from . import render, sign_in
from .ask import tab as ask_tab
from .audit import tab as audit_tab
from .static_files import head
from .teach import tab as teach_tab
from .theme import theme
from .train import tab as train_tab
from .walkthrough import tab as walkthrough_tab
from .who import Door, Login, door, login_for, open_door

TABS = (ask_tab, train_tab, walkthrough_tab, teach_tab)
"""The tabs after the audit's, in their order: modules with a TITLE and a build(tab, desk)."""


def build() -> gr.Blocks:
    """The page, ready to be launched with `launch_options()`."""
    with gr.Blocks(title="CXR Draft Auditor", analytics_enabled=False, fill_width=True) as page:
        gr.HTML(render.page_part("header.html"), elem_id="header", apply_default_css=False)
        sign_in.build_who(page, door())
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
    else 127.0.0.1 and the first free port from 7860. Raises InputError where that address can't be had or a setting can't be used,
    StoreError where there are accounts and their database can't be opened.
    """
    if zerogpu.present():
        from ..chat import generation  # noqa: F401  the platform must know, before the page is up, which function takes a GPU

    open_door(Door(login_for(host)))
    if door().login is not Login.NONE or keep_days() is not None or os.environ.get(DATABASE_VARIABLE):
        sweep_daily(door().store)  # and what can't be opened is told now
    if door().login is Login.ACCOUNTS and not door().accounts.any():
        print(door().nobody_yet(), file=sys.stderr)
    page = build()
    try:
        page.launch(server_name=host, server_port=port, app_kwargs={"routes": sign_in.routes(door())}, **launch_options())
    except OSError as error:
        where = f"{host or 'this machine'}, port {port}" if port else "the address asked for"
        problem = f"The page can't be served at {where}: it is in use, or not this machine's."
        raise InputError(problem, "Choose another port or host.") from error
