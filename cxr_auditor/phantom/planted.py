"""What is planted in a film, and the shapes it takes. Boxes and sides follow from the shapes, never from a list."""

from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np
from pydantic import Field, model_validator

from ..findings import Finding, Side
from ..geometry import Box, from_xyxy
from ..schema import Record
from .anatomy import sign
from .grid import F, Grid, capsules, smoothstep
from .soft import Lung, covered, heart, merged
from .vessels import hilum


class Zone(StrEnum):
    """Third of the lung, from above."""

    UPPER = "upper"
    MIDDLE = "middle"
    LOWER = "lower"


class Planted(Record):
    """One finding to draw. `extent` runs from barely seen (0) to unmistakable (1).

    Effusion: blunted angle to half the chest. Pneumothorax: thin apical rim to a collapse by a third. Consolidation: patch of 4 cm to
    most of a lobe. Nodule or mass: 1 to 6 cm across. Large heart: cardiothoracic ratio 0.56 to 0.65. `zone` holds for the two that
    may lie anywhere (opacity, nodule).
    """

    finding: Finding
    side: Side | None = None
    extent: float = Field(default=0.5, ge=0, le=1)
    zone: Zone = Zone.MIDDLE

    @model_validator(mode="after")
    def _one_side(self):
        if self.finding.has_sides == (self.side is None):
            wanted = "left or right" if self.finding.has_sides else "left out, the heart has none"
            raise ValueError(f"the side of a planted {self.finding.value} must be {wanted}, but got {self.side!r}")
        return self


@dataclass
class LungState:
    """What one lung's findings change: all float32 (size, size), in cm of path."""

    air: np.ndarray  # aerated lung along the ray
    fluid: np.ndarray  # pleural fluid along the ray
    dense: np.ndarray  # airless lung and masses along the ray
    bronchi: np.ndarray  # air in bronchi within airless lung
    empty: np.ndarray  # share of the ray's air that is in the pleural space, 0 to 1
    pleura: np.ndarray  # the visceral pleura seen edge-on
    vessels: np.ndarray  # share of the vessels that is seen, 0 to 1


def extent_box(mask: np.ndarray) -> Box:
    """The smallest box around a mask's true pixels. ValueError where there are none."""
    rows, cols = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if not rows.size:
        raise ValueError("the planted finding must lie on the film, but no pixel of it does")
    height, width = mask.shape
    box = from_xyxy([int(cols[0]), int(rows[0]), int(cols[-1]) + 1, int(rows[-1]) + 1], width=width, height=height)
    return Box(*(round(v, 4) for v in box.as_list()))


def heart_box(grid: Grid) -> Box:
    """Around the heart's shadow, as far as it stands out: a little way into the diaphragm."""
    floor = np.where(grid.x < 0, *(Lung(side, grid).dome() for side in (Side.RIGHT, Side.LEFT)))
    return extent_box((merged(grid, heart(grid.body)) < 1) & (grid.y < floor + F(0.8)))


def effusion(grid: Grid, state: LungState, planted: Planted, solids: list, *, flat: bool) -> Box:
    """Fluid with a level that climbs along the chest wall: a meniscus on the film. It is `flat` under free air."""
    body, lung = grid.body, Lung(planted.side, grid)
    low, high = inside = lung.cavity()
    floor = body.dome[planted.side]
    level = floor + 3.6 - 15.0 * planted.extent**1.3
    climb = 0.05 if flat else 3.0 + 3.0 * planted.extent
    inner, outer = lung.outline(grid.y)
    u = (sign(planted.side) * grid.x - (inner + outer) / 2) / np.maximum((outer - inner) / 2, F(1e-3))
    reach = np.clip((F(level) - grid.y) / F(climb), 0, 1) ** F(0.5)  # share of the cavity's radius that stays free of fluid is below this
    across = np.clip(np.where(u > 0, u, 0.6 * u), -0.999, 0.999) ** 2
    free = np.sqrt(np.clip((reach**2 - across) / (1 - across), 0, 1)) * (high - low) / 2
    middle = (low + high) / 2
    fluid = [(low, middle - free), (middle + free, high)]
    kept = (high - low) - covered(inside, [*solids, *fluid])
    state.fluid = np.maximum(state.air - kept, 0)
    state.air = np.minimum(state.air, kept)
    deep = state.fluid > max(1.0, 0.3 * float(state.fluid.max()))
    return extent_box(deep & (sign(planted.side) * grid.x > 0))


def pneumothorax(grid: Grid, state: LungState, planted: Planted) -> Box:
    """Air between the chest wall and a lung that has come away from it, above all at the apex."""
    body, lung, s = grid.body, Lung(planted.side, grid), sign(planted.side)
    m = s * grid.x
    fall = 1.3 + 3.4 * planted.extent
    sideways = 0.8 + 3.4 * planted.extent
    ends = body.apex + 9.0 + 16.0 * planted.extent
    _, outer = lung.outline(grid.y, body.apex + fall)
    edge = outer - F(sideways) * (1 - smoothstep(body.apex + 0.35 * (ends - body.apex), ends, grid.y))
    collapsed = (m < edge) & (grid.y > body.apex + fall)
    far_in = cv2.distanceTransform(collapsed.astype(np.uint8), cv2.DIST_L2, 5)
    far_out = cv2.distanceTransform((~collapsed).astype(np.uint8), cv2.DIST_L2, 5)
    away = grid.blur((far_out - far_in) * F(grid.px), 0.06)  # cm from the visceral pleura, positive in the pleural space
    in_cavity = (state.air > 0.05).astype(F)
    state.empty = np.clip(away / F(0.06) + 0.5, 0, 1) * in_cavity
    thick = smoothstep(0.12, 0.35, away) * in_cavity
    state.pleura = np.exp(-((away / F(0.055)) ** 2)) * in_cavity * grid.blur((thick > 0.5).astype(F), 0.35)
    state.vessels = state.vessels * (1 - state.empty)
    return extent_box((thick > 0.9) & (m > 1.5))


