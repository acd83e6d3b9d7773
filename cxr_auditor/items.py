"""A report as the page shows it: numbered items, each with its boxes on the film and its words in the draft. Pure data, no HTML."""

from collections.abc import Iterable
from dataclasses import dataclass

from .findings import Finding, Side, Status, sides_phrase
from .geometry import Box
from .schema import AuditReport, FlagKind, NoteKind, Outcome, Span, Unit, Verdict
from .text import flags_for_reading

FLAG_TAGS = {
    FlagKind.MISSING: "Missing",
    FlagKind.WRONG_SIDE: "Wrong side",
    FlagKind.UNSUPPORTED: "Unsupported",
    FlagKind.CONTRADICTORY: "Contradictory",
}
NOTE_TAGS = {
    NoteKind.HEDGED: "Hedged",
    NoteKind.BOTH_UNSURE: "Both unsure",
    NoteKind.POSSIBLE: "Left open",
    NoteKind.UNCONFIRMED: "Unconfirmed",
    NoteKind.CONTRADICTORY: "Contradictory",
    NoteKind.NOT_CHECKED: "Not checked",
}


@dataclass(frozen=True, eq=False)
class Item:
    """One card, box group or marked place. `ref` links the three; `kind` names its colour, line and shape in the style sheets.

    Two items are never equal: a draft of 100 kB has items with thousands of spans, and they serve as keys.
    """

    ref: str
    kind: str
    tag: str
    message: str
    finding: Finding | None
    sides: tuple[Side, ...] = ()
    urgent: bool = False
    boxes: tuple[Box, ...] = ()
    spans: tuple[Span, ...] = ()

    @property
    def number(self) -> str:
        """The ref as people see it: flags "1", "2"; notes and the rest keep their letter ("N1")."""
        return self.ref.upper().removeprefix("F")

    @property
    def title(self) -> str:
        return title(self.finding, self.sides) if self.finding else "Outside the five findings"

    @property
    def label(self) -> str:
        """What stands beside its boxes."""
        return f"{self.number} {'URGENT ' if self.urgent else ''}{self.tag}: {self.title}"


@dataclass(frozen=True)
class Items:
    """Everything of one report, in the order in which it is read. What is agreed to be absent has words and a row, but no card."""

    flags: tuple[Item, ...]
    urgent: tuple[Item, ...]
    film: tuple[Item, ...]
    notes: tuple[Item, ...]
    agreed: tuple[Item, ...]
    absent: tuple[Item, ...]

    @property
    def all(self) -> tuple[Item, ...]:
        return self.flags + self.urgent + self.film + self.notes + self.agreed + self.absent

    def of(self, unit: Unit) -> tuple[Item, ...]:
        """The items about one row of the findings table."""
        return tuple(item for item in self.all if item.finding is unit.finding and _about(item.sides, unit.sides))


def report_items(report: AuditReport) -> Items:
    """The items of a report. Flags come urgent first, then missing, wrong side, unsupported, contradictory."""
    flagged = {flag.finding for flag in report.flags if flag.urgent}
    urgent = [finding for finding in report.audit.urgent_review_flags if finding not in flagged]
    at_odds = {flag.finding for flag in report.flags if flag.kind is FlagKind.CONTRADICTORY}

    def units(verdict: Verdict) -> list[Unit]:
        """Units that no other item is about: a draft at odds with itself agrees with nothing."""
        mine = [unit for unit in report.units if unit.verdict is verdict and unit.finding not in at_odds]
        return [unit for unit in mine if not (unit.finding in urgent and unit.image is Status.PRESENT)]

    supported = units(Verdict.SUPPORTED)
    shown = [unit for unit in supported if unit.image is Status.PRESENT]
    left_open = [unit for unit in supported if unit.image is Status.UNCERTAIN]
    return Items(
        flags=tuple(
            _evidence(flag, f"f{i}", flag.kind.value.lower(), FLAG_TAGS[flag.kind], flag.urgent)
            for i, flag in enumerate(flags_for_reading(report), 1)
        ),
        urgent=tuple(_urgent(report, finding, f"u{i}") for i, finding in enumerate(urgent, 1)),
        film=tuple(_film(report, unit, f"x{i}") for i, unit in enumerate(units(Verdict.FILM_ONLY), 1)),
        notes=tuple(
            _evidence(note, f"n{i}", note.kind.value, NOTE_TAGS[note.kind])
            for i, note in enumerate(sorted(report.notes, key=lambda note: list(NOTE_TAGS).index(note.kind)), 1)
        )
        + tuple(_left_open(report, unit, f"o{i}") for i, unit in enumerate(left_open, 1)),
        agreed=tuple(_agreed(report, unit, f"a{i}") for i, unit in enumerate(shown, 1)),
        absent=tuple(_absent(report, unit, f"d{i}") for i, unit in enumerate(units(Verdict.AGREED_ABSENT), 1)),
    )


