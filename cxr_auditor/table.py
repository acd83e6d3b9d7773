"""The findings table as people read it: one row for each unit of a report. The page and the printout show the same rows."""

from dataclasses import dataclass

from .findings import Status, sides_phrase
from .schema import AuditReport, DraftStatus, FlagKind, Unit, Verdict

STATUS_WORDS = {Status.PRESENT: "present", Status.UNCERTAIN: "uncertain", Status.ABSENT: "absent"}
_VERDICT_WORDS = {
    Verdict.SUPPORTED: "agreed",
    Verdict.HEDGED: "hedged in the draft",
    Verdict.MISSING: "missing from the draft",
    Verdict.WRONG_SIDE: "wrong side",
    Verdict.UNSUPPORTED: "not on the film",
    Verdict.BOTH_UNSURE: "both unsure",
    Verdict.POSSIBLE: "left open by the film",
    Verdict.UNCONFIRMED: "not confirmed",
    Verdict.AGREED_ABSENT: "agreed: absent",
    Verdict.FILM_ONLY: "on the film",
    Verdict.FILM_CLEAR: "not on the film",
    Verdict.NOT_CHECKED: "not checked",
    Verdict.NOT_MENTIONED: "absent, not mentioned",
}
_SILENCE = {DraftStatus.OK: "silent", DraftStatus.NONE: "no draft"}


@dataclass(frozen=True)
class Row:
    """`kind` names the mark beside the verdict's `words`."""

    unit: Unit
    finding: str
    side: str
    film: str
    draft: str
    kind: str
    words: str


def rows(report: AuditReport) -> tuple[Row, ...]:
    """One row for each unit, in the report's order."""
    return tuple(_row(report, unit) for unit in report.units)


def _row(report: AuditReport, unit: Unit) -> Row:
    kind, words = _verdict(report, unit)
    return Row(
        unit=unit,
        finding=unit.finding.display,
        side=sides_phrase(unit.sides) or "\u2013",
        film=STATUS_WORDS.get(unit.image, "not looked at"),
        draft=STATUS_WORDS.get(unit.draft) or _SILENCE.get(report.draft.status, "not read"),
        kind=kind,
        words=words,
    )


def _verdict(report: AuditReport, unit: Unit) -> tuple[str, str]:
    """The verdict as people should read it: who says both agrees with nothing, and what the film leaves open is not agreed."""
    if unit.verdict is Verdict.SUPPORTED and _disputed(report, unit):
        return "contradictory", "asserted and denied"
    agreed_or_alone = unit.verdict in (Verdict.SUPPORTED, Verdict.FILM_ONLY)
    shown = Verdict.POSSIBLE if agreed_or_alone and unit.image is Status.UNCERTAIN else unit.verdict
    return shown.value, _VERDICT_WORDS[shown]


def _disputed(report: AuditReport, unit: Unit) -> bool:
    flags = [flag for flag in report.flags if flag.kind is FlagKind.CONTRADICTORY and flag.finding is unit.finding]
    return any(not flag.sides or not unit.sides or set(flag.sides) & set(unit.sides) for flag in flags)
