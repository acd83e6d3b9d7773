"""What an organ's predicate says: "heart size is normal", "the lungs are clear", "costophrenic angles are sharp", "CTR 0.55"."""

from ...findings import NO_FINDING, Finding
from .claims import ABSENT, PRESENT, UNCERTAIN, Claim
from .items import Item
from .reach import ahead

_HEART, _LUNGS, _FLUID = (Finding.CARDIOMEGALY,), (Finding.LUNG_OPACITY_CONSOLIDATION,), (Finding.PLEURAL_EFFUSION,)
# organ -> meaning of the predicate -> labels, status, subtype
MEANINGS = {
    "heart": {
        "normal": (_HEART, ABSENT, "cardiomegaly"),
        "large": (_HEART, PRESENT, "cardiomegaly"),
        "borderline": (_HEART, UNCERTAIN, "borderline"),
    },
    "lungs": {"normal": (_LUNGS, ABSENT, "clear"), "clear": (_LUNGS, ABSENT, "clear")},
    "pleura": {"normal": (_FLUID, ABSENT, "clear"), "clear": (_FLUID, ABSENT, "clear")},
    "angles": {
        "normal": (_FLUID, ABSENT, "clear"),
        "clear": (_FLUID, ABSENT, "clear"),
        "sharp": (_FLUID, ABSENT, "clear"),
        "blunt": (_FLUID, UNCERTAIN, "blunting"),
    },
    "mediastinum": {"large": ((), PRESENT, "hilar or mediastinal enlargement")},
    "film": {"normal": ((NO_FINDING,), PRESENT, "film"), "negative": ((NO_FINDING,), PRESENT, "film"), "clear": (_LUNGS, ABSENT, "clear")},
}
_FLIPPED = {PRESENT: ABSENT, UNCERTAIN: ABSENT, ABSENT: UNCERTAIN}
_THE_REST = ("otherwise", "remaining lung", "remainder", "rest of")  # "the remaining lungs are clear" leaves out what was told before
# fmt: off
_BEFORE = frozenset({
    "modifier", "minor", "hazy", "size", "degree", "change", "adv", "det", "prep", "and", "slash", "side", "place", "nodular", "word",
    "predicate",
})
# fmt: on
_ITS = frozenset({"it", "it's", "they"})
_NOT = frozenset({"not", "isn't", "isnt", "aren't", "arent", "wasn't", "no longer"})
_REACH = 30


def read_statements(items: list[Item], claims: list[Claim], before: str = "") -> None:
    """Adds the claims that organs make in one sentence and marks their words as used. `before`: the organ that the sentence before was
    about."""
    for i, item in enumerate(items):
        if item.entry.phrase in _ITS and (i == 0 or items[i - 1].kind in ("comma", "stop", "separator")):
            meant = spoken_of(items[:i][-_REACH:]) if i else before
            if meant in MEANINGS:
                _predicative(items, i, MEANINGS[meant], claims)
        elif item.kind == "subject" and item.entry.organ in MEANINGS:
            organ = item.entry.organ
            if i and items[i - 1].kind == "prep" and organ != "angles" and (items[i - 1].entry.phrase != "of" or organ == "film"):
                continue
            if i > 1 and organ == "film" and items[i - 1].kind == "det" and items[i - 2].kind == "prep":
                continue
            meanings = MEANINGS[item.entry.organ]
            if _attributive(items, i, meanings, claims):
                _coordinated(items, i, claims)
            else:
                _predicative(items, i, meanings, claims)
        elif item.kind == "ratio":
            _ratio(items, i, claims)
        elif item.kind == "question" and i and items[i - 1].used:
            _asked(items, i, claims)


def spoken_of(items: list[Item]) -> str:
    """The organ that "it" would mean after these words; "" where something else was named after it."""
    for item in reversed(items):
        if item.kind == "subject":
            return item.entry.organ
        if item.kind in ("finding", "other"):
            break
    return ""


def _asked(items, i, claims) -> None:
    """ "Heart enlarged?", "Heart enlarged? No."."""
    answer = items[i + 1].entry.phrase if i + 1 < len(items) else ""
    for claim in claims[-2:]:
        if claim.end == items[i - 1].end and claim.labels == _HEART and claim.status == PRESENT and answer != "yes":
            claim.status = ABSENT if answer in ("no", "nil") else UNCERTAIN


