"""Soft tissue and air: the body's outline, lungs, heart, great vessels, diaphragm, as path lengths along the ray (cm)."""

from dataclasses import dataclass

import numpy as np

from ..findings import Side
from .anatomy import Anatomy, sign
from .grid import F, Grid, smoothstep, tube

Interval = tuple[np.ndarray, np.ndarray]
"""Where a ray is inside a solid: z from, z to; empty where from >= to."""


@dataclass(frozen=True)
class Ellipsoid:
    """Centre and half axes in cm; `angle` turns the first axis from x toward y, in radians."""

    centre: tuple[float, float, float]
    axes: tuple[float, float, float]
    angle: float = 0.0

    def level(self, grid: Grid) -> np.ndarray:
        """0 in the middle of its shadow, 1 on the edge."""
        c, s = np.cos(self.angle), np.sin(self.angle)
        dx = grid.x - F(self.centre[0] + grid.body.shift(self.centre[2]))
        dy = grid.y - F(self.centre[1])
        return ((F(c) * dx + F(s) * dy) / F(self.axes[0])) ** 2 + ((F(c) * dy - F(s) * dx) / F(self.axes[1])) ** 2

    def interval(self, grid: Grid) -> Interval:
        half = F(self.axes[2]) * np.sqrt(np.maximum(1 - self.level(grid), 0))
        return F(self.centre[2]) - half, F(self.centre[2]) + half

    def chord(self, grid: Grid) -> np.ndarray:
        return F(2 * self.axes[2]) * np.sqrt(np.maximum(1 - self.level(grid), 0))


def merged(grid: Grid, parts: tuple[Ellipsoid, ...]) -> np.ndarray:
    """The level of several ellipsoids grown together: their creases are filled."""
    total = sum(np.exp(F(-5) * np.minimum(part.level(grid), F(6))) for part in parts)
    return np.log(total) / F(-5)


def heart(body: Anatomy) -> tuple[Ellipsoid, ...]:
    """Left and right heart. Their shadow is as wide as the body's cardiothoracic ratio says: a third right of the midline."""
    w = body.heart_width
    lying = body.heart_ratio - 0.44  # a large heart grows across more than upward
    angle = np.radians(40 - 60 * lying)
    long, short = 0.50 * w, (0.34 - 0.25 * lying) * w
    reach = np.hypot(long * np.cos(angle), short * np.sin(angle))
    drop = np.hypot(long * np.sin(angle), short * np.cos(angle))
    left = Ellipsoid((0.67 * w - reach, body.dome_left + 3.0 - drop, -1.0), (long, short, 0.50 * w), angle)
    right = Ellipsoid((-0.09 * w, body.dome_right - 1.2 - 0.10 * w, -1.0), (0.24 * w, 0.14 * w + 3.3, 0.46 * w), np.radians(-8))
    return left, right


def mediastinum(grid: Grid) -> list[Interval]:
    """Heart and great vessels: what keeps air from the middle of the chest."""
    body = grid.body
    arch, w = body.arch, body.heart_width
    left, right = heart(body)
    trunk = Ellipsoid((0.16 * w + 0.55, body.carina + 3.4, -2.0), (1.9, 4.8, 2.6), np.radians(-20))
    ascending = Ellipsoid((-1.2, body.carina + 0.5, -2.5), (1.75, 7.0, 3.0))
    cava = Ellipsoid((-1.55, body.arch - 0.5, -1.0), (1.45, 7.0, 2.2), np.radians(4))
    subclavian = Ellipsoid((1.45, arch - 2.0, 1.0), (1.5, 5.5, 2.4), np.radians(-5))
    knob = Ellipsoid((3.75 - body.knob, arch, 2.0), (body.knob, body.knob * 1.12, 4.2))
    aorta = Ellipsoid((1.75, (arch + body.base) / 2 + 1, 5.2), (1.3, (body.base - arch) / 2 + 3, 1.4), np.radians(2))
    core = Ellipsoid((0.0, body.carina - 11.0, 0.5), (2.7, 16.0, 9.5))
    spine = Ellipsoid((body.shift(5.0) * 0.5, 16.0, 7.0), (2.7, 60.0, 5.0))
    atrium = Ellipsoid((0.4, body.carina + 4.8, 3.0), (2.5, 4.8, 4.0))
    front = merged(grid, (left, right, trunk, ascending))
    deep = np.minimum(np.maximum(np.maximum(left.chord(grid), right.chord(grid)) / 2, F(2.9)), F(0.9 * body.depth))
    half = deep * np.maximum(1 - front, 0) ** F(0.36)
    upper = merged(grid, (knob, cava, subclavian, ascending))
    arched = F(3.4) * np.sqrt(np.maximum(1 - upper, 0))
    front_and_arch = [(F(-1.0) - half, F(-1.0) + half), (F(1.0) - arched, F(1.0) + arched)]
    return front_and_arch + [part.interval(grid) for part in (aorta, atrium, core, spine)]


