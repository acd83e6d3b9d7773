"""The other side named only to be ruled out: "effusion on the left, not on the right", "left, not right, effusion".

Such a phrase says where a finding is not. Read as one more place it would turn one side into two, and its "not" would deny what follows.
"""

from .items import Item

_HEADS = frozenset({"finding", "other", "anaphor"})
_PLACES = frozenset({"side", "place"})
_JOINS = frozenset({"comma", "stop", "and"})
_LED_BY = frozenset({"prep", "det"})
_DESCRIBES = frozenset({"size", "degree", "change", "modifier", "minor", "hazy", "nodular", "adv", "number", "unit"})
_LISTED = _HEADS | _PLACES | _LED_BY | _DESCRIBES | {"and", "or", "slash"}
_VIEW = 30  # items looked at before a denial
_BEHIND = _JOINS | {"with", "close", "separator"}  # what may follow the denied place


def without_contrasts(items: list[Item]) -> list[Item]:
    """The sentence without the places that it denies of a finding which it asserts elsewhere."""
    said: list[Item] = []
    i = 0
    while i < len(items):
        if items[i].kind == "cue" and items[i].entry.category == "negation":
            dropped, end = _contrast(said[-_VIEW:], items, i)
            if end:
                del said[len(said) - dropped :]
                i = end
                continue
        said.append(items[i])
        i += 1
    return said


def _contrast(said: list[Item], items: list[Item], i: int) -> tuple[int, int]:
    """(how many items before it go too, where the sentence goes on) where the denial at item i is of another side; else (0, 0)."""
    denied, end = _place(items, i + 1)
    if not denied:
        return 0, 0
    following = items[end] if end < len(items) else None
    if _is_not(items[i]) and following is not None and following.entry.phrase == "but":  # "not on the right but on the left"
        if _differ(_place(items, end + 1)[0], denied):
            return 0, end + 1
        return 0, 0
    stays = len(said)
    while stays and said[stays - 1].kind in _JOINS:
        stays -= 1
    head = next((k for k in range(stays - 1, -1, -1) if said[k].kind in _HEADS), -1)
    if head < 0:
        if not (_is_not(items[i]) and stays and said[stays - 1].kind in _PLACES and _differ(said[stays - 1].entry.sides, denied)):
            return 0, 0
        if following is not None and following.kind == "comma":
            end += 1
        return (len(said) - stays, end) if end < len(items) and items[end].kind in _HEADS | _DESCRIBES else (0, 0)
    closed = following is None or following.kind in _BEHIND or following.kind in ("verb", "seen")
    if closed and not _denied(said, head, stays):
        sides = _sides(said, head, stays)
        if _differ(sides, denied) or (not sides and _is_not(items[i])):  # "there is an effusion, not on the left"
            return len(said) - stays, end
    return 0, 0


def _is_not(item: Item) -> bool:
    return item.entry.phrase == "not"


def _differ(sides: frozenset, others: frozenset) -> bool:
    return bool(sides) and bool(others) and not sides & others


def _place(items: list[Item], i: int) -> tuple[frozenset, int]:
    """The sides of the place at item i and the index behind it; no sides where none stands there."""
    while i < len(items) and items[i].kind in _LED_BY:
        i += 1
    first = i
    while i < len(items) and items[i].kind in _PLACES:
        i += 1
    return frozenset().union(*(item.entry.sides for item in items[first:i])), i


def _sides(said: list[Item], head: int, end: int) -> frozenset:
    """Where a finding is said to be, in its own noun phrase and behind it."""
    start = head
    while start and said[start - 1].kind in _DESCRIBES | _PLACES:
        start -= 1
    return frozenset().union(*(item.entry.sides for item in said[start:end] if item.kind in _PLACES))


def _denied(said: list[Item], head: int, end: int) -> bool:
    """Is the finding denied here too ("no effusion on the left, not on the right")?"""
    start = head
    while start and said[start - 1].kind in _LISTED:
        start -= 1
    around = said[max(0, start - 1) : end]
    return any(item.kind == "cue" and item.entry.category in ("negation", "resolution") for item in around)
