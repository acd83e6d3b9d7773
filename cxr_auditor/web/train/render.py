"""A trainee's session -> HTML and what the browser must know of it. Before a draft is committed, nothing here looks at the truth."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from ...case_file import Case, Difficulty
from ...errors import InputError
from ...findings import Finding, Status
from ...images import load
from ...items import Item, report_items, title
from ...schema import Outcome, ReadingStatus
from ...teaching.reader_errors import Call, reader_calls
from ...teaching.records import LONGEST_DRAFT, Against, Answer, Person, Role, Sitting, Stance, Turn
from ...text import headline, left_open
from .. import render
from ..render import Problem, page_part
from ..report import render as report_render
from . import boxes as train_boxes

NAMES = {finding.value: finding.display for finding in Finding}
LONGEST_WHY = Answer.model_fields["why"].metadata[0].max_length

_READER_ERRORS = {
    Call.MISSED: "missed: {}",
    Call.ONE_SIDE_MISSED: "missed: {}",
    Call.FALSE_CALL: "called falsely, not on the film: {}",
    Call.ONE_SIDE_TOO_MANY: "called falsely, not on the film: {}",
    Call.OTHER_SIDE: "put on the wrong side; the truth: {}",
}


def room(view: str, html: Markup, **fields: Any) -> dict[str, Any]:
    """What static/train.js puts on show. `serial` makes each one new: the page waits for a change after all it asks."""
    return {"view": view, "html": str(html), "serial": time.monotonic_ns(), **fields}


def notice(html: Markup | str = "", busy: bool = False) -> dict[str, Any]:
    """A line above everything; `busy`: there is more to come, and the page goes on waiting."""
    return {"html": str(html), "busy": busy, "serial": time.monotonic_ns()}


def problem(error: Problem) -> dict[str, Any]:
    return notice(render.problem(error))


def judging(seconds: float, started: bool, reader: str | None) -> dict[str, Any]:
    """A sign of life while a draft is judged."""
    return notice(page_part("train_judging.html", seconds=seconds, started=started, reader=reader), busy=True)


def away(html: Markup, who: Markup) -> dict[str, Any]:
    """For somebody who has to sign in first. `who`: the line at the top of the page from now on."""
    return room("away", page_part("train_away.html", needed=html), who=str(who))


def gone(person: Person, who: Markup) -> dict[str, Any]:
    """For somebody whose account is deleted. `who`: the line at the top of the page from now on; the browser gives up its cookie, too."""
    stays = ["Your corrections of cases stay, with your name."] if person.role is Role.TEACHER else []
    return room("gone", render.banner("agreement", "It is deleted; the account too.", stays), who=str(who))


# To begin


def start(readers: Sequence[tuple[str, str]], cases: int, seed: int, stored: Markup, past: Markup) -> dict[str, Any]:
    """The form for a new session, what of it would be stored, and below it `past`: the person's sessions and progress.

    `cases` are there to choose from; `seed` is proposed: another one draws other films.
    """
    html = page_part(
        "train_start.html",
        findings=[(finding.value, finding.display) for finding in Finding],
        difficulties=[one.value for one in Difficulty],
        readers=readers,
        cases=cases,
        seed=seed,
        stored=stored,
        past=past,
    )
    return room("start", html)


# The film, and the draft about it


def reading(sitting: Sitting, turn: Turn) -> dict[str, Any]:
    """The case whose draft is to be written: its number, what was written so far, and nothing else of it."""
    html = page_part(
        "train_read.html",
        turn=turn,
        of=len(sitting.turns),
        done=sum(one.committed is not None for one in sitting.turns),
        reader=sitting.reader,
        findings=[(finding.value, finding.display) for finding in Finding],
        longest=LONGEST_DRAFT,
    )
    own = written(turn)["marks"]
    return room("read", html, key=sitting.key, number=turn.number, seconds=turn.seconds, own=own, names=NAMES, marks=[])


def written(turn: Turn) -> dict[str, Any]:
    """The draft that is kept, with its boxes."""
    return {"draft": turn.draft, "marks": [mark.model_dump(mode="json") for mark in turn.marks]}


def passed_over(sitting: Sitting) -> Markup | str:
    """Which cases of a session have left the library before they were read; nothing where all are there."""
    if not sitting.gone:
        return ""
    numbers = ", ".join(str(turn.number) for turn in sitting.gone)
    line = "The session goes on without it; it comes back here when whoever runs this page puts it back."
    return render.banner("left_open", f"No longer in the library: case {numbers}.", [line])


def film(sitting: Sitting, turn: Turn, case: Case) -> dict[str, Any]:
    """What the viewer takes. Its key says which case of the session it is: a film's checksum would tell a known film."""
    return render.film(load(case.film_path)) | {"key": f"{sitting.key}/{turn.number}"}


# What was right


