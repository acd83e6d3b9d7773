"""The clinical question above a draft without headings: "58F SOB. ?PE", "query pneumothorax post line".

It asks, it says nothing of the film.
"""

import re

from .items import Item
from .lexicon import Lexicon
from .reach import NOUN_PHRASE
from .sections import Block

_SEX = frozenset({"m", "f", "male", "female", "man", "woman", "boy", "girl", "lady", "gentleman"})
_SEX_AND_AGE = re.compile(r"[mf]\d{1,3}$")
_AGES = re.compile(r"(?:y/?o|(?:years?|yrs?) old)$")
_OLDEST = 120  # years
_CONTEXT = frozenset({"hedge", "hypothetical", "past", "earlier"})
_ASSERTS = frozenset({"size", "change", "subject"})
_STATES = frozenset({"finding", "other", "subject", "normal_film", "global"})
_VIEW = 40  # items


class Requests:
    """Tells the clinical question from the report."""

    def __init__(self, tables: Lexicon):
        self._complaints, self._circumstances = tables.groups["complaint"], tables.groups["circumstance"]

    def asks(self, items: list[Item], text: str) -> bool:
        """Is this first sentence of a draft the clinical question, whatever follows it?"""
        first = items[:_VIEW]
        if _patient(first, text):
            context = any(item.kind in ("question", "with") or item.entry.category in _CONTEXT for item in first)
            return context or self._tells(first, text, self._complaints) or not any(item.kind in _STATES for item in first)
        if _located(first):
            return False
        if self._tells(first[:1], text, self._complaints):  # "SOB, ?effusion", "Fall."
            return any(item.kind == "question" for item in first) or not any(item.kind in _STATES for item in first)
        return _question(first) and self._tells(first, text, self._circumstances | self._complaints)

    def left_out(self, blocks: list[Block], text: str) -> list[Block]:
        """The blocks without the clinical question: the first sentence, and the questions that follow it on its line."""
        if not blocks or blocks[0].items is None:
            return blocks
        first = blocks[0].items
        if self.asks(first, text):
            told = _told_after_the_question(first)
            asked = 1
            while not told and asked < len(blocks) and _asked_on(blocks[asked]):
                asked += 1
            return [Block("image", told, 1), *blocks[1:]] if told else blocks[asked:]
        return blocks[1:] if _question(first) and not _located(first) and _answered(first, blocks) else blocks

    def _tells(self, items: list[Item], text: str, words: frozenset) -> bool:
        return any(not words.isdisjoint(text[item.start : item.end].split()) for item in items)


def _patient(items: list[Item], text: str) -> bool:
    """ "58F", "A 72-year-old man", "Male, 58", "F58"."""
    said = [text[item.start : item.end] for item in items[:5]]
    for i, item in enumerate(items[:3]):
        if _SEX_AND_AGE.match(said[i]):
            return True
        if item.kind == "number" and item.value.is_integer() and 0 < item.value <= _OLDEST:
            if i + 2 < len(items) and items[i + 2].kind == "other":
                continue  # "12 F drain"
            around = said[i + 1 : i + 3] + [word for word in said[max(0, i - 2) : i] if len(word) > 1]
            if any(word in _SEX or _AGES.match(word.replace("-", " ")) for word in around):
                return True
    return False


def _question(items: list[Item]) -> bool:
    """ "?PE", "query pneumothorax", "r/o effusion"."""
    first = items[0]
    return first.kind == "question" or first.entry.phrase in ("query", "question", "questioning")


def _located(items: list[Item]) -> bool:
    return any(item.kind in ("side", "place") for item in items)


def _asked_on(block: Block) -> bool:
    """ "58F SOB. ?PE. ..."."""
    return block.items is not None and not block.lines and _question(block.items)


def _answered(items: list[Item], blocks: list[Block]) -> bool:
    """ "?effusion", where the draft speaks of an effusion later: the question was only repeated from the request."""
    asked = {label for item in items for label in item.entry.labels}
    if not asked or any(item.kind not in ("question", "finding", "cue", "or", "slash", "comma") for item in items):
        return False
    later = {label for block in blocks[1:] if block.items for item in block.items for label in item.entry.labels}
    return asked <= later


def _told_after_the_question(items: list[Item]) -> list[Item]:
    """What a line without full stops goes on to say: "58F SOB ?PE small left effusion no ptx"."""
    asked = max((i for i, item in enumerate(items) if item.kind == "question"), default=-1)
    if asked < 0:
        return []
    j, n = asked + 1, len(items)
    while j < n and items[j].kind in NOUN_PHRASE:
        j += 1
    j += 1
    while j < n and items[j].kind == "comma":
        j += 1
    if j < n and (items[j].kind in _ASSERTS or (items[j].entry.category == "negation" and items[j].entry.direction == "forward")):
        return items[j:]
    return []
