"""What the truth about a case's film must say, beyond what its record already demands; and what it says, in words."""

from ..findings import Finding, Side, Status
from ..items import title
from ..reading_data import EntryData, side_problem
from ..schema import ImageReading


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


def ruled_out(truth: ImageReading) -> tuple[Finding, ...]:
    """The findings that are known to be nowhere on the film, in the order of the vocabulary. All five: the film is normal."""
    return tuple(finding for finding in Finding if finding in truth.scope and truth.usable and _ruled_out(truth, finding))


def _ruled_out(truth: ImageReading, finding: Finding) -> bool:
    entries = [found for found in truth.findings if found.finding is finding]
    if any(found.status is not Status.ABSENT for found in entries):
        return False
    denied = {side for found in entries for side in found.sides or Side}
    return truth.silence_means_absent or denied == set(Side)


def truth_words(truth: ImageReading) -> str:
    """What the truth says of a film, in a line; of what it leaves out, that it is not known.

    >>> truth_words(ImageReading(reader="truth", scope=(Finding.PNEUMOTHORAX,)))
    'no pneumothorax; the others are not known'
    """
    places: dict[tuple[Finding, Status], set[Side]] = {}
    for found in truth.findings:
        if found.status is not Status.ABSENT:
            places.setdefault((found.finding, found.status), set()).update(found.sides)
    words = [title(finding, sides) + " (possible)" * (status is Status.UNCERTAIN) for (finding, status), sides in places.items()]
    absent = ruled_out(truth)
    if len({finding for finding, _ in places} | set(absent)) == len(Finding):
        return "; ".join(words) or "none of the five findings"
    words += [f"no {finding.display.lower()}" for finding in absent]
    return "; ".join([*words, "the others are not known"]) if words else "not known"
