"""Misspellings of the words that carry meaning: one letter wrong, missing, doubled or swapped (two in long words)."""

from functools import lru_cache

from .lexicon import Lexicon


class Speller:
    """`mend(word)` is the word that was meant, or None where the word is known, too short, or too far from every target."""

    def __init__(self, tables: Lexicon):
        self._given = tables.spelling
        self._known = tables.words
        self._targets: dict[str, list[tuple[str, frozenset]]] = {}
        for target in sorted(tables.groups["target"]):
            self._targets.setdefault(target[0], []).append((target, frozenset(target)))
        self.mend = lru_cache(maxsize=4096)(self._mend)

    def _mend(self, word: str) -> str | None:
        given = self._given.get(word)
        if given is not None:
            return given
        if not 6 <= len(word) <= 20 or word in self._known:
            return None
        letters, best = set(word), None
        for target, wanted in self._targets.get(word[0], ()):
            allowed = 2 if len(target) >= 9 else 1
            if abs(len(target) - len(word)) <= allowed and len(wanted - letters) <= allowed and len(letters - wanted) <= allowed:
                found = distance(word, target)
                if found <= allowed and (best is None or found < best[0]):
                    best = found, target
        return best[1] if best else None


def distance(a: str, b: str) -> int:
    """Optimal string alignment distance: insert, delete, replace, swap of neighbours (Damerau 1964).

    >>> distance("pnuemothorax", "pneumothorax"), distance("effusoin", "effusion"), distance("nodle", "nodule")
    (1, 1, 1)
    """
    before, above = [], list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            cost = min(above[j] + 1, row[-1] + 1, above[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, above = above, row
    return above[-1]