@dataclass(frozen=True)
class Lung:
    """One side of the chest's inside. `m`, `outer`, `inner`: distances from the midline; `u` and `span` place a ray in the cavity."""

    side: Side
    grid: Grid

    def outline(self, y: np.ndarray, apex: float | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Inner and outer border at heights y (cm); `apex` replaces the body's own upper end (a collapsed lung's)."""
        body = self.grid.body
        top = body.apex if apex is None else apex
        t = np.clip((y - F(top)) / F(body.base - top), 0, 1)
        rise = np.sqrt(1 - (1 - t) ** F(2.2))
        tip = 4.6
        return F(tip) - F(tip - 1.3) * np.minimum(rise * 1.6, 1), F(tip) + F(body.half_width - tip) * rise

    def cavity(self) -> Interval:
        """Where rays are inside the cavity (lung, fluid and air alike), above and behind the diaphragm or not."""
        grid, body = self.grid, self.grid.body
        m = sign(self.side) * grid.x
        inner, outer = self.outline(grid.y)
        u = (m - (inner + outer) / 2) / np.maximum((outer - inner) / 2, F(1e-3))
        t = np.clip((grid.y - F(body.apex)) / F(body.base - body.apex), 0, 1)
        shape = np.where(u > 0, 1 - np.abs(u) ** F(2.3), 1 - np.abs(u) ** F(2.5))
        half = F(body.depth) * np.minimum(1.35 * t, 1) ** F(0.42) * np.sqrt(np.maximum(shape, 0))
        half = np.where((grid.y > body.apex) & (np.abs(u) < 1), half, 0)
        middle = F(1.2) * (1 - t)
        return middle - half, middle + half

    def dome(self) -> np.ndarray:
        """y of the diaphragm's highest points along every ray's column."""
        body = self.grid.body
        m = sign(self.side) * self.grid.x
        peak = 0.46 * body.half_width
        lateral = np.clip((m - F(peak)) / F(body.half_width - peak), 0, None)
        medial = np.clip((F(peak) - m) / F(peak), 0, None)
        return F(body.dome[self.side]) + F(0.33 * body.half_width) * lateral ** F(2.3) + F(0.9) * medial**2

    def diaphragm(self) -> Interval:
        """What lies below the diaphragm: the dome falls deep behind and a little in front."""
        body = self.grid.body
        below = np.maximum(self.grid.y - self.dome(), 0)
        return F(-0.5) - F(body.depth) * np.sqrt(below / F(2.2)), F(-0.5) + F(body.depth) * np.sqrt(below / F(6.0))


def covered(inside: Interval, solids: list[Interval]) -> np.ndarray:
    """Length of the part of `inside` that the union of the solids covers."""
    total = np.zeros_like(inside[0])
    hit = inside[1] > inside[0]
    low, high = inside[0][hit], inside[1][hit]
    starts = np.stack([np.clip(a[hit], low, high) for a, _ in solids])
    ends = np.stack([np.clip(b[hit], low, high) for _, b in solids])
    order = np.argsort(starts, axis=0)
    length, reached = np.zeros_like(low), low
    for a, b in zip(np.take_along_axis(starts, order, 0), np.take_along_axis(ends, order, 0), strict=True):
        length += np.maximum(b - np.maximum(a, reached), 0)
        reached = np.maximum(reached, b)
    total[hit] = length
    return total


def torso(grid: Grid) -> tuple[np.ndarray, np.ndarray]:
    """Path length through the lean body and through fat around it."""
    body = grid.body
    x, y = grid.x, grid.y
    wall = 2.3 + 0.5 * body.habitus
    fat = 0.6 + 2.6 * body.habitus
    waist = smoothstep(body.dome_left + 3, body.dome_left + 16, y)
    rise = smoothstep(body.apex - 7.5, body.apex + 4.0, y)
    lean_half = F(5.6) + (F(body.half_width + wall) - F(5.6)) * rise - F(1.4 - body.habitus) * waist
    lean_depth = F(6.0) + F(body.depth + 1.4 - 6.0) * smoothstep(body.apex - 4, body.apex + 8, y)
    lean_depth += F(1.4) * smoothstep(body.carina, body.dome_right + 3, y)

    def slab(half, depth):
        return 2 * depth * np.maximum(1 - np.abs(x / half) ** F(3.6), 0) ** F(0.45)

    lean = slab(lean_half, lean_depth)
    whole = slab(lean_half + F(fat), lean_depth + F(0.6 * fat))
    arms = np.zeros_like(lean)
    for side in Side:
        s = sign(side)
        shoulder = Ellipsoid((s * (body.half_width + 0.6), body.apex + 3.4, 0), (7.4 + body.habitus, 4.6 + body.habitus, 6.4), s * 0.30)
        arm = Ellipsoid((s * (body.half_width + 6.6 + body.habitus), body.apex + 12, 0), (4.2 + body.habitus, 13.0, 5.2), s * -0.14)
        axilla = Ellipsoid((s * (body.half_width + 1.2), body.apex + 9.5, 2), (3.2, 9.0, 4.0), s * 0.06)
        chest = Ellipsoid((s * (body.half_width - 3.4), body.apex + 7.0, -5), (6.0, 7.5, 1.3), s * -0.5)
        for part in (shoulder, arm, axilla):
            arms = (arms**3 + (F(2 * part.axes[2]) * np.maximum(1 - part.level(grid), 0)) ** 3) ** F(1 / 3)
        lean = lean + F(2.6) * np.maximum(1 - chest.level(grid), 0) ** F(0.8)
    lean = (lean**3 + arms**3) ** F(1 / 3)
    return lean, np.maximum(whole - lean, 0) + F(0.4 * fat) * np.minimum(arms / 6, 1)


def breasts(grid: Grid) -> np.ndarray:
    """Path length through breast tissue: a round lower border, a soft upper one."""
    body = grid.body
    layer = np.zeros_like(grid.x)
    if not body.breast:
        return layer
    for side in Side:
        m = sign(side) * grid.x
        dx = (m - F(0.68 * body.half_width)) / F(0.46 * body.half_width)
        dy = grid.y - F(body.dome_right - 2.6) - F(0.10) * (m - F(9.0))
        dy = np.where(dy > 0, dy / F(4.2 + 0.3 * body.breast), dy / F(10.5))
        r = dx * dx + dy * dy
        layer += F(body.breast) * np.maximum(1 - r, 0) ** (F(0.5) + F(0.8) * np.clip(-dy, 0, 1))
    return layer


def gas(grid: Grid, rng: np.random.Generator) -> np.ndarray:
    """Path length through the stomach's bubble and a few loops of bowel."""
    body = grid.body
    wobble = F(0.28) * grid.noise(rng, 1.8, 2)
    layer = np.zeros_like(grid.x)
    spots = [(5.8 + rng.normal(0, 0.7), body.dome_left + 1.1 + 0.5 * body.bubble, body.bubble, 0.5 * body.bubble)]
    for _ in range(rng.integers(1, 4)):
        r = rng.uniform(0.7, 1.5)
        spots.append((rng.uniform(2.0, 11.0), body.dome_left + rng.uniform(5.5, 10.0), r * rng.uniform(1.0, 1.7), r))
    for x, y, a, b in spots:
        level = Ellipsoid((x, y, 0), (a, b, 1)).level(grid) + wobble
        layer += F(1.2 * b) * np.maximum(1 - level, 0) ** F(0.7)
    return layer


def airway(grid: Grid) -> np.ndarray:
    """Path length through the trachea and the main bronchi; the neck's part is weakened, as the shoulders' scatter does."""
    carina = grid.body.carina
    pipes = (
        ([[0.1, -3, 0], [0.0, carina - 7, 1], [-0.35, carina - 2.6, 2], [-0.1, carina, 2.5]], 0.85, 0.85),
        ([[-0.1, carina - 0.1, 2.5], [-1.4, carina + 1.5, 2.6], [-3.0, carina + 3.0, 2.8]], 0.66, 0.5),
        ([[0.0, carina - 0.1, 2.5], [2.0, carina + 1.2, 2.8], [4.2, carina + 2.4, 3.2]], 0.6, 0.45),
    )
    total = np.zeros_like(grid.x)
    for path, first, last in pipes:
        pipe = np.zeros_like(total)
        tube(pipe, grid, np.array(path), lambda t, a=first, b=last: a + (b - a) * t, 1.0)
        total += grid.blur(np.minimum(pipe, 2.0), 0.08)
    return total * (F(0.75) + F(0.5) * smoothstep(0, carina, grid.y))
