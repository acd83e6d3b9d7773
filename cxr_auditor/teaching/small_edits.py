"""The smallest changes that put one statement of a draft right."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..schema import Mention

_SIDE = re.compile(r"\b(left|right|lt|rt|l|r)\b", re.IGNORECASE)
_OTHER = {"left": "right", "right": "left", "lt": "rt", "rt": "lt", "l": "r", "r": "l"}
_ONE_SIDED = re.compile(r"\bmiddle lobe|\blingula|\bminor fissure|\b[lr]ml\b", re.IGNORECASE)
_JOINT = r"(?:\s*,\s*(?:and|or|nor)\b|\s+(?:and|or|nor)\b|\s*[,/])\s*"
_BEFORE = re.compile(rf"{_JOINT}(?:[\w-]+\s+){{0,2}}$")
_AFTER = re.compile(_JOINT)
_QUALIFIERS = re.compile(
    r"(?:\b(?!(?:no|not|nor|or|and|a|an|the|is|are|of|in|on|at|for|to|with|without|any|seen|visible|evidence)\b)[^\W\d_][\w-]*\s+){1,2}$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Edit:
    """`new` in place of draft[start:end]."""

    start: int
    end: int
    new: str


def with_other_side(sentence: str, m: Mention) -> Edit | None:
    """Left for right or right for left in the statement's words; None where they don't name one side, or the sentence names a place that
    only one side has.
    """
    found = list(_SIDE.finditer(m.span))
    if len(found) != 1 or _ONE_SIDED.search(sentence):
        return None
    word = found[0].group()
    other = _OTHER[word.lower()]
    new = other.upper() if word.isupper() else other.capitalize() if word[0].isupper() else other
    return Edit(m.start + found[0].start(), m.start + found[0].end(), new)


def without_item(draft: str, m: Mention, listed: Sequence[Mention]) -> Edit | None:
    """One item out of a list ("no effusion or pneumothorax"), with the word that joins it; None where it is not an item of a list.

    `listed` are all statements of its sentence.
    """
    before = [other.end for other in listed if other.end <= m.start]
    after = [other.start for other in listed if other.start >= m.end]
    joint = _BEFORE.search(draft, max(before), m.start) if before else None
    if joint:
        return Edit(joint.start(), m.end, "")
    joint = _AFTER.match(draft, m.end, min(after)) if after else None
    return Edit(m.start, joint.end(), "") if joint else None


def with_qualifiers(sentence: str, start: int, span: str) -> str:
    """The words of a statement, which stand at `start` of its sentence, with one or two that qualify them ("measurable nodule")."""
    before = _QUALIFIERS.search(sentence[:start])
    return (before[0] if before else "") + span