def _attributive(items, i, meanings, claims) -> bool:
    """ "normal heart size", "normal size and contour of the cardiac silhouette", "no blunting of the costophrenic angles"."""
    j = i - 1
    shared = False  # "unremarkable mediastinum and heart"
    while j >= 0 and i - j < 9 and not items[j].used:
        if items[j].kind == "subject" and items[j + 1].kind in ("and", "comma", "slash") and not _has_predicate(items, i):
            shared = True
        elif items[j].kind not in _BEFORE and items[j].entry.phrase != "of":
            break
        meaning = items[j].entry.predicate
        if meaning in meanings and not (shared and meaning != "normal"):
            if meaning == "clear" and items[j + 1].entry.phrase == "of":
                return False
            first = j
            while first and items[first - 1].kind in ("modifier", "minor", "hazy", "size", "degree") and not items[first - 1].used:
                first -= 1
            cue = "" if meaning == "blunt" else _cue_before(items, first)  # cues before blunting are read with those of the findings
            return _claim(items, first, i, meanings[meaning], cue, claims, items[i].entry.sides | _sides(items, j, i))
        j -= 1
    return False


def _has_predicate(items, i) -> bool:
    """Does a verb or an adjective of its own follow the organ?"""
    return i + 1 < len(items) and (items[i + 1].kind in ("verb", "cue", "size", "adv", "separator") or bool(items[i + 1].entry.predicate))


def _coordinated(items, i, claims) -> None:
    """ "normal heart and lungs": the second organ, unless it has a predicate of its own."""
    if not claims or claims[-1].status != ABSENT or i + 2 >= len(items) or items[i + 1].kind != "and":
        return
    labels, status, subtype = MEANINGS.get(items[i + 2].entry.organ, {}).get("normal", ((), ABSENT, ""))
    alone = i + 3 == len(items) or (items[i + 3].kind in ("comma", "and", "stop") and not items[i + 3].entry.predicate)
    if labels and labels != claims[-1].labels and labels[0] != NO_FINDING and alone:
        claims.append(Claim(labels, subtype, status, claims[-1].start, items[i + 2].end))
        items[i + 1].used = items[i + 2].used = True


def _predicative(items, i, meanings, claims) -> bool:
    verb = linked = False
    cue = (
        "hedge" if i and items[i - 1].kind == "question" and (items[i].glued or i == 1) and "large" in meanings else ""
    )  # "?heart enlarged"
    for j in range(i + 1, min(len(items), i + _REACH)):
        item = items[j]
        kind, meaning = item.kind, item.entry.predicate
        if item.used or (kind == "prep" and item.entry.phrase == "by"):
            return False
        if meaning == "large" and j > i + 1 and not verb and kind in ("size", "degree") and ahead(items, j) in ("finding", "other"):
            return False  # "heart shifted to the right, massive effusion"
        if meaning in meanings and not (meaning == "clear" and _follows(items, j, "of")):
            if verb and linked and not _bare(items, j):
                return False
            upto = _range_end(items, j) if meaning == "normal" and "borderline" in meanings else 0
            if upto:
                return _claim(items, i, upto, meanings["borderline"], cue, claims, items[i].entry.sides)
            others = [it for it in items[i + 1 : j] if it.kind == "subject" and meaning in MEANINGS.get(it.entry.organ, ())]
            if cue == "negation" and meaning == "normal" and "large" in meanings:
                cue, j, meaning = _but_large(items, j)
            made = _claim(items, i, j, meanings[meaning], cue, claims, items[i].entry.sides)
            for other in others:  # "the heart and lungs are normal"
                labels, status, subtype = MEANINGS[other.entry.organ][meaning]
                if made and not cue and labels != claims[-1].labels:
                    claims.append(Claim(labels, subtype, status, claims[-1].start, claims[-1].end))
            return made
        if meaning == "same":
            verb = True
        elif kind == "verb":
            if (verb and linked and items[j - 1].kind not in ("and", "stop", "comma")) or (
                "negative" in meanings and item.entry.phrase not in ("is", "are", "appears", "appear", "was", "looks", "look")
            ):
                return False
            verb, linked = True, False
        elif kind == "cue":
            if item.entry.phrase in _NOT:
                cue = "negation"
            elif item.entry.category == "hedge" and "large" in meanings:
                cue = "hedge"
            elif item.entry.category not in ("affirm", "plain") or "large" not in meanings:
                return False
        elif kind == "question" and "large" in meanings:
            cue = "hedge"  # "heart ?enlarged"
        elif kind in ("comma", "and", "or", "slash"):
            linked = True
        elif kind == "stop":
            if item.entry.phrase != "but":
                return False
            linked = True
        elif "negative" in meanings and kind not in ("adv", "comma", "separator", "trap"):
            return False
        elif item.entry.term == "hyperinflation" or (item.entry.term == "vascular congestion" and linked and not verb):
            continue  # "heart size and pulmonary vascular prominence are within normal limits"
        elif (
            kind in ("finding", "other", "normal_film", "global", "seen", "pronoun", "with", "trap")
            or verb
            and linked
            and kind in ("det", "subject", "unknown", "word", "side")
        ):
            return False
    return False


