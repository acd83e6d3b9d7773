"""Looking ahead in a sentence: what does a phrase, a list or a cue lead to? Pure functions over its items, each with a bounded view."""

from .items import Item

NOUN_PHRASE = frozenset(
    {"size", "degree", "change", "modifier", "minor", "hazy", "nodular", "side", "place", "organ", "unit", "number", "compare", "adv"}
)
ADJECTIVES = frozenset({"size", "degree", "change", "modifier", "minor", "hazy", "nodular"})
QUALITIES = frozenset({"modifier", "minor", "hazy"})
LINKS = frozenset({"and", "or", "comma", "slash", "with"})
LUNG_SUBJECTS = frozenset({"lungs", "pleura", "angles"})
# fmt: off
_ELSEWHERE = frozenset({
    "lateral", "frontal", "pa", "ap", "view", "prior", "previous", "comparison", "old", "earlier", "outside", "ct", "mri",
})
# fmt: on
_VIEW = 30  # items


def ahead(items: list[Item], i: int, through_hedges: bool = True) -> str:
    """What the noun phrase of item i leads to: finding, other, verb, link, stop, separator, open, close, question, end, or noun."""
    j, n = i + 1, min(len(items), i + _VIEW)
    while j < n:
        item = items[j]
        kind = item.kind
        if kind in NOUN_PHRASE or (kind == "subject" and item.entry.organ in LUNG_SUBJECTS and not item.used):
            j += 1
        elif kind in ("finding", "other"):
            return kind
        elif kind in LINKS:
            if j + 1 < n and _joins_adjectives(items[j - 1], kind, items[j + 1]):
                j += 1
            else:
                return "link"
        elif item.used:
            return "noun"
        elif kind == "cue":
            if not through_hedges or item.entry.category != "hedge" or item.entry.direction != "either":
                return "stop"
            j += 1
        else:
            return _LEADS_TO.get(kind, "noun")
    return "end" if n == len(items) else "noun"


_LEADS_TO = {
    "verb": "verb",
    "seen": "verb",
    "stop": "stop",
    "pronoun": "stop",
    "relative": "stop",
    "except": "stop",
    "prep": "link",
    "separator": "separator",
    "close": "close",
    "open": "open",
    "question": "question",
}


def _joins_adjectives(before: Item, link: str, after: Item) -> bool:
    """ "right and left effusions", "interstitial and alveolar opacities"."""
    if link == "with":
        return False
    if before.kind in ("side", "place") or before.kind in QUALITIES:
        return (
            before.kind == after.kind
            or (after.kind == "subject" and after.entry.organ == "lungs" and before.kind == "side")
            or (before.kind in QUALITIES and (after.kind in QUALITIES or (after.kind == "finding" and link in ("and", "slash"))))
        )
    return False


def list_goes_on(items: list[Item], i: int) -> bool:
    """Is the comma list around item i closed by an "or"?"""
    for item in items[i + 1 : i + _VIEW]:
        if item.kind == "or":
            return True
        if item.kind in ("verb", "seen", "stop", "cue", "and", "separator", "subject"):
            return False
    return False


def own_clause(items: list[Item], i: int) -> bool:
    """ "no pneumothorax, effusion is small", "..., effusion reduced": the finding has a verb of its own that says more than "is seen"."""
    j, n = i + 1, min(len(items), i + _VIEW)
    while j < n and items[j].kind in ("place", "side", "prep", "det"):
        j += 1
    if j < n and items[j].kind == "change":
        return ahead(items, j) not in ("finding", "other")
    if j >= n or items[j].kind != "verb":
        return False
    j += 1
    while j < n and items[j].kind == "adv":
        j += 1
    return j < n and items[j].kind != "seen"


def outside_the_lungs(items: list[Item], i: int) -> bool:
    """ "mass in the right breast"."""
    for item in items[i + 1 : i + 8]:
        if item.kind == "organ":
            return True
        if item.kind == "prep":
            if item.entry.phrase not in ("in", "of", "within", "from"):
                return False
        elif item.kind not in ("det", "side", "modifier", "number", "unknown", "place"):
            return False
    return False