def reveal(sitting: Sitting, turn: Turn, case: Case | None, mine: bool) -> dict[str, Any]:
    """A committed case: report, own boxes, reader, what it teaches. `case` is None where it has left the library; `mine` is False for a
    teacher, who looks on.
    """
    if turn.report is None:
        raise InputError("This case is not committed yet.", "Read it first.")
    report, items = turn.report, report_items(turn.report)
    said = {(answer.against, answer.ref): answer for answer in turn.answers}
    boxes = train_boxes.judge(turn.marks, turn.truth)
    below = {item.ref: _answer(Against.TRUTH, item, said, mine) for item in items.flags}
    evidence = report_render.evidence(report, items, turn.draft, None, False, below)
    reader = _reader(turn, said, mine)
    html = page_part(
        "train_reveal.html",
        sitting=sitting,
        turn=turn,
        case=case,
        mine=mine,
        changed=case is not None and case.reading != turn.truth,
        banner=_outcome(turn, "You" if mine else sitting.name),
        boxes=boxes,
        not_marked=train_boxes.not_marked(turn.marks, turn.truth),
        evidence=Markup(evidence["html"]),  # made of templates that escape
        details=report_render.details(report, items, False),
        reader=reader["html"] if reader else None,
        last=turn.number == len(sitting.turns),
        ended=sitting.finished is not None,
    )
    marks = [*(_own_mark(box) for box in boxes), *evidence["marks"], *(reader["marks"] if reader else [])]
    return room("reveal", html, key=sitting.key, number=turn.number, seconds=turn.seconds, own=[], names=NAMES, marks=marks)


def _outcome(turn: Turn, who: str) -> Markup:
    report, items = turn.report, report_items(turn.report)
    undecided = left_open(report)
    kind = "left_open" if undecided and report.outcome is Outcome.AGREEMENT else report.outcome.value
    line = f"Judged against the truth that is kept with the case. {who} spent {turn.seconds:.0f} s on it."
    reasons = [message for message in (report.reading.message, report.draft.message) if message]
    return render.banner(kind, headline(report), [line, *reasons], counts=report_render.counts(items), undecided=undecided)


def _own_mark(box: train_boxes.MarkResult) -> dict[str, Any]:
    label = f"Your box {box.number}: {box.title}"
    return _mark(f"m{box.number}", "mine", label, f"Yours {box.number}", [box.mark.box])


def _mark(ref: str, kind: str, label: str, short: str, boxes: Sequence, quiet: bool = False) -> dict[str, Any]:
    shown = [box.as_list() for box in boxes]
    return {"ref": ref, "kind": kind, "urgent": False, "quiet": quiet, "label": label, "short": short, "boxes": shown}


def _answer(against: Against, item: Item, said: Mapping[tuple[Against, str], Answer], mine: bool) -> Markup:
    """Under a flag: whether the trainee agrees with it, and why."""
    answer = said.get((against, item.ref))
    stances = [stance.value for stance in Stance]
    values = {"against": against.value, "item": item, "answer": answer, "stances": stances, "mine": mine, "longest": LONGEST_WHY}
    return page_part("train_answer.html", **values)


# The reader beside it


def _reader(turn: Turn, said: Mapping[tuple[Against, str], Answer], mine: bool) -> dict[str, Any] | None:
    """The reader's own report with its own errors; its boxes are shown when asked for."""
    report = turn.reader_report
    if report is None:
        return None
    items = report_items(report)
    calls = reader_calls(turn.truth, report.reading)
    left = [title(one.finding, one.sides) for one in calls if one.left_open]
    seen = [found for found in report.reading.findings if found.status is not Status.ABSENT]
    lines = [
        {"ref": f"rs{i}", "title": title(found.finding, found.sides), "open": found.status is Status.UNCERTAIN, "box": found.box}
        for i, found in enumerate(seen, 1)
    ]
    flags = [{"item": item, "ref": f"r{item.ref}", "answer": _answer(Against.READER, item, said, mine)} for item in items.flags]
    html = page_part(
        "train_reader.html",
        name=report_render.spoken_by(report),
        failure=report_render.READING_HEADLINES.get(report.reading.status) if report.reading.status is not ReadingStatus.OK else None,
        message=report.reading.message,
        errors=[_READER_ERRORS[one.call].format(title(one.finding, one.sides)) for one in calls if one.call.is_error],
        compared=report.reading.usable and turn.truth.usable,
        left_open=left,
        unseen=[finding.display for finding in Finding if finding not in report.reading.scope],
        seen=lines,
        flags=flags,
    )
    boxed = [(line["ref"], f"Reader: {line['title']}", [line["box"]] if line["box"] else []) for line in lines]
    boxed += [(flag["ref"], f"Reader, {flag['item'].label}", flag["item"].boxes) for flag in flags]
    return {"html": html, "marks": [_mark(ref, "reader", label, "Reader", boxes, quiet=True) for ref, label, boxes in boxed if boxes]}
