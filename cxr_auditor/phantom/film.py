"""From attenuation to grey: beam, scatter, quanta, the processing of a digital system, letters of lead, the edge of the beam."""

import numpy as np

from .grid import F, Grid, capsules, smoothstep

_QUANTA = 26000.0  # photons per pixel of a 1024-pixel film without a body in the beam
_SCATTER = 0.16  # scattered share of what arrives around a place
_PRECISION = 1 / 64  # grey levels are rounded after this, so that a last bit of float arithmetic rarely shows


def expose(grid: Grid, attenuation: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Log exposure (negative, so that dense is high), float32, with blur, scatter and quantum noise."""
    primary = grid.blur(np.exp(-attenuation), 0.022)
    arrived = primary + F(_SCATTER) * grid.blur(np.minimum(primary, F(0.5)), 3.2)
    quanta = _QUANTA * (1024 / grid.size) ** 2
    grain = rng.standard_normal(arrived.shape, dtype=F)
    arrived = arrived + grid.blur(np.sqrt(arrived / F(quanta)) * grain, 0.5 * grid.px) * F(1.2)
    return -np.log(np.maximum(arrived, F(1e-4)))


def develop(grid: Grid, exposure: np.ndarray, lung: np.ndarray, body: np.ndarray) -> np.ndarray:
    """uint8 film. The window is set from the lungs and the body (masks); wide differences are pressed, details lifted."""
    coarse = grid.blur(exposure, 2.2)
    fine = grid.blur(exposure, 0.12)
    pressed = F(0.80) * coarse + F(1.0) * (fine - coarse) + F(1.4) * (exposure - fine)
    low, high = float(np.percentile(pressed[lung], 20)), float(np.percentile(pressed[body & ~lung], 85))
    span = (high - low) * grid.body.latitude
    tone = (pressed - F(low)) / F(span)
    grey = 1 / (1 + np.exp(-(tone - F(0.36)) * F(2.7)))
    grey = (grey - F(0.06)) / F(0.86)
    return np.clip(np.round(np.round(grey * 250 / _PRECISION) * _PRECISION), 0, 255).astype(np.uint8)


def lead_letter(grid: Grid, rng: np.random.Generator) -> np.ndarray:
    """Path length through the side marker's letter, which stands on the patient's side that it names."""
    body = grid.body
    strokes = {
        "L": [((0, 0), (0, 1.5)), ((0, 1.5), (0.85, 1.5))],
        "R": [((0, 0), (0, 1.5)), ((0, 0), (0.6, 0)), ((0.6, 0), (0.85, 0.38)), ((0.85, 0.38), (0.6, 0.76)), ((0.6, 0.76), (0, 0.76))]
        + [((0.4, 0.76), (0.9, 1.5))],
    }[body.marker]
    layer = np.zeros((grid.size, grid.size), F)
    side = 1 if body.marker == "L" else -1
    corner = np.array([side * (0.5 * body.field - rng.uniform(2.4, 3.4)) - 0.4, rng.uniform(1.4, 2.6)])
    turn = rng.normal(0, 0.10)
    c, s = np.cos(turn), np.sin(turn)
    segments = [[(corner[0] + c * x - s * y, corner[1] + s * x + c * y, 0.0) for x, y in ends] + [0.13, 0.13] for ends in strokes]
    capsules(layer, grid, segments)
    return np.minimum(layer, F(0.2))


def cone(grid: Grid) -> np.ndarray:
    """Share of the beam that the collimator lets through, 0 to 1."""
    along = (np.arange(grid.size, dtype=F) + 0.5) * F(grid.px)
    top, right, bottom, left = grid.body.cone

    def open_between(first, last):
        return smoothstep(first - 0.05, first + 0.08, along) * (1 - smoothstep(last - 0.08, last + 0.05, along))

    far = grid.body.field + 1.0
    rows = open_between(top or -1.0, grid.body.field - bottom if bottom else far)
    cols = open_between(left or -1.0, grid.body.field - right if right else far)
    return rows[:, None] * cols[None, :]
