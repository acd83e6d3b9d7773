"""Tokens to sentences of items: longest table phrases, misspellings mended, report sections left out."""

import re

from .lexicon import ADVERB, ENTRY, Entry, Lexicon
from .spelling import Speller
from .text import Folded, tokens

UNKNOWN = Entry("", kind="unknown")
NUMBER = Entry("", kind="number")
_PUNCTUATION = {
    mark: Entry(mark, kind=kind)
    for mark, kind in {
        ",": "comma",
        ":": "separator",
        "-": "separator",
        "=": "separator",
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
_ENDS = {".", "!", ";", "|"}
_NUMBER = re.compile(r"\.?\d")
# A line end closes a sentence only where the grammar has no link across it, so that a wrapped line reads like an unwrapped one.
# fmt: off
_INTERNATIONAL = frozenset({
    "finding", "other", "modifier", "minor", "hazy", "nodular", "organ", "subject", "unknown", "number", "unit", "comma", "separator",
    "slash", "open", "close", "question", "mark", "trap",
})
_CLOSED = frozenset({
    "finding", "other", "predicate", "seen", "side", "place", "unit", "subject", "normal_film", "global",
    "close", "question",
})
_OPENS = frozenset({
    "finding", "other", "subject", "size", "degree", "change", "modifier", "minor", "hazy", "nodular", "side", "place", "det",
    "normal_film", "number", "stop",
})
# fmt: on
_BEFORE_A_LAST_SIDE = frozenset({"prep", "det", "finding", "other"})
_HERE = frozenset({"there is", "there are", "i see", "we see"})
_ANSWERS = frozenset({"no", "none", "yes", "nil", "absent", "present", "y", "n"})


class Item:
    """One phrase of the draft with what the tables say of it. `start`, `end`: offsets in the folded text."""

    __slots__ = ("entry", "kind", "start", "end", "glued", "used", "value", "claim")

    def __init__(self, entry: Entry, start: int, end: int, glued: bool):
        self.entry = entry
        self.kind = entry.kind
        self.start = start
        self.end = end
        self.glued = glued
        self.used = False
        self.value = 0.0
        self.claim = None


class Reader:
    """Splits drafts into sentences of items."""

    def __init__(self, tables: Lexicon):
        self.tables = tables
        self.speller = Speller(tables)

    def sentences(self, folded: Folded) -> tuple[list[list[Item]], int]:
        """Sentences that speak of this film, in order, and how many words of English were recognised."""
        words = tokens(folded.text)
        blocks, recognised = self._blocks(words)
        return _of_this_film(blocks), recognised

    def _blocks(self, words):
        root, adverbs, mend = self.tables.root, self.tables.adverbs, self.speller.mend
        sections, known = self.tables.sections, self.tables.words
        strange, abbreviations = self.tables.groups["foreign"], self.tables.groups["abbreviation"]
        inner = self.tables.groups["inner"]
        blocks, section, sentence = [], "image", []
        recognised = english = foreign = 0
        i, n, lines, previous_end = 0, len(words), 1, -1
        while i < n:
            word, start, end = words[i]
            if word == "\n":
                lines += 1
                i += 1
                if lines > 1 and sentence:
                    blocks.append((section, sentence))
                    sentence = []
                continue
            if word in sections:
                header = _header(words, i, n, sections, lines > 0, section)
                if header:
                    if sentence:
                        blocks.append((section, sentence))
                        sentence = []
                    section, i = header
                    blocks.append((section, None))
                    recognised += 1
                    lines = 1
                    continue
            if word in _ENDS:
                i += 1
                if (
                    word == "."
                    and sentence
                    and words[i - 2][0] in abbreviations
                    and _abbreviated(sentence, words[i - 2][0])
                    and i < n
                    and words[i][0] != "\n"
                ):
                    continue
                if sentence:
                    blocks.append((section, sentence))
                    sentence = []
                lines = 0
                continue
            glued = previous_end == start
            node = root.get(word)
            if node is None:
                entry = _PUNCTUATION.get(word)
                if entry is None:
                    if _NUMBER.match(word):
                        entry = NUMBER
                    else:
                        mended = mend(word)
                        if mended is not None:
                            word = mended
                            node = root.get(word)
                        elif word in strange:
                            foreign += 1
                        elif word in known:
                            recognised += 1
            j = i + 1
            if node is not None:
                recognised += word[0].isalpha()
                entry = node.get(ENTRY)
                k = j
                while k < n:
                    following = words[k][0]
                    if following == "\n":
                        k += 1
                        if k < n and words[k][0] == "\n":
                            break
                        continue
                    if following == "." and words[k - 1][0] in inner and k + 1 < n and words[k + 1][0] in node and _goes_on(sentence, word):
                        k += 1
                        continue
                    deeper = node.get(following)
                    if deeper is None and following in adverbs:
                        deeper = node.get(ADVERB)
                    if deeper is None:
                        if len(following) < 5 or following in root:
                            break
                        mended = mend(following)
                        deeper = node.get(mended) if mended is not None else None
                        if deeper is None:
                            break
                    node = deeper
                    k += 1
                    found = node.get(ENTRY)
                    if found is not None:
                        entry, j = found, k
            if entry is None:
                entry = _PUNCTUATION.get(word) or (NUMBER if _NUMBER.match(word) else UNKNOWN)
            elif word == "cm" and not (sentence and sentence[-1].entry is NUMBER):
                entry = self.tables.entries["cardiomegaly"]
            end = words[j - 1][2]
            item = Item(entry, start, end, glued)
            if entry is NUMBER:
                item.value = _value(word)
            if lines and sentence and (lines > 1 or _breaks(sentence, item, word)):
                blocks.append((section, sentence))
                sentence = []
            lines = 0
            sentence.append(item)
            english += entry.kind not in _INTERNATIONAL
            previous_end = end
            i = j
        if sentence:
            blocks.append((section, sentence))
        if foreign > english // 2:
            recognised = 0  # findings have the same names in many languages, their denials have not
        return blocks, recognised


def _value(word: str) -> float:
    percent = word.endswith("%")
    number = word.rstrip("%").replace(",", ".")
    value = float(number) if number.count(".") < 2 else 0.0
    return value / 100 if percent else value


def _breaks(sentence: list[Item], item: Item, word: str) -> bool:
    last = sentence[-1]
    if word in ("-", "*") or (item.kind == "number" and last.kind in _CLOSED):
        return True
    if last.entry.phrase in _ANSWERS and [it.kind for it in sentence[-3:-1]] in (["finding", "separator"], ["other", "separator"]):
        return True  # "Pneumothorax: no / Effusion: yes"
    if len(sentence) == 2 and sentence[0].kind == "finding" and last.entry.phrase in ("no", "yes"):
        return True  # "Pneumothorax no / Effusion yes"
    if (last.kind not in _CLOSED and not last.entry.predicate) or (last.kind == "question" and not last.glued):
        return False
    if (
        last.kind in ("side", "place", "unit")
        and item.kind in ("finding", "other", "modifier", "minor", "hazy", "nodular")
        and not any(it.kind in ("finding", "other") for it in sentence[-30:])
    ):
        return False  # "small left / pleural effusion"
    if last.kind in ("side", "place") and len(sentence) > 1 and sentence[-2].kind in ("and", "or", "with", "stop", "cue"):
        return False  # "right effusion and left / pneumothorax"
    return item.kind in _OPENS or (item.kind == "cue" and item.entry.direction == "forward")


def _abbreviated(sentence: list[Item], word: str) -> bool:
    """A full stop after "L" in "on the L.", "effusion L." ends the sentence; in "L. effusion" it does not."""
    return word not in ("l", "r", "lt", "rt") or len(sentence) < 2 or sentence[-2].kind not in _BEFORE_A_LAST_SIDE


def _goes_on(sentence: list[Item], word: str) -> bool:
    """A side after its finding ("ptx on R. Lung nodule") ends the sentence; before it ("R. pl. eff.") it does not."""
    return word not in ("l", "r", "lt", "rt") or not sentence or sentence[-1].kind not in _BEFORE_A_LAST_SIDE


def _header(words, i, n, sections, at_start, section):
    node, found, j = sections, None, i
    while j < n and words[j][0] in node:
        node = node[words[j][0]]
        j += 1
        if ENTRY in node:
            found = (node[ENTRY], j)
    if not found:
        return None
    (kind, bare), j = found
    if j < n and words[j][0] == ":":
        return kind, j + 1
    if bare and kind == "image" and section != "image":
        return kind, j  # "INDICATION cough FINDINGS clear lungs"
    alone = j >= n or words[j][0] == "\n"
    if (
        at_start
        and (bare or (alone and kind != "image"))
        and (j >= n or words[j][0] not in ("is", "are", "of", "from", "with", "was", "were", "on", "consistent", "."))
    ):
        return kind, j
    return None


def _of_this_film(blocks) -> list[list[Item]]:
    """Without the sections that ask nothing of the film. A history with no findings section after it ends with its first sentence."""
    last_image = max((i for i, (kind, items) in enumerate(blocks) if kind == "image" and items is None), default=-1)
    kept, skipping = [], False
    for i, (kind, items) in enumerate(blocks):
        if items is None:
            skipping = kind in ("skip", "advice", "compare")
        elif not skipping:
            kept.append(items)
        elif kind == "compare" and items[0].entry.phrase in _HERE:
            skipping = False  # "Comparison: none on file. There is a small effusion."
            kept.append(items)
        elif kind == "compare":
            if any(item.kind == "change" or item.entry.category in ("affirm", "resolution") for item in items):
                kept.append(items)
            if i > last_image:
                skipping = False
        elif kind == "skip" and i > last_image:
            skipping = False
    return kept
