"""Reports, films and messages -> HTML, through templates that escape every text. Nothing here knows Gradio."""

import base64
import io
import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from ..findings import Finding, sides_phrase
from ..highlight import segments, visible
from ..images import Radiograph
from ..items import Item, Items
from ..printable import STATUS_WORDS, VERDICT_WORDS, shown_verdict
from ..schema import DISCLAIMER, AuditReport, DraftStatus, NoteKind, Outcome, ReadingStatus
from ..text import flags_for_reading, headline, left_open, not_looked_at
from .agreement import agreement, disputed
from .revision import Changes

SHOWN_SIDE = 2560
"""Longest side, in pixels, of the picture that the browser gets; the audit sees the whole film."""

NO_FILM: dict[str, Any] = {"src": "", "key": ""}

LEGEND = (
    # kind, tag, (the words that carry the mark, the rest)
    ("missing", "Missing", ("on the film", ", but the draft leaves it out or denies it")),
    ("wrong_side", "Wrong side", ("on the other side", " of the patient than the draft says")),
    ("unsupported", "Unsupported", ("in the draft", ", but not on the film")),
    ("contradictory", "Contradictory", ("asserted and denied", " in the same draft")),
    ("urgent", "Urgent", ("pneumothorax, nodule or mass", ": look again now")),
    ("possible", "Notes", ("hedged, left open or not checked", ": nothing to answer")),
    ("supported", "Agreed", ("film and draft", " say the same")),
)

READING_HEADLINES = {
    ReadingStatus.NOTHING_USABLE: "Not audited: the reader answered, but nothing in its answer could be used.",
    ReadingStatus.FAILED: "Not audited: the reader failed.",
    ReadingStatus.NOT_A_FRONTAL: "Not audited: this is not a frontal chest film.",
}
DRAFT_HEADLINES = {
    DraftStatus.NOTHING_USABLE: "Not audited: nothing in the draft could be used.",
    DraftStatus.FAILED: "Not audited: the draft could not be read.",
}


_STOOD_IN = re.compile(r"\bthe model \w+ failed|\bcould not be used:|\breadings can be used\b", re.IGNORECASE)