def consolidation(grid: Grid, state: LungState, planted: Planted, rng: np.random.Generator) -> Box:
    """Airless lung in patches, with bronchi that still hold air."""
    body, s = grid.body, sign(planted.side)
    height = body.dome[planted.side] - body.apex
    y = body.apex + height * {Zone.UPPER: 0.28, Zone.MIDDLE: 0.58, Zone.LOWER: 0.84}[planted.zone] + rng.normal(0, 0.3)
    m = {Zone.UPPER: 6.8, Zone.MIDDLE: 7.4, Zone.LOWER: 8.4}[planted.zone] + rng.normal(0, 0.4)
    across, along = 2.3 + 2.9 * planted.extent, 2.0 + 2.6 * planted.extent
    dx, dy = (s * grid.x - F(m)) / F(across), (grid.y - F(y)) / F(along)
    ragged = grid.noise(rng, 2.8, 2)
    field = 1.25 - np.sqrt(dx * dx + dy * dy) + F(0.24) * ragged
    share = F(0.8) * smoothstep(0.0, 0.9, field) + F(0.2) * np.exp(-(dx * dx + dy * dy))  # patches in a haze
    if planted.zone is Zone.UPPER and planted.side is Side.RIGHT:  # ends sharply at the minor fissure
        share = share * np.clip((F(y + 0.55 * along) + F(0.05) * dx**2 - grid.y) / F(0.15) + 0.5, 0, 1)
    patches = np.clip(0.84 + 0.09 * grid.noise(rng, 1.5, 3), 0.4, 1.0)
    deep = F(5.0 + 4.5 * planted.extent)
    dense = np.minimum(deep * share * patches, F(0.85) * state.air)
    bronchi = np.zeros_like(dense)
    root = hilum(grid, planted.side)
    aim = np.array([s * m, y, root[2]])
    segments = []
    for _ in range(7):
        target = aim + rng.normal(0, 1, 3) * (0.6 * across, 0.6 * along, 0.2)
        kink = root + (target - root) * 0.5 + rng.normal(0, 0.4, 3)
        segments += [(root, kink, 0.24, 0.19), (kink, target, 0.19, 0.09)]
    capsules(bronchi, grid, segments)
    state.dense = state.dense + dense
    state.bronchi = np.maximum(state.bronchi, bronchi * np.clip(dense / deep, 0, 1))
    state.vessels = state.vessels * (1 - F(0.9) * share)
    return extent_box(dense > 0.3 * float(dense.max()))


def nodule(grid: Grid, state: LungState, planted: Planted, rng: np.random.Generator) -> Box:
    """A ball with an uneven edge, where much lung and no heart lies behind it, clear of the lung's other findings."""
    body, lung, s = grid.body, Lung(planted.side, grid), sign(planted.side)
    radius = 0.5 + 2.5 * planted.extent
    height = body.dome[planted.side] - body.apex
    low, high = {Zone.UPPER: (0.20, 0.36), Zone.MIDDLE: (0.40, 0.62), Zone.LOWER: (0.66, 0.84)}[planted.zone]
    clear = (state.dense < 0.5) & (state.fluid < 0.5) & (state.empty < 0.1)
    best = None
    for _ in range(40):
        y = body.apex + height * rng.uniform(low, high)
        inner, outer = (float(v) for v in lung.outline(np.array(y, F)))
        m = rng.uniform(*sorted((inner + 3.0 + radius, outer - radius - 1.0)))
        col, row = np.clip(np.round(grid.to_pixels(np.array([[s * m, y]]))[0]), 0, grid.size - 1).astype(int)
        worth = float(state.air[row, col]) * (1.0 if clear[row, col] else 0.2)
        best = max(best, (worth, m, y)) if best else (worth, m, y)
    _, m, y = best
    dx, dy = grid.x - F(s * m), grid.y - F(y)
    angle, distance = np.arctan2(dy, dx), np.hypot(dx, dy)
    edge = np.full_like(angle, radius)
    for k in range(2, 7):
        edge += F(radius * rng.normal(0, 0.11 / k)) * np.cos(k * angle + F(rng.uniform(0, 2 * np.pi)))
    edge += F(0.05) * grid.noise(rng, 0.5, 2)
    level = distance / np.maximum(edge, F(0.2))
    chord = np.where(level < 1, 2 * edge * np.sqrt(np.maximum(1 - level**2, 0)), 0).astype(F)
    chord = grid.blur(chord, 0.05) * F(1 + 0.9 * np.exp(-radius / 0.8))
    state.dense = np.maximum(state.dense, chord)
    return extent_box(level < 1)
