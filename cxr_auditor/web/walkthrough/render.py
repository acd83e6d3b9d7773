"""A walkthrough -> what static/walkthrough.js shows: every step's HTML and boxes at once. The templates escape every text."""

from typing import Any

from markupsafe import Markup

from ...case_file import Case
from ...findings import NO_FINDING, Finding, Status, sides_phrase
from ...highlight import segments
from ...images import Radiograph
from ...schema import DraftStatus
from ...table import STATUS_WORDS
from ...teaching.reader_errors import Seen, seen
from ...teaching.shelf import CaseLibrary
from ...teaching.walkthrough import Lit, Step, StepKind, Walkthrough
from .. import render
from ..report import render as report_render

LIVE_READER = "lite"


def neutral_name(library: CaseLibrary, case: Case) -> str:
    """The case by its place on the shelf: its own title may give its findings away."""
    return f"{library.title}, case {library.cases.index(case) + 1} of {len(library.cases)}"


def shelf(libraries: tuple[CaseLibrary, ...]) -> list[dict[str, Any]]:
    """The cases to choose from, as the page lists them."""
    return [
        {"title": library.title, "cases": [{"name": case.name, "title": case.title} for case in library.cases]} for library in libraries
    ]


def shown(walk: Walkthrough, film: Radiograph, name: str) -> dict[str, Any]:
    """All of a walkthrough: it needs no server from here on. `name` stands above it."""
    return {
        "case": walk.case.name,
        "name": name,
        "film": render.film(film)["src"],
        "ratio": film.width / film.height,
        "steps": [
            {"kind": step.kind.value, "title": step.title, "html": str(_step(walk, step)), "lit": [_lit(lit) for lit in step.lit]}
            for step in walk.steps
        ],
    }


def _lit(lit: Lit) -> dict[str, Any]:
    return {"box": lit.box.as_list(), "kind": lit.kind, "label": lit.label, "urgent": lit.urgent}


def _step(walk: Walkthrough, step: Step) -> Markup:
    more = _MORE[step.kind](walk, step) if step.kind in _MORE else {}
    return render.page_part(f"walkthrough_{step.kind.value}.html", walk=walk, case=walk.case, step=step, **more)


def _parsed(walk: Walkthrough, step: Step) -> dict[str, Any]:
    """The marked draft, and a row for each statement in the draft's order."""
    draft = walk.report.draft
    rows = [(m, _label(m.label), sides_phrase(m.sides)) for m in draft.findings] + [(m, f"{m.term} (not judged)", "") for m in draft.other]
    rows.sort(key=lambda row: (row[0].start, row[0].end))
    marks = segments(walk.case.draft, [(m.place, m) for m, _, _ in rows])
    return {"segments": marks, "rows": rows, "status_words": STATUS_WORDS, "read": draft.status is DraftStatus.OK}


def _label(label: Finding | str) -> str:
    return "The whole film is normal" if label == NO_FINDING else label.display


def _seen(walk: Walkthrough, step: Step) -> dict[str, Any]:
    """The truth by finding and, where a reader was asked, what it saw and how it did."""
    calls = {call.finding: call for call in walk.calls}
    rows = [
        {
            "finding": finding,
            "truth": _said(seen(walk.case.reading, finding)),
            "call": calls[finding].call if finding in calls else None,
            "reader": _said(calls[finding].reader) if finding in calls else "",
        }
        for finding in Finding
    ]
    return {"rows": rows, "failure": report_render.READING_HEADLINES.get(walk.live.status) if walk.live else None}


def _said(found: Seen) -> str:
    words = STATUS_WORDS.get(found.status, "not looked at")
    phrase = sides_phrase(found.sides)
    return f"{words}, {phrase}" if phrase and found.status is not Status.ABSENT else words


def _flag(walk: Walkthrough, step: Step) -> dict[str, Any]:
    """The flag's card, and the draft with its words marked."""
    (item,) = step.items
    return {"item": item, "segments": segments(walk.case.draft, [(span, item) for span in item.spans])}


_MORE = {StepKind.PARSED: _parsed, StepKind.SEEN: _seen, StepKind.FLAG: _flag}
