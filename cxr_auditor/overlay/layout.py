"""Where labels go: on the picture, beside their box, over no other label and over next to nothing of any box while there is room."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

_LITTLE = 0.1  # share of a box that a label may cover: a corner of a large one


class Rect(NamedTuple):
    """Pixels, the right and bottom edges not included."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def width(self) -> float:
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        return self.y1 - self.y0


def overlap(a: Rect, b: Rect) -> float:
    """Area shared by two rectangles."""
    return max(0.0, min(a.x1, b.x1) - max(a.x0, b.x0)) * max(0.0, min(a.y1, b.y1) - max(a.y0, b.y0))


def distance(a: Rect, b: Rect) -> float:
    """Gap between two rectangles, 0 where they touch."""
    return max(0.0, a.x0 - b.x1, b.x0 - a.x1) + max(0.0, a.y0 - b.y1, b.y0 - a.y1)


def place(size: tuple[float, float], box: Rect, taken: Sequence[Rect], canvas: Rect, boxes: Sequence[Rect] = ()) -> Rect:
    """The rectangle of a label of `size` (width, height; at most the canvas) for `box`, off the labels in `taken`.

    `boxes` are all that are drawn, this one included. First a place along the box that covers none of them, then one that covers little
    of each, then the nearest such place anywhere, then whichever hides the smallest share of a box; where the labels leave no room, the
    place along the box that covers least of them.
    """

    def hidden(rect: Rect) -> float:
        return max((overlap(rect, other) / max(other.width * other.height, 1) for other in boxes), default=0)

    beside = list(_beside(size, box, canvas))
    near = [rect for rect in beside if not any(overlap(rect, other) for other in taken)]
    for most in (0, _LITTLE):
        for rect in near:
            if hidden(rect) <= most:
                return rect
    free = [rect for rect in _grid(size, canvas) if not any(overlap(rect, other) for other in taken)]
    if near or free:
        return min((*near, *free), key=lambda rect: (max(hidden(rect), _LITTLE), distance(rect, box)))
    return min(beside, key=lambda rect: sum(overlap(rect, other) for other in taken))


def _beside(size: tuple[float, float], box: Rect, canvas: Rect) -> Iterator[Rect]:
    width, height = size
    for x, y in (
        (box.x0, box.y0 - height),  # above, from the left edge; then below it, and both from the right edge
        (box.x0, box.y1),
        (box.x1 - width, box.y0 - height),
        (box.x1 - width, box.y1),
        (box.x1, box.y0),  # right, left
        (box.x0 - width, box.y0),
        (box.x0, box.y0),  # inside, when the box fills the film
        (box.x0, box.y1 - height),
    ):
        x = min(max(x, canvas.x0), canvas.x1 - width)
        y = min(max(y, canvas.y0), canvas.y1 - height)
        yield Rect(x, y, x + width, y + height)


def _grid(size: tuple[float, float], canvas: Rect) -> Iterator[Rect]:
    width, height = size
    right, bottom = canvas.x1 - width, canvas.y1 - height
    y = canvas.y0
    while y <= bottom:
        for x in (canvas.x0, *(canvas.x0 + (right - canvas.x0) * i / 4 for i in (1, 2, 3)), right):
            yield Rect(x, y, x + width, y + height)
        y += max(height / 3, 2)
