"""An audit report -> HTML and the marks for the viewer."""

import re
from collections import Counter
from typing import Any

from markupsafe import Markup

from ...findings import Finding, sides_phrase
from ...highlight import segments
from ...items import Item, Items
from ...schema import AuditReport, DraftStatus, NoteKind, Outcome, ReadingStatus
from ...second_notes import tells_of_a_missing_reader
from ...table import STATUS_WORDS, rows
from ...text import flags_for_reading, headline, left_open, not_looked_at
from ..render import banner, page_part
from .agreement import agreement, disputed
from .revision import Changes

READING_HEADLINES = {
    ReadingStatus.NOTHING_USABLE: "Not audited: the reader answered, but nothing in its answer could be used.",
    ReadingStatus.FAILED: "Not audited: the reader failed.",
    ReadingStatus.NOT_A_FRONTAL: "Not audited: this is not a frontal chest film.",
}
DRAFT_HEADLINES = {
    DraftStatus.NOTHING_USABLE: "Not audited: nothing in the draft could be used.",
    DraftStatus.FAILED: "Not audited: the draft could not be read.",
}


_MODEL_FAILED = re.compile(r"\bthe model \w+ failed", re.IGNORECASE)


def outcome(report: AuditReport, items: Items, run: int) -> Markup:
    """The outcome in one sentence, with the counts, who spoke, and what nobody checked. `run` numbers the reports on one film."""
    if report.outcome is Outcome.NOT_AUDITED:
        if not report.reading.usable:
            failure, message = READING_HEADLINES[report.reading.status], report.reading.message
        else:
            failure, message = DRAFT_HEADLINES[report.draft.status], report.draft.message
        seen = [f"On the film all the same, and urgent: {finding.display}." for finding in report.audit.urgent_review_flags]
        return banner("not_audited", failure, [message or "", "The draft was not compared with the film.", *seen], run=run)
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
    missing = [note for note in report.reading.notes if tells_of_a_missing_reader(note)]
    return missing + [note for note in report.draft.notes if _MODEL_FAILED.search(note)]


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


def details(report: AuditReport, items: Items, reused: bool) -> Markup:
    """The findings table, what nobody checked, notes of reader and parser, and what produced it."""
    shown = [
        {
            "row": row,
            "score": report.reading.scores.get(row.unit.finding.value),
            "refs": " ".join(item.ref for item in items.of(row.unit)),
        }
        for row in rows(report)
    ]
    listed = {unit.finding for unit in report.units}
    unseen = [finding for finding in Finding if finding not in listed] if report.reading.usable else []
    return page_part(
        "details.html",
        report=report,
        rows=shown,
        unseen=unseen,
        spoken_by=spoken_by(report),
        reused=reused,
        scored=bool(report.reading.scores),
        agreement=agreement(report.reading),
        status_words=STATUS_WORDS,
    )
