"""Class maps -> statements: the zone of a probability, and boxes on the film.

A map holds one logit per cell of a grid over the whole film. Sided findings are looked at in each half of the chest by itself, so that
every box lies in one half and its side is certain.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from ..findings import Finding, Status
from ..geometry import MIDLINE, Box
from ..schema import ImageFinding

_FINE = 64  # cells per side of the grid on which regions are cut out
_SHARPNESS = 4.0  # of the log-mean-exp that pools a map into its logit; the network's own


@dataclass(frozen=True, eq=False)
class BoxRule:
    """How a map becomes a box.

    `mean`, `spread` (h, w): the map's cells on normal films. `place` (n, n): logarithm of how often the finding lies in a cell. The
    evidence of a cell is `trust` x its distance from normal, in spreads, + its place. A region is what lies above `fraction` of the
    way from the evidence's median to the peak. `height`, `width`: the usual size of such a box, in shares of the film; `pull`: 0 keeps
    the region's own size, 1 takes the usual one.
    """

    mean: np.ndarray
    spread: np.ndarray
    place: np.ndarray
    trust: float
    fraction: float
    height: float
    width: float
    pull: float

    def evidence(self, cells: np.ndarray) -> np.ndarray:
        """Map (h, w) -> evidence on the fine grid (64, 64)."""
        return self.trust * on_fine_grid((cells - self.mean) / self.spread) + on_fine_grid(self.place)


@dataclass(frozen=True)
class FindingRule:
    """What turns one finding's logit and map into statements. Probability = sigmoid(slope x logit + offset).

    At or above `present` the finding is present, below `absent` it is absent, between them uncertain. `box` is None for `no_finding`.
    """

    slope: float
    offset: float
    present: float
    absent: float
    box: BoxRule | None

    def probability(self, logit: float) -> float:
        value = self.slope * logit + self.offset
        return 1 / (1 + math.exp(-value)) if value >= 0 else math.exp(value) / (1 + math.exp(value))

    def zone(self, probability: float) -> Status:
        """
        >>> rule = FindingRule(1, 0, present=0.8, absent=0.1, box=None)
        >>> [rule.zone(p).value for p in (0.05, 0.1, 0.79, 0.8)]
        ['absent', 'uncertain', 'uncertain', 'present']
        """
        if probability >= self.present:
            return Status.PRESENT
        return Status.ABSENT if probability < self.absent else Status.UNCERTAIN


def statements(finding: Finding, logit: float, cells: np.ndarray, rule: FindingRule) -> list[ImageFinding]:
    """What the reading says of one finding: absent without a box, or a statement per half of the chest that shows it.

    `cells` is the map (h, w), the image's left at column 0. The half with the peak of the evidence takes the film's own status; the
    other half is judged by how far its own logit lies from the whole map's, and left out where that says absent.
    """
    probability = rule.probability(logit)
    status = rule.zone(probability)
    if status is Status.ABSENT:
        return [ImageFinding(finding=finding, status=status, score=probability)]
    evidence, fine = rule.box.evidence(cells), on_fine_grid(cells)
    leading, *others = parts_of(finding, evidence)
    said = [ImageFinding(finding=finding, status=status, score=probability, box=region_box(evidence, rule.box, leading))]
    for columns in others:
        own = min(rule.probability(logit + pooled(fine[:, columns]) - pooled(fine)), probability)
        if rule.zone(own) is not Status.ABSENT:
            said.append(ImageFinding(finding=finding, status=rule.zone(own), score=own, box=region_box(evidence, rule.box, columns)))
    return said


def on_fine_grid(cells: np.ndarray) -> np.ndarray:
    """A map on the 64 x 64 grid, linear between the cells' centres."""
    return cv2.resize(np.asarray(cells, np.float32), (_FINE, _FINE), interpolation=cv2.INTER_LINEAR)


def pooled(cells: np.ndarray) -> float:
    """Log-mean-exp of a map or a part of it: its logit."""
    scaled = np.asarray(cells, np.float64) * _SHARPNESS
    peak = scaled.max()
    return float((peak + np.log(np.exp(scaled - peak).mean())) / _SHARPNESS)


def parts_of(finding: Finding, evidence: np.ndarray) -> list[slice]:
    """The columns that are looked at by themselves: both halves of the chest, the one with the peak first; all for the heart."""
    if not finding.has_sides:
        return [slice(None)]
    middle = int(evidence.shape[1] * MIDLINE)
    halves = [slice(0, middle), slice(middle, evidence.shape[1])]
    return sorted(halves, key=lambda columns: -evidence[:, columns].max())


def peak_of(evidence: np.ndarray) -> tuple[float, float]:
    """(y, x) of the strongest cell's centre, in shares of the film."""
    y, x = np.unravel_index(int(evidence.argmax()), evidence.shape)
    return (float(y) + 0.5) / evidence.shape[0], (float(x) + 0.5) / evidence.shape[1]


def region_box(evidence: np.ndarray, rule: BoxRule, columns: slice = slice(None)) -> Box:
    """Box around the region of the strongest cell within `columns`, never leaving those columns."""
    part = evidence[:, columns]
    y, x = np.unravel_index(int(part.argmax()), part.shape)
    floor = min(float(np.median(evidence)), float(part[y, x]))
    above = (part >= floor + rule.fraction * (part[y, x] - floor)).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(above, connectivity=4)
    left, top, width, height, _ = stats[labels[y, x]]
    first = columns.indices(evidence.shape[1])[0]
    frame = (first / _FINE, (first + part.shape[1]) / _FINE)
    return _pulled((top + height / 2) / _FINE, (first + left + width / 2) / _FINE, height / _FINE, width / _FINE, rule, frame)


def _pulled(y: float, x: float, height: float, width: float, rule: BoxRule, frame: tuple[float, float]) -> Box:
    height += rule.pull * (rule.height - height)
    width += rule.pull * (rule.width - width)
    low, high = frame
    return Box(max(y - height / 2, 0.0), max(x - width / 2, low), min(y + height / 2, 1.0), min(x + width / 2, high))
