"""Which films stay, so that common findings and normal films do not drown the rare ones. Urgent films always stay."""

from collections import Counter

from ...findings import NO_FINDING, URGENT, Finding
from .settings import Settings
from .spool import Spool
from .target import Reason

_OPEN = "listed = 0"  # films of a fixed test set are no matter of balance
_URGENT = " OR ".join(sorted(f.value for f in URGENT))


def balance(spool: Spool, settings: Settings) -> None:
    """Leaves out surplus films by a seeded draw: first of common findings, then normal ones."""
    if settings.most:
        _limit_findings(spool, settings.most)
    _limit_normals(spool, settings.normals)


def _limit_findings(spool: Spool, most: int) -> None:
    """Takes urgent films first, then each that shows a finding of which there are not `most` films yet."""
    taken: Counter[Finding] = Counter()
    for film in spool.films(f"{_OPEN} AND NOT {NO_FINDING}", order=f"({_URGENT}) DESC, draw"):
        shown = {one.finding for one in film.findings}
        if shown & URGENT or any(taken[finding] < most for finding in shown):
            taken.update(shown)
        else:
            spool.leave_out(Reason.MOST, "number = ?", (film.number,))


def _limit_normals(spool: Spool, ratio: float) -> None:
    counts = spool.counts(f"reason IS NULL AND {_OPEN}")
    wanted = round(ratio * (counts["films"] - counts[NO_FINDING]))
    surplus = f"SELECT number FROM films WHERE reason IS NULL AND {_OPEN} AND {NO_FINDING} ORDER BY draw, number LIMIT -1 OFFSET ?"
    spool.leave_out(Reason.NORMALS, f"number IN ({surplus})", (wanted,))
