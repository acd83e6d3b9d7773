"""What the Teacher tab does with a new case: a film, what a teacher draws and writes about it, and one Save that puts it into the library.

The film is held in memory, for this page alone, until it is saved or an hour has gone by.
"""

import threading
from collections.abc import Mapping
from typing import Any, NamedTuple

from ...case_file import Difficulty
from ...errors import InputError
from ...findings import Finding
from ...images import Radiograph, frontal_problem, load
from ...reading_data import ReadingData, as_reading
from ...teaching.library import add_cases
from ...teaching.new_case import NewCase, Stated
from ...teaching.records import LONGEST_DRAFT
from ...teaching.truth import truth_words
from .. import film_sent, render
from ..screen import SKIP
from ..train import render as train_render
from ..train.desk import first_visit
from . import desk
from . import render as teach_render
from .desk import teacher
from .forms import entries_of, needed_text_of, one_of, text_of

LONGEST = {"title": 120, "teaches": 2000, "source": 300, "licence": 300, "draft": LONGEST_DRAFT}
"""Characters of each field."""

_HINTS = {
    "title": ("The title", "Say in a few words what the case is."),
    "teaches": ("What it teaches", "Say in a sentence or two what a trainee should learn from it."),
    "source": ("The source", "Say who made or labelled the film."),
    "licence": ("The licence", "Say under which terms you may use the film."),
}
_one_at_a_time = threading.Lock()  # two that are saved at once would get the same number


class NewScreen(NamedTuple):
    """The outputs of this part, in the order in which its handlers return them."""

    notice: Any = SKIP
    room: Any = SKIP
    viewer: Any = SKIP
    drop: Any = SKIP
    film: Any = SKIP


def start(request, _sent: Any = None) -> NewScreen:
    """The empty form; where the server has no library, how to start one."""
    by = 0 if first_visit() else teacher(request).person.id  # a look leaves no trace
    folder = desk.library()
    if folder is None:
        return NewScreen(train_render.notice(), train_render.room("none", render.page_part("teach_no_library.html")))
    return NewScreen(train_render.notice(), _form(folder.name, by))


def take(request, sent: str | None, size: int) -> NewScreen:
    """Puts a film on show, held for Save. InputError for one that can't be a frontal chest film; the one before stays."""
    teacher(request)
    film = load(film_sent.decoded(sent, size))
    problem = frontal_problem(film)
    if problem:
        raise InputError(problem, "Choose a frontal chest film.")
    told = train_render.notice(render.banner("welcome", "The film is on show. Draw what is on it and say what it teaches.", []))
    return NewScreen(told | {"film": film.sha256}, viewer=render.film(film), drop=film_sent.taken(), film=film)


def save(request, sent: Mapping[str, Any], film: Radiograph | None) -> NewScreen:
    """Adds the case to the library, or nothing of it. InputError names the field."""
    by = teacher(request).person.id
    folder = desk.library()
    if folder is None:
        raise InputError("This page has no library to put it into.", "Start it with: cxr-auditor serve --library LIBRARY")
    if film is None:
        raise InputError("The film is missing.", "Choose it (after an hour it is forgotten). What you wrote is still here.")
    new = _new_case(sent, film)
    with _one_at_a_time:
        added = add_cases(folder, [new])
    if not added.names:
        raise InputError("The library has this film already.", "Choose another one; to change what is true of a case, rule on it.")
    true = truth_words(as_reading(new.reading, "the case"))
    lines = [f"It is {added.names[0]} in the library {folder.name}, and on the shelf of Train and Walkthrough from now on: {true}."]
    return NewScreen(
        train_render.notice(render.banner("supported", f"Saved: {new.title}.", lines)),
        _form(folder.name, by),
        render.NO_FILM,
        film_sent.taken(),
        None,
    )


def problem(error: Exception) -> NewScreen:
    """An error in plain words, with the field that it is about. What was typed and drawn stays."""
    return NewScreen(teach_render.problem(error), drop=film_sent.taken())


def _new_case(sent: Mapping[str, Any], film: Radiograph) -> NewCase:
    texts = {name: needed_text_of(sent, name, words, hint, LONGEST[name]) for name, (words, hint) in _HINTS.items()}
    difficulty = Difficulty(one_of(sent, "difficulty", "The difficulty", list(Difficulty)))
    return NewCase(
        pixels=film.pixels,
        reading=ReadingData(scope=tuple(Finding), findings=entries_of(sent.get("entries"))),
        teaches=texts["teaches"],
        stated=Stated(texts["source"], texts["licence"], difficulty, sent.get("synthetic") == "yes"),
        title=texts["title"],
        draft=text_of(sent, "draft", "The draft", LONGEST["draft"]) or None,
    )


def _form(library: str, by: int) -> dict[str, Any]:
    html = render.page_part(
        "teach_new.html",
        library=library,
        editor=teach_render.editor("What is on the film"),
        longest=LONGEST,
        difficulties=[one.value for one in Difficulty],
    )
    return train_render.room("new", html, by=by, names=train_render.NAMES)
