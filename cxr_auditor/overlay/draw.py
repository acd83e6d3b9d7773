"""Draws a film with its report. The film's own pixels are not touched outside the lines, the labels and the marks R and L."""

import io
from collections.abc import Sequence
from itertools import cycle
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont

from ..errors import InputError
from ..schema import AuditReport, Outcome, ReadingStatus
from ..text import headline
from .layout import Rect, distance, place
from .marks import Label, Mark, marks, without_place

if TYPE_CHECKING:
    from ..images import Radiograph

LONG_SIDE = 1280
"""Longest side of the picture in pixels, its footer included."""

_SHORT_LONG_SIDE = 768  # a smaller film is enlarged to this, or its labels would cover it
_FOOTER = "Research and education only. Not for diagnosis."
_INK, _PAPER, _CASING = "#f4f7fa", "#060a0e", "#000000"
_SMALLEST_FONT = 9
_SMALLEST_BOX = 10  # pixels; a thinner box is drawn this wide, so that it can be seen
_PAD = 4


def overlay_png(film: "Radiograph", report: AuditReport) -> bytes:
    """`draw_overlay` as the bytes of a PNG file."""
    buffer = io.BytesIO()
    draw_overlay(film, report).save(buffer, "PNG")
    return buffer.getvalue()


def draw_overlay(film: "Radiograph", report: AuditReport) -> Image.Image:
    """The film with the boxes of the report's flags and findings, an RGB picture of at most LONG_SIDE pixels a side.

    Each category has its own colour, line pattern and words; an urgent one a second line around it. Flags without a box stand in the lower
    left corner. A footer below the film tells the outcome and what the picture is not for.
    Raises InputError where the report is about another film.
    """
    about = report.provenance.image_sha256
    if about and film.sha256 and about != film.sha256:
        raise InputError("The report is about another film than the one given.", "Give the film that was audited.")
    picture = _scaled(film)
    footer = max(34, round(max(picture.size) * 0.036))
    canvas = Rect(0, 0, *picture.size)
    sheet = Image.new("RGB", (picture.width, picture.height + footer), _PAPER)
    sheet.paste(picture.convert("RGB"))
    draw = ImageDraw.Draw(sheet)
    size = max(14, round(max(picture.size) / 50))
    taken = _side_marks(draw, canvas, size) if report.reading.status is not ReadingStatus.NOT_A_FRONTAL else []
    if report.outcome is Outcome.NOT_AUDITED:
        taken.append(_written(draw, ["NOT AUDITED"], [_INK], Rect(canvas.width / 2, 0, canvas.width / 2, 0), taken, canvas, size * 2))
    places = marks(report)
    boxes = [_pixels(mark.box, canvas) for mark in places]
    for mark, box in reversed(list(zip(places, boxes, strict=True))):  # the most important on top
        _outline(draw, mark, box, canvas)
    for mark, box in zip(places, boxes, strict=True):
        taken.append(_labelled(draw, mark.labels, box, taken, canvas, size, boxes))
    for label in reversed(without_place(report)):
        corner = Rect(0, canvas.y1, 0, canvas.y1)
        taken.append(_labelled(draw, (label,), corner, taken, canvas, size, boxes, aside="(no box) "))
    _write_footer(draw, report, Rect(0, canvas.y1, canvas.x1, canvas.y1 + footer))
    return sheet


def _scaled(film: "Radiograph") -> Image.Image:
    picture = Image.fromarray(film.pixels)
    longest = max(picture.size)
    wanted = min(max(longest, _SHORT_LONG_SIDE), round(LONG_SIDE / 1.04))  # leaves room for the footer
    scale = wanted / longest
    return picture.resize((max(1, round(picture.width * scale)), max(1, round(picture.height * scale))), Image.Resampling.LANCZOS)


# Boxes


def _pixels(box, canvas: Rect) -> Rect:
    """A box in pixels, at least _SMALLEST_BOX wide and high, inside the canvas."""

    def stretch(low: float, high: float, length: float) -> tuple[float, float]:
        low, high = low * (length - 1), high * (length - 1)
        if high - low < _SMALLEST_BOX:
            low = min(max((low + high - _SMALLEST_BOX) / 2, 0), length - 1 - _SMALLEST_BOX)
            high = low + _SMALLEST_BOX
        return low, high

    (x0, x1), (y0, y1) = stretch(box.x0, box.x1, canvas.width), stretch(box.y0, box.y1, canvas.height)
    return Rect(x0, y0, x1, y1)


def _outline(draw: ImageDraw.ImageDraw, mark: Mark, box: Rect, canvas: Rect) -> None:
    first = mark.labels[0]
    corners = [(box.x0, box.y0), (box.x1, box.y0), (box.x1, box.y1), (box.x0, box.y1), (box.x0, box.y0)]
    for colour, width in ((_CASING, 6), (first.colour, 3)):
        _dashed(draw, corners, first.style.pattern, colour, width)
    if any(label.urgent for label in mark.labels):
        reach = min(6, max(box.x0, 0), max(box.y0, 0), max(canvas.x1 - 1 - box.x1, 0), max(canvas.y1 - 1 - box.y1, 0))
        reach = reach if reach >= 4 else -6  # at the film's edge the second line stands inside
        outer = Rect(box.x0 - reach, box.y0 - reach, box.x1 + reach, box.y1 + reach)
        if outer.width > 0 and outer.height > 0:
            draw.rectangle(outer, outline=first.colour, width=2)


