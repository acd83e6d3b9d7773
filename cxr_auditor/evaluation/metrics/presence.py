"""Is a finding there? Figures over films, from labels, predictions and scores."""

import math
from dataclasses import dataclass

import numpy as np


def ratio(part: float, whole: float) -> float:
    """part / whole; NaN where there is nothing to divide by.

    >>> ratio(1, 4), ratio(0, 0)
    (0.25, nan)
    """
    return float(part / whole) if whole else math.nan


@dataclass(frozen=True)
class Presence:
    """Counts of a yes-or-no prediction; weighted films make them fractional."""

    tp: float
    fp: float
    fn: float
    tn: float

    @property
    def precision(self) -> float:
        return ratio(self.tp, self.tp + self.fp)

    @property
    def recall(self) -> float:
        return ratio(self.tp, self.tp + self.fn)

    @property
    def specificity(self) -> float:
        return ratio(self.tn, self.tn + self.fp)

    @property
    def f1(self) -> float:
        """2 TP / (2 TP + FP + FN): 0 for a finding that is present and never predicted, NaN where it is neither."""
        return ratio(2 * self.tp, 2 * self.tp + self.fp + self.fn)


def presence(truth, predicted, weights=None) -> Presence:
    """`truth`, `predicted`: booleans, (films,). `weights`: (films,), 1 each without them."""
    truth, predicted, weights = _aligned(truth, predicted, weights)
    truth, predicted = truth.astype(bool), predicted.astype(bool)
    return Presence(
        tp=float(weights[truth & predicted].sum()),
        fp=float(weights[~truth & predicted].sum()),
        fn=float(weights[truth & ~predicted].sum()),
        tn=float(weights[~truth & ~predicted].sum()),
    )


def macro(values) -> float:
    """Mean over findings; those where the figure is undefined are left out, NaN when it is undefined for all."""
    defined = [value for value in values if not math.isnan(value)]
    return ratio(sum(defined), len(defined))


class RankedScores:
    """Films in the order of their score, ordered once for any number of weightings.

    `truth`: booleans, (films,). `score`: real numbers, (films,). Weights: (films,).
    """

    def __init__(self, truth, score):
        truth, score, _ = _aligned(truth, score, None)
        if np.isnan(score.astype(float)).any():
            raise ValueError("score must hold no NaN")
        self._truth = truth.astype(bool)
        self._values, self._place = np.unique(score, return_inverse=True)

    def by_score(self, weights) -> tuple[np.ndarray, np.ndarray]:
        """(weight of films with the finding, weight of films without) for each distinct score, rising."""
        count = len(self._values)
        positive = np.bincount(self._place, weights=weights * self._truth, minlength=count)
        return positive, np.bincount(self._place, weights=weights * ~self._truth, minlength=count)

    def auroc(self, weights) -> float:
        positive, negative = self.by_score(weights)
        below = np.cumsum(negative) - negative
        return ratio(float((positive * (below + negative / 2)).sum()), float(positive.sum() * negative.sum()))

    def sensitivity_at_specificity(self, specificity: float, weights) -> tuple[float, float]:
        if not 0 <= specificity <= 1:
            raise ValueError(f"specificity must be in [0, 1], but got {specificity!r}")
        positive, negative = self.by_score(weights)
        if not negative.sum():
            return math.nan, math.nan
        reached = (np.cumsum(negative) - negative) / negative.sum()  # specificity when films from this score on are called positive
        good = np.flatnonzero(reached >= specificity - 1e-12)
        if not good.size:
            return ratio(0.0, float(positive.sum())), math.inf
        return ratio(float(positive[good[0] :].sum()), float(positive.sum())), float(self._values[good[0]])


def auroc(truth, score, weights=None) -> float:
    """Chance that a film with the finding scores above one without, ties counting half; NaN unless there are both.

    `truth`: booleans, (films,). `score`: any real numbers, (films,).

    >>> auroc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    0.75
    """
    truth, score, weights = _aligned(truth, score, weights)
    return RankedScores(truth, score).auroc(weights)


def sensitivity_at_specificity(truth, score, specificity: float, weights=None) -> tuple[float, float]:
    """(sensitivity, threshold) of the lowest threshold whose specificity is at least the one asked for.

    A film is called positive from the threshold on; infinity calls none. NaN sensitivity without positives, and NaN both without
    negatives.
    """
    truth, score, weights = _aligned(truth, score, weights)
    return RankedScores(truth, score).sensitivity_at_specificity(specificity, weights)


def roc_curve(truth, score) -> tuple[np.ndarray, np.ndarray]:
    """(1 - specificity, sensitivity) from (0, 0) to (1, 1), one point for each distinct score."""
    truth, score, weights = _aligned(truth, score, None)
    positive, negative = RankedScores(truth, score).by_score(weights)
    rising = [np.concatenate([[0.0], np.cumsum(part[::-1])]) / (part.sum() or math.nan) for part in (negative, positive)]
    return rising[0], rising[1]


@dataclass(frozen=True)
class Zones:
    """How a reader that says present, uncertain or absent errs.

    `false_present`: share of films without the finding called present. `false_absent`: share of films with it called absent.
    `uncertain`: share of all films left open.
    """

    false_present: float
    false_absent: float
    uncertain: float


def zones(truth, called, weights=None) -> Zones:
    """`truth`: booleans, (films,). `called`: 1 present, 0 uncertain or unknown, -1 absent, (films,)."""
    truth, called, weights = _aligned(truth, called, weights)
    truth = truth.astype(bool)
    with_it, without = float(weights[truth].sum()), float(weights[~truth].sum())
    return Zones(
        false_present=ratio(float(weights[~truth & (called > 0)].sum()), without),
        false_absent=ratio(float(weights[truth & (called < 0)].sum()), with_it),
        uncertain=ratio(float(weights[called == 0].sum()), float(weights.sum())),
    )


def reliability(truth, probability, bins: int = 10, weights=None) -> list[tuple[float, float, float]]:
    """(mean probability, share with the finding, films) for each of the equally wide bins that is not empty."""
    truth, probability, weights = _aligned(truth, probability, weights)
    if probability.size and (probability.min() < 0 or probability.max() > 1):
        raise ValueError("probability must be in [0, 1]")
    place = np.minimum((probability * bins).astype(int), bins - 1)
    films, predicted, observed = (np.bincount(place, weights * part, minlength=bins) for part in (1, probability, truth))
    return [(float(predicted[i] / films[i]), float(observed[i] / films[i]), float(films[i])) for i in np.flatnonzero(films)]


def calibration_error(truth, probability, bins: int = 10, weights=None) -> float:
    """Expected calibration error: mean distance of probability and share over the bins of `reliability`, by their films."""
    rows = reliability(truth, probability, bins, weights)
    return ratio(sum(abs(mean - share) * n for mean, share, n in rows), sum(n for *_, n in rows))


def _aligned(truth, other, weights):
    truth, other = np.asarray(truth), np.asarray(other)
    weights = np.ones(len(truth)) if weights is None else np.asarray(weights, dtype=float)
    if not truth.shape == other.shape == weights.shape or truth.ndim != 1:
        raise ValueError(f"truth, predictions and weights must be of one length, but got {truth.shape}, {other.shape}, {weights.shape}")
    return truth, other, weights
