"""Logits on validation films -> calibrated probabilities and the borders of the three zones.

A border holds for all validation films and for each resolution group that is large enough: the stricter one is taken.
"""

from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression

SPECIFICITY = 0.95  # of present
MISSED = 0.05  # share of the positives that may lie under the border of absent
_LEAST_NEGATIVES = 100  # films of a group before its own border counts
_LEAST_POSITIVES = 20


@dataclass(frozen=True)
class Calibration:
    """Probability = sigmoid(slope x logit + offset); present at or above `present`, absent below `absent`."""

    slope: float
    offset: float
    present: float
    absent: float

    def probability(self, logits: np.ndarray) -> np.ndarray:
        return 1 / (1 + np.exp(-(self.slope * logits + self.offset)))


def calibrate(logits: np.ndarray, positive: np.ndarray, groups: np.ndarray) -> Calibration:
    """`logits` (films,), `positive` bool (films,), `groups` the resolution group of each film. Both classes must occur."""
    fit = LogisticRegression(C=1e4).fit(logits[:, None], positive)
    slope, offset = float(fit.coef_[0, 0]), float(fit.intercept_[0])
    if slope <= 0:  # the network has not learned the label; what is left is how frequent it is
        slope, offset = 0.0, float(np.log(positive.mean() / (1 - positive.mean())))
    raw = Calibration(slope, offset, 1.0, 0.0)
    present, absent = borders(raw.probability(logits), positive, groups)
    return Calibration(slope, offset, present, absent)


def borders(probability: np.ndarray, positive: np.ndarray, groups: np.ndarray) -> tuple[float, float]:
    """The borders of present and absent.

    >>> p = np.linspace(0, 1, 101); positive = p > 0.5; groups = np.zeros(101)
    >>> present, absent = borders(p, positive, groups)
    >>> bool(np.mean(p[~positive] >= present) <= 0.05), bool(np.mean(p[positive] < absent) <= 0.05)
    (True, True)
    """
    parts = [np.ones(len(probability), bool), *(groups == group for group in np.unique(groups))]
    present = [_present(probability[part & ~positive]) for part in parts if (part & ~positive).sum() >= _LEAST_NEGATIVES]
    absent = [_absent(probability[part & positive]) for part in parts if (part & positive).sum() >= _LEAST_POSITIVES]
    absent_border = min(absent or [_absent(probability[positive])])
    return max([*(present or [_present(probability[~positive])]), absent_border]), absent_border


def _present(negatives: np.ndarray) -> float:
    """Just above the negative that is the last to be let through."""
    allowed = int(len(negatives) * (1 - SPECIFICITY) + 1e-9)
    return float(np.nextafter(np.sort(negatives)[len(negatives) - 1 - allowed], 1))


def _absent(positives: np.ndarray) -> float:
    """The lowest positive that must not be called absent."""
    return float(np.sort(positives)[int(len(positives) * MISSED + 1e-9)])