@dataclass(frozen=True)
class Problem:
    """An error in plain words: what was wrong, what to do, what stays."""

    message: str
    hint: str = ""
    kept: str = ""


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader(__package__, "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["visible"] = visible
    environment.globals["disclaimer"] = DISCLAIMER
    return environment


def page_part(template: str, **values) -> Markup:
    """A template of the folder `templates`, filled in; every value is escaped unless it is Markup."""
    return Markup(_environment().get_template(template).render(**values))  # the template escapes


# The film


def film(radiograph: Radiograph) -> dict[str, Any]:
    """What the viewer takes: the film as a picture of at most SHOWN_SIDE pixels a side, in a data address."""
    from PIL import Image

    picture = Image.fromarray(radiograph.pixels)
    picture.thumbnail((SHOWN_SIDE, SHOWN_SIDE), Image.Resampling.LANCZOS)
    return {"src": data_address(picture, "PNG"), "key": radiograph.sha256}


def data_address(picture, kind: str) -> str:
    """A Pillow picture as a data: address."""
    buffer = io.BytesIO()
    picture.save(buffer, kind, **({"compress_level": 3} if kind == "PNG" else {"quality": 80}))
    return f"data:image/{kind.lower()};base64,{base64.b64encode(buffer.getvalue()).decode()}"


def film_line(radiograph: Radiograph, source: str) -> Markup:
    """One line on what is on show."""
    return page_part("film_line.html", film=radiograph, source=source, shown_side=SHOWN_SIDE)


# The banner


def welcome() -> Markup:
    return banner("welcome", "Choose a film, write or paste a draft, and run the audit.", [])


def ready(source: str, teaches: str) -> Markup:
    lines = [f"Synthetic example: {source}. It was drawn by this project and shows no patient.", teaches] if source else []
    return banner("welcome", "The film is on show. Run the audit when the draft is ready.", lines)


def progress(stage: str, name: str, seconds: float, started: bool) -> Markup:
    """A sign of life. `stage` is "film" or "draft", `name` the reader or parser at work."""
    return page_part("progress.html", stage=stage, name=name, seconds=seconds, started=started)


def stopped(has_report: bool) -> Markup:
    stays = "The report below is the last run's. " if has_report else ""
    later = "If the reader was at work already, it ends on its own, and running again takes up its answer."
    return banner("stopped", "Cancelled. Your draft and your film are still here.", [stays + later])


def problem(error: Problem) -> Markup:
    return banner("problem", error.message, [error.hint, error.kept], alert=True)


def outcome(report: AuditReport, items: Items, run: int) -> Markup:
    """The outcome in one sentence, with the counts, who spoke, and what nobody checked. `run` numbers the reports on one film."""
    if report.outcome is Outcome.NOT_AUDITED:
        if not report.reading.usable:
            failure, message = READING_HEADLINES[report.reading.status], report.reading.message
        else:
            failure, message = DRAFT_HEADLINES[report.draft.status], report.draft.message
        return banner("not_audited", failure, [message or "", "No flag was raised, and none was ruled out."], run=run)
    unchecked = [note for note in report.notes if note.kind is NoteKind.NOT_CHECKED]
    undecided = left_open(report)
    return banner(
        "left_open" if undecided and report.outcome is Outcome.AGREEMENT else report.outcome.value,
        headline(report),
        [f"The film was read by {spoken_by(report)}.", *stood_in(report), *disputed(report.reading)],
        counts=counts(items),
        undecided=undecided,
        unseen=not_looked_at(report),
        unchecked=len(unchecked),
        run=run,
    )


def spoken_by(report: AuditReport) -> str:
    """The reader or readers by name, and what kind of answer the reference is."""
    kept = " (no reader looked: the answer kept beside this synthetic example)"
    return " + ".join(name + kept * (name == "reference") for name in report.reading.reader.split(" + "))


def stood_in(report: AuditReport) -> list[str]:
    """Notes that say that somebody else did the work of what was chosen: too weighty to stand among the sources only."""
    return [note for note in (*report.reading.notes, *report.draft.notes) if _STOOD_IN.search(note)]


def counts(items: Items) -> list[tuple[str, str]]:
    """(kind, "2 missing") in the order of the cards."""
    flags = Counter((item.kind, item.tag) for item in items.flags)
    urgent = sum(item.urgent for item in items.flags + items.urgent)
    counts = [("urgent", f"{urgent} urgent")] if urgent else []
    counts += [(kind, f"{n} {tag.lower()}") for (kind, tag), n in flags.items()]
    counts += [("film", f"{len(items.film)} on film")] if items.film else []
    counts += [("note", f"{len(items.notes)} note{'s' * (len(items.notes) > 1)}")] if items.notes else []
    counts += [("supported", f"{len(items.agreed)} agreed")] if items.agreed else []
    return counts


_UNSAID = {"alert": False, "counts": (), "undecided": (), "unseen": (), "unchecked": 0, "run": 0}


def banner(kind: str, said: str, lines: list[str], **rest) -> Markup:
    """A banner of one headline and lines of text; `rest` are the template's other fields."""
    return page_part("banner.html", kind=kind, headline=said, lines=[line for line in lines if line], **_UNSAID | rest)


# The evidence


@cache
def no_evidence() -> dict[str, Any]:
    """What stands in the evidence's place before a run: how to go about it, and what the marks mean."""
    return {"html": str(page_part("legend.html", marks=LEGEND)), "marks": []}


def evidence(
    report: AuditReport, items: Items, draft: str, since: Changes | None, reused: bool, below: dict[str, Markup] | None = None
) -> dict[str, Any]:
    """The marked draft and the cards, and the boxes for the viewer. `below`: by a flag's ref, what stands under its card."""
    html = page_part(
        "evidence.html",
        report=report,
        items=items,
        segments=segments(draft, [(span, item) for item in items.all for span in item.spans]),
        has_draft=bool(draft.strip()),
        since=since,
        since_of=_since_of(report, items, since),
        reused=reused,
        sides=sides_phrase,
        below=below or {},
    )
    return {"html": str(html), "marks": [_mark(item) for item in items.all if item.boxes]}


def _since_of(report: AuditReport, items: Items, since: Changes | None) -> dict[str, str]:
    """Ref of each flag's card -> "new" or "remains"."""
    if since is None:
        return {}
    words = {id(flag): "new" for flag in since.new} | {id(flag): "remains" for flag in since.remaining}
    return {item.ref: words[id(flag)] for item, flag in zip(items.flags, flags_for_reading(report), strict=True)}


def _mark(item: Item) -> dict[str, Any]:
    """What the viewer draws; `short` stands beside a box on a small screen."""
    return {
        "ref": item.ref,
        "kind": item.kind,
        "urgent": item.urgent,
        "quiet": item.kind == NoteKind.POSSIBLE,
        "label": item.label,
        "short": item.label.partition(":")[0],
        "boxes": [box.as_list() for box in item.boxes],
    }


# The table


def details(report: AuditReport, items: Items, reused: bool) -> Markup:
    """The findings table, what nobody checked, notes of reader and parser, and what produced it."""
    rows = [
        {
            "finding": unit.finding.display,
            "side": sides_phrase(unit.sides) or "\u2013",
            "film": STATUS_WORDS.get(unit.image, "not looked at"),
            "draft": STATUS_WORDS.get(unit.draft, "silent" if report.draft.usable else "no draft"),
            "verdict": shown_verdict(unit).value,
            "words": VERDICT_WORDS[shown_verdict(unit)],
            "score": report.reading.scores.get(unit.finding.value),
            "refs": " ".join(item.ref for item in items.of(unit)),
        }
        for unit in report.units
    ]
    listed = {unit.finding for unit in report.units}
    unseen = [finding for finding in Finding if finding not in listed] if report.reading.usable else []
    return page_part(
        "details.html",
        report=report,
        rows=rows,
        unseen=unseen,
        spoken_by=spoken_by(report),
        reused=reused,
        scored=bool(report.reading.scores),
        agreement=agreement(report.reading),
        status_words=STATUS_WORDS,
    )
