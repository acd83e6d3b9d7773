"""What is drawn for a report: boxes with their labels, near-identical boxes as one, and what has no place on the film. No drawing here."""

from dataclasses import dataclass

from ..findings import sides_phrase
from ..geometry import Box, box_sides, iou
from ..items import Item, report_items
from ..schema import AuditReport

_SAME_IOU = 0.85  # boxes that cover each other this well are one place
_SAME_EDGE = 0.01  # and boxes, however thin, whose edges all lie this close


@dataclass(frozen=True)
class Style:
    """How a kind is told apart: colour on black, and the lengths of strokes and gaps in pixels (none: an unbroken line)."""

    colour: str
    pattern: tuple[int, ...] = ()


STYLES = {
    "missing": Style("#ffb950", (14, 7)),
    "wrong_side": Style("#cbb0ff", (14, 5, 3, 5, 3, 5)),
    "unsupported": Style("#ff9bd0", (5, 5)),
    "contradictory": Style("#8fbdff", (18, 5, 4, 5)),
    "supported": Style("#63d799"),
    "film": Style("#62cbdc"),
    "urgent": Style("#ff8178"),
}
URGENT = STYLES["urgent"]
_NOTED = Style("#b9c7d4", (3, 6))


@dataclass(frozen=True)
class Label:
    """One line beside a box: "1 URGENT MISSING - Pneumothorax (left)" in two halves, so that a narrow film can break it."""

    heading: str
    subject: str
    kind: str
    urgent: bool

    @property
    def style(self) -> Style:
        return STYLES.get(self.kind, _NOTED)

    @property
    def colour(self) -> str:
        return URGENT.colour if self.urgent else self.style.colour

    @property
    def text(self) -> str:
        return f"{self.heading} - {self.subject}"


@dataclass(frozen=True)
class Mark:
    """One place on the film and everything that is said of it, most important first."""

    box: Box
    labels: tuple[Label, ...]


def label_of(item: Item, box: Box | None = None) -> Label:
    """A card's number, category and finding, as they stand beside a box: with the box's own side, where the card is about both."""
    own = box_sides(box) if box is not None and len(item.sides) > 1 else ()
    side = f" ({sides_phrase(own or item.sides)})" if item.sides else ""
    subject = item.finding.display + side if item.finding else "Outside the five findings"
    urgent = "URGENT " if item.urgent else ""
    return Label(heading=f"{item.number} {urgent}{item.tag.upper()}", subject=subject, kind=item.kind, urgent=item.urgent)


def marks(report: AuditReport) -> list[Mark]:
    """The places of a report, those of its flags first."""
    places: list[tuple[Box, list[Label]]] = []
    for item in report_items(report).all:
        for box in item.boxes:
            home = next((labels for other, labels in places if _same(other, box)), None)
            if home is None:
                home = []
                places.append((box, home))
            label = label_of(item, box)
            if label not in home:
                home.append(label)
    return [Mark(box, tuple(labels)) for box, labels in places]


def without_place(report: AuditReport) -> list[Label]:
    """The flags that no box stands for, such as a claim that the film does not show."""
    return [label_of(item) for item in report_items(report).flags if not item.boxes]


def _same(a: Box, b: Box) -> bool:
    near = max(abs(p - q) for p, q in zip(a.as_list(), b.as_list(), strict=True)) <= _SAME_EDGE
    return near or iou(a, b) >= _SAME_IOU
