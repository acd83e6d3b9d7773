"""What a revision of the draft changed: which flags it resolved, which remain, which are new. Pure."""

from dataclasses import dataclass

from ...schema import AuditReport, DraftStatus, Flag


@dataclass(frozen=True)
class Changes:
    """`resolved`: flags of the report before that no longer stand. `remaining` and `new`: indices into the flags of the report after."""

    resolved: tuple[Flag, ...]
    remaining: tuple[Flag, ...]
    new: tuple[Flag, ...]


def comparable(before: AuditReport | None, after: AuditReport) -> bool:
    """Whether both reports audited a draft against the same reading of the same film."""
    return (
        before is not None
        and before.provenance.image_sha256 == after.provenance.image_sha256
        and before.reading == after.reading
        and before.reading.usable
        and before.draft.status is DraftStatus.OK
        and after.draft.status is DraftStatus.OK
    )


def changes(before: AuditReport, after: AuditReport) -> Changes:
    """Compares the flags of two comparable reports.

    A flag remains where the same kind of flag stands for the same finding and a side in common, so a flag that now concerns
    one side instead of both remains; the rest of the flags before are resolved, the rest after are new.
    """
    open_before = list(before.flags)
    remaining, new = [], []
    for flag in sorted(after.flags, key=lambda f: not any(_identical(f, b) for b in before.flags)):
        match = next((b for b in open_before if _identical(flag, b)), None) or next((b for b in open_before if _same(flag, b)), None)
        if match is None:
            new.append(flag)
        else:
            open_before.remove(match)
            remaining.append(flag)
    return Changes(resolved=tuple(open_before), remaining=_in_order(remaining, after), new=_in_order(new, after))


def _identical(a: Flag, b: Flag) -> bool:
    return (a.kind, a.finding, a.sides) == (b.kind, b.finding, b.sides)


def _same(a: Flag, b: Flag) -> bool:
    return (a.kind, a.finding) == (b.kind, b.finding) and (not a.sides or not b.sides or bool(set(a.sides) & set(b.sides)))


def _in_order(flags: list[Flag], report: AuditReport) -> tuple[Flag, ...]:
    return tuple(flag for flag in report.flags if flag in flags)