def _but_large(items, j) -> tuple[str, int, str]:
    """ "not normal but enlarged": (cue, last item, meaning)."""
    k = j + 1
    if k < len(items) and (items[k].kind in ("comma", "separator") or items[k].entry.phrase == "but"):
        k += 1
        while k < len(items) and items[k].kind in ("adv", "size"):
            k += 1
        if k < len(items) and items[k].entry.predicate == "large" and k + 1 == len(items):
            return "", k, "large"
    return "negation", j, "normal"


def _range_end(items, j) -> int:
    """ "normal to mildly enlarged": where the range ends, or 0."""
    if not _follows(items, j, "to") and not _follows(items, j, "or"):
        return 0
    for k in range(j + 2, min(len(items), j + 5)):
        if items[k].entry.predicate in ("large", "borderline"):
            return k
        if items[k].kind not in ("adv", "size"):
            return 0
    return 0


def _follows(items, j, word) -> bool:
    return j + 1 < len(items) and items[j + 1].entry.phrase == word


def _bare(items, j) -> bool:
    """No noun stands between the last conjunction and the predicate."""
    while items[j - 1].kind in ("adv", "size", "degree", "modifier", "minor", "hazy", "change", "prep", "cue"):
        j -= 1
    return items[j - 1].kind in ("comma", "and", "or", "slash", "stop")


def _cue_before(items, first) -> str:
    for j in range(first - 1, max(-1, first - 5), -1):
        item = items[j]
        if item.kind == "cue":
            return item.entry.category if item.entry.category in ("negation", "hedge") and item.entry.direction != "backward" else ""
        if item.kind not in ("adv", "det", "size", "degree", "modifier", "minor", "hazy"):
            return ""
    return ""


def _sides(items, a, b) -> frozenset:
    return frozenset().union(*(items[j].entry.sides for j in range(a, b)))


def _claim(items, a, b, meaning, cue, claims, sides) -> bool:
    labels, status, subtype = meaning
    if cue == "negation":
        if labels == (NO_FINDING,) or subtype == "clear":
            return False
        status = _FLIPPED[status]
    elif cue == "hedge" and status == PRESENT and labels != (NO_FINDING,):
        status = UNCERTAIN
    for item in items[a : b + 1]:
        item.used = True
    start = a
    while items[start].kind in ("det", "prep"):
        start += 1
    claim = Claim(labels, subtype, status, items[start].start, items[b].end, "" if labels else subtype)
    claim.sides = frozenset(sides) if subtype in ("clear", "blunting") else frozenset()
    claim.soft = any(item.entry.phrase.startswith(_THE_REST) for item in items[max(0, a - 2) : b + 1])
    if subtype == "blunting":
        items[a].claim = claim
    else:
        claims.append(claim)
    return True


def _ratio(items, i, claims) -> bool:
    """A cardiothoracic ratio: above 0.5 the heart is enlarged, 0.5 itself is borderline (Danzer 1919)."""
    above = below = False
    for j in range(i + 1, min(len(items), i + 8)):
        item = items[j]
        phrase = item.entry.phrase
        if item.entry.predicate in MEANINGS["heart"]:
            return _claim(items, i, j, MEANINGS["heart"][item.entry.predicate], _cue_before(items, j), claims, frozenset())
        above = above or phrase in (">", "greater", "above", "over", "more", "exceeds")
        below = below or phrase in ("<", "less", "below", "under")
        if item.kind == "number":
            value = item.value
            if j + 2 < len(items) and items[j + 1].kind == "slash" and items[j + 2].value:
                value /= items[j + 2].value  # "17/30 cm"
            value = value / 100 if value > 1.5 else value
            if not 0.2 < value < 1:
                return False
            enlarged = above or (value > 0.5 and not below)
            meaning = "large" if enlarged and value >= 0.5 else "normal" if value < 0.5 or below else "borderline"
            return _claim(items, i, j, MEANINGS["heart"][meaning], "", claims, frozenset())
        if item.kind in ("finding", "other", "subject", "stop"):
            return False
    return False
