"""What the Teacher tab does with a group: its board, a trainee's session, a ruling on a case.

Each handler is told by the request who asks; only a teacher gets an answer.
"""

import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

from ...errors import InputError
from ...findings import Finding
from ...images import load
from ...reading_data import EntryData
from ...schema import ImageFinding, ImageReading
from ...teaching import group, rulings
from ...teaching.errors import AccessError
from ...teaching.progress_page import group_csv
from ...teaching.records import Turn
from ...teaching.shelf import shelf_problems
from ...teaching.truth import truth_words
from .. import render
from ..downloads import parcel
from ..screen import SKIP
from ..train import files as train_files
from ..train import forms as train_forms
from ..train import render as train_render
from ..train.desk import Trainee, cases_of, first_visit
from ..who import SignInNeeded
from . import desk, forms
from . import render as teach_render
from .desk import teacher


class TeachScreen(NamedTuple):
    """The outputs of the group's part, in the order in which its handlers return them."""

    notice: Any = SKIP
    room: Any = SKIP
    viewer: Any = SKIP


def show(request, _sent: Any = None) -> TeachScreen:
    """The group as it is now: its board, and the flags that somebody doubts."""
    if first_visit():  # a look leaves no trace
        return TeachScreen(_said("Nobody has read a film here yet.", *_left_out()), teach_render.group((), (), (), None))
    here = teacher(request)
    return _group(here, _said("The group as it is now.", desk.whose(here.person), *_left_out()))


def find(request, sent: Mapping[str, Any]) -> TeachScreen:
    """What an address names: a case, a session or a case of it, else the group. Where it is not there, the group with the reason."""
    if not (sent["case"] or sent["key"]):
        return show(request)
    here = teacher(request)
    try:
        return pick(request, sent) if sent["case"] else open_sitting(request, sent)
    except (AccessError, InputError) as error:
        return _group(here, teach_render.problem(error))


def pick(request, sent: Mapping[str, Any]) -> TeachScreen:
    """Puts a case on show, to be ruled on: its film with the true boxes, and who doubts what."""
    here = teacher(request)
    case = desk.case_now(here, forms.name_of(sent.get("case")))
    with here.store.look() as session:
        settled, ruled = rulings.settled(session), rulings.rulings(session, case.name)
    doubts = [doubt for doubt in group.adjudication(desk.sittings_of(here), settled) if doubt.case == case.name]
    return TeachScreen(
        _said(f"{case.title}: look, then say what is true of it."),
        teach_render.case_on_show(case, _mark(case.reading), doubts, ruled) | {"by": here.person.id},
        render.film(load(case.film_path)),
    )


def rule(request, sent: Mapping[str, Any]) -> TeachScreen:
    """Keeps a ruling: the truth as it stands, or the entries that were kept with those that were added."""
    here = teacher(request)
    ruled = forms.ruled_of(sent)
    case = desk.case_now(here, ruled.case)
    if ruled.seen != _mark(case.reading):
        raise InputError("Somebody ruled on this case in the meantime.", "Choose it again to see what is true of it now.")
    after = case.reading if ruled.uphold else _corrected(case.reading, ruled.keep, ruled.added)
    if not ruled.uphold and after == case.reading:
        raise InputError("That is the truth as it stands.", "Change an entry, or press 'The truth stands'.")
    if ruled.uphold and (ruled.added or len(ruled.keep) < len(case.reading.findings)):
        raise InputError("The truth can't stand and be changed.", "Undo the changes, or press 'Correct the truth'.")
    kept = rulings.rule(here.store, here.person, case, after, ruled.why)
    what = "The truth stands" if kept.upheld else f"True from now on: {truth_words(kept.after)}"
    line = f"Kept with your name and the reason. {case.title} in sessions judged before stays as it was judged."
    return _group(here, train_render.notice(render.banner("supported", f"{what}.", [line])))


def open_sitting(request, sent: Mapping[str, Any]) -> TeachScreen:
    """A trainee's session to look at: its figures, or one of its committed cases with its film."""
    here = teacher(request)
    sitting = here.sittings.open(here.person, train_forms.key_of(sent.get("key")))
    turn = _committed(sitting.turns, sent.get("number"))
    if turn is None:
        room = teach_render.session(sitting, cases_of(here, sitting))
        return TeachScreen(_said(f"A session of {sitting.name}. You look on: nothing here can be changed."), room)
    case = cases_of(here, sitting).get(turn.number)
    film = train_render.film(sitting, turn, case) if case else render.NO_FILM
    gone = [] if case else ["The case has left the library, and its film with it."]
    return TeachScreen(_said(f"Case {turn.number} as {sitting.name} read it.", *gone), teach_render.turn(sitting, turn, case), film)


def download(request, sent: Mapping[str, Any]) -> dict[str, str]:
    """One file: the group's results, or a session's table or page. AccessError for a session of another group."""
    here = teacher(request)
    if sent.get("what") == "group_csv":
        return parcel("cxr-group.csv", "text/csv", group_csv(desk.sittings_of(here)).encode())
    if sent.get("what") in ("session_csv", "session_page"):
        return train_files.download(here, sent)
    raise InputError("There is no such file.", "Choose one of those offered.")


def problem(error: Exception) -> TeachScreen:
    """An error in plain words. What is on show stays, unless nobody knows whose it is or it is refused."""
    told = teach_render.problem(error)
    return TeachScreen(told, teach_render.NOTHING, render.NO_FILM) if isinstance(error, SignInNeeded) else TeachScreen(told)


def _group(here: Trainee, notice: dict[str, Any]) -> TeachScreen:
    sittings = desk.sittings_of(here)
    with here.store.look() as session:
        settled, ruled = rulings.settled(session), rulings.rulings(session)
    return TeachScreen(notice, teach_render.group(sittings, group.adjudication(sittings, settled), ruled, here.person.group))


def _said(headline: str, *lines: str) -> dict[str, Any]:
    return train_render.notice(render.banner("welcome", headline, list(lines)))


def _left_out() -> list[str]:
    """Cases of the library that trainees don't get, and why."""
    return [f"A case of the library is left out: {problem}" for problem in shelf_problems()]


def _committed(turns: tuple[Turn, ...], number: Any) -> Turn | None:
    return next((turn for turn in turns if turn.number == number and turn.report is not None), None)


def _mark(truth: ImageReading) -> str:
    """Tells one truth from another: a ruling is about the one that was on show."""
    return hashlib.sha256(truth.model_dump_json().encode()).hexdigest()[:16]


def _corrected(truth: ImageReading, keep: frozenset[int], added: tuple[EntryData, ...]) -> ImageReading:
    """The truth with some of its entries and new ones. What was added was looked for, whatever the case's author looked for."""
    kept = tuple(finding for number, finding in enumerate(truth.findings) if number in keep)
    new = tuple(ImageFinding(finding=one.finding, status=one.status, sides=one.sides, box=one.box) for one in added)
    scope = tuple(finding for finding in Finding if finding in truth.scope or finding in {one.finding for one in added})
    return ImageReading(**dict(truth) | {"findings": kept + new, "scope": scope})
