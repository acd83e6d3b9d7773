"""What a teacher sees of a group -> HTML and what the browser must know of it. Every value is escaped by the templates."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from ...case_file import Case
from ...findings import Finding, Status
from ...items import title
from ...schema import ImageFinding
from ...teaching.group import Doubt, hardest, partings, trainees
from ...teaching.page_parts import interval_words, share_words
from ...teaching.records import Sitting, Turn
from ...teaching.rulings import LONGEST_REASON, Ruling
from ...teaching.score import Place, summary
from ...teaching.truth import truth_words
from ..render import page_part
from ..screen import problem_of
from ..train import render as train_render
from ..train import summary as train_summary
from .desk import titles
from .forms import SIDES, STATUSES, FieldError

NOTHING: dict[str, Any] = train_render.room("", Markup())

_STATUS_WORDS = {Status.PRESENT: "is there", Status.UNCERTAIN: "is possible"}


def problem(error: Exception) -> dict[str, Any]:
    """An error as the tab's notice, with the field of the form that it is about."""
    field = error.field if isinstance(error, FieldError) else None
    return train_render.problem(problem_of(error)) | {"failed": True, "field": field}


def group(sittings: Sequence[Sitting], doubts: Sequence[Doubt], ruled: Sequence[Ruling], name: str | None) -> dict[str, Any]:
    """The group called `name` at a glance: doubted flags, trainees with their sessions, hardest cases, partings, rulings."""
    sessions: dict[str, list] = {}
    for sitting in sittings:
        sessions.setdefault(sitting.name, []).append((sitting, summary(sitting)))
    by_case: dict[str, list[Doubt]] = {}
    for doubt in doubts:
        by_case.setdefault(doubt.case, []).append(doubt)
    called = titles()
    html = page_part(
        "teach_group.html",
        by_case=by_case,
        lines=trainees(sittings),
        sessions=sessions,
        hard=hardest(sittings),
        parted=partings(sittings),
        ruled=ruled,
        here=called.keys(),
        name=lambda case: called.get(case, case),  # one that has left the library keeps its name
        group=name or "",
        share=share_words,
        interval=interval_words,
        place=place,
        said=truth_words,
    )
    return train_render.room("group", html)


def case_on_show(case: Case, seen: str, doubts: Sequence[Doubt], ruled: Sequence[Ruling]) -> dict[str, Any]:
    """A case to rule on: who doubts what, what was ruled before, and the form. `seen`: the mark of its truth, which comes back with it."""
    entries = [(f"t{number}", entry(finding), finding.box is not None) for number, finding in enumerate(case.reading.findings)]
    html = page_part(
        "teach_case.html",
        case=case,
        doubts=doubts,
        ruled=ruled,
        said=truth_words,
        entries=entries,
        editor=editor("What is missing from it"),
        longest=LONGEST_REASON,
    )
    marks = [_mark(number, finding) for number, finding in enumerate(case.reading.findings) if finding.box is not None]
    return train_render.room("case", html, case=case.name, seen=seen, names=train_render.NAMES, marks=marks)


def _mark(number: int, finding: ImageFinding) -> dict[str, Any]:
    kind = "possible" if finding.status is Status.UNCERTAIN else "supported"
    words = entry(finding)
    boxes = [finding.box.as_list()]
    return {"ref": f"t{number}", "kind": kind, "urgent": False, "quiet": False, "label": words, "short": words, "boxes": boxes}


def editor(legend: str) -> Markup:
    """The controls that put findings on a film, drawn or in words; static/teach_findings.js runs them."""
    findings = [(finding.value, finding.display, finding.has_sides) for finding in Finding]
    statuses = [(status.value, _STATUS_WORDS[status]) for status in STATUSES]
    return page_part("teach_findings.html", legend=legend, findings=findings, sides=list(SIDES), statuses=statuses)


def session(sitting: Sitting, cases: Mapping[int, Case]) -> dict[str, Any]:
    """A trainee's session: its figures, as the trainee sees them. `cases`: the committed ones by number, as far as they are still here."""
    return train_summary.summary(sitting, cases, mine=False, away="Back to the group") | {"view": "session"}


def turn(sitting: Sitting, one: Turn, case: Case | None) -> dict[str, Any]:
    """One committed case of a session, as the trainee sees it: film, marked draft, flags, and the answers that were given to them."""
    room = train_render.reveal(sitting, one, case, mine=False)
    html = page_part("teach_session.html", sitting=sitting, case=case, shown=Markup(room["html"]))
    return room | {"view": "turn", "html": str(html)}


def entry(finding: ImageFinding) -> str:
    """One entry of a truth in words: "Pneumothorax, right (possible)"."""
    rest = {Status.UNCERTAIN: " (possible)", Status.ABSENT: " (absent)"}.get(finding.status, "")
    return title(finding.finding, finding.sides) + rest


def place(one: Place) -> str:
    """A finding and the sides meant, in words."""
    return title(one.finding, one.sides)
