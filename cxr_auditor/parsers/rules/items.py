"""What a sentence is made of: one phrase of the draft with what the tables say of it."""

import re

from .lexicon import Entry

UNKNOWN = Entry("", kind="unknown")
NUMBER = Entry("", kind="number")
PUNCTUATION = {
    mark: Entry(mark, kind=kind)
    for mark, kind in {
        ",": "comma",
        ":": "separator",
        "-": "separator",
        "=": "separator",
        "|": "separator",
        "/": "slash",
        "(": "open",
        ")": "close",
        "[": "open",
        "]": "close",
        "&": "and",
        "+": "and",
        "?": "question",
        ">": "mark",
        "<": "mark",
        "~": "mark",
    }.items()
}
_NUMBER = re.compile(r"\.?\d")


class Item:
    """One phrase of the draft. `start`, `end`: offsets in the folded text. `glued`: no blank before it. `value`: of a number.

    `ruled_out`: claims of where the finding that is named here is not.
    """

    __slots__ = ("entry", "kind", "start", "end", "glued", "used", "value", "claim", "ruled_out")

    def __init__(self, entry: Entry, start: int, end: int, glued: bool):
        self.entry = entry
        self.kind = entry.kind
        self.start = start
        self.end = end
        self.glued = glued
        self.used = False
        self.value = 0.0
        self.claim = None
        self.ruled_out = ()


def unlisted(word: str) -> Entry:
    """What a word is that the tables do not hold: punctuation, a number, or unknown."""
    return PUNCTUATION.get(word) or (NUMBER if _NUMBER.match(word) else UNKNOWN)


def value(word: str) -> float:
    """ "58%", "0,58", "1.2"; 0 where it is a date."""
    percent = word.endswith("%")
    number = word.rstrip("%").replace(",", ".")
    amount = float(number) if number.count(".") < 2 else 0.0
    return amount / 100 if percent else amount
