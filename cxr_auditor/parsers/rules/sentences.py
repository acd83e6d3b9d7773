"""Tokens to sentences of items: headings, line ends and full stops told apart, the longest table phrases found."""

from .contrasts import without_contrasts
from .corrections import corrected
from .headings import REPORT, Headings, Place
from .items import NUMBER, PUNCTUATION, UNKNOWN, Item, unlisted, value
from .lexicon import Lexicon
from .phrases import Phrases, abbreviated
from .reach import NOUN_PHRASE
from .requests import Requests
from .sections import Block, of_this_film
from .text import Folded, tokens

_NAMES = frozenset({"finding", "other", "subject"})
_CELL = 10  # words of a table's cell
_ENDS = frozenset({".", "!", ";", "|"})
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
_ANSWERS = frozenset({"no", "none", "yes", "nil", "absent", "present", "y", "n"})


class Reader:
    """Splits drafts into sentences of items."""

    def __init__(self, tables: Lexicon):
        self._phrases, self._headings, self._requests = Phrases(tables), Headings(tables), Requests(tables)
        self._tables = tables

    def sentences(self, folded: Folded) -> tuple[list[list[Item]], bool]:
        """Sentences that speak of this film, in order, and whether any word of English was recognised."""
        split = _Split(folded, self._tables, self._phrases, self._headings, self._requests)
        blocks, recognised = split.blocks()
        said = corrected(of_this_film(self._requests.left_out(blocks, folded.text)))
        return [without_contrasts(items) for items in said], recognised


