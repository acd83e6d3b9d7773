"""The film as everything after the loader sees it, and the limits of what is taken."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ..errors import InputError

View = Literal["PA", "AP", "LL"]
ACCEPTED = "Accepted: PNG, JPEG, WebP, TIFF and DICOM."


@dataclass(frozen=True)
class Limits:
    """What an image may be: size of the file in bytes, pixels in all, shorter side in pixels, longer side over shorter side."""

    bytes: int = 64 * 2**20
    pixels: int = 50_000_000
    shorter_side: int = 64
    aspect: float = 3.0


LIMITS = Limits()


def check_bytes(size: int) -> None:
    """Raises InputError where a file of `size` bytes is empty or too large."""
    if size == 0:
        raise InputError("The image file is empty.", ACCEPTED)
    if size > LIMITS.bytes:
        raise InputError(f"The image file is larger than {LIMITS.bytes // 2**20} MB.", "Save it smaller, for example as PNG or JPEG.")


def check_size(width: int, height: int) -> None:
    """Raises InputError where a declared size in pixels can't be a film. Called before anything is decoded."""
    shorter, longer = sorted((width, height))
    if width * height > LIMITS.pixels:
        raise InputError(
            f"The image declares {width} x {height} pixels; at most {LIMITS.pixels // 10**6} million are taken.", "Save it smaller."
        )
    if shorter < LIMITS.shorter_side:
        raise InputError(
            f"The image is {width} x {height} pixels; the shorter side must have at least {LIMITS.shorter_side}.", "Give the whole film."
        )
    if longer > LIMITS.aspect * shorter:
        raise InputError(
            f"The image is {width} x {height} pixels; the longer side may be at most {LIMITS.aspect:g} times the shorter.",
            "Give the whole film.",
        )


@dataclass(frozen=True, eq=False)
class Radiograph:
    """An upright grey film. No patient attribute and no file name is kept.

    `pixels`: uint8, (height, width), read-only, bright = dense (bone is white). `sha256`: of the bytes given (of an array or a Pillow
    image: of its shape, type and pixels). `notes`: what was done to the picture, for a person. `colourfulness` and `tint`: how far the
    source's pixels stray from its one common tint, and how strong that tint is, in grey levels (0 to 255); 0 for a grey source.
    `declared`: a sentence where the file's own tags say that this is no frontal chest film.
    """

    pixels: np.ndarray
    view: View | None = None
    kind: str = "array"
    sha256: str = ""
    notes: tuple[str, ...] = ()
    colourfulness: float = 0.0
    tint: float = 0.0
    declared: str | None = None

    def __post_init__(self):
        if self.pixels.dtype != np.uint8 or self.pixels.ndim != 2:
            raise ValueError(f"pixels must be uint8 of shape (height, width), but got {self.pixels.dtype} of shape {self.pixels.shape}")
        own = np.array(self.pixels, order="C")  # a copy: whoever holds the original can't change the film
        own.setflags(write=False)
        object.__setattr__(self, "pixels", own)

    @property
    def height(self) -> int:
        return self.pixels.shape[0]

    @property
    def width(self) -> int:
        return self.pixels.shape[1]
