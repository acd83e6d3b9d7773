"""The boxes that a trainee drew, beside the true ones: how well they meet, in plain words. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from ...findings import Finding, Status, sides_phrase
from ...geometry import Box, box_sides, iou
from ...items import title
from ...schema import ImageReading
from ...teaching.records import Mark

WELL, PARTLY = 0.5, 0.2
"""Intersection over union from which a box counts as well placed (the usual threshold for found), and as partly there."""


@dataclass(frozen=True)
class MarkResult:
    """One drawn box. `kind` names its glyph and colour; `overlap` is its IoU with the true box that it meets best, None without one."""

    number: int
    mark: Mark
    kind: str
    words: str
    overlap: float | None

    @property
    def title(self) -> str:
        return title(self.mark.finding, box_sides(self.mark.box) if self.mark.finding.has_sides else ())


def judge(marks: Iterable[Mark], truth: ImageReading) -> tuple[MarkResult, ...]:
    """Each drawn box against the true boxes of its finding, numbered from 1 in the order in which they were drawn."""
    return tuple(_result(number, mark, truth) for number, mark in enumerate(marks, 1))


def not_marked(marks: Iterable[Mark], truth: ImageReading) -> tuple[str, ...]:
    """Titles of the true boxes that no box of their finding meets; () where nothing was drawn at all: drawing is optional."""
    marks = tuple(marks)
    if not marks:
        return ()
    return tuple(
        title(true.finding, true.sides)
        for true in truth.findings
        if true.status is Status.PRESENT and true.box
        if not any(mark.finding is true.finding and iou(mark.box, true.box) > 0 for mark in marks)
    )


def _result(number: int, mark: Mark, truth: ImageReading) -> MarkResult:
    there = [found for found in truth.findings if found.finding is mark.finding and found.status is not Status.ABSENT]
    boxes = [found.box for found in there if found.box]
    if not there:
        kind, words, overlap = "unsupported", _not_there(mark.finding, truth), None
    elif not boxes:
        kind, words, overlap = "film", "it is on the film, but the truth does not say where.", None
    else:
        overlap = max(iou(mark.box, box) for box in boxes)
        kind, words = _met(mark.finding, overlap, mark.box, boxes)
    return MarkResult(number, mark, kind, words, overlap)


def _not_there(finding: Finding, truth: ImageReading) -> str:
    if finding not in truth.scope:
        return "the truth of this case does not speak of it."
    return "the film shows none."


def _met(finding: Finding, overlap: float, box: Box, true: list[Box]) -> tuple[str, str]:
    if overlap >= WELL:
        return "supported", f"well placed: {overlap * 100:.0f} % of the area that your box and the true one cover together is shared."
    if overlap >= PARTLY:
        return "hedged", f"partly there: only {overlap * 100:.0f} % of the area that both boxes cover together is shared."
    if overlap > 0:
        return "missing", "it touches the true place and no more."
    sides = {side for one in true for side in box_sides(one)} if finding.has_sides else set()
    if sides and not sides & set(box_sides(box)):
        return "wrong_side", f"on the wrong side: the true place is on the {sides_phrase(sides)}."
    return "missing", "it lies elsewhere: the true place does not touch it."
