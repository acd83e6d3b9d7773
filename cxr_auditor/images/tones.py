"""Grey levels: any depth to eight bits, colour to grey, and how colourful a picture is."""

import numpy as np

from ..errors import InputError

_LOW, _HIGH = 0.5, 99.5  # percentiles shown as black and white: a marker or a dead pixel doesn't decide
_NARROWEST = 64  # levels; a whole-number picture that spans fewer is noise on a blank, and is not stretched into a film
_SAMPLE = 4_000_000  # pixels that are enough to tell a percentile
_ROWS = 512  # converted at a time, so that a large film needs no copy of itself in floats


def robust_window(values: np.ndarray, counted: np.ndarray | None = None) -> tuple[float, float]:
    """The values to be shown as black and as white. `counted`: boolean mask of the pixels that count, same shape as `values`.

    Raises InputError where no pixel holds a number.
    """
    usable = np.isfinite(values) if counted is None else counted & np.isfinite(values)
    sample = values[usable]
    if not sample.size:
        raise InputError("The image holds no usable pixel values.", "Export it again from its source.")
    low, high = np.percentile(sample[:: max(1, sample.size // _SAMPLE)].astype(np.float64), (_LOW, _HIGH))
    if np.issubdtype(values.dtype, np.integer) and high - low < _NARROWEST:
        high = low + _NARROWEST
    return float(low), float(high)


def to_uint8(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """Numbers of any type -> uint8 of the same shape: `low` and below 0, `high` and above 255, what is no number 0."""
    shown = np.zeros(values.shape, np.uint8)
    if high <= low:
        return shown
    for start in range(0, len(values), _ROWS):
        block = (values[start : start + _ROWS].astype(np.float64) - low) / (high - low)
        shown[start : start + _ROWS] = np.rint(np.clip(np.nan_to_num(block, nan=0, posinf=0, neginf=0), 0, 1) * 255)
    return shown


def grey(rgb: np.ndarray) -> np.ndarray:
    """uint8 (height, width, 3) -> uint8 (height, width), luma of ITU-R BT.601 as Pillow's "L"."""
    from PIL import Image

    return np.asarray(Image.fromarray(np.ascontiguousarray(rgb)).convert("L"))


def colour(rgb: np.ndarray) -> tuple[float, float]:
    """(colourfulness, tint) of uint8 (height, width, 3), both in grey levels.

    A tinted film (blue base, sepia scan) has one colour per brightness, a photograph many. So the tint is the median colour difference
    within each of 16 bands of brightness, and the colourfulness is how far pixels lie from the tint of their own band.
    """
    step = max(1, max(rgb.shape[:2]) // 256)
    r, g, b = (rgb[::step, ::step, i].astype(np.float64).ravel() for i in range(3))
    luma = 0.299 * r + 0.587 * g + 0.114 * b
    chroma = np.stack((r - g, (r + g) / 2 - b))
    band = np.minimum(luma // 16, 15).astype(int)
    stray, tint = np.zeros(luma.size), np.zeros(luma.size)
    for i in np.unique(band):
        here = band == i
        centre = np.median(chroma[:, here], axis=1, keepdims=True)
        stray[here] = np.hypot(*(chroma[:, here] - centre))
        tint[here] = np.hypot(*centre)
    return float(stray.mean()), float(tint.mean())
