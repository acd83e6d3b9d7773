"""Figures of a reader on labelled films: presence, zones, scores, places, with an interval for each."""

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from ..findings import Finding, Status
from ..schema import ImageReading
from .datasets import LabelledFilm
from .metrics import Counted, Estimate, FilmBoxes, bootstrap, calibration_error, localise, presence, zones
from .metrics.localisation import RankedBoxes, localisation_figures
from .metrics.presence import RankedScores, macro, ratio
from .metrics.published import pooled_localisation, published_f1, published_macro_f1

SPECIFICITY = 0.95
OVERALL = "overall"
SECOND = " (second reading)"
MEANS = {"auroc": "macro AUROC", "f1": "macro F1", "ap@0.5": "mAP@0.5", "any ap@0.5": "any mAP@0.5"}
"""Means over the findings that have the figure, by the figure they are of."""
IN_SCOPE = " in scope"
"""Of a mean over what the reader looks for alone. Without it a finding that the films show and the reader does not look for counts 0."""
MISSED = ("f1", "ap@0.5", "any ap@0.5")
"""Figures that are 0 where a finding is there and never called. No score says nothing: macro AUROC is over the findings with scores."""
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
    """True and predicted boxes of a finding on each film; a film that was not read predicts none."""
    rows = []
    for film in films:
        reading = readings.get(film.image_id)
        regions = [r for r in reading.findings if r.finding is finding and r.box and r.status in statuses] if reading else []
        scores = tuple(1.0 if r.score is None else r.score for r in regions)
        rows.append(FilmBoxes(film.boxes_of(finding), tuple(r.box for r in regions), scores))
    return rows


def placed_films(films: Sequence[LabelledFilm], finding: Finding) -> list[int]:
    """Places of the films of which it is known where the finding lies: it has a box, or its boxes were looked for and there is none."""
    return [i for i, film in enumerate(films) if finding in film.searched or film.boxes_of(finding)]


def unsearched(films: Sequence[LabelledFilm]) -> tuple[Finding, ...]:
    """Findings with boxes that nobody looked for on films without the finding, so that no predicted box is known to be wrong there."""
    return tuple(f for f in Finding if any(film.boxes_of(f) for film in films) and not _wrong_is_known(films, f))


def _wrong_is_known(films, finding) -> bool:
    return any(finding in film.searched and not film.boxes_of(finding) for film in films)


def averaged(figures: Mapping[str, Mapping[str, Estimate]]) -> dict[str, tuple[Finding, ...]]:
    """The findings that each mean has a figure of. What counts 0 in it beside them lies outside the reader's scope."""
    own = {f: {name for name, one in figures.get(f.value, {}).items() if not np.isnan(one.value)} for f in Finding}
    return {mean: tuple(f for f in Finding if figure in own[f]) for figure, mean in MEANS.items() if mean in figures[OVERALL]}


def reader_estimates(
    films: Sequence[LabelledFilm],
    readings: Readings,
    *,
    seed: int,
    resamples: int,
    progress: Callable[[Iterable[int]], Iterable[int]] = iter,
) -> dict[str, dict[str, Estimate]]:
    """Figures by finding and name, and those over findings under OVERALL. A finding outside the reader's scope has only score figures.

    A film that was not read predicts nothing: its findings are missed, and it is no true negative. `progress` wraps the draws.
    """
    statistics: list[tuple[str, Statistic, dict[str, Counted]]] = []
    for finding in Finding:
        statistics += [(finding.value, *own) for own in _presence_statistics(films, readings, finding)]
        statistics += [(finding.value, *own) for own in _score_statistics(films, readings, finding)]
        statistics += [(finding.value, *own) for own in _place_statistics(films, readings, finding)]
    statistics += [(OVERALL, *own) for own in _film_statistics(films, readings)]

    n = {(group, name): count for group, _, counts in statistics for name, count in counts.items()}
    outside = {name: [_shown(films, f, name) for f in Finding if (f.value, name) not in n] for name in MISSED}
    outside = {name: [shown for shown in own if shown.any()] for name, own in outside.items()}

    def everything(weights: np.ndarray) -> dict[tuple[str, str], float]:
        figures = {(group, name): value for group, statistic, _ in statistics for name, value in statistic(weights).items()}
        for name, mean in MEANS.items():
            own = [value for (group, figure), value in figures.items() if figure == name and group != OVERALL]
            beyond = outside.get(name, [])
            if own:
                figures[OVERALL, mean] = macro(own + [0.0 for shown in beyond if (weights * shown).any()])
            if own and beyond:
                figures[OVERALL, mean + IN_SCOPE] = macro(own)
        return figures

    estimates = bootstrap(everything, [film.patient_id for film in films], n, seed=seed, resamples=resamples, progress=progress)
    table: dict[str, dict[str, Estimate]] = {}
    for (group, name), estimate in estimates.items():
        table.setdefault(group, {})[name] = estimate
    return table


