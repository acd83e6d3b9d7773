"""Random histories of one film: geometry, resolution, JPEG, exposure, noise, hidden patches.

Origin and resolution are confounded with labels in the training set; the random resize and JPEG history takes that shortcut away.
"""

import math

import cv2
import numpy as np

_INTERPOLATIONS = (cv2.INTER_AREA, cv2.INTER_LINEAR, cv2.INTER_CUBIC)


def augment(pixels: np.ndarray, side: int, rng: np.random.Generator, strength: float = 1.0) -> np.ndarray:
    """A random version of a film: uint8 or float (H, W) in, float32 (side, side) in 0..255 out. `strength` scales the ranges."""
    film = _moved(pixels, side, rng, strength)
    film = _rescanned(film, side, rng)
    return _exposed(film, rng, strength)


def _moved(pixels, side, rng, strength):
    height, width = pixels.shape
    if min(height, width) > 1.5 * side:  # the warp below interpolates linearly and would alias
        pixels = cv2.resize(pixels, (round(1.3 * side),) * 2, interpolation=cv2.INTER_AREA)
        height, width = pixels.shape
    centre = (width - 1) / 2, (height - 1) / 2
    zoom = math.exp(rng.uniform(-0.14, 0.14) * strength)
    warp = cv2.getRotationMatrix2D(centre, rng.uniform(-10, 10) * strength, zoom)
    to_side = np.diag([side / width * math.exp(rng.uniform(-0.06, 0.06) * strength), side / height, 1.0])
    warp = to_side @ np.vstack([warp, [0, 0, 1]])
    warp[:2, 2] += rng.uniform(-0.06, 0.06, 2) * side * strength
    if rng.random() < 0.5:
        warp = np.array([[-1, 0, side - 1], [0, 1, 0], [0, 0, 1]]) @ warp
    border = cv2.BORDER_CONSTANT if rng.random() < 0.5 else cv2.BORDER_REPLICATE
    return cv2.warpAffine(pixels, warp[:2], (side, side), flags=cv2.INTER_LINEAR, borderMode=border)


def _rescanned(film, side, rng):
    if rng.random() < 0.5:
        small = max(48, round(rng.uniform(0.45, 0.95) * side))
        down, up = rng.choice(_INTERPOLATIONS), rng.choice(_INTERPOLATIONS[1:])
        film = cv2.resize(cv2.resize(film, (small, small), interpolation=int(down)), (side, side), interpolation=int(up))
    if rng.random() < 0.4:
        quality = int(rng.uniform(30, 95))
        film = cv2.imdecode(cv2.imencode(".jpg", film, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_GRAYSCALE)
    return film


def _exposed(film, rng, strength):
    side = film.shape[0]
    film = film.astype(np.float32)
    if rng.random() < 0.6:
        film = 255 * (film / 255) ** np.float32(math.exp(rng.uniform(-0.45, 0.45) * strength))
    if rng.random() < 0.3:
        film = film + rng.standard_normal(film.shape, dtype=np.float32) * np.float32(rng.uniform(2, 10) * strength)
    if rng.random() < 0.35 * strength:
        h, w = (rng.uniform(0.08, 0.28, 2) * side).astype(int)
        y, x = int(rng.uniform(0, side - h)), int(rng.uniform(0, side - w))
        film[y : y + h, x : x + w] = rng.uniform(0, 255)
    return film


def mixed(batch: np.ndarray, labels: np.ndarray, mask: np.ndarray, rng: np.random.Generator, share: float = 0.5, alpha: float = 0.4):
    """Mixup on a `share` of the batches: (films, labels, mask) of convex combinations; a label counts where both films know it."""
    if rng.random() >= share:
        return batch, labels, mask
    other = rng.permutation(len(batch))
    part = np.float32(rng.beta(alpha, alpha))
    blend = [part * values + (1 - part) * values[other] for values in (batch, labels)]
    return blend[0], blend[1], mask * mask[other]
