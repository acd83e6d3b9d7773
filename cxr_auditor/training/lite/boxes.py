"""Chooses how maps become boxes, by measurement on the boxes of NIH_BBox_List_2017 (RSNA's are for evaluation only)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

import cv2
import numpy as np

from ...findings import Finding
from ...geometry import Box, box_sides
from ...readers.lite_regions import BoxRule, parts_of, peak_of, region_box
from .figures import best_iou, peak_inside

SOURCE = "NIH_BBox_List_2017"
_GRID = 16  # cells per side of the stored place
_FRACTIONS = (0.5, 0.6, 0.7, 0.8)
_PULLS = (0.0, 0.5, 1.0)
_TRUSTS = (0.25, 0.35, 0.5, 0.7, 1.0, 1.4, 2.0)
_BORROWED = 20  # boxes of any finding that weigh as much as a finding's own place
_NOWHERE = 0.02  # of the highest density: what is left for cells without a box


@dataclass(frozen=True)
class Drawn:
    """One film's map (h, w) of a finding, and the boxes that a person drew of it."""

    cells: np.ndarray
    boxes: tuple[Box, ...]


@dataclass(frozen=True)
class Normal:
    """Mean and spread of a finding's map (h, w) over normal films and their mirror images."""

    mean: np.ndarray
    spread: np.ndarray

    @classmethod
    def of(cls, maps: np.ndarray) -> "Normal":
        both = np.concatenate([maps, maps[..., ::-1]])
        return cls(both.mean(0), both.std(0) + 1e-3)


def choose_rules(drawn: Mapping[Finding, Sequence[Drawn]], normal: Mapping[Finding, Normal]) -> tuple[dict[Finding, BoxRule], dict]:
    """A rule for each finding, and what the rules reached. Every film is measured with the place and size of the other films' boxes.

    The finding with the most boxes decides on one `trust` for all: the others have too few.
    """
    kept = {finding: [_without(finding, i, drawn, normal) for i in range(len(films))] for finding, films in drawn.items()}
    leader = max(drawn, key=lambda finding: len(drawn[finding]))
    trust = max(_TRUSTS, key=lambda value: _merit(leader, drawn[leader], [replace(rule, trust=value) for rule in kept[leader]]))
    rules, report = {}, {}
    for finding, films in drawn.items():
        tried = [{"trust": trust, "fraction": fraction, "pull": pull} for fraction, pull in product(_FRACTIONS, _PULLS)]
        chosen = max(tried, key=lambda options: _overlaps(finding, films, [replace(rule, **options) for rule in kept[finding]]).mean())
        rules[finding] = replace(_rule(finding, films, drawn, normal), **chosen)
        report[finding.value] = _reached(finding, films, [replace(rule, **chosen) for rule in kept[finding]])
    return rules, report


def _merit(finding: Finding, films: Sequence[Drawn], rules: Sequence[BoxRule]) -> float:
    reached = _reached(finding, films, rules)
    return reached["peak_inside"] + reached["iou_03"] + reached["mean_iou"]


def _reached(finding: Finding, films: Sequence[Drawn], rules: Sequence[BoxRule]) -> dict[str, float]:
    """How the leading boxes of the films fit, each film with a rule of its own."""
    pairs = list(zip(films, rules, strict=True))
    overlaps = _overlaps(finding, films, rules)
    return {
        "films": len(films),
        "peak_inside": float(np.mean([peak_inside(peak_of(rule.evidence(film.cells)), film.boxes) for film, rule in pairs])),
        "mean_iou": float(overlaps.mean()),
        "iou_03": float((overlaps >= 0.3).mean()),
        "side_right": float(np.mean([_same_side(_box(finding, film, rule), film.boxes) for film, rule in pairs])),
    }


def _overlaps(finding: Finding, films: Sequence[Drawn], rules: Sequence[BoxRule]) -> np.ndarray:
    return np.array([best_iou([_box(finding, film, rule)], film.boxes) for film, rule in zip(films, rules, strict=True)])


def _box(finding: Finding, film: Drawn, rule: BoxRule) -> Box:
    evidence = rule.evidence(film.cells)
    return region_box(evidence, rule, parts_of(finding, evidence)[0])


def _same_side(box: Box, reference: Sequence[Box]) -> bool:
    return set(box_sides(box)) <= {side for other in reference for side in box_sides(other)}


def _without(finding: Finding, i: int, drawn, normal) -> BoxRule:
    films = drawn[finding]
    return _rule(finding, [*films[:i], *films[i + 1 :]], drawn, normal)


def _rule(finding: Finding, films: Sequence[Drawn], drawn, normal) -> BoxRule:
    sizes = np.array([(box.height, box.width) for film in films for box in film.boxes])
    height, width = np.median(sizes, 0)
    own = _density(films, finding.has_sides)
    if finding.has_sides:
        anywhere = _density([film for other, more in drawn.items() if other.has_sides and other != finding for film in more], True)
        weight = len(sizes) / (len(sizes) + _BORROWED)
        own = weight * own + (1 - weight) * anywhere
    place = np.log(own / own.max() + _NOWHERE)
    return BoxRule(normal[finding].mean, normal[finding].spread, place, 1.0, 0.6, float(height), float(width), 0.5)


def _density(films: Sequence[Drawn], mirror: bool) -> np.ndarray:
    """Share of the boxes that cover a cell, smoothed; sided findings count on both sides alike."""
    covered = np.zeros((_GRID * 4, _GRID * 4), np.float32)
    for film in films:
        for box in film.boxes:
            y0, x0, y1, x1 = (int(round(value * _GRID * 4)) for value in box.as_list())
            covered[y0 : y1 + 1, x0 : x1 + 1] += 1
    if mirror:
        covered = covered + covered[:, ::-1]
    smooth = cv2.GaussianBlur(covered, (0, 0), 3)
    return cv2.resize(smooth / max(smooth.max(), 1e-6), (_GRID, _GRID), interpolation=cv2.INTER_AREA)
