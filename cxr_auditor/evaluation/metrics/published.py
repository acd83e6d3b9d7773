"""The definitions behind figures that have been published for systems of this kind, for comparison only.

They match boxes of all films together, so a box on one patient can "find" another patient's lesion: shuffling predictions between
patients does not change them. Their macro-F1 leaves out a finding that is never predicted. Use the other modules to judge a reader.
"""

import math
from collections.abc import Sequence

from .localisation import ANY_OVERLAP, THRESHOLDS, FilmBoxes, match_boxes
from .presence import Presence, macro, ratio


def pooled_localisation(*findings: Sequence[FilmBoxes]) -> dict[str, float]:
    """ "rate@t", "precision@t" and the mean IoU of matched pairs ("mean_iou@0.3", "mean_iou@any").

    `findings`: the films of each finding. All boxes of a finding are matched in one heap; the heaps' counts are added.
    """
    sizes, matched = [], []
    for films in findings:
        predicted, truth = [box for film in films for box in film.predicted], [box for film in films for box in film.truth]
        sizes.append((len(predicted), len(truth)))
        matched += [overlap for *_, overlap in match_boxes(predicted, truth, ANY_OVERLAP)]
    figures = {}
    for t in THRESHOLDS:  # the best overlap is matched first, so a higher threshold takes the first of the same pairs
        found = sum(overlap >= t for overlap in matched)
        figures[f"rate@{t}"] = ratio(found, sum(true for _, true in sizes))
        figures[f"precision@{t}"] = ratio(found, sum(predicted for predicted, _ in sizes))
    for name, t in (("0.3", 0.3), ("any", ANY_OVERLAP)):
        overlaps = [overlap for overlap in matched if overlap >= t]
        figures[f"mean_iou@{name}"] = ratio(sum(overlaps), len(overlaps))
    return figures


def published_f1(counts: Presence) -> float:
    """NaN where precision or recall is undefined, so also where a finding is present and never predicted."""
    precision, recall = counts.precision, counts.recall
    if math.isnan(precision) or math.isnan(recall):
        return math.nan
    return ratio(2 * precision * recall, precision + recall) if precision + recall else 0.0


def published_macro_f1(counts: Sequence[Presence]) -> float:
    """Mean over the findings with a defined F1."""
    return macro(published_f1(count) for count in counts)
