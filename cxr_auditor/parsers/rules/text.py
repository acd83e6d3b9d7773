"""Draft text to words: folding with a way back to the original characters, and tokens."""

import html
import re
import unicodedata
from bisect import bisect_right

_WORDS = re.compile(r"\n|\d+(?:[.,]\d+)*%?|\.\d+%?|[^\W\d_]+(?:'[^\W\d_]+)*(?:\d\w*)?|(?!(?<=\w)-(?=\w))[^\w\s]")
_MARKUP = re.compile(r"&(?:[a-zA-Z]{2,8}|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});|</?[a-zA-Z][^<>\n]{0,200}>")
_INLINE = re.compile(r"</?(?:b|i|u|em|strong|span|font|a|mark|sub|sup|small|big)\b", re.IGNORECASE)
_BROKEN_WORD = re.compile(r"(?<=[a-z])-\n(?=[a-z])")
_PARAGRAPHS = re.compile(r"(\n[ \t]*\n\s*)")
_LISTED = re.compile(r"\s*(?:[-*\u2022\u00b7]\s|\(?\d{1,2}[.)]\s|$)")
_FULL_STOPS = frozenset({".", "!", "?"})
_RUNNING_TEXT = re.compile(r"[^\W\d_]{2}[.!?] +\S")
_LINE_ENDS = frozenset({"", ".", "!", "?", ":", ";"})
_COLUMN = 40  # characters: no line of prose in one case is narrower
_ONE_FOR_ONE = str.maketrans({"\r": "\n", "\t": " ", "\v": "\n", "\f": "\n", "\0": " "})
_LETTERS = {
    "\u0153": "oe",
    "\u00e6": "ae",
    "\u2019": "'",
    "\u2018": "'",
    "\u02bc": "'",
    "\u2010": "-",
    "\u2011": "-",
    "\u2012": "-",
    "\u2013": "-",
    "\u2014": "-",
    "\u2212": "-",
    "\u2022": "*",
    "\u00b7": "*",
    "\u2028": "\n",
    "\u2029": "\n",
    "\u0085": "\n",
    "\u2265": ">",
    "\u2264": "<",
}


class Folded:
    """Lower-case text without accents, ligatures, invisible characters or HTML; `place(a, b)` gives the original offsets of text[a:b].

    `one_case`: the original is all in capitals, or has none.
    """

    __slots__ = ("text", "one_case", "_original", "_starts", "_ends")

    def __init__(self, original: str):
        self._original, self.one_case = original, original.isupper() or original.islower()
        if "\n" in original:
            original = unwrapped(original)
        if original.isascii() and "<" not in original and "&" not in original:
            self.text, self._starts, self._ends = original.lower().translate(_ONE_FOR_ONE), None, None
        else:
            self.text, self._starts, self._ends = _fold(original)
        if "-\n" in self.text:
            self.text = _BROKEN_WORD.sub("  ", self.text)

    def place(self, start: int, end: int) -> tuple[int, int]:
        if self._starts is None:
            return start, end
        return self._starts[start], self._ends[end - 1]

    def shouted(self, start: int, end: int) -> bool:
        """Do these words stand in capitals, in a draft that has small letters too?"""
        start, end = self.place(start, end)
        return not self.one_case and self._original[start:end].isupper()

    def runs_on(self, start: int) -> bool:
        """Does a line that begins here go on from the line before: with a small letter, in a draft that has capitals?"""
        return not self.one_case and self._original[self.place(start, start + 1)[0]].islower()


def unwrapped(text: str) -> str:
    """The text with blanks for the line ends that only fill a column: in a paragraph with full stops, after a line without one, where the
    next word would not have fitted. Offsets stay. A list on lines of its own keeps its line ends.

    >>> unwrapped("Small right pleural effusion and left\\npneumothorax.")
    'Small right pleural effusion and left pneumothorax.'
    >>> unwrapped("Small left effusion\\nNo pneumothorax").count("\\n")
    1
    """
    return "".join(_unwrap(part) for part in _PARAGRAPHS.split(text))


def _unwrap(paragraph: str) -> str:
    lines = paragraph.split("\n")
    if len(lines) < 2 or not (paragraph.rstrip()[-1:] in _FULL_STOPS or _RUNNING_TEXT.search(paragraph)):
        return paragraph
    lengths = [len(line.rstrip()) for line in lines]
    width = max(lengths)
    soft, lower, letters = [], 0, 0
    for i, following in enumerate(lines[1:]):
        if lines[i].rstrip()[-1:] in _LINE_ENDS or _LISTED.match(following):
            continue
        first = following.split(None, 1)[0] if following.strip() else ""
        if lengths[i] + 1 + len(first) <= width:
            return paragraph
        soft.append(i)
        lower += first[:1].islower()
        letters += first[:1].isalpha()
    caseless = paragraph.isupper() or paragraph.islower()
    if width < (_COLUMN if caseless else _COLUMN // 2) or not soft or (not caseless and 2 * lower < letters):
        return paragraph
    filled, pieces = set(soft), []
    for i, line in enumerate(lines):
        pieces += (line, " " if i in filled else "\n")
    return "".join(pieces[:-1])


def _fold(original: str) -> tuple[str, list[int], list[int]]:
    pieces, starts, ends = [], [], []
    markup = list(_MARKUP.finditer(original))
    marks = [m.start() for m in markup]
    i = 0
    while i < len(original):
        known = bisect_right(marks, i) - 1
        if known >= 0 and marks[known] == i:
            stop = markup[known].end()
            raw = markup[known].group()
            folded = (
                (" " if _INLINE.match(raw) else "\n") if raw[0] == "<" else html.unescape(raw).lower() if html.unescape(raw) != raw else raw
            )
        else:
            stop, raw = i + 1, original[i]
            folded = raw.lower() if raw.isascii() else _letter(raw)
        folded = folded.translate(_ONE_FOR_ONE)
        pieces.append(folded)
        starts += [i] * len(folded)
        ends += [stop] * len(folded)
        i = stop
    return "".join(pieces), starts, ends


def _letter(char: str) -> str:
    lowered = char.lower()
    if lowered in _LETTERS:
        return _LETTERS[lowered]
    plain = unicodedata.normalize("NFKD", lowered)
    kept = "".join(c for c in plain if unicodedata.category(c) not in ("Mn", "Cf", "Cc", "Me"))
    return "".join(_LETTERS.get(c, c) for c in kept).lower()


def tokens(text: str) -> list[tuple[str, int, int]]:
    """Words, numbers, line ends and single punctuation marks with their offsets; a hyphen inside a word only separates."""
    return [(m.group(), m.start(), m.end()) for m in _WORDS.finditer(text)]