def _dashed(draw: ImageDraw.ImageDraw, corners: Sequence[tuple[float, float]], pattern: tuple[int, ...], colour: str, width: int) -> None:
    """A line through the corners with strokes and gaps in turn; an empty pattern is an unbroken line."""
    if not pattern:
        draw.line(corners, fill=colour, width=width, joint="curve")
        return
    lengths = cycle(pattern)
    left, stroke = next(lengths), True
    for (x0, y0), (x1, y1) in zip(corners, corners[1:], strict=False):
        length, at = abs(x1 - x0) + abs(y1 - y0), 0.0  # the edges of a box are level or upright
        while length - at > 1e-6:
            step = min(left, length - at)
            if stroke:
                start, end = at / length, (at + step) / length
                line = (x0 + (x1 - x0) * start, y0 + (y1 - y0) * start, x0 + (x1 - x0) * end, y0 + (y1 - y0) * end)
                draw.line(line, fill=colour, width=width)
            at, left = at + step, left - step
            if left <= 0:
                left, stroke = next(lengths), not stroke


# Words


def _labelled(
    draw: ImageDraw.ImageDraw,
    labels: Sequence[Label],
    box: Rect,
    taken: Sequence[Rect],
    canvas: Rect,
    size: int,
    boxes: Sequence[Rect],
    aside: str = "",
) -> Rect:
    """Writes the labels of one place as one block and returns where it stands."""
    lines = [label.text + (f" {aside.strip()}" if aside else "") for label in labels]
    colours = [label.colour for label in labels]
    if any(_font(size).getlength(line) > canvas.width - 4 * _PAD for line in lines):  # a narrow film: category and finding on a line each
        lines = [part for label in labels for part in (label.heading + (f" {aside.strip()}" if aside else ""), label.subject)]
        colours = [label.colour for label in labels for _ in range(2)]
    return _written(draw, lines, colours, box, taken, canvas, size, boxes)


def _written(
    draw: ImageDraw.ImageDraw,
    lines: Sequence[str],
    colours: Sequence[str],
    box: Rect,
    taken: Sequence[Rect],
    canvas: Rect,
    size: int,
    boxes: Sequence[Rect] = (),
) -> Rect:
    font, lines = _fitted(lines, size, canvas.width - 4 * _PAD, canvas.height)
    line_height = sum(font.getmetrics()) + 2
    width = max(font.getlength(line) for line in lines) + 3 * _PAD
    rect = place((width, min(line_height * len(lines) + _PAD, canvas.height)), box, taken, canvas, boxes)
    if distance(rect, box) > 2:
        draw.line((*_middle(rect), *_middle(box)), fill=colours[0], width=1)
    draw.rectangle((rect.x0, rect.y0, rect.x1 - 1, rect.y1 - 1), fill=_PAPER, outline=colours[0])
    draw.rectangle((rect.x0, rect.y0, rect.x0 + _PAD, rect.y1 - 1), fill=colours[0])
    for i, (line, colour) in enumerate(zip(lines, colours, strict=True)):
        draw.text((rect.x0 + 2 * _PAD, rect.y0 + _PAD / 2 + i * line_height), line, fill=colour, font=font)
    return rect


def _fitted(lines: Sequence[str], size: int, width: float, height: float) -> tuple[ImageFont.FreeTypeFont, list[str]]:
    """A font in which the lines fit, and the lines, cut with an ellipsis where even the smallest is too large."""
    font = _font(size)
    while size > _SMALLEST_FONT and (
        max(font.getlength(line) for line in lines) > width or (sum(font.getmetrics()) + 2) * len(lines) + _PAD > height
    ):
        size -= 1
        font = _font(size)
    return font, [_cut(line, font, width) for line in lines]


def _cut(line: str, font: ImageFont.FreeTypeFont, width: float) -> str:
    if font.getlength(line) <= width:
        return line
    while line and font.getlength(line + "...") > width:
        line = line[:-1]
    return line + "..."


def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.load_default(size)


def _middle(rect: Rect) -> tuple[float, float]:
    return (rect.x0 + rect.x1) / 2, (rect.y0 + rect.y1) / 2


def _side_marks(draw: ImageDraw.ImageDraw, canvas: Rect, size: int) -> list[Rect]:
    """The patient's right and left, in the upper corners."""
    rects = []
    for letter, x in (("R", canvas.x0), ("L", canvas.x1)):
        rects.append(_written(draw, [letter], [_INK], Rect(x, 0, x, 0), rects, canvas, round(size * 1.3)))
    return rects


def _write_footer(draw: ImageDraw.ImageDraw, report: AuditReport, rect: Rect) -> None:
    sentences = [headline(report), _FOOTER]
    font, lines = _fitted(sentences, max(12, round(rect.height * 0.36)), rect.width - 2 * _PAD, rect.height)
    for i, (line, colour) in enumerate(zip(lines, (_INK, "#cdd7e0"), strict=True)):
        draw.text((_PAD, rect.y0 + 2 + i * (rect.height - 4) / 2), line, fill=colour, font=font)
