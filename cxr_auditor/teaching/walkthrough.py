"""A case as steps for a screen in a room. Pure: the film itself is not looked at.

The order never gives an answer away: the film, the search of it, the draft and what stands in it; only then what is on the film, each
flag, and the draft put right. Titles name no finding for the same reason.
"""

from dataclasses import dataclass
from enum import StrEnum

from ..audit import audit_reading
from ..case_file import Case
from ..findings import Status
from ..geometry import Box
from ..items import Item, report_items, title
from ..schema import AuditReport, DraftStatus, ImageFinding, ImageReading
from .correction import Correction, corrected
from .reader_errors import ReaderCall, reader_calls
from .review_areas import ATLAS, chest_of, review_areas


class StepKind(StrEnum):
    """What a step shows, in the one order of every walkthrough."""

    FILM = "film"
    AREA = "area"
    DRAFT = "draft"
    PARSED = "parsed"
    SEEN = "seen"
    FLAG = "flag"
    NOTES = "notes"
    LESSON = "lesson"


@dataclass(frozen=True)
class Lit:
    """A box on the film. `kind` names its colour and line in the style sheets; `label` stands beside it."""

    box: Box
    kind: str
    label: str = ""
    urgent: bool = False


@dataclass(frozen=True)
class Step:
    """One step: its title, a sentence where it needs one, what is lit, and the flag or notes that it is about."""

    kind: StepKind
    title: str
    sentence: str = ""
    lit: tuple[Lit, ...] = ()
    items: tuple[Item, ...] = ()


@dataclass(frozen=True)
class Walkthrough:
    """A case in steps. `report` is its draft audited against the truth; `correction` is None where no draft was read.

    `measured`: the review areas are this film's own, not a standard film's. `live` is what a reader saw on the film just now, where
    one was asked, and `calls` how that reader did; they are empty where its reading can't be used.
    """

    case: Case
    steps: tuple[Step, ...]
    report: AuditReport
    correction: Correction | None
    measured: bool
    live: ImageReading | None = None
    calls: tuple[ReaderCall, ...] = ()


def walkthrough(case: Case, live: ImageReading | None = None, parser: str = "rules") -> Walkthrough:
    """The steps of a case. Each flag has one; a case without a draft goes from the search to the findings."""
    report = audit_reading(None, case.reading, case.draft, parser)
    items = report_items(report)
    chest = chest_of(case)
    areas = [Step(StepKind.AREA, area.title, area.sentence, _lit(area.boxes, "area")) for area in review_areas(chest or ATLAS)]
    has_draft = report.draft.status is not DraftStatus.NONE
    steps = [
        Step(StepKind.FILM, "The film", "Take your time. What do you see, and on which side of the patient?"),
        *areas,
        *([Step(StepKind.DRAFT, "The draft"), Step(StepKind.PARSED, "What the parser read")] if has_draft else []),
        Step(StepKind.SEEN, "What is on the film", lit=_true(case.reading) + (_live(live) if live else ())),
        *(Step(StepKind.FLAG, f"Flag {number}", lit=_item_boxes(flag), items=(flag,)) for number, flag in enumerate(items.flags, 1)),
        *([Step(StepKind.NOTES, "Notes", lit=_note_boxes(items.notes), items=items.notes)] if items.notes else []),
        Step(StepKind.LESSON, "The corrected draft" if items.flags else "What it teaches", lit=_true(case.reading)),
    ]
    return Walkthrough(
        case=case,
        steps=tuple(steps),
        report=report,
        correction=corrected(case.draft, report, parser) if report.draft.usable else None,
        measured=chest is not None,
        live=live,
        calls=reader_calls(case.reading, live) if live is not None else (),
    )


def _lit(boxes: tuple[Box, ...], kind: str) -> tuple[Lit, ...]:
    return tuple(Lit(box, kind) for box in boxes)


def _true(truth: ImageReading) -> tuple[Lit, ...]:
    return tuple(Lit(f.box, "film", _label(f), f.finding.urgent) for f in _boxed(truth))


def _live(reading: ImageReading) -> tuple[Lit, ...]:
    """What a reader is sure of; what it leaves open is in words alone, or its boxes would hide the film."""
    return tuple(Lit(f.box, "live", f"{reading.reader}: {_label(f)}") for f in _boxed(reading) if f.status is Status.PRESENT)


def _boxed(reading: ImageReading) -> list[ImageFinding]:
    return [f for f in reading.findings if f.status is not Status.ABSENT and f.box is not None]


def _label(f: ImageFinding) -> str:
    return title(f.finding, f.sides) + (" (possible)" if f.status is Status.UNCERTAIN else "")


def _item_boxes(item: Item) -> tuple[Lit, ...]:
    return tuple(Lit(box, item.kind, item.label, item.urgent) for box in item.boxes)


def _note_boxes(items: tuple[Item, ...]) -> tuple[Lit, ...]:
    return tuple(lit for item in items for lit in _item_boxes(item))
