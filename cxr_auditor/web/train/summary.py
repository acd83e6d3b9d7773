"""What a session, and all sessions together, came to -> HTML."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from markupsafe import Markup
from PIL import Image

from ...case_file import Case
from ...images import load
from ...items import title
from ...teaching import progress_plot, schedule, score
from ...teaching.keeping import keep_days
from ...teaching.page_parts import interval_words, share_words
from ...teaching.progress_page import truths
from ...teaching.reader_errors import Call, reader_calls
from ...teaching.records import Person, Sitting
from ..render import data_address, page_part
from .forms import DELETE_WORD
from .render import room

_THUMB = 240  # pixels: sharp at 150 on most screens
_COMES_BACK = schedule.INTERVALS


def summary(sitting: Sitting, cases: Mapping[int, Case], mine: bool, away: str = "My own sessions") -> dict[str, Any]:
    """A session's figures. `cases`: the committed cases by number, as far as they are still in the library. `away`: where somebody else
    than its owner goes from here.
    """
    figures, results = score.summary(sitting), score.results(sitting)
    html = page_part(
        "train_summary.html",
        sitting=sitting,
        mine=mine,
        away=away,
        figures=figures,
        results=results,
        truths=truths(sitting),
        films=films(figures, cases),
        reader=_reader(sitting),
        wrong=sum(result.read and not result.right for result in results),
        intervals=_COMES_BACK,
        share=share_words,
        interval=interval_words,
        title=title,
    )
    return room("summary", html, key=sitting.key, number=None)


def films(figures: score.Summary, cases: Mapping[int, Case]) -> dict[int, str]:
    """Small pictures of the films on which something was missed, urgent ones first, as data: addresses."""
    numbers = dict.fromkeys(miss.number for miss in figures.misses)
    return {number: _thumb(cases[number]) for number in numbers if number in cases}


def _thumb(case: Case) -> str:
    small = Image.fromarray(load(case.film_path).pixels)
    small.thumbnail((_THUMB, _THUMB), Image.Resampling.BILINEAR)
    return data_address(small.convert("L"), "JPEG")


def _reader(sitting: Sitting) -> dict[str, Any] | None:
    """How the reader did on the same films; None where there was none."""
    if sitting.reader is None:
        return None
    asked = [turn for turn in sitting.turns if turn.reader_report]
    unread = [turn.number for turn in asked if not turn.reader_report.reading.usable]
    found = [one for turn in asked for one in reader_calls(turn.truth, turn.reader_report.reading)]
    count = Counter(one.call for one in found)
    return {
        "name": sitting.reader,
        "films": len(asked) - len(unread),
        "unread": unread,
        "missed": count[Call.MISSED] + count[Call.ONE_SIDE_MISSED],
        "wrong_side": count[Call.OTHER_SIDE],
        "false": count[Call.FALSE_CALL] + count[Call.ONE_SIDE_TOO_MANY],
        "left_open": sum(one.left_open for one in found),
    }


# All sessions


def stored(person: Person | None, alone: bool, first: bool) -> Markup:
    """What is stored, where, who sees it and how it is deleted. `first`: nothing is stored yet; `alone`: a page without accounts."""
    where = "a database file of yours on this computer" if alone else "the database of whoever runs this page"
    seen_by = "you alone" if alone or not person.group else f"you and the teachers of the group {person.group}"
    return page_part("train_stored.html", first=first, where=where, seen_by=seen_by, days=keep_days())


def past(person: Person, sittings: Sequence[Sitting], alone: bool, today: date) -> Markup:
    """The person's sessions, progress, what is due again, and what can be done with all that is stored."""
    turns = [turn for sitting in sittings for turn in sitting.turns]
    points = score.progress(sittings)
    return page_part(
        "train_past.html",
        sittings=[(sitting, sum(turn.committed is not None for turn in sitting.turns)) for sitting in sittings],
        pictures=[(curve.finding, progress_plot.picture(curve)) for curve in progress_plot.curves(points)],
        points=points,
        due=len(schedule.due(turns, today)),
        weak=[finding.display for finding in schedule.weak(turns, today)],
        intervals=_COMES_BACK,
        word=DELETE_WORD,
        account=None if alone else person.name,
        share=share_words,
        interval=interval_words,
    )
