"""Which sentences speak of this film: not a history, a technique, a comparison or advice."""

from typing import NamedTuple

from .headings import REPORT
from .items import Item

_HERE = frozenset({"there is", "there are", "i see", "we see"})


class Block(NamedTuple):
    """A sentence, or a heading where `items` is None. `lines`: line ends right before it."""

    kind: str
    items: list[Item] | None
    lines: int


def of_this_film(blocks: list[Block]) -> list[list[Item]]:
    """A section that asks nothing of the film ends with the next heading of the report. Where only organs or a conclusion have one, it ends
    with its line (with its paragraph, where it began on a line of its own); where no heading follows, with its first sentence."""
    kept = []
    section, following, begun, inline = "image", _openings(blocks), False, False
    for block, opening in zip(blocks, following, strict=True):
        items = block.items
        if items is None:
            section, begun = block.kind, False
            continue
        if section not in REPORT and section != "advice":
            if not begun:
                begun, inline = True, not block.lines
            elif not opening or (opening != "image" and block.lines > (0 if inline else 1)):
                section = "image"
            if section == "compare" and items[0].entry.phrase in _HERE:
                section = "image"  # "Comparison: none on file. There is a small effusion."
        if section in REPORT or (section == "compare" and any(_tells_course(item) for item in items)):
            kept.append(items)
    return kept


def _openings(blocks: list[Block]) -> list[str]:
    """For each block, the kind of the next heading behind it that opens the report; "" where none does."""
    following, opening = [], ""
    for block in reversed(blocks):
        following.append(opening)
        if block.items is None and block.kind in REPORT:
            opening = block.kind
    return following[::-1]


def _tells_course(item: Item) -> bool:
    return item.kind == "change" or item.entry.category in ("affirm", "resolution")
