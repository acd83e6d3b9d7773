"""Pure functions behind the card: AUROC and rates with intervals by patient, calibration error, zones, localisation."""

from collections.abc import Callable, Sequence

import numpy as np

from ...geometry import Box, iou

RESAMPLES = 500
SEED = 0
PLACES = {
    "peak_inside": "peak of the evidence inside a reference box",
    "centre_inside": "centre of the leading box inside a reference box",
    "side_right": "leading box on a side that has a reference box",
    "iou_03": "a box (one for each half of the chest) with IoU of at least 0.3",
    "iou_03_as_read": "the same among the boxes that the reading shows (none where it says absent)",
    "mean_iou": "mean of the best IoU",
}
"""Figures of localisation, each per film, and what they are called."""


def auroc(positive: np.ndarray, score: np.ndarray) -> float:
    """Area under the ROC curve, ties counted half; NaN where a class is missing.

    The share of (positive, negative) pairs in the right order: much faster than scikit-learn's, which the tests compare it with.
    """
    ups, downs = score[positive], np.sort(score[~positive])
    if not len(ups) or not len(downs):
        return float("nan")
    below = np.searchsorted(downs, ups, "left") + np.searchsorted(downs, ups, "right")
    return float(below.sum() / (2 * len(ups) * len(downs)))


def with_interval(statistic: Callable[[np.ndarray], float], patients: np.ndarray, resamples: int = RESAMPLES) -> dict[str, float]:
    """{"value", "low", "high"}: `statistic` of all films, and the middle 95 % of its values when patients are drawn with replacement.

    `statistic` takes indices of films; `patients` holds the patient of each film. NaN without films, or where it is undefined.
    """
    value = statistic(np.arange(len(patients))) if len(patients) else float("nan")
    if np.isnan(value):
        return dict.fromkeys(("value", "low", "high"), value)
    _, owner = np.unique(patients, return_inverse=True)
    films_of = np.split(np.argsort(owner, kind="stable"), np.cumsum(np.bincount(owner))[:-1])
    rng = np.random.default_rng(SEED)
    drawn = []
    for _ in range(resamples):
        picked = rng.integers(0, len(films_of), len(films_of))
        drawn.append(statistic(np.concatenate([films_of[k] for k in picked])))
    low, high = np.nanpercentile(drawn, (2.5, 97.5))
    return {"value": value, "low": float(low), "high": float(high)}


def calibration_error(positive: np.ndarray, probability: np.ndarray, bins: int = 10) -> float:
    """Expected calibration error over bins of equal size."""
    order = np.argsort(probability, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    return float(sum(abs(probability[p].mean() - positive[p].mean()) * len(p) for p in parts) / len(probability))


def zone_rates(positive: np.ndarray, zone: np.ndarray) -> dict[str, float]:
    """Shares of the negatives and of the positives in each zone; `zone` holds "present", "uncertain" or "absent" per film."""
    rates = {}
    for name, part in (("negatives", ~positive), ("positives", positive)):
        for level in ("present", "uncertain", "absent"):
            rates[f"{name}_{level}"] = float((zone[part] == level).mean()) if part.any() else float("nan")
    return rates


def peak_inside(peak: tuple[float, float], boxes: Sequence[Box]) -> bool:
    """Whether the point (y, x) lies in one of the boxes."""
    y, x = peak
    return any(box.y0 <= y <= box.y1 and box.x0 <= x <= box.x1 for box in boxes)


def best_iou(found: Sequence[Box], reference: Sequence[Box]) -> float:
    """The best overlap of any found box with any reference box of the same film; 0 where nothing was found."""
    return max((iou(a, b) for a in found for b in reference), default=0.0)
