"""The film's plane: pixels and centimetres, smooth noise, tubes and chords drawn into a layer."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import cv2
import numpy as np

from .anatomy import Anatomy

F = np.float32


@dataclass(frozen=True)
class Grid:
    """A square film of `size` pixels over a body; `x`, `y` are float32 (size, size) in cm of the body's frame."""

    size: int
    body: Anatomy

    @property
    def px(self) -> float:
        """cm per pixel."""
        return self.body.field / self.size

    @cached_property
    def _turn(self) -> tuple[float, float]:
        return float(np.cos(self.body.tilt)), float(np.sin(self.body.tilt))

    @cached_property
    def _plane(self) -> tuple[np.ndarray, np.ndarray]:
        half, (c, s) = self.body.field / 2, self._turn
        along = ((np.arange(self.size) + 0.5) * self.px - half).astype(F)
        u, v = along[None, :] - F(self.body.offset), along[:, None]
        return c * u + s * v, c * v - s * u + F(half)

    @property
    def x(self) -> np.ndarray:
        return self._plane[0]

    @property
    def y(self) -> np.ndarray:
        return self._plane[1]

    def to_pixels(self, points: np.ndarray) -> np.ndarray:
        """(n, 2 or 3) cm (x, y[, z]), turned with the patient -> (n, 2) pixels (column, row), floats, pixel centres at integers."""
        points = np.asarray(points, float)
        x = points[:, 0] + (self.body.shift(points[:, 2]) if points.shape[1] == 3 else 0.0)
        half, (c, s) = self.body.field / 2, self._turn
        y = points[:, 1] - half
        return np.stack([c * x - s * y + self.body.offset + half, s * x + c * y + half], 1) / self.px - 0.5

    def window(self, x: float, y: float, reach: float) -> tuple[slice, slice]:
        """Rows and columns within `reach` cm of a place, cut to the film."""
        (col, row), r = self.to_pixels(np.array([[x, y]]))[0], reach / self.px
        rows = slice(max(0, int(row - r)), max(0, min(self.size, int(row + r) + 2)))
        return rows, slice(max(0, int(col - r)), max(0, min(self.size, int(col + r) + 2)))

    def blur(self, layer: np.ndarray, sigma: float) -> np.ndarray:
        """Gaussian of `sigma` cm; a wide one is taken on a smaller copy."""
        pixels = sigma / self.px
        shrink = max(1, int(pixels // 6))
        if shrink == 1:
            return cv2.GaussianBlur(layer, (0, 0), pixels, borderType=cv2.BORDER_REFLECT)
        small = cv2.resize(layer, (self.size // shrink, self.size // shrink), interpolation=cv2.INTER_AREA)
        small = cv2.GaussianBlur(small, (0, 0), pixels / shrink, borderType=cv2.BORDER_REFLECT)
        return cv2.resize(small, (self.size, self.size), interpolation=cv2.INTER_CUBIC)

    def noise(self, rng: np.random.Generator, scale: float, octaves: int = 1) -> np.ndarray:
        """Smooth noise of about unit deviation whose coarsest features are `scale` cm wide."""
        total, weight, power = np.zeros((self.size, self.size), F), 1.0, 0.0
        for _ in range(octaves):
            cells = max(4, round(self.body.field / scale) + 3)
            coarse = rng.standard_normal((cells, cells), dtype=F)
            total += F(weight) * cv2.resize(coarse, (self.size, self.size), interpolation=cv2.INTER_CUBIC)
            power += weight**2
            weight, scale = weight * 0.6, scale / 2
        return total / F(0.82 * np.sqrt(power))


@lru_cache(maxsize=4096)
def _disc(eighths: int, column: int, row: int) -> np.ndarray:
    """A disc with a soft rim; radius in eighths of a pixel, centre off a pixel's by quarters."""
    radius = eighths / 8
    reach = int(radius) + 2
    along = np.arange(-reach, reach + 1, dtype=F)
    distance = np.hypot(along[None, :] - column / 4, along[:, None] - row / 4)
    return np.clip(F(radius + 0.5) - distance, 0, 1)


def resample(path: np.ndarray, step: float) -> tuple[np.ndarray, np.ndarray, float]:
    """A polyline (n, 3) at even steps of about `step`: points, their place along it in [0, 1], the step taken."""
    path = np.asarray(path, float)
    lengths = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
    count = max(2, int(np.ceil(lengths[-1] / step)) + 1)
    at = np.linspace(0, lengths[-1], count)
    points = np.stack([np.interp(at, lengths, path[:, i]) for i in range(path.shape[1])], 1)
    return points, at / lengths[-1], lengths[-1] / (count - 1)


def tube(layer: np.ndarray, grid: Grid, path: np.ndarray, radius, weight, inner=None, inner_weight=None, flat: float = 1.0) -> None:
    """Adds weight x path length through a tube along a 3-D polyline (where it runs toward the viewer the ray is longer).

    `radius`, `weight`, `inner` (radius of a core) and `inner_weight` are numbers or functions of the place along the tube in [0, 1];
    `flat` is the tube's depth over its width.
    """
    points, along, step = resample(path, 1.4 * grid.px)
    places = grid.to_pixels(points)

    def values(v):
        return np.broadcast_to(v(along) if callable(v) else v, along.shape)

    parts = [(values(radius), values(weight))]
    if inner is not None:
        parts.append((values(inner), values(inner_weight)))
    for radii, weights in parts:
        for (col, row), r, w in zip(places, radii, weights * (step * flat), strict=True):
            quarter_col, quarter_row = round(col * 4), round(row * 4)
            c, r0 = quarter_col // 4, quarter_row // 4
            disc = _disc(round(r / grid.px * 8), quarter_col % 4, quarter_row % 4)
            _add(layer, disc, r0, c, F(w))


def _add(layer: np.ndarray, patch: np.ndarray, row: int, col: int, weight: np.float32) -> None:
    reach = patch.shape[0] // 2
    top, left = row - reach, col - reach
    y0, x0 = max(0, top), max(0, left)
    y1, x1 = min(layer.shape[0], row + reach + 1), min(layer.shape[1], col + reach + 1)
    if y0 < y1 and x0 < x1:
        layer[y0:y1, x0:x1] += weight * patch[y0 - top : y1 - top, x0 - left : x1 - left]


def capsules(layer: np.ndarray, grid: Grid, segments: Sequence[tuple]) -> None:
    """Raises a layer to the path length through tapering vessel segments: (start, end, first radius, last radius), places (x, y, z)."""
    starts = np.array([segment[0] for segment in segments])
    ends = np.array([segment[1] for segment in segments])
    radii = np.array([segment[2:] for segment in segments]) / grid.px
    lengths = np.linalg.norm(ends - starts, axis=1) / grid.px
    columns = (grid.to_pixels(starts), grid.to_pixels(ends), radii, lengths)
    for a, b, r, length in zip(*(column.tolist() for column in columns), strict=True):
        _capsule(layer, a, b, r, length, grid.px)


def _capsule(layer, start, end, radius, length: float, px: float) -> None:
    (ca, ra), (cb, rb) = start, end
    reach = max(radius) + 1.5
    x0, x1 = max(0, int(min(ca, cb) - reach)), min(layer.shape[1], int(max(ca, cb) + reach) + 2)
    y0, y1 = max(0, int(min(ra, rb) - reach)), min(layer.shape[0], int(max(ra, rb) + reach) + 2)
    if x0 >= x1 or y0 >= y1:
        return
    dx, dy = cb - ca, rb - ra
    flat = max(math.hypot(dx, dy), 1e-3)
    u = np.arange(x0 - ca, x1 - ca - 0.5, dtype=F)[None, :]
    v = np.arange(y0 - ra, y1 - ra - 0.5, dtype=F)[:, None]
    along = np.minimum(np.maximum(u * F(dx / flat**2) + v * F(dy / flat**2), 0), 1)
    r = F(radius[0]) + along * F(radius[1] - radius[0])
    squared = r * r - (u - along * F(dx)) ** 2 - (v - along * F(dy)) ** 2
    chord = F(2 * px * min(length / flat, 2.5)) * np.sqrt(np.maximum(squared, 0))
    np.maximum(layer[y0:y1, x0:x1], chord, out=layer[y0:y1, x0:x1])


def smoothstep(low: float, high: float, value):
    """0 below `low`, 1 above `high`, smooth between."""
    t = np.clip((value - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)
