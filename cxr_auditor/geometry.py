"""Boxes and sides. The one frame of the project is `normalized_y0x0y1x1`: floats in [0, 1] of the upright original image.

Every conversion from a foreign frame stands here once; readers call them at their edge.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from .findings import Side

BOX_FORMAT = "normalized_y0x0y1x1"

MIDLINE = 0.5
_MAINLY = 0.70  # share of a box's width in one half that makes it a box of that half
_REACH = 0.15  # how far past the midline, on both sides, a box must reach to lie in both lungs


@dataclass(frozen=True, slots=True, order=True)
class Box:
    """A rectangle in normalized_y0x0y1x1; (y0, x0) is the top left corner. Zero area is legal, outside [0, 1] is not.

    >>> Box(0.1, 0.2, 0.5, 0.4).area
    0.08
    """

    y0: float
    x0: float
    y1: float
    x1: float

    def __post_init__(self):
        for name in ("y0", "x0", "y1", "x1"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value) or not 0 <= value <= 1:
                raise ValueError(f"box {name} must be a number in [0, 1] of the image's height or width, but got {value!r}")
            object.__setattr__(self, name, float(value))
        if self.y1 < self.y0 or self.x1 < self.x0:
            raise ValueError(f"box must be (y0, x0, y1, x1) with y0 <= y1 and x0 <= x1, but got {self.as_list()}")

    @classmethod
    def of(cls, values: "Box | Sequence[float]") -> "Box":
        """A box from four numbers in the project's own frame."""
        if isinstance(values, Box):
            return values
        if isinstance(values, (str, bytes)) or not isinstance(values, Sequence) or len(values) != 4:
            raise ValueError(f"box must be four numbers [y0, x0, y1, x1] in [0, 1], but got {values!r}")
        return cls(*values)

    def as_list(self) -> list[float]:
        return [self.y0, self.x0, self.y1, self.x1]

    @property
    def height(self) -> float:
        return self.y1 - self.y0

    @property
    def width(self) -> float:
        return self.x1 - self.x0

    @property
    def area(self) -> float:
        return round(self.height * self.width, 12)

    @property
    def centre(self) -> tuple[float, float]:
        """(y, x)."""
        return (self.y0 + self.y1) / 2, (self.x0 + self.x1) / 2


def intersection(a: Box, b: Box) -> float:
    """Area shared by two boxes."""
    height = min(a.y1, b.y1) - max(a.y0, b.y0)
    width = min(a.x1, b.x1) - max(a.x0, b.x0)
    return height * width if height > 0 and width > 0 else 0.0


def iou(a: Box, b: Box) -> float:
    """Intersection over union; 0 where either box has no area.

    >>> iou(Box(0, 0, 1, 0.5), Box(0, 0, 1, 1))
    0.5
    """
    shared = intersection(a, b)
    return shared / (a.height * a.width + b.height * b.width - shared) if shared else 0.0


def box_sides(box: Box) -> tuple[Side, ...]:
    """The patient's sides that a box on an upright frontal film lies in: one, both, or none (on the midline: can't be told).

    The image's left half is the patient's right.

    >>> [side.value for side in box_sides(Box(0.5, 0.1, 0.9, 0.4))]
    ['right']
    """
    if box.width == 0:
        if box.x0 == MIDLINE:
            return ()
        return (Side.RIGHT,) if box.x0 < MIDLINE else (Side.LEFT,)
    right_share = (min(box.x1, MIDLINE) - min(box.x0, MIDLINE)) / box.width
    if right_share >= _MAINLY:
        return (Side.RIGHT,)
    if right_share <= 1 - _MAINLY:
        return (Side.LEFT,)
    if box.x0 <= MIDLINE - _REACH and box.x1 >= MIDLINE + _REACH:
        return (Side.LEFT, Side.RIGHT)
    return ()


def from_xyxy(values: Sequence[float], *, width: float, height: float, slack: float = 0.01) -> Box:
    """Box from (x0, y0, x1, y1) in a frame of `width` x `height` units (pixels, 100, 1000 or 1).

    Values up to `slack` of the frame outside it are pulled in; farther out is another frame and an error.
    """
    x0, y0, x1, y1 = _numbers(values)
    return _scaled(y0, x0, y1, x1, width, height, slack)


def from_yxyx(values: Sequence[float], *, width: float, height: float, slack: float = 0.01) -> Box:
    """Box from (y0, x0, y1, x1) in a frame of `width` x `height` units."""
    y0, x0, y1, x1 = _numbers(values)
    return _scaled(y0, x0, y1, x1, width, height, slack)


def from_xywh(values: Sequence[float], *, width: float, height: float, slack: float = 0.01) -> Box:
    """Box from (x, y, box width, box height) in a frame of `width` x `height` units."""
    x, y, w, h = _numbers(values)
    return _scaled(y, x, y + h, x + w, width, height, slack)


def unpad(box: Box, *, width: int, height: int) -> Box:
    """Box on an image padded to a centred square -> box on the `width` x `height` image itself, clipped to it."""
    side = max(width, height)
    left, top = (side - width) / 2, (side - height) / 2

    def back(value, offset, length):
        return min(max((value * side - offset) / length, 0.0), 1.0)

    return Box(back(box.y0, top, height), back(box.x0, left, width), back(box.y1, top, height), back(box.x1, left, width))


def _numbers(values) -> list[float]:
    if isinstance(values, (str, bytes)) or not isinstance(values, Sequence) or len(values) != 4:
        raise ValueError(f"a box must be four numbers, but got {values!r}")
    if any(isinstance(v, bool) or not isinstance(v, (int, float)) or not math.isfinite(v) for v in values):
        raise ValueError(f"a box must be four finite numbers, but got {list(values)!r}")
    return [float(v) for v in values]


def _scaled(y0, x0, y1, x1, width, height, slack) -> Box:
    if width <= 0 or height <= 0:
        raise ValueError(f"the frame of a box must have a positive width and height, but got {width} x {height}")
    scaled = [y0 / height, x0 / width, y1 / height, x1 / width]
    for value in scaled:
        if not -slack <= value <= 1 + slack:
            raise ValueError(f"box lies outside its {width} x {height} frame: {[y0, x0, y1, x1]} (y0, x0, y1, x1)")
    return Box(*(min(max(value, 0.0), 1.0) for value in scaled))
