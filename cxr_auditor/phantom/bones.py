"""Bones: what they add to the attenuation of the soft tissue they replace (1/cm x cm)."""

import cv2
import numpy as np

from ..findings import Side
from .anatomy import sign
from .grid import F, Grid, tube
from .soft import Ellipsoid, Lung

CORTEX = 0.34  # attenuation beyond soft tissue's, 1/cm
MARROW = 0.07


def bones(grid: Grid, rng: np.random.Generator) -> np.ndarray:
    """All of them, float32 (size, size)."""
    layer = np.zeros((grid.size, grid.size), F)
    _spine(layer, grid, rng)
    for side in Side:
        _ribs(layer, grid, side, rng)
        _clavicle(layer, grid, side, rng)
        _shoulder(layer, grid, side, rng)
    return layer


def _bone(layer, grid, path, radius, wall=0.13, flat=1.0, strength=1.0):
    """A bone's tube: dense rim, marrow within."""

    def outer(t):
        return radius(t) if callable(radius) else np.full_like(t, radius)

    tube(
        layer,
        grid,
        path,
        outer,
        strength * CORTEX,
        inner=lambda t: np.maximum(outer(t) - wall, 0.05),
        inner_weight=strength * (MARROW - CORTEX),
        flat=flat,
    )


def _ribs(layer: np.ndarray, grid: Grid, side: Side, rng: np.random.Generator) -> None:
    body, s = grid.body, sign(side)
    spacing = (body.dome_right - body.apex + 3.4) / 9.6
    lung = Lung(side, grid)
    for k in range(11):
        start = body.apex - 0.5 + spacing * k * (0.86 + 0.02 * k) + rng.normal(0, 0.08)
        drop = body.rib_drop * (0.62, 0.78, 0.9)[k] if k < 3 else body.rib_drop * (1 + 0.03 * (k - 3))
        lateral = min(float(lung.outline(np.array(start + 0.42 * drop, F))[1]) + 0.35, (6.6, 9.2, 11.2)[k] if k < 3 else 99.0)
        depth = body.depth * min(1.0, 0.55 + 0.12 * k) + 0.4
        turn = np.linspace(0.16, np.pi * (0.80 if k < 7 else 0.80 - 0.09 * (k - 6)), 60)
        out = np.sin(turn) ** 0.8
        path = np.stack(
            [
                s * (1.2 + (lateral - 1.2) * out),
                start - 0.7 * np.sin(2.2 * turn) * (turn < np.pi / 2.2) + drop * ((1 - np.cos(turn)) / 2) ** 1.25,
                1.0 + depth * np.cos(turn),
            ],
            1,
        )
        wide = rng.uniform(0.92, 1.08)

        def radius(t, wide=wide):  # a rib is flat: where it turns forward along the chest wall its thin side is seen
            return wide * (0.54 + 0.16 * t - 0.20 * np.exp(-(((t - 0.47) / 0.10) ** 2)))

        _bone(layer, grid, path, radius, 0.11, 0.62, 0.7 if k == 0 else 0.95)


def _clavicle(layer: np.ndarray, grid: Grid, side: Side, rng: np.random.Generator) -> None:
    body, s = grid.body, sign(side)
    t = np.linspace(0, 1, 50)
    lift = rng.normal(1.7, 0.5)
    x = 1.9 + (body.half_width - 0.2) * t
    y = body.apex + 2.9 - lift * t - 0.75 * np.sin(2 * np.pi * t * 0.9) + rng.normal(0, 0.15)
    path = np.stack([s * x, y, -6.5 + 5.5 * t], 1)
    _bone(layer, grid, path, lambda t: 0.52 + 0.30 * np.exp(-t / 0.08) + 0.12 * t**2, 0.15, 0.95, 0.95)


