"""What the truth about a case's film must say, beyond what its record already demands."""

from ..findings import Status
from ..reading_data import EntryData, side_problem


def entry_problem(entry: EntryData) -> tuple[str, str] | None:
    """(field, what is wrong) for a finding (never `no_finding`) that can't be taught with; None for a good one.

    A finding that the film shows needs a place: a box with an area or, where it has sides, at least a side. The heart needs none.
    """
    if entry.box is not None and entry.box.area == 0:
        return "box", "must have an area"
    disagrees = side_problem(entry)
    if disagrees:
        return "sides", disagrees
    if entry.status is not Status.ABSENT and entry.finding.has_sides and entry.box is None and not entry.sides:
        return "box", f"{entry.finding.value} must have a box, or at least a side"
    return None
