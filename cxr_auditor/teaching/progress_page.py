"""A session, a trainee's progress over sessions and a group's results, as tables (CSV) and as pages to print. Kept nowhere."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

from ..findings import Finding
from ..schema import DISCLAIMER
from . import progress_plot
from .page_parts import part
from .records import Sitting
from .score import Point, TurnResult, results, summary
from .truth import truth_words

_SESSION = ("case", "number", "finding", "sides", "result", "urgent", "seconds")
_COUNTS = ("found", "on_films", "found_low", "found_high", "false_calls", "clean_films", "false_low", "false_high")
_PROGRESS = ("session", "started", "finding", *_COUNTS)
_GROUP_COUNTS = ("on_film", "found", "hedged", "missed", "wrong_side", "false_calls", "false_hedges", "contradictory")
_GROUP = ("trainee", "session", "started", "number", "case", "finding", "read", *_GROUP_COUNTS, "clean_film", "seconds")


def session_csv(sitting: Sitting) -> str:
    """A line for each thing that was found, missed or falsely called, and one for each case without any, in the order of the cases.

    `result` is caught, hedged, missed, wrong_side, false_call, false_hedge, contradictory, normal (a film that is known to have no finding,
    nothing called), left_open (nothing called, and the truth is not sure of a finding or does not speak of it) or unread. No draft's text
    is part of it.
    """
    rows = []
    for result in results(sitting):
        kinds = {
            "missed": [place for place in result.missed if place not in result.wrong_side],
            "wrong_side": result.wrong_side,
            "caught": [place for place in result.caught if place not in result.hedged],
            "hedged": result.hedged,
            "false_call": result.false_calls,
            "false_hedge": result.false_hedges,
        }
        places = [(place.finding, place.sides, kind) for kind, found in kinds.items() for place in found]
        places += [(finding, (), "contradictory") for finding in result.contradictory]
        lines = [(finding.value, " ".join(sides), kind, _yes(finding.urgent)) for finding, sides, kind in places]
        lines = lines or [("", "", "unread" if not result.read else "normal" if result.normal else "left_open", "no")]
        rows += [(result.case, result.number, *line, f"{result.seconds:.1f}") for line in lines]
    return _table(_SESSION, rows)


def progress_csv(points: Iterable[Point]) -> str:
    """One line for each session and finding: counts, and the ends of the 95 % intervals (empty where there is nothing to count)."""
    rows = [
        (
            *(point.key, point.at.isoformat(timespec="seconds"), point.finding.value),
            *(point.found.hits, point.found.of, *_ends(point.found)),
            *(point.false.hits, point.false.of, *_ends(point.false)),
        )
        for point in points
    ]
    return _table(_PROGRESS, rows)


def group_csv(sittings: Iterable[Sitting]) -> str:
    """One line for each trainee, committed case and finding.

    Counts are of places (a finding and its side): `on_film` is `found` and `missed` together, `hedged` a part of
    `found`, `wrong_side` a part of `missed`. `clean_film`: whether the truth rules the finding out for the whole film. A draft that could
    not be read (`read` is no) has no counts.
    """
    rows = []
    for sitting in sittings:
        for result in results(sitting):
            for finding in Finding:
                counts = _group_counts(result, finding) if result.read else [""] * (len(_GROUP_COUNTS) + 1)
                about = (sitting.name, sitting.key, sitting.started.isoformat(timespec="seconds"), result.number, result.case)
                rows.append((*about, finding.value, _yes(result.read), *counts, f"{result.seconds:.1f}"))
    return _table(_GROUP, rows)


def _group_counts(result: TurnResult, finding: Finding) -> list:
    kinds = (result.caught, result.hedged, result.missed, result.wrong_side, result.false_calls, result.false_hedges)
    found, hedged, missed, *rest = (sum(place.finding is finding for place in places) for places in kinds)
    return [found + missed, found, hedged, missed, *rest, int(finding in result.contradictory), _yes(finding in result.clean)]


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def session_page(sitting: Sitting, films: Mapping[int, str]) -> str:
    """A session to print, as HTML that loads nothing. `films`: pictures as data: addresses, by the number of the case."""
    return str(
        part(
            "session_page.html",
            sitting=sitting,
            figures=summary(sitting),
            results=results(sitting),
            truths=truths(sitting),
            films=films,
            disclaimer=DISCLAIMER,
        )
    )


def truths(sitting: Sitting) -> dict[int, str]:
    """What each committed case's film shows, in words, by the number of the case."""
    return {turn.number: truth_words(turn.truth) for turn in sitting.turns if turn.committed}


def progress_page(name: str, points: Sequence[Point]) -> str:
    """What somebody found and falsely called, session by session, to print."""
    pictures = [(curve.finding, progress_plot.picture(curve)) for curve in progress_plot.curves(points)]
    return str(part("progress_page.html", name=name, points=points, pictures=pictures, disclaimer=DISCLAIMER))


def _ends(share) -> tuple[str, str]:
    return (f"{share.low:.3f}", f"{share.high:.3f}") if share.of else ("", "")


def _table(titles: Sequence[str], rows: Iterable[Sequence]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(titles)
    writer.writerows(rows)
    return text.getvalue()
