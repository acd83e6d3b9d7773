"""Drafts that are nearly worded alike: of those, one stays, so that no split holds another's wording.

Two drafts are nearly alike where they share three fifths of their pairs of neighbouring words (Jaccard index), whatever the case,
punctuation, numbers and sides. Every such pair of drafts is found, not most of them as with hashed signatures: sets that are that much
alike share some of the rarest members of each (prefix filtering; Wang, Li, Feng, "Can we beat the prefix filtering?", SIGMOD 2012).
The packages for it hold every set in memory.
"""

import hashlib
import json
import re
from collections.abc import Collection, Iterator

import numpy as np

from .given import Reason
from .spool import Spool

_WORD = re.compile(r"\w+")
_NUMBER = re.compile(r"\d+")
_SIDES = {"left", "right", "l", "r", "lt", "rt"}
_COUNTERS = 2**20
_SHARED = 4  # rare pairs that two drafts must share before they are compared in full


def pairs_of(text: str) -> frozenset[int]:
    """A draft's pairs of neighbouring words, as numbers of 63 bits; a word alone pairs with nothing."""
    words = ["side" if word in _SIDES else _NUMBER.sub("0", word) for word in _WORD.findall(text.casefold())]
    pairs = zip(words, words[1:], strict=False) if len(words) > 1 else [words]
    return frozenset(int.from_bytes(hashlib.blake2b(" ".join(pair).encode(), digest_size=8).digest()) >> 1 for pair in pairs)


def alike(one: frozenset[int], other: Collection[int]) -> bool:
    """Whether two drafts are nearly worded alike; `other` holds no pair twice.

    >>> alike(pairs_of("Left effusion, 2 cm nodule in the right lung."), pairs_of("right effusion; 3 cm nodule in the left lung"))
    True
    """
    shared = len(one.intersection(other))
    return 5 * shared >= 3 * (len(one) + len(other) - shared)


def leave_out_near(spool: Spool) -> None:
    """Leaves out each draft that is nearly worded like one before it: labelled drafts first, then the held-out wording, then the other."""
    spool.db.execute("CREATE TABLE pairs (draft INTEGER PRIMARY KEY, pairs BLOB)")
    spool.db.execute("CREATE TABLE rare (pair INTEGER, draft INTEGER)")
    spool.db.execute("CREATE INDEX by_pair ON rare (pair, draft)")
    rarity = _Rarity()
    for number, text in spool.db.execute("SELECT number, text FROM drafts WHERE reason IS NULL"):
        pairs = pairs_of(text)
        rarity.count(pairs)
        spool.db.execute("INSERT INTO pairs VALUES (?, ?)", (number, np.fromiter(pairs, dtype=np.int64).tobytes()))
    for number, blob in spool.db.execute("SELECT number, pairs FROM drafts JOIN pairs ON draft = number ORDER BY place, draw, number"):
        pairs = frozenset(_numbers(blob))
        rare = rarity.rarest(pairs)
        if any(alike(pairs, other) for other in _sharing(spool, rare, needed(len(pairs)))):
            spool.leave_out(Reason.NEAR, number)
        else:
            spool.db.executemany("INSERT INTO rare VALUES (?, ?)", [(pair, number) for pair in rare])


def _sharing(spool: Spool, rare: list[int], shared: int) -> Iterator[list[int]]:
    """The pairs of the drafts that have so many of these pairs among their rarest."""
    found = "SELECT draft FROM rare WHERE pair IN (SELECT value FROM json_each(?)) GROUP BY draft HAVING COUNT(*) >= ?"
    for (blob,) in spool.db.execute(f"SELECT pairs FROM pairs WHERE draft IN ({found})", (json.dumps(rare), shared)):
        yield _numbers(blob)


def _numbers(blob: bytes) -> list[int]:
    return np.frombuffer(blob, dtype=np.int64).tolist()


def _least(members: int) -> int:
    """Pairs that a draft with so many shares with every draft that is nearly like it."""
    return -(-3 * members // 5)


def needed(members: int) -> int:
    """Rare pairs that a draft with so many pairs shares with every draft that is nearly like it; of those, the smallest has 3/5 of them."""
    return min(_SHARED, _least(_least(members)))


class _Rarity:
    """In how many drafts a pair stands, in a table of fixed size: pairs may share a counter, which only changes the order of search."""

    def __init__(self):
        self._counts = np.zeros(_COUNTERS, dtype=np.uint32)

    def count(self, pairs: frozenset[int]) -> None:
        np.add.at(self._counts, [pair % _COUNTERS for pair in pairs], 1)

    def rarest(self, pairs: frozenset[int]) -> list[int]:
        """The rarest pairs of a draft, in one order for all drafts, so many that _SHARED of what it must share are among them."""
        ordered = sorted(pairs, key=lambda pair: (int(self._counts[pair % _COUNTERS]), pair))
        least = _least(len(ordered))
        return ordered[: len(ordered) - least + min(_SHARED, least)]
