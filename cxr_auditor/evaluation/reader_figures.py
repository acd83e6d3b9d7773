"""Figures of a reader on labelled films: presence, zones, scores, places, with an interval for each."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from ..findings import Finding, Status
from ..schema import ImageReading
from .datasets import LabelledFilm
from .metrics import Estimate, FilmBoxes, bootstrap, calibration_error, localise, presence, zones
from .metrics.localisation import RankedBoxes, localisation_figures
from .metrics.presence import RankedScores, macro, ratio
from .metrics.published import pooled_localisation, published_f1, published_macro_f1

SPECIFICITY = 0.95
OVERALL = "overall"
SECOND = " (second reading)"
MEANS = {"auroc": "macro AUROC", "f1": "macro F1", "ap@0.5": "mAP@0.5", "any ap@0.5": "any mAP@0.5"}
"""Means over the findings, by the figure they are of."""
CALLED = {Status.PRESENT: 1, Status.UNCERTAIN: 0, Status.ABSENT: -1}

Statistic = Callable[[np.ndarray], Mapping[str, float]]
Readings = Mapping[str, ImageReading]


def called(reading: ImageReading | None, finding: Finding) -> int | None:
    """1 present, 0 left open, -1 absent; None where the reader could not or does not look for it."""
    if reading is None or not reading.usable or finding not in reading.scope:
        return None
    said = [region.status for region in reading.findings if region.finding is finding]
    if said:
        return CALLED[max(said, key=lambda status: status.strength)]
    return -1 if reading.silence_means_absent else 0


def film_boxes(films: Sequence[LabelledFilm], readings: Readings, finding: Finding, statuses: Sequence[Status]) -> list[FilmBoxes]:
    """True and predicted boxes of a finding on the films where it is known where it lies; a film that was not read predicts none."""
    rows = []
    for film in films:
        reading = readings.get(film.image_id)
        regions = [r for r in reading.findings if r.finding is finding and r.box and r.status in statuses] if reading else []
        scores = tuple(1.0 if r.score is None else r.score for r in regions)
        rows.append(FilmBoxes(film.boxes_of(finding), tuple(r.box for r in regions), scores))
    return rows


def reader_estimates(films: Sequence[LabelledFilm], readings: Readings, *, seed: int, resamples: int) -> dict[str, dict[str, Estimate]]:
    """Figures by finding and name, and those over findings under OVERALL. A finding outside the reader's scope has only score figures.

    A film that was not read predicts nothing: its findings are missed, and it is no true negative.
    """
    statistics: list[tuple[str, Statistic, dict[str, int]]] = []
    for finding in Finding:
        statistics += [(finding.value, *own) for own in _presence_statistics(films, readings, finding)]
        statistics += [(finding.value, *own) for own in _score_statistics(films, readings, finding)]
        statistics += [(finding.value, *own) for own in _place_statistics(films, readings, finding)]
    statistics += [(OVERALL, *own) for own in _film_statistics(films, readings)]

    def everything(weights: np.ndarray) -> dict[tuple[str, str], float]:
        figures = {(group, name): value for group, statistic, _ in statistics for name, value in statistic(weights).items()}
        for name, mean in MEANS.items():
            own = [value for (group, figure), value in figures.items() if figure == name and group != OVERALL]
            if own:
                figures[OVERALL, mean] = macro(own)
        return figures

    n = {(group, name): count for group, _, counts in statistics for name, count in counts.items()}
    estimates = bootstrap(everything, [film.patient_id for film in films], n, seed=seed, resamples=resamples)
    table: dict[str, dict[str, Estimate]] = {}
    for (group, name), estimate in estimates.items():
        table.setdefault(group, {})[name] = estimate
    return table


def _presence_statistics(films, readings, finding):
    calls = [called(readings.get(film.image_id), finding) for film in films]
    if all(call is None for call in calls):
        return
    truth = np.array([bool(film.labels.get(finding)) for film in films])
    known = np.array([finding in film.labels for film in films])
    read = np.array([call is not None for call in calls])
    said = np.array([call or 0 for call in calls])
    counted = known & (read | truth)

    def figures(weights):
        counts = presence(truth[counted], (said > 0)[counted] & read[counted], weights[counted])
        zone = zones(truth[known & read], said[known & read], weights[known & read])
        return {
            "precision": counts.precision,
            "recall": counts.recall,
            "f1": counts.f1,
            "specificity": counts.specificity,
            "false present": zone.false_present,
            "false absent": zone.false_absent,
            "left open": zone.uncertain,
        }

    with_it, without = int((truth & counted).sum()), int((~truth & counted).sum())
    read_with = int((truth & known & read).sum())
    n = {"recall": with_it, "precision": int(((said > 0) & counted).sum()), "specificity": without, "false present": without}
    yield figures, n | {"f1": with_it, "false absent": read_with, "left open": int((known & read).sum())}


def _score_statistics(films, readings, finding):
    """Against the dataset's labels, and against another reading of the same films where there is one."""
    scores = [readings[film.image_id].scores.get(finding.value) if film.image_id in readings else None for film in films]
    for suffix, labels in (("", [film.labels for film in films]), (SECOND, [film.second for film in films])):
        place = [i for i, own in enumerate(labels) if finding in own and scores[i] is not None]
        if place:
            truth = np.array([labels[i][finding] for i in place])
            score = np.array([scores[i] for i in place])
            positives = int(truth.sum())
            n = {f"auroc{suffix}": positives, f"sensitivity at 95%{suffix}": positives, f"calibration error{suffix}": len(place)}
            yield _score_figures(suffix, np.array(place), truth, score), n


