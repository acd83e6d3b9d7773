"""What a handler puts on the page: one field per output, unchanged where it says nothing."""

import logging
import traceback
from collections.abc import AsyncIterator, Callable
from functools import wraps
from typing import Any, NamedTuple

import gradio as gr

from ..errors import AuditorError
from . import render

log = logging.getLogger(__name__)

SKIP = gr.skip()


class Screen(NamedTuple):
    """The outputs of the audit tab, in the order in which its handlers return them."""

    session: Any = SKIP
    drop: Any = SKIP
    film_line: Any = SKIP
    viewer: Any = SKIP
    draft: Any = SKIP
    reader: Any = SKIP
    banner: Any = SKIP
    evidence: Any = SKIP
    details: Any = SKIP
    downloads: Any = SKIP
    run: Any = SKIP
    cancel: Any = SKIP


def idle(**fields) -> Screen:
    """A screen on which nothing runs: Run can be pressed, Cancel is away."""
    return Screen(run=gr.update(interactive=True), cancel=gr.update(visible=False), **fields)


def busy(**fields) -> Screen:
    """A screen on which something runs."""
    return Screen(run=gr.update(interactive=False), cancel=gr.update(visible=True), **fields)


def problem_of(error: Exception) -> render.Problem:
    """An error as the page tells it. An unexpected one is logged by type and place; its message may quote a draft and is kept out."""
    if isinstance(error, AuditorError):
        return render.Problem(error.message, error.hint)
    place = traceback.extract_tb(error.__traceback__)[-1]
    log.error("unexpected %s at %s:%s", type(error).__name__, place.filename, place.lineno)
    return render.Problem(
        f"Something went wrong that should not ({type(error).__name__}).",
        "Your draft and your film are still here. Run again; if it happens again, tell whoever runs this page.",
    )


def told(handler: Callable[..., Screen]) -> Callable[..., Screen]:
    """The handler with errors that become a red card."""

    @wraps(handler)
    def wrapper(*args):
        try:
            return handler(*args)
        except Exception as error:  # the page's edge: told to the visitor and logged
            return idle(banner=render.problem(problem_of(error)))

    return wrapper


def told_all_along(handler: Callable[..., AsyncIterator[Screen]]) -> Callable[..., AsyncIterator[Screen]]:
    """The same for a handler that yields several screens."""

    @wraps(handler)
    async def wrapper(*args):
        try:
            async for screen in handler(*args):
                yield screen
        except Exception as error:  # the page's edge: told to the visitor and logged
            yield idle(banner=render.problem(problem_of(error)))

    return wrapper
