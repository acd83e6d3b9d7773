"""Pulmonary vessels: trees that grow from the hila through the lungs, thinner with every branching."""

import math

import numpy as np

from ..findings import Side
from .anatomy import sign
from .grid import F, Grid, capsules, tube
from .soft import Lung

_SMALLEST = 0.03  # radius in cm
_STEMS = ((0.12, 0.50), (0.42, 0.56), (0.75, 0.42), (1.12, 0.36), (1.55, 0.36), (2.05, 0.36), (2.55, 0.38), (2.85, 0.30))
"""A tree each: its angle from straight down, outward; its radius (cm) at the hilum. The lower lobe's are the thicker ones."""


def hilum(grid: Grid, side: Side) -> np.ndarray:
    """(x, y, z); the left one lies higher."""
    return np.array([sign(side) * 3.3, grid.body.carina + (2.7 if side is Side.RIGHT else 1.7), 1.0])


def vessels(grid: Grid, side: Side, rng: np.random.Generator) -> np.ndarray:
    """Path length through one lung's arteries and veins, float32 (size, size)."""
    total = np.zeros((grid.size, grid.size), F)
    root, s = hilum(grid, side), sign(side)
    edge = _edge(grid, side)
    for shift, share in ((0.0, 1.0), (0.22, 0.8)):  # arteries, then veins
        segments = []
        for angle, radius in _STEMS:
            angle = angle + shift + rng.normal(0, 0.08)
            heading = _unit((s * math.sin(angle), math.cos(angle), rng.normal(0, 0.35)))
            begin = (
                root[0] + s * rng.uniform(-0.3, 0.4),
                root[1] + (0.6 if angle < 1 else -0.5) + 2.0 * shift,
                root[2] + rng.normal(0, 0.8),
            )
            _grow(segments, grid, edge, rng, begin, heading, radius * share * rng.uniform(0.9, 1.1))
        layer = np.zeros_like(total)
        capsules(layer, grid, segments)
        total += layer
    main = np.array([root + (s * -1.2, -0.6, 0), root, root + (s * 0.5, 1.6, 0.5), root + (s * 1.0, 3.6, 1.0)])
    tube(total, grid, main, lambda t: 0.95 - 0.42 * t, 0.7)
    return grid.blur(total, 0.02)


def _edge(grid: Grid, side: Side):
    """y -> how far from the midline vessels are seen; 0 outside the lung."""
    body = grid.body
    heights = np.linspace(body.apex + 0.6, body.base - 1.5, 100)
    outer = Lung(side, grid).outline(heights.astype(F))[1] - 0.5
    table = outer.tolist()
    step = heights[1] - heights[0]

    def edge(y: float) -> float:
        place = (y - heights[0]) / step
        return table[int(place)] if 0 <= place < 100 else 0.0

    return edge


def _grow(segments: list, grid: Grid, edge, rng: np.random.Generator, start: tuple, heading: tuple, radius: float) -> None:
    """Appends a tree's segments; each branching shares the cross-section unevenly."""
    smallest = max(_SMALLEST, 0.35 * grid.px)  # thinner than the pixels is not seen
    stack = [(start, heading, radius, 0)]
    while stack:
        at, heading, radius, depth = stack.pop()
        length = rng.uniform(0.7, 1.3) * (0.7 + 2.6 * math.sqrt(radius))
        pieces = 2 if radius > 0.06 else 1
        for _ in range(pieces):  # a thick vessel bends on its way
            dx, dy, dz = rng.normal(0, 0.15, 3).tolist()
            heading = _unit((heading[0] + dx, heading[1] + dy, 0.9 * heading[2] + dz))
            end = tuple(a + h * length / pieces for a, h in zip(at, heading, strict=True))
            segments.append((at, end, radius, radius * 0.94))
            at, radius = end, radius * 0.94
        m = abs(at[0])
        if radius < smallest or depth > 13 or not 1.0 < m < edge(at[1]):
            continue
        turn, split = rng.uniform(0.32, 0.75), rng.uniform(0.35, 0.65)
        x, y, z = rng.normal(0, 1, 3).tolist()
        axis = _unit(_cross(heading, (0.6 * x, 0.6 * y, 1.6 * z)))
        aside = _cross(axis, heading)
        for way, part in ((turn * (1.5 - split), split), (-turn * (0.5 + split), 1 - split)):
            child = tuple(h * math.cos(way) + a * math.sin(way) for h, a in zip(heading, aside, strict=True))
            stack.append((at, child, radius * part ** (1 / 2.7), depth + 1))


def _cross(a: tuple, b: tuple) -> tuple:
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


def _unit(a: tuple) -> tuple:
    length = math.sqrt(a[0] ** 2 + a[1] ** 2 + a[2] ** 2)
    return a[0] / length, a[1] / length, a[2] / length
