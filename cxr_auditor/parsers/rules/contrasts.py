"""The other side named only to be ruled out: "effusion on the left, not on the right", "left, not right, effusion".

Such a phrase says where a finding is not. Read as one more place it would turn one side into two, and its "not" would deny what follows.
So it is taken out of the sentence, and the finding's word keeps the denial.
"""

from .claims import ABSENT, Claim
from .items import PUNCTUATION, Item

_HEADS = frozenset({"finding", "other", "anaphor"})
_PLACES = frozenset({"side", "place"})
_JOINS = frozenset({"comma", "stop", "and"})
_LED_BY = frozenset({"prep", "det"})
_DESCRIBES = frozenset({"size", "degree", "change", "modifier", "minor", "hazy", "nodular", "adv", "number", "unit"})
_LISTED = _HEADS | _PLACES | _LED_BY | _DESCRIBES | {"and", "or", "slash"}
_BEHIND = _JOINS | {"with", "close", "separator", "verb", "seen"}  # what may follow the denied place
_BOTH = 2
_VIEW = 30  # items looked at before a denial


def without_contrasts(items: list[Item]) -> list[Item]:
    """The sentence without the places that are only ruled out; the items of the findings hold the denials (`ruled_out`)."""
    said: list[Item] = []
    i = 0
    while i < len(items):
        if items[i].kind == "cue" and items[i].entry.category == "negation":
            told = _contrast(said[-_VIEW:], items, i)
            if told is not None:
                dropped, i = told
                del said[len(said) - dropped :]
                continue
            if _is_not(items[i]) and said and said[-1].kind != "separator" and _nowhere(said[-_VIEW:], items, i):
                said.append(Item(PUNCTUATION[":"], items[i].start, items[i].start, False))  # as an answer: "Pneumothorax: not on ..."
        said.append(items[i])
        i += 1
    return said


def _contrast(said: list[Item], items: list[Item], i: int) -> tuple[int, int] | None:
    """(how many items before it go, where the sentence goes on) where the denial at item i is of another side."""
    denied, end = _place(items, i + 1)
    if not denied:
        return None
    following = items[end] if end < len(items) else None
    if _is_not(items[i]) and following is not None and following.entry.phrase == "but":  # "not on the right but on the left"
        return (0, end + 1) if _differ(_place(items, end + 1)[0], denied) else None
    stays, head = _head(said)
    if head < 0:
        return _before_its_finding(said, items, i, end, stays)
    if (following is not None and following.kind not in _BEHIND) or _denied(said, head, stays):
        return None
    sides = _sides(said, head, stays)
    if _differ(sides, denied) or (not sides and _is_not(items[i]) and not _everywhere(items, denied, end)):
        _rule_out(said[head], denied, items[i].start, items[end - 1].end)
        return len(said) - stays, end
    return None


def _nowhere(said: list[Item], items: list[Item], i: int) -> bool:
    """ "Pneumothorax not on the left and not on the right", "pneumothorax not on either side": denied where nothing was asserted."""
    denied, end = _place(items, i + 1)
    stays, head = _head(said)
    return head >= 0 and _everywhere(items, denied, end) and not _sides(said, head, stays) and not _denied(said, head, stays)


def _head(said: list[Item]) -> tuple[int, int]:
    """(how much was said before the pause, the last finding in it or -1)."""
    stays = len(said)
    while stays and said[stays - 1].kind in _JOINS:
        stays -= 1
    return stays, next((k for k in range(stays - 1, -1, -1) if said[k].kind in _HEADS), -1)


def _rule_out(head: Item, sides: frozenset, start: int, end: int) -> None:
    if head.kind == "finding":
        claim = Claim(head.entry.labels, head.entry.subtype, ABSENT, start, end)
        claim.sides, claim.given = sides, True
        head.ruled_out = (*head.ruled_out, claim)


def _before_its_finding(said: list[Item], items: list[Item], i: int, end: int, stays: int) -> tuple[int, int] | None:
    """ "Left, not right, effusion"."""
    denied, _ = _place(items, i + 1)
    if not (_is_not(items[i]) and stays and _is_place(said[stays - 1]) and _differ(said[stays - 1].entry.sides, denied)):
        return None
    if end < len(items) and items[end].kind == "comma":
        end += 1
    return (len(said) - stays, end) if end < len(items) and items[end].kind in _HEADS | _DESCRIBES else None


def _is_not(item: Item) -> bool:
    return item.entry.phrase == "not"


def _differ(sides: frozenset, others: frozenset) -> bool:
    return bool(sides) and bool(others) and not sides & others


def _everywhere(items: list[Item], denied: frozenset, end: int) -> bool:
    """ "Pneumothorax: not on the left, not on the right" denies it, and not one place of it."""
    while end < len(items) and items[end].kind in _JOINS:
        end += 1
    if end < len(items) and items[end].kind == "cue" and items[end].entry.category == "negation":
        denied = denied | _place(items, end + 1)[0]
    return len(denied) == _BOTH


def _place(items: list[Item], i: int) -> tuple[frozenset, int]:
    """The sides of the place at item i and the index behind it; no sides where none stands there."""
    while i < len(items) and items[i].kind in _LED_BY:
        i += 1
    first = i
    while i < len(items) and _is_place(items[i]):
        i += 1
    return frozenset().union(*(item.entry.sides for item in items[first:i])), i


def _is_place(item: Item) -> bool:
    """A side, a part of a lung, or "the right lung"."""
    return item.kind in _PLACES or (item.kind == "subject" and item.entry.organ == "lungs" and bool(item.entry.sides))


def _sides(said: list[Item], head: int, end: int) -> frozenset:
    """Where a finding is said to be, in its own noun phrase and behind it."""
    start = head
    while start and said[start - 1].kind in _DESCRIBES | _PLACES:
        start -= 1
    return frozenset().union(*(item.entry.sides for item in said[start:end] if _is_place(item)))


def _denied(said: list[Item], head: int, end: int) -> bool:
    """Is the finding denied here too ("no effusion on the left, not on the right")?"""
    start = head
    while start and said[start - 1].kind in _LISTED:
        start -= 1
    around = said[max(0, start - 1) : end]
    return any(item.kind == "cue" and item.entry.category in ("negation", "resolution") for item in around)
