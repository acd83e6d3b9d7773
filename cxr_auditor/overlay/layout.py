"""Where labels go: on the picture, beside their box, over no other label while there is room."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple


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


def place(size: tuple[float, float], box: Rect, taken: Sequence[Rect], canvas: Rect) -> Rect:
    """The rectangle of a label of `size` (width, height; at most the canvas) for `box`.

    First a place along the box that is free, then the free place nearest to it, then, where there is no room left, the one along the
    box that covers least.
    """
    beside = list(_beside(size, box, canvas))
    for rect in beside:
        if not any(overlap(rect, other) for other in taken):
            return rect
    free = [rect for rect in _grid(size, canvas) if not any(overlap(rect, other) for other in taken)]
    if free:
        return min(free, key=lambda rect: distance(rect, box))
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
