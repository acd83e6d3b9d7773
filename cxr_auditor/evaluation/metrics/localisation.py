"""Where is a finding? A predicted box is only ever compared with the boxes of its own film.

All figures are of one finding. A film enters with its true boxes (none where the finding is absent) and its predicted ones.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...geometry import Box, iou
from .presence import ratio

THRESHOLDS = (0.3, 0.5)
ANY_OVERLAP = 1e-9


@dataclass(frozen=True)
class FilmBoxes:
    """One film's boxes of one finding. `scores`: one for each predicted box; without them all count alike."""

    truth: tuple[Box, ...] = ()
    predicted: tuple[Box, ...] = ()
    scores: tuple[float, ...] = ()

    def __post_init__(self):
        if not self.scores:
            object.__setattr__(self, "scores", (1.0,) * len(self.predicted))
        if len(self.scores) != len(self.predicted):
            raise ValueError(f"scores must be one for each predicted box, but got {len(self.scores)} for {len(self.predicted)}")


def match_boxes(predicted: Sequence[Box], truth: Sequence[Box], threshold: float) -> list[tuple[int, int, float]]:
    """(predicted, true, IoU) pairs, one to one, the best overlap first; ties go to the lower places. `threshold` is inclusive."""
    every = ((iou(p, t), i, j) for i, p in enumerate(predicted) for j, t in enumerate(truth))
    pairs = [pair for pair in every if pair[0] >= threshold]
    matched, used_p, used_t = [], set(), set()
    for overlap, i, j in sorted(pairs, key=lambda pair: (-pair[0], pair[1], pair[2])):
        if i not in used_p and j not in used_t:
            matched.append((i, j, overlap))
            used_p.add(i)
            used_t.add(j)
    return matched


def localise(films: Sequence[FilmBoxes], thresholds: Sequence[float] = THRESHOLDS) -> dict[str, np.ndarray]:
    """Counts per film, (films,), from which `localisation_figures` makes figures for any weights of the films.

    "true", "predicted": boxes. "tp@t": matched pairs at IoU t. "iou": sum of the matched pairs' IoU at any overlap.
    "hit": 1 when the centre of the highest-scoring predicted box lies in a true box. "film@t": 1 when any pair reaches t.
    """
    counts: dict[str, list[float]] = {"true": [], "predicted": [], "iou": [], "hit": []}
    counts |= {f"{what}@{t}": [] for what in ("tp", "film") for t in thresholds}
    for film in films:
        matched = [overlap for *_, overlap in match_boxes(film.predicted, film.truth, ANY_OVERLAP)]
        counts["true"].append(len(film.truth))
        counts["predicted"].append(len(film.predicted))
        counts["iou"].append(sum(matched))
        counts["hit"].append(float(points_inside(_peak(film), film.truth)))
        for t in thresholds:  # the best overlap is matched first, so a higher threshold takes the first of the same pairs
            found = sum(overlap >= t for overlap in matched)
            counts[f"tp@{t}"].append(found)
            counts[f"film@{t}"].append(float(bool(found)))
    return {name: np.array(values, dtype=float) for name, values in counts.items()}


def localisation_figures(
    counts: dict[str, np.ndarray], weights: np.ndarray, searched: np.ndarray | bool = True, thresholds: Sequence[float] = THRESHOLDS
) -> dict[str, float]:
    """Figures from the counts of `localise`. `searched`: whether somebody looked for boxes, (films,) booleans.

    "rate@t": true boxes found. "precision@t": predicted boxes that are right, those on films without the finding among the wrong, where
    boxes were looked for ("searched").
    "mean_iou": IoU of each true box with its match, 0 for one that has none; a mean over matches alone would grow by finding less.
    "pointing": films with the finding whose best box is centred inside a true box. "film_rate@t": films with it where any box is right.
    """
    total = {name: float((values * weights).sum()) for name, values in counts.items()}
    shown = float((weights * (counts["true"] > 0)).sum())
    looked = weights * searched
    figures = {"mean_iou": ratio(total["iou"], total["true"]), "pointing": ratio(total["hit"], shown)}
    for t in thresholds:
        figures[f"rate@{t}"] = ratio(total[f"tp@{t}"], total["true"])
        figures[f"precision@{t}"] = ratio(float((counts[f"tp@{t}"] * looked).sum()), float((counts["predicted"] * looked).sum()))
        figures[f"film_rate@{t}"] = ratio(total[f"film@{t}"], shown)
    return figures


def _peak(film: FilmBoxes) -> tuple[float, float] | None:
    if not film.predicted:
        return None
    best = max(range(len(film.predicted)), key=lambda i: (film.scores[i], -i))
    return film.predicted[best].centre


def points_inside(point: tuple[float, float] | None, boxes: Sequence[Box]) -> bool:
    """Whether a point (y, x) lies in any of the boxes, their edges included."""
    return point is not None and any(box.y0 <= point[0] <= box.y1 and box.x0 <= point[1] <= box.x1 for box in boxes)


class RankedBoxes:
    """Every predicted box of a finding in the order of its score, with whether it is right: what average precision is made of.

    A box is right when its best overlap among its film's true boxes that no higher-scoring box has taken reaches the threshold. Boxes
    of one score are one step: in which order films and boxes are listed does not matter.
    """

    def __init__(self, films: Sequence[FilmBoxes], threshold: float):
        rows = []
        for place, film in enumerate(films):
            free = sorted(film.truth)
            for score, box in sorted(zip(film.scores, film.predicted, strict=True), key=lambda row: (-row[0], row[1])):
                overlap, best = max(((iou(box, true), -j) for j, true in enumerate(free)), default=(0.0, 0))
                right = overlap >= threshold
                if right:
                    free.pop(-best)
                rows.append((score, place, right))
        rows.sort(key=lambda row: -row[0])
        scores = np.array([row[0] for row in rows])
        self.film = np.array([row[1] for row in rows], dtype=int)
        self.right = np.array([row[2] for row in rows], dtype=float)
        self.last = np.flatnonzero(np.append(scores[1:] != scores[:-1], True)) if rows else np.zeros(0, dtype=int)
        self.truth = np.array([len(film.truth) for film in films], dtype=float)

    def average_precision(self, weights: np.ndarray) -> float:
        total = float((self.truth * weights).sum())
        if not total:
            return math.nan
        drawn = weights[self.film] if self.film.size else np.zeros(0)
        right = np.cumsum(self.right * drawn)[self.last]
        all_boxes = np.cumsum(drawn)[self.last]
        recall = right / total
        precision = np.divide(right, all_boxes, out=np.zeros_like(right), where=all_boxes > 0)
        best_from_here = np.maximum.accumulate(precision[::-1])[::-1]
        place = np.searchsorted(recall, np.linspace(0, 1, 101), side="left")
        return float(np.where(place < len(recall), np.append(best_from_here, 0.0)[np.minimum(place, len(recall))], 0.0).mean())


def average_precision(films: Sequence[FilmBoxes], threshold: float = 0.5, weights=None) -> float:
    """Area under precision over recall at 101 recalls (COCO's definition). NaN without true boxes, 0 with them and no prediction."""
    return RankedBoxes(films, threshold).average_precision(np.ones(len(films)) if weights is None else np.asarray(weights, dtype=float))
