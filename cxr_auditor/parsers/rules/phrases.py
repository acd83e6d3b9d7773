"""The longest phrase of the tables that begins at a word, through misspellings, adverbs, line ends and inner full stops."""

from .items import Item
from .lexicon import ADVERB, ENTRY, Entry, Lexicon
from .spelling import Speller

_BEFORE_A_LAST_SIDE = frozenset({"prep", "det", "finding", "other"})
_SIDE_LETTERS = frozenset({"l", "r", "lt", "rt"})


class Phrases:
    """Finds phrases and counts what tells English from noise and from other languages."""

    def __init__(self, tables: Lexicon):
        self._root, self._adverbs, self.mend = tables.root, tables.adverbs, Speller(tables).mend
        self._inner = tables.groups["inner"]

    def at(self, words, i: int, sentence: list[Item]) -> tuple[Entry | None, int] | None:
        """(what the tables say of the longest phrase, index behind it); the entry is None where a phrase only begins here, the whole
        answer where none does."""
        root, mend = self._root, self.mend
        word = words[i][0]
        node = root.get(word)
        if node is None:
            if not word[0].isalpha():
                return None
            mended = mend(word)
            if mended is None:
                return None
            word = mended
            node = root.get(word)
            if node is None:
                return None, i + 1
        entry, end, k, n = node.get(ENTRY), i + 1, i + 1, len(words)
        if len(node) == 1 and entry is not None:
            return entry, end
        while k < n:
            following = words[k][0]
            if following == "\n":
                k += 1
                if k < n and (words[k][0] == "\n" or (entry is not None and self.kind(words[k][0]) == entry.kind == "finding")):
                    break  # "mass" and "consolidation" on two lines are two findings
                continue
            if following == "." and words[k - 1][0] in self._inner and k + 1 < n and words[k + 1][0] in node and _goes_on(sentence, word):
                k += 1
                continue
            deeper = node.get(following)
            if deeper is None and following in self._adverbs:
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
                entry, end = found, k
        return entry, end

    def kind(self, word: str) -> str:
        """The kind of a word that is a phrase by itself, else ""."""
        entry = self._root.get(word, {}).get(ENTRY)
        return entry.kind if entry is not None else ""


def abbreviated(sentence: list[Item], word: str) -> bool:
    """A full stop after "L" in "on the L.", "effusion L." ends the sentence; in "L. effusion" it does not."""
    return word not in _SIDE_LETTERS or len(sentence) < 2 or sentence[-2].kind not in _BEFORE_A_LAST_SIDE


def _goes_on(sentence: list[Item], word: str) -> bool:
    """A side after its finding ("ptx on R. Lung nodule") ends the sentence; before it ("R. pl. eff.") it does not."""
    return word not in _SIDE_LETTERS or not sentence or sentence[-1].kind not in _BEFORE_A_LAST_SIDE