def _score_figures(suffix: str, place: np.ndarray, truth: np.ndarray, score: np.ndarray) -> Statistic:
    ranked = RankedScores(truth, score)

    def figures(weights):
        own = weights[place]
        return {
            f"auroc{suffix}": ranked.auroc(own),
            f"sensitivity at 95%{suffix}": ranked.sensitivity_at_specificity(SPECIFICITY, own)[0],
            f"calibration error{suffix}": calibration_error(truth, score, weights=own),
        }

    return figures


def _place_statistics(films, readings, finding):
    """Boxes of what was called present; under names that begin with "any", of what was called present or uncertain."""
    place = np.array([i for i, film in enumerate(films) if film.localised(finding)], dtype=int)
    own = [films[i] for i in place]
    boxes = sum(len(film.boxes_of(finding)) for film in own)
    if not boxes or not any(finding in reading.scope for reading in readings.values()):
        return
    shown = sum(bool(film.boxes_of(finding)) for film in own)
    for prefix, statuses in (("", (Status.PRESENT,)), ("any ", (Status.PRESENT, Status.UNCERTAIN))):
        rows = film_boxes(own, readings, finding, statuses)
        sizes = {"precision": sum(len(row.predicted) for row in rows), "pointing": shown, "film_rate": shown}
        figures = _place_figures(prefix, place, rows)
        names = figures(np.ones(len(films)))
        yield figures, {name: sizes.get(name.removeprefix(prefix).partition("@")[0], boxes) for name in names}


def _place_figures(prefix: str, place: np.ndarray, rows: Sequence[FilmBoxes]) -> Statistic:
    counts, ranked = localise(rows), RankedBoxes(rows, 0.5)

    def figures(weights):
        own = weights[place]
        named = localisation_figures(counts, own) | {"ap@0.5": ranked.average_precision(own)}
        return {f"{prefix}{name}": value for name, value in named.items()}

    return figures


def _film_statistics(films, readings):
    """Normal films left alone, urgent findings called, films read."""
    read = np.array([film.image_id in readings and readings[film.image_id].usable for film in films])
    calls = {finding: np.array([called(readings.get(film.image_id), finding) == 1 for film in films]) for finding in Finding}
    normal = np.array([bool(film.normal) for film in films]) & read
    alarms = sum(calls[finding].astype(float) for finding in Finding)
    there = {finding: np.array([bool(film.labels.get(finding)) for film in films]) for finding in Finding if finding.urgent}

    def figures(weights):
        urgent = sum(float(weights[own].sum()) for own in there.values())
        seen = sum(float(weights[own & calls[finding]].sum()) for finding, own in there.items())
        return {
            "specificity on normal films": ratio(float(weights[normal & (alarms == 0)].sum()), float(weights[normal].sum())),
            "false findings per normal film": ratio(float((weights * alarms)[normal].sum()), float(weights[normal].sum())),
            "urgent recall": ratio(seen, urgent),
            "films read": ratio(float(weights[read].sum()), float(weights.sum())),
        }

    normals, urgent = int(normal.sum()), int(sum(own.sum() for own in there.values()))
    n = {"specificity on normal films": normals, "false findings per normal film": normals}
    yield figures, n | {"urgent recall": urgent, "films read": len(films)}


def published_figures(films: Sequence[LabelledFilm], readings: Readings) -> dict[str, dict[str, float]]:
    """The figures under the published definitions (`metrics.published`), without intervals; for comparison with published ones only."""
    table: dict[str, dict[str, float]] = {}
    counts, heaps = [], []
    for finding in Finding:
        known = [film for film in films if finding in film.labels]
        truth = [film.labels[finding] for film in known]
        said = [called(readings.get(film.image_id), finding) == 1 for film in known]
        counts.append(presence(np.array(truth, dtype=bool), np.array(said, dtype=bool)))
        heaps.append(film_boxes([film for film in films if film.localised(finding)], readings, finding, (Status.PRESENT,)))
        table[finding.value] = {"f1": published_f1(counts[-1])} | pooled_localisation(heaps[-1])
    table[OVERALL] = {"macro f1": published_macro_f1(counts)} | pooled_localisation(*heaps)
    return table