class _Split:
    """One pass over the words of a draft."""

    # fmt: off
    __slots__ = (
        "_folded", "_phrases", "_headings", "_requests", "_words", "_known", "_abbreviations", "_strange", "_heart", "_blocks", "_sentence",
        "_section", "_fresh", "_lines", "_lines_before", "_recognised", "_foreign",
    )
    # fmt: on

    def __init__(self, folded: Folded, tables: Lexicon, phrases: Phrases, headings: Headings, requests: Requests):
        self._folded, self._phrases, self._headings, self._requests = folded, phrases, headings, requests
        self._words = tokens(folded.text)
        self._known, self._abbreviations = tables.words, tables.groups["abbreviation"]
        self._strange, self._heart = tables.groups["foreign"], tables.entries["cardiomegaly"]
        self._blocks: list[Block] = []
        self._sentence: list[Item] = []
        self._section, self._fresh = "image", True  # fresh: at the start of a line or behind a heading
        self._lines = self._lines_before = 1  # line ends since the last word; before the sentence
        self._recognised, self._foreign = False, 0

    def blocks(self) -> tuple[list[Block], bool]:
        words, n, listed, phrase_at = self._words, len(self._words), self._headings.known, self._phrases.at
        i, previous_end = 0, -1
        while i < n:
            word, start, end = words[i]
            if word == "\n":
                i += 1
                self._end_line(i)
                continue
            if word in listed or self._fresh or (not self._sentence and self._section not in REPORT):
                behind = self._heading(i)
                if behind:
                    i = behind
                    continue
            answer = self._answer_behind(i) if word == "." else 0
            if answer:
                self._sentence.append(Item(PUNCTUATION["-"], start, end, False))
                i = answer
                continue
            if word in _ENDS and not (word == "|" and self._heads_a_row(i)):
                i += 1
                self._full_stop(i)
                continue
            found = phrase_at(words, i, self._sentence)
            if found is None:
                entry = unlisted(word)
                i += 1
                if entry is UNKNOWN:
                    self._count(word)
                elif entry.kind == "question" and self._asked_again(end):
                    continue
            else:
                entry, i = found
                self._recognised = self._recognised or word.isalpha()
                end = words[i - 1][2]
                if entry is None:
                    entry = unlisted(word)
                elif word == "cm" and not (self._sentence and self._sentence[-1].entry is NUMBER):
                    entry = self._heart
            item = Item(entry, start, end, previous_end == start)
            if entry is NUMBER:
                item.value = value(word)
            if self._fresh:
                self._begin_line(item, word, i)
            self._sentence.append(item)
            previous_end = end
        self._close()
        return self._blocks, self._recognised and not (self._foreign and self._is_foreign())

    def _count(self, word: str) -> None:
        """What an unlisted word says of the language."""
        self._foreign += word in self._strange
        self._recognised = self._recognised or word in self._known

    def _asked_again(self, end: int) -> bool:
        """ "effusion??" asks once."""
        if self._lines or not self._sentence or self._sentence[-1].kind != "question":
            return False
        self._sentence[-1].end = end
        return True

    def _is_foreign(self) -> bool:
        """Findings have the same names in many languages, their denials have not."""
        english = sum(item.kind not in _INTERNATIONAL for block in self._blocks for item in block.items or ())
        return self._foreign > english // 2

    def _close(self) -> None:
        if self._sentence:
            self._blocks.append(Block(self._section, self._sentence, self._lines_before))
            self._sentence, self._lines_before = [], 0

    def _end_line(self, i: int) -> None:
        self._lines += 1
        self._fresh = True
        if self._sentence and (self._lines > 1 or self._ends_its_line(i)):
            self._close()

    def _ends_its_line(self, i: int) -> bool:
        """A line of a history, or of the clinical question above a draft, ends its sentence unless the next line goes on from it."""
        if self._section in REPORT:
            return not self._blocks and self._requests.asks(self._sentence, self._folded.text)
        return i < len(self._words) and not self._folded.runs_on(self._words[i][1])

    def _heading(self, i: int) -> int:
        """The index behind the heading at word i, which has been noted; 0 where none stands there."""
        place = Place(self._section, self._fresh, bool(self._sentence), not self._blocks and not self._sentence)
        found = self._headings.at(self._words, i, place, self._folded)
        if not found:
            return 0
        self._close()
        self._section, behind = found
        self._blocks.append(Block(self._section, None, self._lines))
        self._recognised = True
        self._lines, self._fresh = 0, True
        return behind

    def _full_stop(self, i: int) -> None:
        """The mark before word i."""
        words, sentence = self._words, self._sentence
        mark, before = words[i - 1][0], words[i - 2][0]
        goes_on = mark == "." and sentence and before in self._abbreviations and abbreviated(sentence, before)
        if goes_on and i < len(words) and words[i][0] != "\n":
            return
        self._close()
        self._lines, self._fresh = 0, False

    def _answer_behind(self, i: int) -> int:
        """ "Effusion... none", "Effusion. None.": where the answer stands that belongs to the finding before the dots at word i; else 0."""
        if not self._sentence or self._sentence[-1].kind not in ("finding", "other"):
            return 0
        words, j = self._words, i + 1
        while j < len(words) and words[j][0] == ".":
            j += 1
        if j == len(words) or words[j][0] not in _ANSWERS or (j == i + 1 and len(self._sentence) > 1):
            return 0
        behind = j + 1
        if behind < len(words) and words[behind][0] in ("seen", "present"):
            behind += 1
        return j if behind == len(words) or words[behind][0] in _ENDS or words[behind][0] in ("\n", ",") else 0

    def _doubts_anew(self, item: Item, i: int) -> bool:
        """ "no fracture seen / possible effusion": does a doubt at the start of a line speak of what follows on that line?"""
        if item.entry.category != "hedge" or self._sentence[-1].kind not in _CLOSED:
            return False
        for word, _, _ in self._words[i : i + _CELL]:
            if word in _ENDS or word in ("\n", ","):
                return False
            if self._phrases.kind(word) in _NAMES:
                return True
        return False

    def _heads_a_row(self, i: int) -> bool:
        """ "Effusion | none": is the bar at word i between a name and its value, not between two statements?"""
        if not self._sentence or any(item.kind not in _NAMES and item.kind not in NOUN_PHRASE for item in self._sentence[-_CELL:]):
            return False
        words, j = self._words, i + 1
        while j < len(words) and j <= i + _CELL and words[j][0] not in ("|", "\n", "."):
            if self._phrases.kind(words[j][0]) in _NAMES:
                return False
            j += 1
        return j > i + 1

    def _begin_line(self, item: Item, word: str, i: int) -> None:
        """The first phrase of a line, which ends before word i, may also be the first of a sentence."""
        if self._sentence and (self._lines > 1 or _breaks(self._sentence, item, word) or self._doubts_anew(item, i)):
            self._close()
        if not self._sentence:
            self._lines_before = self._lines
        self._lines, self._fresh = 0, False


def _breaks(sentence: list[Item], item: Item, word: str) -> bool:
    last = sentence[-1]
    if word in ("-", "*", "?") or (item.kind == "number" and last.kind in _CLOSED):
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