def title(finding: Finding, sides: Iterable[Side]) -> str:
    """ "Pneumothorax, right"; the finding alone where no side is meant."""
    phrase = sides_phrase(sides)
    return f"{finding.display}, {phrase}" if phrase else finding.display


def _evidence(source, ref: str, kind: str, tag: str, urgent: bool = False) -> Item:
    """The item of a flag or a note."""
    return Item(
        ref=ref,
        kind=kind,
        tag=tag,
        message=source.message,
        finding=source.finding,
        sides=source.sides,
        urgent=urgent,
        boxes=source.boxes,
        spans=source.spans,
    )


def _urgent(report: AuditReport, finding: Finding, ref: str) -> Item:
    """An urgent finding of the film that no flag is about: the draft says it, or there is no draft."""
    regions = [f for f in report.reading.findings if f.finding is finding and f.status is Status.PRESENT]
    said = [m.place for m in report.draft.mentions(finding) if m.status is not Status.ABSENT]
    where = "on the film and in the draft" if said else "on the film"
    return Item(
        ref=ref,
        kind="urgent",
        tag="On film and reported" if said else "On film",
        message=f"{finding.display} is {where}: an urgent finding. Make sure that somebody who can act knows of it.",
        finding=finding,
        sides=tuple(side for side in Side if any(side in region.sides for region in regions)),
        urgent=True,
        boxes=tuple(r.box for r in regions if r.box),
        spans=tuple(dict.fromkeys(said)),
    )


def _film(report: AuditReport, unit: Unit, ref: str) -> Item:
    possible = unit.image is Status.UNCERTAIN
    why = "There is no draft to compare it with." if report.outcome is not Outcome.NOT_AUDITED else "The draft was not read."
    return Item(
        ref=ref,
        kind="film",
        tag="Possible on film" if possible else "On film",
        message=f"{title(unit.finding, unit.sides)} {'is possible' if possible else 'is'} on the film. {why}",
        finding=unit.finding,
        sides=unit.sides,
        boxes=_unit_boxes(report, unit),
    )


def _agreed(report: AuditReport, unit: Unit, ref: str) -> Item:
    return _of_unit(report, unit, ref, Verdict.SUPPORTED, "Agreed", "is on the film and in the draft", Status.PRESENT)


def _left_open(report: AuditReport, unit: Unit, ref: str) -> Item:
    """A claim that the film neither shows nor rules out: no disagreement, and no agreement either."""
    return _of_unit(report, unit, ref, Verdict.POSSIBLE, "Left open", "is in the draft; the film leaves it open", Status.PRESENT)


def _absent(report: AuditReport, unit: Unit, ref: str) -> Item:
    return _of_unit(report, unit, ref, Verdict.AGREED_ABSENT, "Agreed", "is not on the film, and the draft says so", Status.ABSENT)


def _of_unit(report: AuditReport, unit: Unit, ref: str, verdict: Verdict, tag: str, words: str, said: Status) -> Item:
    return Item(
        ref=ref,
        kind=verdict.value,
        tag=tag,
        message=f"{title(unit.finding, unit.sides)} {words}.",
        finding=unit.finding,
        sides=unit.sides,
        boxes=() if said is Status.ABSENT else _unit_boxes(report, unit),
        spans=_said(report, unit, said),
    )


def _said(report: AuditReport, unit: Unit, status: Status) -> tuple[Span, ...]:
    said = [m for m in report.draft.mentions(unit.finding) if m.status is status and _about(m.sides, unit.sides)]
    return tuple(dict.fromkeys(m.place for m in said))


def _unit_boxes(report: AuditReport, unit: Unit) -> tuple[Box, ...]:
    regions = [f for f in report.reading.findings if f.finding is unit.finding and f.status is not Status.ABSENT]
    return tuple(f.box for f in regions if f.box and _about(f.sides, unit.sides))


def _about(sides: Iterable[Side], wanted: Iterable[Side]) -> bool:
    """Whether a statement with `sides` can be about `wanted`; no side matches any."""
    return not sides or not wanted or bool(set(sides) & set(wanted))
