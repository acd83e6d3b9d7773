"""Several readers of one film -> one truth, by a stated rule."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

from ...findings import NO_FINDING, Finding
from ...geometry import Box, iou
from .record import LabelledBox


class Votes(StrEnum):
    """How many of a film's readers must see a finding.

    any: one is enough, and a film is normal only when all call it so. majority: more than half. all: every one, or it is absent only
    when nobody saw it; what they disagree about is left unknown.
    """

    ANY = "any"
    MAJORITY = "majority"
    ALL = "all"

    def decide(self, seen: int, readers: int) -> bool | None:
        """Present, absent, or None (not known)."""
        if self is Votes.ANY:
            return seen > 0
        if self is Votes.MAJORITY:
            return 2 * seen > readers
        return True if seen == readers else False if seen == 0 else None


@dataclass(frozen=True)
class Mark:
    """One reader's mark on a film. `target` as in `mapping`: a finding, NO_FINDING, or None outside the vocabulary."""

    reader: str
    target: Finding | str | None
    box: Box | None = None


SAME_PLACE = 0.5  # IoU from which two readers' boxes mean the same place


def decide_film(marks: Iterable[Mark], votes: Votes) -> tuple[dict[Finding, bool], bool | None, dict[Finding, tuple[int, int]]]:
    """(labels, normal, votes per finding). Every reader who leaves a mark, "no finding" among them, counts as having looked."""
    by_reader: dict[str, set] = {}
    for mark in marks:
        by_reader.setdefault(mark.reader, set()).add(mark.target)
    readers = len(by_reader)
    tally = {finding: (sum(finding in seen for seen in by_reader.values()), readers) for finding in Finding}
    decided = {finding: votes.decide(*count) for finding, count in tally.items()}
    labels = {finding: label for finding, label in decided.items() if label is not None}
    calm = sum(seen == {NO_FINDING} for seen in by_reader.values())
    normal = calm == readers if votes is Votes.ANY else votes.decide(calm, readers)  # any: one who sees something is enough against it
    return labels, normal, tally


def merge_boxes(marks: Iterable[Mark], labels: Mapping[Finding, bool], votes: Votes, readers: int, source: str) -> tuple[LabelledBox, ...]:
    """Boxes of the findings that passed the vote: one for each place that enough readers marked, at the median of their corners.

    Readers mark the same place when each pair of their boxes overlaps with an IoU of at least SAME_PLACE. A finding that passed while
    its readers disagree about the place keeps its label and gets no box.
    """
    merged = []
    for finding in Finding:
        if not labels.get(finding):
            continue
        own = [mark for mark in marks if mark.target is finding and mark.box is not None]
        for place in _places(own):
            if votes.decide(len(place), readers):
                corners = zip(*(mark.box.as_list() for mark in place), strict=True)
                merged.append(LabelledBox(finding, Box(*(median(values) for values in corners)), source, len(place), readers))
    return tuple(merged)


def _places(marks: list[Mark]) -> list[list[Mark]]:
    """Groups of mutually overlapping boxes, each of different readers; the closest pairs are joined first."""
    groups = [[mark] for mark in marks]
    while True:
        best = max(
            ((_closeness(a, b), -i, -j) for i, a in enumerate(groups) for j, b in enumerate(groups[:i])),
            default=(0.0, 0, 0),
        )
        if best[0] < SAME_PLACE:
            return groups
        i, j = -best[1], -best[2]
        groups[j] = groups[j] + groups.pop(i)


def _closeness(a: list[Mark], b: list[Mark]) -> float:
    if {mark.reader for mark in a} & {mark.reader for mark in b}:
        return 0.0
    return min(iou(x.box, y.box) for x in a for y in b)
