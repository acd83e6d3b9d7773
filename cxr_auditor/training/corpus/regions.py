"""The boxes on one film -> what is taught: one box for a place, the more specific label for a region, three decimals."""

from collections import Counter
from collections.abc import Collection
from math import ceil, floor

from ...evaluation.datasets import LabelledFilm
from ...findings import Finding
from ...geometry import Box, intersection, iou
from ...readers.medgemma import MOST_FINDINGS
from ...schema import ImageFinding
from ...second_reader import weighted_boxes_fusion

DECIMALS = 3
SAME_REGION = 0.6  # IoU from which two labels name one region
INSIDE = 0.9  # share of the smaller box that lies in the larger
MUCH_SMALLER = 0.04  # share of the larger box's area, a fifth of its height and width, below which a box is a thing of its own

SPECIFIC_FIRST = (
    Finding.PNEUMOTHORAX,
    Finding.NODULE_MASS,
    Finding.PLEURAL_EFFUSION,
    Finding.CARDIOMEGALY,
    Finding.LUNG_OPACITY_CONSOLIDATION,
)

"""Of two labels for one place, the one that says more comes first."""

NAMED_BY = {Finding.LUNG_OPACITY_CONSOLIDATION: frozenset({Finding.NODULE_MASS, Finding.PLEURAL_EFFUSION})}
"""Labels that only say that something is there, and those that say what it is: one box inside the other is then one region.

An opacity is a density; a nodule and an effusion are densities with a name. Air is none, and the heart's outline names nothing behind it.
"""


def regions(film: LabelledFilm, without: Collection[str], tally: Counter) -> tuple[ImageFinding, ...]:
    """The film's present findings in canonical order, with boxes of three decimals; a finding without a box once, without one.

    `without`: sources whose boxes are not used. `tally` counts what became of the boxes.
    """
    fused = _fused(film, without, tally)
    kept = _specific(fused)
    tally["boxes left to a more specific label"] += len(fused) - len(kept)
    boxed = {finding for finding, _ in fused}
    found = [ImageFinding(finding=finding, box=rounded(box)) for finding, box in kept]
    found += [ImageFinding(finding=finding) for finding in film.present if finding not in boxed]
    found = list(dict.fromkeys(found))
    taught = _capped(found)
    tally["boxes beyond the longest served reply"] += len(found) - len(taught)
    tally["boxes taught"] += sum(one.box is not None for one in taught)
    return tuple(sorted(taught, key=lambda one: one.order))


def _fused(film: LabelledFilm, without, tally) -> list[tuple[Finding, Box]]:
    """Boxes of one finding that mean one place become one, weighted by the readers behind each; whoever drew them."""
    usable = [marked for marked in film.boxes if marked.source not in without and film.labels.get(marked.finding)]
    tally["boxes read"] += len(film.boxes)
    tally["boxes of sources left out"] += sum(marked.source in without for marked in film.boxes)
    fused = []
    for finding in film.present:
        own = [marked for marked in usable if marked.finding is finding]
        named = [(str(number), marked.box) for number, marked in enumerate(own)]  # a name each: one source may mark a place twice
        fused += [(finding, cluster.box) for cluster in weighted_boxes_fusion(named, [float(marked.votes) for marked in own])]
    tally["boxes fused with another"] += len(usable) - len(fused)
    return fused


def _specific(boxes: list[tuple[Finding, Box]]) -> list[tuple[Finding, Box]]:
    """Leaves out a box whose region has a more specific label."""
    kept: list[tuple[Finding, Box]] = []
    for finding, box in sorted(boxes, key=lambda pair: (SPECIFIC_FIRST.index(pair[0]), pair[1])):
        if not any(_yields(finding, box, other, place) for other, place in kept):
            kept.append((finding, box))
    return kept


def _yields(finding: Finding, box: Box, specific: Finding, place: Box) -> bool:
    """Whether `finding` is only the vaguer name of what `specific` names.

    An urgent finding never is. One box inside the other counts for the labels of NAMED_BY alone (an effusion below a pneumothorax is a
    second disease), and not where one is much smaller: a small nodule in a consolidated lobe names itself, not the lobe.
    """
    if finding is specific or finding.urgent:
        return False
    if iou(box, place) >= SAME_REGION:
        return True
    smaller, larger = sorted((box.area, place.area))
    if specific not in NAMED_BY.get(finding, ()) or smaller <= MUCH_SMALLER * larger:
        return False
    return intersection(box, place) / smaller >= INSIDE


def rounded(box: Box) -> Box:
    """The box with three decimals and never without an extent.

    >>> rounded(Box(1 / 3, 0.25, 2 / 3, 0.2501)).as_list()
    [0.333, 0.25, 0.667, 0.251]
    """
    (y0, y1), (x0, x1) = _edges(box.y0, box.y1), _edges(box.x0, box.x1)
    return Box(y0, x0, y1, x1)


def _edges(low: float, high: float) -> tuple[float, float]:
    steps = 10**DECIMALS
    a, b = round(low * steps), round(high * steps)
    if a == b:
        a, b = floor(low * steps), ceil(high * steps)
    if a == b:
        a, b = (a, b + 1) if b < steps else (a - 1, b)
    return a / steps, b / steps


def _capped(found: list[ImageFinding]) -> list[ImageFinding]:
    """At most as many as the served reply may hold: the largest box of every finding, then the second largest, and so on."""
    if len(found) <= MOST_FINDINGS:
        return found
    turn: Counter[Finding] = Counter()
    turns = []
    for one in sorted(found, key=lambda one: (-one.box.area if one.box else 0, one.order)):
        turns.append((turn[one.finding], not one.finding.urgent, one.finding.rank, one))
        turn[one.finding] += 1
    return [one for *_, one in sorted(turns, key=lambda entry: entry[:3])[:MOST_FINDINGS]]
