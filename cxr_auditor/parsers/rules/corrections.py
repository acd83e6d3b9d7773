"""Spoken self-corrections: "effusion on the right, no, on the left", "... scratch that ...". The words that were taken back are left out.

A repair takes up the utterance at a word like one that was said before (Levelt 1983): a side for a side, a noun phrase for a noun phrase.
"""

from .items import Item
from .reach import ADJECTIVES, NOUN_PHRASE

_REPAIRS = frozenset({"correction", "retraction"})
_HEADS = frozenset({"finding", "other", "subject"})
_PLACES = frozenset({"side", "place"})
_PAUSES = frozenset({"comma", "separator"})
_BEFORE_CONTENT = frozenset({"det", "prep", "adv", "verb", "cue", "stop"})
_CAUTIOUS = frozenset({"no", "actually", "wait"})  # they correct only where what follows is of the same thing
_VIEW = 30  # items looked at before a correction
_REPAIR = 12  # items of a repair


def corrected(sentences: list[list[Item]]) -> list[list[Item]]:
    """The sentences as their speaker wants them."""
    kept: list[list[Item]] = []
    for items in sentences:
        for i, item in enumerate(items):
            if item.kind == "cue" and _interrupts(items, i):
                _correct(items, kept)
                break
        else:
            kept.append(items)
    return kept


def _correct(items: list[Item], kept: list[list[Item]]) -> None:
    said: list[Item] = []
    i, n = 0, len(items)
    while i < n:
        if not _interrupts(items, i):
            said.append(items[i])
            i += 1
            continue
        first, word = i, items[i].entry
        i += 1
        while i < n and (items[i].kind in _PAUSES or items[i].entry.category in _REPAIRS):
            word = items[i].entry if items[i].kind == "cue" else word
            i += 1
        before = said or (kept[-1] if kept else said)
        if word.category == "retraction":
            del before[_statement(before) :]
            goes_on = False
        else:
            taken_back = _replaced(before, items[i : i + _REPAIR], word.phrase in _CAUTIOUS)
            if taken_back is None:
                said += items[first:i] if word.phrase == "no" else []
                continue
            start, end, goes_on = taken_back
            del before[start:end]
        if goes_on and before is not said:
            said = kept.pop()
        elif not goes_on and before is said:
            kept.append(said)
            said = []
        if kept and not kept[-1]:
            kept.pop()
    if said:
        kept.append(said)


def _interrupts(items: list[Item], i: int) -> bool:
    """Does the speaker break off at item i?"""
    entry = items[i].entry
    if entry.phrase != "no" and entry.category not in _REPAIRS:
        return False
    paused = i > 0 and items[i - 1].kind in _PAUSES
    if entry.phrase == "no":
        return paused and i + 1 < len(items) and (items[i + 1].kind in _PAUSES or items[i + 1].entry.category in _REPAIRS)
    return paused or not i or entry.reach == "sentence"


def _statement(said: list[Item]) -> int:
    """Where the last statement begins: after the comma before its head."""
    j = len(said) - 1
    while j >= 0 and said[j].kind not in _HEADS:
        j -= 1
    while j >= 0 and said[j].kind not in _PAUSES and said[j].kind != "stop":
        j -= 1
    return max(j, 0)


def _replaced(said: list[Item], repair: list[Item], cautious: bool) -> tuple[int, int, bool] | None:
    """(start, end, does the repair go on in this sentence?) of the words that the repair replaces; None where it fits none."""
    n = len(said)
    while n and said[n - 1].kind in _PAUSES:
        n -= 1
    repair = _first_clause(repair)
    content = next((item for item in repair if item.kind not in _BEFORE_CONTENT), None)
    if content is None:
        return None
    named = next((item for item in repair if item.kind in ("finding", "other")), content if content.kind == "subject" else None)
    view = range(n - 1, max(-1, n - 1 - _VIEW), -1)
    if named is not None:
        heads = [k for k in view if said[k].kind in _HEADS]
        same = [k for k in heads if said[k].kind == named.kind and _meaning(said[k]) == _meaning(named)]
        others = [k for k in heads if said[k].kind != "subject" and named.kind != "subject"]
        chosen = same or ([] if cautious else others)
        if chosen:
            return _noun_phrase(said, n, chosen[0], repair)
        if heads:
            return None
    k = next((k for k in view if _class(said[k]) and _class(said[k]) == _class(content)), None)
    if k is None:
        return None
    start = k
    for kind in ("det", "prep"):
        if start and said[start - 1].kind == kind and any(item.kind == kind for item in repair[:2]):
            start -= 1
    if k + 1 == n:
        return start, len(said), True
    del said[n:]
    return start, k + 1, True


def _first_clause(repair: list[Item]) -> list[Item]:
    for j, item in enumerate(repair):
        if j and (item.kind in _PAUSES or item.kind == "stop"):
            return repair[:j]
    return repair


def _noun_phrase(said: list[Item], n: int, head: int, repair: list[Item]) -> tuple[int, int, bool]:
    """The noun phrase around a head with all that was said of it, and the cue or "there is" before it where the repair says that anew."""
    anew = {repair[0].kind} & {"cue", "stop"}
    if any(item.kind in ("size", "degree", "change", "stop") for item in repair):
        anew.add("cue")  # "no effusion, sorry, small effusion", "possible effusion, sorry, definite effusion"
    start = head
    while start and said[start - 1].kind in NOUN_PHRASE | {"det", "question"}:
        start -= 1
    while start and said[start - 1].kind in anew:
        start -= 1
    end = head + 1
    while end < n and said[end].kind in _PLACES | {"prep", "det"}:
        end += 1
    goes_on = not any(item.kind in _HEADS for item in said[end:n])
    return start, len(said) if goes_on else end, goes_on


def _meaning(item: Item) -> tuple:
    return item.entry.labels, item.entry.term, item.entry.organ


def _class(item: Item) -> str:
    """What may replace what: a place a place, a predicate a predicate, an adjective one of its kind."""
    if item.kind in _PLACES:
        return "place"
    if item.kind in ("size", "degree"):
        return "size"
    if item.entry.predicate:
        return "predicate"
    return item.kind if item.kind in ADJECTIVES or item.kind == "number" else ""