def _shown(films, finding, figure) -> np.ndarray:
    """Films with the finding, of those that a figure is counted on."""
    if figure == "f1":
        return np.array([bool(film.labels.get(finding)) for film in films])
    known = _wrong_is_known(films, finding)
    return np.array([known and finding in film.searched and bool(film.boxes_of(finding)) for film in films])


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

    with_it, without = truth & counted, ~truth & counted
    n = {"recall": with_it, "precision": (said > 0) & counted, "specificity": without, "false present": without}
    yield figures, n | {"f1": int(with_it.sum()), "false absent": truth & known & read, "left open": known & read}


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
    boxes = np.array([len(film.boxes_of(finding)) for film in films])
    if not boxes.any() or not any(finding in reading.scope for reading in readings.values()):
        return
    place = np.array(placed_films(films, finding), dtype=int)
    known = _wrong_is_known(films, finding)
    searched = np.array([known and finding in film.searched for film in films])
    for prefix, statuses in (("", (Status.PRESENT,)), ("any ", (Status.PRESENT, Status.UNCERTAIN))):
        rows = film_boxes(films, readings, finding, statuses)
        precision = np.array([len(row.predicted) for row in rows]) * searched
        sizes = {"precision": precision, "pointing": boxes > 0, "film_rate": boxes > 0, "rate": boxes}
        figures = _place_figures(prefix, place, searched[place], [rows[i] for i in place])
        names = {name: name.removeprefix(prefix).partition("@")[0] for name in figures(np.ones(len(films)))}
        sizes |= {"ap": int((boxes * searched).sum()), "mean_iou": int(boxes.sum())}
        yield figures, {name: sizes[kind] for name, kind in names.items()}


def _place_figures(prefix: str, place: np.ndarray, searched: np.ndarray, rows: Sequence[FilmBoxes]) -> Statistic:
    counts, ranked = localise(rows), RankedBoxes(rows, 0.5)

    def figures(weights):
        own = weights[place]
        named = localisation_figures(counts, own, searched) | {"ap@0.5": ranked.average_precision(own * searched)}
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

    urgent = sum(own.astype(int) for own in there.values())
    n = {"specificity on normal films": normal, "false findings per normal film": int(normal.sum())}
    yield figures, n | {"urgent recall": urgent, "films read": np.ones(len(films))}


def published_figures(films: Sequence[LabelledFilm], readings: Readings) -> dict[str, dict[str, float]]:
    """The figures under the published definitions (`metrics.published`), without intervals; for comparison with published ones only."""
    table: dict[str, dict[str, float]] = {}
    counts, heaps = [], []
    for finding in Finding:
        known = [film for film in films if finding in film.labels]
        truth = [film.labels[finding] for film in known]
        said = [called(readings.get(film.image_id), finding) == 1 for film in known]
        counts.append(presence(np.array(truth, dtype=bool), np.array(said, dtype=bool)))
        heaps.append(film_boxes([films[i] for i in placed_films(films, finding)], readings, finding, (Status.PRESENT,)))
        table[finding.value] = {"f1": published_f1(counts[-1])} | pooled_localisation(heaps[-1])
    table[OVERALL] = {"macro f1": published_macro_f1(counts)} | pooled_localisation(*heaps)
    return table
