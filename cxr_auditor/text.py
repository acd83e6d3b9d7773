"""A report in plain words for a terminal."""

from .findings import Finding, Status, sides_phrase
from .schema import AuditReport, DraftStatus, Flag, FlagKind, Outcome

OUTCOME_SENTENCE = {
    Outcome.AGREEMENT: "Film and draft agree on what was checked.",
    Outcome.REVIEW: "Film and draft disagree.",
    Outcome.URGENT_REVIEW: "Urgent: look at this film again now.",
    Outcome.NO_DRAFT: "No draft was given: these are the film's findings alone.",
    Outcome.NOT_AUDITED: "Not audited.",
}

_CARD_ORDER = (FlagKind.MISSING, FlagKind.WRONG_SIDE, FlagKind.UNSUPPORTED, FlagKind.CONTRADICTORY)


def flags_for_reading(report: AuditReport) -> list[Flag]:
    """The flags in the order in which a person should meet them: urgent ones first, then by kind."""
    return sorted(report.flags, key=lambda flag: (not flag.urgent, _CARD_ORDER.index(flag.kind), flag.finding.rank))


def report_text(report: AuditReport) -> str:
    """The report as lines of text, most urgent first."""
    lines = [f"{report.outcome.value.upper()}: {headline(report)}"]
    lines += [message for message in (report.reading.message, report.draft.message) if message]
    for flag in flags_for_reading(report):
        quotes = "".join(f' "{span.text}"' for span in flag.spans)
        lines.append(f"{'URGENT ' if flag.urgent else ''}{flag.kind}: {flag.message}{quotes}")
    shown = {flag.finding for flag in report.flags}
    for finding in report.audit.urgent_review_flags:
        if finding not in shown:
            lines.append(f"URGENT: {finding.display} is on the film.")
    if report.outcome is Outcome.NO_DRAFT or report.outcome is Outcome.NOT_AUDITED:
        for f in report.reading.findings:
            if f.status is not Status.ABSENT:
                side = sides_phrase(f.sides)
                lines.append(f"Film: {f.finding.display}{f' ({side})' if side else ''}, {f.status}")
    lines += [f"Note: {note.message}" for note in report.notes]
    lines += [f"Reader's note: {note}" for note in report.reading.notes]
    lines += [f"Parser's note: {note}" for note in report.draft.notes]
    undecided = left_open(report)
    if undecided:
        lines.append(f"Neither shown nor ruled out by this reader: {', '.join(undecided)}.")
    unseen = not_looked_at(report)
    if unseen:
        lines.append(f"Not checked by this reader: {', '.join(unseen)}.")
    lines.append(f"Film read by {_named(report.reading.reader, report.reading.revision)}.")
    if report.draft.status is not DraftStatus.NONE:
        lines.append(f"Draft parsed by {_named(report.draft.parser, report.draft.revision)}.")
    lines.append(report.disclaimer)
    return "\n".join(lines) + "\n"


def _named(name: str, revision: str) -> str:
    return f"{name} ({revision})" if revision else name


def left_open(report: AuditReport) -> list[str]:
    """Display names of the findings that the reader could see but neither showed nor ruled out."""
    undecided = (Status.UNCERTAIN, None)
    wanted = {unit.finding for unit in report.units if unit.finding in report.reading.scope and unit.image in undecided}
    return [finding.display for finding in Finding if finding in wanted]


def headline(report: AuditReport) -> str:
    """The outcome in one sentence. A reader that left something open agreed with nothing there."""
    if report.outcome is Outcome.AGREEMENT and left_open(report):
        return "No disagreement found, but the reader left findings open."
    return OUTCOME_SENTENCE[report.outcome]


def not_looked_at(report: AuditReport) -> list[str]:
    """Display names of the findings outside the reader's scope."""
    return [finding.display for finding in Finding if finding not in report.reading.scope] if report.reading.usable else []
