"""Audits drafts with known errors through the whole pipeline, and once more from the intended statements, without the parser."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from ..audit import audit_reading
from ..compare import compare
from ..findings import Finding, Side, Status, ordered_sides
from ..registry import Parser
from ..schema import AuditReport, DraftReading, Flag, FlagKind, ImageReading, Mention, Note, Outcome
from .injection import Draft, ErrorType, Injected

_OF_SIDE = (ErrorType.WRONG_SIDE, ErrorType.ONE_SIDE_OF_TWO)


@dataclass(frozen=True)
class Audited:
    """What an audit made of a draft. `intended_*` is the judge's answer to what the draft was meant to say: a parser that reads everything.

    `misread`: findings whose status or sides the parser read otherwise than they were meant.
    """

    draft: Draft
    outcome: Outcome
    flags: tuple[Flag, ...]
    notes: tuple[Note, ...]
    intended_flags: tuple[Flag, ...]
    intended_notes: tuple[Note, ...]
    misread: tuple[Finding, ...]
    parsed: DraftReading

    @property
    def flawed(self) -> bool:
        return bool(self.draft.errors)

    def caught(self, error: Injected) -> bool:
        return error_caught(error, self.flags, self.notes)

    def expected(self, flag: Flag) -> bool:
        """Whether the flag is about a mistake that was made."""
        return any(is_about(flag, error) for error in self.draft.errors)

    def by_parser(self, flag: Flag) -> bool:
        """Whether a false flag would not stand had the draft been read as it was meant."""
        return not any(flag.kind is own.kind and flag.finding is own.finding for own in self.intended_flags)

    def missed_by_parser(self, error: Injected) -> bool:
        return not self.caught(error) and error_caught(error, self.intended_flags, self.intended_notes)


def error_caught(error: Injected, flags: Iterable[Flag], notes: Iterable[Note]) -> bool:
    """Whether a flag (or, where that is expected, a note) is about a mistake."""
    return any(is_about(one, error) for one in (flags if isinstance(error.expected, FlagKind) else notes))


def is_about(stated: Flag | Note, error: Injected) -> bool:
    """Whether a flag or note is of the kind that is due, about the finding and the place of a mistake.

    A mistake of side must be named with its sides; of any other one shared side is enough, or that either names none.
    """
    if stated.kind is not error.expected or stated.finding is not error.finding:
        return False
    due, named = set(error.sides), set(stated.sides)
    if error.error in _OF_SIDE:
        return due <= named
    return not due or not named or bool(due & named)


def audit_drafts(drafts: Iterable[Draft], reading_of: Callable[[Draft], ImageReading], parser: Parser) -> Iterator[Audited]:
    """Audits each draft against the reading of its film."""
    for draft in drafts:
        reading = reading_of(draft)
        report = audit_reading(None, reading, draft.text, parser)
        yield _audited(draft, reading, report)


def _audited(draft: Draft, reading: ImageReading, report: AuditReport) -> Audited:
    meant = compare(reading, intended_reading(draft))
    return Audited(
        draft=draft,
        outcome=report.outcome,
        flags=report.flags,
        notes=report.notes,
        intended_flags=meant.flags,
        intended_notes=meant.notes,
        misread=tuple(finding for finding in Finding if folded(report.draft, finding) != folded(intended_reading(draft), finding)),
        parsed=report.draft,
    )


def intended_reading(draft: Draft) -> DraftReading:
    """The statements that the draft was meant to make; each quotes the whole draft, for nobody marked its words."""
    place = {"span": draft.text, "start": 0, "end": len(draft.text)}
    mentions = tuple(Mention(label=say.label, status=say.status, sides=say.sides, **place) for say in draft.intended)
    return DraftReading(parser="intended", findings=mentions)


def folded(reading: DraftReading, finding: Finding) -> tuple[Status | None, tuple[Side, ...]]:
    """(status, sides) of a finding in a whole draft: the strongest status, and the sides it is said of (none for a denial)."""
    mentions = reading.mentions(finding)
    status = max((m.status for m in mentions), key=lambda s: s.strength, default=None)
    if status in (None, Status.ABSENT):
        return status, ()
    return status, ordered_sides(side for m in mentions if m.status is status for side in m.sides)
