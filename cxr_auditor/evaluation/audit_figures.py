"""Figures of audited drafts: how many mistakes are caught, how many alarms are false, and whose fault the rest is."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from ..findings import Finding
from ..schema import FlagKind, NoteKind, Outcome
from .auditing import Audited, folded, intended_reading, is_about
from .injection import ErrorType
from .metrics import Estimate, bootstrap
from .metrics.presence import ratio

FAITHFUL = "faithful"
NOTHING = "nothing"
FLAGS = "flags per faithful draft"
"""Of figures that are no share: a draft may get several."""


def audit_estimates(
    audited: Sequence[Audited], *, seed: int, resamples: int, progress: Callable[[Iterable[int]], Iterable[int]] = iter
) -> dict[str, Estimate]:
    """Named figures with intervals.

    "sensitivity TYPE": mistakes of a type that were caught; "sensitivity TYPE, as meant": had the draft been read as it was meant.
    "precision": flags on drafts with a mistake that are about it. "precision KIND": flags of a kind, on all drafts, about a mistake.
    "flags per faithful draft": false flags. "urgent recall": mistakes about urgent findings, that a flag is due for, flagged as urgent.
    "not audited": drafts without a usable reading of film or draft. "misread": drafts of which the parser read a finding otherwise.
    """
    counts: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    for error in ErrorType:
        made = _each(audited, lambda a, error=error: sum(e.error is error for e in a.draft.errors))
        counts[f"sensitivity {error}"] = _each(audited, lambda a, error=error: sum(a.caught(e) for e in _of(a, error))), made
        counts[f"sensitivity {error}, as meant"] = (
            _each(audited, lambda a, error=error: sum(a.caught(e) or a.missed_by_parser(e) for e in _of(a, error))),
            made,
        )
    counts["precision"] = (
        _each(audited, lambda a: sum(a.expected(f) for f in a.flags) if a.flawed else 0),
        _each(audited, lambda a: len(a.flags) if a.flawed else 0),
    )
    for kind in FlagKind:
        counts[f"precision {kind}"] = (
            _each(audited, lambda a, kind=kind: sum(f.kind is kind and a.expected(f) for f in a.flags)),
            _each(audited, lambda a, kind=kind: sum(f.kind is kind for f in a.flags)),
        )
    faithful = _each(audited, lambda a: not a.flawed)
    counts[FLAGS] = _each(audited, lambda a: len(a.flags) if not a.flawed else 0), faithful
    counts[f"{FLAGS}, as meant"] = _each(audited, lambda a: len(a.intended_flags) if not a.flawed else 0), faithful
    counts["urgent recall"] = (
        _each(audited, lambda a: sum(_flagged_urgent(a, e) for e in a.draft.errors)),
        _each(audited, lambda a: sum(e.urgent for e in a.draft.errors)),
    )
    everyone = np.ones(len(audited))
    counts["not audited"] = _each(audited, lambda a: a.outcome is Outcome.NOT_AUDITED), everyone
    counts["misread"] = _each(audited, lambda a: bool(a.misread)), everyone
    n = {name: int(whole.sum()) if name.startswith(FLAGS) else whole for name, (_, whole) in counts.items()}
    patients = [a.draft.truth.patient_id for a in audited]
    return bootstrap(lambda weights: _ratios(counts, weights), patients, n, seed=seed, resamples=resamples, progress=progress)


def _ratios(counts: dict[str, tuple[np.ndarray, np.ndarray]], weights: np.ndarray) -> dict[str, float]:
    return {name: ratio(float((part * weights).sum()), float((whole * weights).sum())) for name, (part, whole) in counts.items()}


def _each(audited, count) -> np.ndarray:
    return np.array([count(a) for a in audited], dtype=float)


def _of(audited: Audited, error: ErrorType):
    return [e for e in audited.draft.errors if e.error is error]


def _flagged_urgent(audited: Audited, error) -> bool:
    return error.urgent and any(f.urgent and is_about(f, error) for f in audited.flags)


def confusion(audited: Sequence[Audited]) -> dict[str, dict[str, int]]:
    """For each type of mistake (and for faithful drafts) how often each kind of flag or note was raised about the finding concerned.

    A faithful draft counts every flag it got; NOTHING counts drafts about whose finding nothing was raised.
    """
    table: dict[str, Counter] = {name: Counter() for name in (*ErrorType, FAITHFUL)}
    for a in audited:
        if not a.flawed:
            table[FAITHFUL].update([flag.kind.value for flag in a.flags] or [NOTHING])
        for error in a.draft.errors:
            raised = {f.kind.value for f in a.flags if f.finding is error.finding}
            raised |= {n.kind.value for n in a.notes if n.finding is error.finding and n.kind is NoteKind.HEDGED}
            table[error.error].update(raised or [NOTHING])
    columns = (*(kind.value for kind in FlagKind), NoteKind.HEDGED.value, NOTHING)
    return {str(name): {column: row[column] for column in columns} for name, row in table.items()}


def parser_share(audited: Sequence[Audited]) -> dict[str, dict[str, float]]:
    """Of what went wrong, how much the parser did: mistakes not caught and false flags that would not be, had it read what was meant."""
    missed = [(a, e) for a in audited for e in a.draft.errors if not a.caught(e)]
    false = [(a, f) for a in audited for f in a.flags if not a.expected(f)]
    return {
        "mistakes not caught": _share(len(missed), sum(a.missed_by_parser(e) for a, e in missed)),
        "false flags": _share(len(false), sum(a.by_parser(f) for a, f in false)),
    }


def _share(number: int, by_parser: int) -> dict[str, float]:
    return {"n": number, "by_parser": by_parser, "share": ratio(by_parser, number)}


def by_finding(audited: Sequence[Audited]) -> dict[str, dict[str, float]]:
    """For each finding: mistakes about it, those caught, and flags about it that no mistake explains."""
    table = {}
    for finding in Finding:
        made = [(a, e) for a in audited for e in a.draft.errors if e.finding is finding]
        false = sum(f.finding is finding and not a.expected(f) for a in audited for f in a.flags)
        table[finding.value] = {"mistakes": len(made), "caught": sum(a.caught(e) for a, e in made), "false flags": false}
    return table


def by_style(audited: Sequence[Audited]) -> dict[str, dict[str, float]]:
    """For each style of writing: drafts, share misread, sensitivity over all types, flags per faithful draft."""
    table = {}
    for style in sorted({a.draft.style for a in audited}):
        own = [a for a in audited if a.draft.style is style]
        errors = [(a, e) for a in own for e in a.draft.errors]
        faithful = [a for a in own if not a.flawed]
        table[str(style)] = {
            "drafts": len(own),
            "misread": ratio(sum(bool(a.misread) for a in own), len(own)),
            "sensitivity": ratio(sum(a.caught(e) for a, e in errors), len(errors)),
            FLAGS: ratio(sum(len(a.flags) for a in faithful), len(faithful)),
        }
    return table


def parser_errors(audited: Sequence[Audited]) -> list[dict]:
    """Drafts that the parser read otherwise than they were meant, with what was meant and what was read of the findings concerned."""
    rows = []
    for a in audited:
        if a.misread:
            missed = [e.error for e in a.draft.errors if a.missed_by_parser(e)]
            false = [f"false {f.kind}" for f in a.flags if not a.expected(f) and a.by_parser(f)]
            row = {"id": a.draft.draft_id, "style": a.draft.style, "draft": a.draft.text, "harm": missed + false}
            rows.append(row | {"misread": [_misread(a, finding) for finding in a.misread]})
    return rows


def _misread(audited: Audited, finding) -> dict:
    meant, read = folded(intended_reading(audited.draft), finding), folded(audited.parsed, finding)
    return {"finding": finding, "meant": _told(meant), "read": _told(read), "spans": _spans(audited, finding)}


def _told(status_and_sides) -> list:
    status, sides = status_and_sides
    return [status, list(sides)]


def _spans(audited: Audited, finding) -> list:
    return [[m.status, list(m.sides), m.span] for m in audited.parsed.mentions(finding)]