def lung_place_follows(items: list[Item], i: int, of: frozenset = frozenset({"lungs"})) -> bool:
    """ "density in the right base"."""
    for item in items[i + 1 : i + 7]:
        if item.kind in ("place", "side") or (item.kind == "subject" and item.entry.organ in of):
            return True
        if item.kind not in ("prep", "det", "seen", "verb", "adv", "unknown"):
            return False
    return False


def leads_to_finding(items: list[Item], i: int, category: str, after_finding: bool) -> bool:
    """Does the cue at item i, which may act either way, stand before a finding of its own phrase?"""
    for j in range(i + 1, min(len(items), i + 14)):
        item = items[j]
        kind = item.kind
        if kind in ("finding", "other"):
            return True
        if kind in NOUN_PHRASE or kind in ("det", "unknown", "open", "subject", "global"):
            continue
        if kind == "cue" and item.entry.direction != "backward":
            continue
        if kind == "prep" and item.entry.phrase in ("of", "for", "to", "in"):
            if category == "hedge" and item.entry.phrase != "of" and after_finding:
                return False
            continue
        if kind in ("and", "or", "comma", "slash") and (items[j - 1].kind in ADJECTIVES or items[j - 1].kind in ("side", "place")):
            continue
        if kind == "or" and category == "hedge":
            continue
        return False
    return False


def closes(items: list[Item], i: int) -> bool:
    """Nothing follows in the phrase that a hedge at item i could belong to: "small effusion likely." """
    return i + 1 == len(items) or items[i + 1].kind in (
        "comma",
        "and",
        "stop",
        "except",
        "seen",
        "close",
        "separator",
        "prep",
        "side",
        "place",
        "question",
        "with",
    )


def doubts_the_place(items: list[Item], i: int) -> bool:
    """ "... in the right lung, probably within the upper lobe"."""
    return 0 < i < len(items) - 1 and items[i + 1].kind == "prep" and items[i - 1].kind not in ("finding", "verb")


def on_one_side(items: list[Item], i: int) -> bool:
    """ "no pneumothorax, consolidation in the right lower lobe": a place of its own, on one side, asserts."""
    for item in items[i + 1 : i + 6]:
        if item.kind in ("side", "place") and item.entry.sides:
            return len(item.entry.sides) == 1 and not list_goes_on(items, i)
        if item.kind not in ("prep", "det", "place"):
            return False
    return False


def elliptic(items: list[Item], i: int) -> frozenset:
    """The sides where an adjective stands for the finding named before it: "no effusion on the left, small on the right"."""
    for j in range(i + 1, min(len(items), i + 5)):
        item = items[j]
        if item.kind in ("side", "place") and item.entry.sides:
            alone = j + 1 == len(items) or items[j + 1].kind in ("comma", "and", "stop", "seen", "close")
            return item.entry.sides if alone else frozenset()
        if item.kind not in ("prep", "det"):
            break
    return frozenset()


def answers(items: list[Item], i: int) -> bool:
    """ "Pneumothorax: no", "Effusion? None seen.", "effusion no, nodule yes"."""
    if i and items[i].entry.phrase == "no" and items[i - 1].kind == "finding":
        return i + 1 == len(items) or items[i + 1].kind == "comma"
    if not i or items[i - 1].kind not in ("separator", "question", "open"):
        return False
    for item in items[i + 1 : i + _VIEW]:
        if item.kind in ("finding", "other", "global"):
            return False
        if item.kind in ("close", "comma", "stop", "and"):
            return True
    return True


def speaks_of_another_film(items: list[Item], i: int) -> bool:
    """ "not seen on the lateral view", "not seen on prior exams" deny nothing."""
    following = [item.entry.phrase for item in items[i + 1 : i + 5]]
    return following[:1] in (["on"], ["in"]) and not _ELSEWHERE.isdisjoint(following)
