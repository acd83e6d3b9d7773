"""What the Train tab's browser stores as it goes: the draft that is being written, and answers to flags.

The browser calls these by name and waits for the reply, which says whether it is stored; no reply means that it is not. Where another
browser wrote on the same draft, the reply brings that one as `theirs`.
"""

from collections.abc import Callable
from typing import Any

import gradio as gr

from ...teaching.errors import OtherDraft
from ..screen import problem_of
from . import forms
from . import render as train_render
from .desk import trainee


def keep(sent: Any, request: gr.Request) -> dict[str, Any]:
    """Keeps a draft, its boxes and the time spent."""
    return _told(lambda: _keep(sent, request))


def answer(sent: Any, request: gr.Request) -> dict[str, Any]:
    """Keeps what a trainee says to a flag."""
    return _told(lambda: _answer(sent, request))


def _keep(sent: Any, request: gr.Request) -> None:
    work = forms.work_of(sent)
    here = trainee(request)
    here.sittings.keep_draft(here.person, *work)


def _answer(sent: Any, request: gr.Request) -> None:
    answered = forms.answer_of(sent)
    here = trainee(request)
    here.sittings.answer(here.person, *answered)


def _told(work: Callable[[], None]) -> dict[str, Any]:
    try:
        work()
    except Exception as error:  # the page's edge: told to the visitor and logged
        problem = problem_of(error)
        told = {"stored": False, "problem": f"{problem.message} {problem.hint}".strip()}
        return told | {"theirs": train_render.written(error.turn)} if isinstance(error, OtherDraft) else told
    return {"stored": True}
