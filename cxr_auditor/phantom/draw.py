"""A seed and a list of findings -> a film whose truth is known."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import InputError
from ..findings import Finding, Side
from ..schema import ImageFinding
from . import planted as shapes
from .anatomy import anatomy, sign
from .bones import bones
from .film import cone, develop, expose, lead_letter
from .grid import F, Grid
from .planted import LungState, Planted
from .soft import Interval, Lung, airway, breasts, covered, gas, mediastinum, torso
from .vessels import vessels

SOFT, FAT, LUNG, BREAST = 0.190, 0.165, 0.046, 0.172
"""Attenuation in 1/cm at about 120 kVp."""
_LEAD = 30.0
_BODY, _BONES, _VESSELS, _FINDINGS, _GAS, _FILM = range(1, 7)  # streams of random numbers: a finding changes nobody's anatomy


@dataclass(frozen=True)
class Film:
    """`pixels`: uint8 (size, size), bright = dense, shown the usual way. `findings`: what was planted, with its box."""

    pixels: np.ndarray
    findings: tuple[ImageFinding, ...]


def draw(seed: int, findings: Sequence[Planted] = (), size: int = 1024) -> Film:
    """The film of the body that `seed` stands for, with the findings planted. The same call draws the same film.

    InputError for a finding planted twice on one side, a negative seed or a size outside 64 to 4096 pixels.

    >>> draw(1, [Planted(finding="pneumothorax", side="left")], size=128).findings[0].sides[0].value
    'left'
    """
    grid, middle = _set_up(seed, findings, size)
    lean, fat = torso(grid)
    attenuation = F(SOFT) * lean + F(FAT) * fat + F(BREAST) * breasts(grid)
    attenuation *= 1 + F(0.012) * grid.noise(_stream(seed, _BODY), 6.0, 3)
    in_lungs = np.zeros((size, size), bool)
    truth = _heart_finding(grid, findings)
    for side in Side:
        state, found = _lung(grid, seed, side, middle, findings)
        truth += found
        attenuation += _lung_change(grid, seed, side, state)
        in_lungs |= state.air > 4
    attenuation -= F(SOFT) * airway(grid)
    attenuation -= F(SOFT) * np.minimum(gas(grid, _stream(seed, _GAS)), 0.5 * lean)
    attenuation = np.maximum(attenuation, 0) + bones(grid, _stream(seed, _BONES)) * (lean > 0)
    attenuation += F(_LEAD) * lead_letter(grid, _stream(seed, _FILM, 1))
    exposure = expose(grid, attenuation, _stream(seed, _FILM))
    pixels = develop(grid, exposure, in_lungs, lean > 4) * cone(grid)
    return Film(np.round(pixels).astype(np.uint8), _ordered(truth))


def truth(seed: int, findings: Sequence[Planted], size: int = 1024) -> tuple[ImageFinding, ...]:
    """The findings of `draw` with the same arguments, without its film: several times faster."""
    grid, middle = _set_up(seed, findings, size)
    found = _heart_finding(grid, findings)
    for side in Side:
        if any(one.side is side for one in findings):
            found += _lung(grid, seed, side, middle, findings)[1]
    return _ordered(found)


def _ordered(findings: list[ImageFinding]) -> tuple[ImageFinding, ...]:
    return tuple(sorted(findings, key=lambda finding: finding.order))


def _stream(seed: int, *part: int) -> np.random.Generator:
    return np.random.default_rng([seed, *part])


def _set_up(seed: int, findings: Sequence[Planted], size: int) -> tuple[Grid, list[Interval]]:
    """The grid over the body, and what keeps air from the middle of the chest."""
    places = [(one.finding, one.side) for one in findings]
    if len(set(places)) < len(places):
        raise InputError("A finding is planted twice on one side.", "Plant each finding at most once per side, the heart's once.")
    if seed < 0 or not 64 <= size <= 4096:
        raise InputError(f"The seed must be 0 or more and the size 64 to 4096 pixels, but got {seed} and {size}.")
    hearts = [one.extent for one in findings if one.finding is Finding.CARDIOMEGALY]
    grid = Grid(size, anatomy(seed, large_heart=hearts[0] if hearts else None))
    return grid, mediastinum(grid)


def _heart_finding(grid: Grid, findings: Sequence[Planted]) -> list[ImageFinding]:
    planted = any(one.finding is Finding.CARDIOMEGALY for one in findings)
    return [ImageFinding(finding=Finding.CARDIOMEGALY, box=shapes.heart_box(grid))] if planted else []


def _lung(grid: Grid, seed: int, side: Side, middle: list[Interval], findings: Sequence[Planted]) -> tuple[LungState, list[ImageFinding]]:
    """One lung with its findings planted, and their truth."""
    here = {one.finding: one for one in findings if one.side is side}
    lung = Lung(side, grid)
    inside = lung.cavity()
    solids = [*middle, lung.diaphragm()]
    air = (inside[1] - inside[0]) - covered(inside, solids)
    zero = np.zeros_like(air)
    state = LungState(air=air, fluid=zero, dense=zero, bronchi=zero, empty=zero, pleura=zero, vessels=np.ones_like(air))
    boxes = {}
    for finding in sorted(here, key=lambda finding: finding.rank):  # fluid and free air first: they decide where lung is left
        one, rng = here[finding], _stream(seed, _FINDINGS, sign(side) + 1, finding.rank)
        match finding:
            case Finding.PLEURAL_EFFUSION:
                boxes[finding] = shapes.effusion(grid, state, one, solids, flat=Finding.PNEUMOTHORAX in here)
            case Finding.PNEUMOTHORAX:
                boxes[finding] = shapes.pneumothorax(grid, state, one)
            case Finding.LUNG_OPACITY_CONSOLIDATION:
                boxes[finding] = shapes.consolidation(grid, state, one, rng)
            case Finding.NODULE_MASS:
                boxes[finding] = shapes.nodule(grid, state, one, rng)
    return state, [ImageFinding(finding=finding, box=box) for finding, box in boxes.items()]


def _lung_change(grid: Grid, seed: int, side: Side, state: LungState) -> np.ndarray:
    """What one lung changes in the attenuation of a body that is solid."""
    number = sign(side) + 1
    fine = grid.noise(_stream(seed, _VESSELS, number, 1), 0.5, 3)
    broad = grid.noise(_stream(seed, _VESSELS, number, 2), 6.0)
    aerated = np.maximum(state.air - state.dense, 0)
    change = F(LUNG) * (1 + F(0.03) * fine + F(0.05) * broad) * aerated * (1 - F(0.55) * state.empty) - F(SOFT) * aerated
    seen = vessels(grid, side, _stream(seed, _VESSELS, number)) * state.vessels
    change += F(1.35 * (SOFT - LUNG)) * np.minimum(seen, 0.9 * state.air) * (state.air > 0.3)
    return change + F(0.13) * state.pleura - F(0.8 * SOFT) * state.bronchi
