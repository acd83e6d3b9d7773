"""The shipped reader on the validation patients: every figure of its card, from the ONNX file, through the reader's own code."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...findings import NO_FINDING, Finding
from ...geometry import Box, box_sides
from ...readers.lite import Network, Settings
from ...readers.lite_regions import parts_of, peak_of, region_box, statements
from . import figures
from .calibrate import calibrate
from .data import TARGETS, Film, FilmStore, ReferenceBox

RSNA = "RSNA_2018"
LEAST_SCOPE_AUROC = 0.70
_OPACITY = Finding.LUNG_OPACITY_CONSOLIDATION
_LEAST_PART = 10  # positives and negatives of a view or origin before it gets a row
_FOLDS = 5


@dataclass(frozen=True)
class Outputs:
    """The network's answers: logits (films, outputs) and maps (films, outputs, h, w), in the order of `data.TARGETS`."""

    films: list[Film]
    logits: np.ndarray
    maps: np.ndarray

    @property
    def positive(self) -> np.ndarray:
        return np.array([[name in film.six for name in TARGETS] for film in self.films])

    @property
    def groups(self) -> np.ndarray:
        return np.array([film.group for film in self.films])

    @property
    def group_names(self) -> list[str]:
        return sorted({film.group for film in self.films})

    @property
    def patients(self) -> np.ndarray:
        return np.array([film.patient_id for film in self.films])

    def where(self, keep: Callable[[Film], bool]) -> np.ndarray:
        return np.flatnonzero([keep(film) for film in self.films])


def run(network: Network, side: int, films: list[Film], store: FilmStore) -> Outputs:
    """Every film at its own size, one by one, as a user's film would be read."""
    answers = [network(store(film), side) for film in films]
    return Outputs(films, np.stack([logits for logits, _ in answers]), np.stack([maps for _, maps in answers]).astype(np.float32))


def measure(outputs: Outputs, settings: Settings, boxes: list[ReferenceBox]) -> dict:
    """All figures, as plain data for the card and for `lite.json`'s neighbours."""
    return {
        "films": {group: int((outputs.groups == group).sum()) for group in outputs.group_names},
        "patients": len(set(outputs.patients)),
        "findings": {name: _finding(outputs, settings, j, name) for j, name in enumerate(TARGETS)},
        "macro": {group: _macro(outputs, outputs.where(lambda film, g=group: film.group == g)) for group in outputs.group_names},
        "rsna_opacity": _rsna(outputs),
        "localisation": _localisation(outputs, settings, [box for box in boxes if box.source == RSNA]),
    }


def scope_of(outputs: Outputs) -> tuple[Finding, ...]:
    """Findings whose AUROC on the validation patients reaches .70."""
    positive = outputs.positive
    return tuple(
        finding
        for j, finding in enumerate(Finding)
        if TARGETS[j] == finding.value and figures.auroc(positive[:, j], outputs.logits[:, j]) >= LEAST_SCOPE_AUROC
    )


def _auroc(outputs: Outputs, j: int, films: np.ndarray) -> dict:
    positive, score = outputs.positive[films, j], outputs.logits[films, j]
    row = figures.with_interval(lambda drawn: figures.auroc(positive[drawn], score[drawn]), outputs.patients[films])
    return row | {"films": len(films), "positives": int(positive.sum())}


def _macro(outputs: Outputs, films: np.ndarray) -> dict:
    positive, score = outputs.positive[films], outputs.logits[films]

    def mean(drawn):
        return float(np.nanmean([figures.auroc(positive[drawn, j], score[drawn, j]) for j in range(len(Finding))]))

    return figures.with_interval(mean, outputs.patients[films]) | {"films": len(films)}


def _finding(outputs: Outputs, settings: Settings, j: int, name: str) -> dict:
    everything = np.arange(len(outputs.films))
    positive = outputs.positive[:, j]
    probability = np.array([settings.rules[name].probability(float(logit)) for logit in outputs.logits[:, j]])
    row = {
        "auroc": {"all": _auroc(outputs, j, everything)},
        "calibration_error": {"all": figures.calibration_error(positive, probability)},
    }
    for group in outputs.group_names:
        films = outputs.where(lambda film, g=group: film.group == g)
        row["auroc"][group] = _auroc(outputs, j, films)
        row["calibration_error"][group] = figures.calibration_error(positive[films], probability[films])
    row["parts"] = {
        label: _auroc(outputs, j, films)
        for label, films in _parts(outputs).items()
        if _LEAST_PART <= positive[films].sum() <= len(films) - _LEAST_PART
    }
    if name != NO_FINDING:
        row["zones"] = _zones(outputs, settings, j, name, probability)
    return row