def _shoulder(layer: np.ndarray, grid: Grid, side: Side, rng: np.random.Generator) -> None:
    """Shoulder blade (a thin plate with a thick outer border), its spine, the coracoid, the head of the humerus and its shaft."""
    body, s = grid.body, sign(side)
    out, down = body.half_width + rng.normal(-0.3, 0.3), body.apex + rng.normal(0, 0.3)

    def at(points):
        return np.array([[s * (out + m), down + y, 4.0] for m, y in points])

    corners = at([(-3.6, 1.6), (-0.6, 2.0), (1.9, 3.6), (1.7, 5.6), (0.3, 10.5), (-1.1, 15.2), (-2.0, 14.6), (-2.9, 8.5)])
    plate = np.zeros((grid.size, grid.size), np.uint8)
    cv2.fillPoly(plate, [np.round(grid.to_pixels(corners) * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    layer += F(0.38 * CORTEX / 255) * grid.blur(plate.astype(F), 0.12)
    _bone(layer, grid, at([(1.8, 5.4), (0.6, 10.3), (-1.0, 15.0)]), lambda t: 0.42 - 0.18 * t, 0.12, 0.9)
    _bone(layer, grid, at([(-1.2, 15.2), (-2.1, 14.4), (-2.9, 8.5), (-3.5, 1.8)]), 0.14, 0.1, 0.8)
    _bone(layer, grid, at([(-3.0, 4.2), (-0.5, 2.9), (1.8, 1.4), (3.6, 0.9)]), lambda t: 0.35 + 0.25 * t, 0.1, 0.5)
    _bone(layer, grid, at([(0.0, 2.6), (0.7, 3.3)]), 0.55, 0.14, 0.8)
    head = Ellipsoid((s * (out + 4.1), down + 4.0, 0), (2.35, 2.45, 2.2))
    core = Ellipsoid(head.centre, (2.2, 2.3, 2.05))
    layer += grid.blur(F(CORTEX) * head.chord(grid) - F(CORTEX - 1.6 * MARROW) * core.chord(grid), 0.06)
    _bone(layer, grid, at([(4.6, 5.4), (6.2, 12.0), (7.8, 24.0)]), lambda t: 1.35 - 0.25 * np.minimum(3 * t, 1), 0.32, 0.9, 0.9)


def _spine(layer: np.ndarray, grid: Grid, rng: np.random.Generator) -> None:
    """Vertebrae from the neck to the upper belly: body with end plates, pedicles, spinous and transverse processes."""
    body = grid.body
    curve = rng.normal(0, 0.35)
    shift = body.shift(5.5)
    y, k = body.apex - 6.8, 0
    own = np.zeros_like(layer)
    while y < body.field + 3:
        height = 1.45 + 0.062 * k + 0.0006 * k * k
        centre = shift + curve * np.sin((y - body.apex) / 11.0) + rng.normal(0, 0.03)
        width, depth = (2.4 + 0.065 * k) * rng.uniform(0.97, 1.03), 2.1 + 0.06 * k
        lean = rng.normal(0, 0.03)
        rows, cols = grid.window(centre, y, 4.5)
        dx = grid.x[rows, cols] - F(centre)
        dy = grid.y[rows, cols] - F(y) + F(lean) * dx
        waist = F(width / 2) * (1 - F(0.10) * np.clip(1 - (dy / F(0.36 * height)) ** 2, 0, 1))
        across = np.clip((waist - np.abs(dx)) / F(0.3), 0, 1)
        bend = F(0.07) * (dx / waist) ** 2
        inside = across * np.clip((F(0.43 * height) - bend - np.abs(dy)) / F(0.12), 0, 1)
        round_off = np.sqrt(np.clip(1 - 0.85 * (dx / waist) ** 2, 0.05, 1))
        plate = across * np.exp(-(((np.abs(dy) + bend - F(0.415 * height)) / F(0.09)) ** 2))
        rim = np.clip(1 - np.abs(waist - F(0.08) - np.abs(dx)) / F(0.14), 0, 1) * (np.abs(dy) < 0.40 * height)
        own[rows, cols] += F(0.8 * MARROW * depth) * inside * round_off + F(0.06) * plate + F(0.05) * rim
        for s in (-1, 1):
            ring = np.hypot((dx - F(s * 0.33 * width)) / F(0.30), (dy + F(0.12 * height)) / F(0.44))
            own[rows, cols] += F(0.055 * rng.uniform(0.6, 1.3)) * np.exp(-(((ring - 1) / F(0.35)) ** 2)) + F(0.04) * (ring < 1)
            wing = [[centre + s * 1.0 - shift, y - 0.2 * height, 0], [centre + s * (1.5 + 0.42 * width) - shift, y - 0.4 * height, 0]]
            tube(own, grid, np.array(wing), lambda t: 0.36 - 0.06 * t, 0.07, flat=0.8)
        drop = np.hypot((dx - F(rng.normal(0, 0.06))) / F(0.20), (dy - F(0.52 * height)) / F(0.55 + 0.01 * k))
        own[rows, cols] += F(0.10) * np.clip((1.1 - drop) / F(0.35), 0, 1)
        y, k = y + height, k + 1
    layer += grid.blur(own, 0.05) * (1 + F(0.10) * grid.noise(rng, 0.6, 2))