def _parts(outputs: Outputs) -> dict[str, np.ndarray]:
    """Films by view and by origin, within each resolution."""
    keys = [(f"{film.group} px, {film.view}", f"{film.group} px, origin {film.origin}, {film.width} px wide") for film in outputs.films]
    return {name: np.flatnonzero([name in pair for pair in keys]) for name in sorted({name for pair in keys for name in pair})}


def _zones(outputs: Outputs, settings: Settings, j: int, name: str, probability: np.ndarray) -> dict:
    """Zone rates with the shipped borders, and cross-fitted: borders from four fifths of the patients, rates on the last."""
    positive, groups, patients = outputs.positive[:, j], outputs.groups, outputs.patients
    shipped = np.array([settings.rules[name].zone(p).value for p in probability])
    crossed = np.empty(len(shipped), dtype=shipped.dtype)
    _, owner = np.unique(patients, return_inverse=True)
    fold = np.random.default_rng(figures.SEED).permutation(owner.max() + 1)[owner] % _FOLDS
    for k in range(_FOLDS):
        fit, test = fold != k, fold == k
        found = calibrate(outputs.logits[fit, j], positive[fit], groups[fit])
        p = found.probability(outputs.logits[test, j])
        crossed[test] = np.select([p >= found.present, p < found.absent], ["present", "absent"], "uncertain")
    parts = {"all": np.ones(len(positive), bool)} | {group: groups == group for group in outputs.group_names}
    return {
        label: {
            "shipped": figures.zone_rates(positive[part], shipped[part]),
            "cross_fitted": figures.zone_rates(positive[part], crossed[part]),
        }
        for label, part in parts.items()
    }


def _rsna(outputs: Outputs) -> dict:
    """The opacity score against RSNA's own reading of the same film, Lung Opacity against Normal."""
    j = TARGETS.index(_OPACITY.value)
    answer = {}
    for label in ("all", *outputs.group_names):
        films = outputs.where(lambda film, g=label: film.rsna_class in ("Lung Opacity", "Normal") and g in ("all", film.group))
        positive = np.array([outputs.films[i].rsna_class == "Lung Opacity" for i in films], bool)
        score = outputs.logits[films, j]
        row = figures.with_interval(lambda drawn, y=positive, s=score: figures.auroc(y[drawn], s[drawn]), outputs.patients[films])
        answer[label] = row | {"films": len(films), "positives": int(positive.sum())}
    return answer


def _localisation(outputs: Outputs, settings: Settings, reference: list[ReferenceBox]) -> dict:
    """Peak and boxes of the opacity map against RSNA's boxes, on the films that have some; `as_read` counts what the reading would show."""
    j, rule = TARGETS.index(_OPACITY.value), settings.rules[_OPACITY.value]
    drawn: dict[str, list[Box]] = {}
    for box in reference:
        drawn.setdefault(box.image_id, []).append(box.box)
    films = outputs.where(lambda film: film.image_id in drawn)
    rows: dict[str, list[float]] = {name: [] for name in figures.PLACES}
    for i in films:
        boxes, evidence = drawn[outputs.films[i].image_id], rule.box.evidence(outputs.maps[i, j])
        found = [region_box(evidence, rule.box, columns) for columns in parts_of(_OPACITY, evidence)]
        shown = [said.box for said in statements(_OPACITY, float(outputs.logits[i, j]), outputs.maps[i, j], rule) if said.box]
        rows["peak_inside"].append(figures.peak_inside(peak_of(evidence), boxes))
        rows["centre_inside"].append(figures.peak_inside(found[0].centre, boxes))
        rows["iou_03"].append(figures.best_iou(found, boxes) >= 0.3)
        rows["iou_03_as_read"].append(figures.best_iou(shown, boxes) >= 0.3)
        rows["side_right"].append(bool(set(box_sides(found[0])) & {side for box in boxes for side in box_sides(box)}))
        rows["mean_iou"].append(figures.best_iou(found, boxes))
    return {"films": len(films)} | {name: _mean(np.array(values, float), outputs.patients[films]) for name, values in rows.items()}


def _mean(values: np.ndarray, patients: np.ndarray) -> dict:
    return figures.with_interval(lambda drawn: float(values[drawn].mean()), patients)
