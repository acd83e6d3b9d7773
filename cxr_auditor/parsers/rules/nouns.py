"""Findings and their adjectives, statements about the whole film, and the subjects of other sentences."""

from ...findings import NO_FINDING, Finding
from .claims import ABSENT, DENSE, PRESENT, UNCERTAIN, Claim
from .items import Item
from .places import place, stated_before
from .reach import LUNG_SUBJECTS, ahead, elliptic, list_goes_on, lung_place_follows, on_one_side, outside_the_lungs, own_clause
from .state import Sentence

STATUS_UNDER = {
    "negation": ABSENT,
    "resolution": ABSENT,
    "hedge": UNCERTAIN,
    "versus": UNCERTAIN,
    "affirm": PRESENT,
    "past": None,
    "earlier": None,
    "hypothetical": None,
}
_CLAIMED_BY_ORGANS = frozenset({"effusion", "nodule", "mass", "lesion", "density"})
_BESIDE = frozenset({"underlying", "adjacent", "associated", "superimposed", "accompanying"})
_OF_THE_LUNGS = ("lung ", "pulmonary ", "parenchymal ")
_PART_OF_THE_CHEST = frozenset({"cardiac", "heart", "pleural", "osseous", "bony", "bone"})
_WHOLE_CHEST = frozenset({"cardiopulmonary", "pulmonary", "lung", "lungs", "intrathoracic", "thoracic", "chest"})
_BENIGN = frozenset({"atelectasis", "scarring", "granuloma", "hernia", "pleural thickening", "fibrosis"})


def finding(s: Sentence, i: int, item: Item) -> None:
    entry, phrase = item.entry, s.phrase
    labels, subtype, term = entry.labels, entry.subtype, entry.term
    if phrase.nodular and subtype in DENSE and "interstitial" not in entry.phrase:
        labels, subtype = (Finding.NODULE_MASS,), "nodule"
    if subtype in _CLAIMED_BY_ORGANS:
        organ = "" if phrase.pleural or entry.phrase.startswith(_OF_THE_LUNGS) else phrase.organ
        if organ or outside_the_lungs(s.items, i):
            labels, term = (), f"{organ} {subtype}" if organ else f"{subtype} outside the lungs"
    if subtype == "fluid" and not (phrase.sides or lung_place_follows(s.items, i, LUNG_SUBJECTS) or _of_the_pleura(s.items, i)):
        unknown(s, i, item)
        return
    if subtype == "density" and labels and not (phrase.sides or phrase.hazy or lung_place_follows(s.items, i)):
        labels, term = (), "density"
    if phrase.minor and subtype in DENSE:
        subtype = "minor opacity"
    claim = Claim(labels, subtype, entry.status, s.items[phrase.at].start if phrase.at < i else item.start, item.end, term)
    claim.sides = entry.sides
    claim.plural = entry.phrase.endswith("s")
    add(s, i, claim)


def _of_the_pleura(items: list[Item], i: int) -> bool:
    """ "Pleura: no fluid", "left costophrenic angle not seen, ?fluid", "no pleural thickening or fluid"."""
    return any(it.entry.organ in ("pleura", "angles") or it.entry.term == "pleural thickening" for it in items[max(0, i - 8) : i])


def add(s: Sentence, i: int, claim: Claim) -> None:
    """Gives a finding its status and sides by what stands before it, and takes it down."""
    _explain(s, claim)
    _status(s, i, claim)
    if not claim.sides:
        stated_before(s, claim)
    if s.link == "or":
        _alternative(s, claim)
    if s.versus and claim.status == PRESENT:
        claim.status = UNCERTAIN
    claim.soft = claim.soft or s.phrase.degree
    if s.link == "or" and s.last is not None and s.last.soft and s.last.labels == claim.labels:
        claim.soft = True  # "no suspicious masses or nodules"
    claim.link = s.link
    s.claims.append(claim)
    s.last = claim
    s.under_cue += 1
    s.verb, s.versus, s.chain = "", False, True
    s.joined("", i + 1)


def _status(s: Sentence, i: int, claim: Claim) -> None:
    if s.cue is not None and s.under_cue and not _continues(s, i):
        s.cue = None
    if s.cue is None:
        return
    claim.cause = s.cue.category
    if claim.status == PRESENT or s.cue.category != "affirm":
        claim.status = STATUS_UNDER[s.cue.category]
        claim.soft = s.cue.category == "resolution"  # this one is gone; another may have come


def _continues(s: Sentence, i: int) -> bool:
    """Does the acting cue, which has had a finding, reach one more?"""
    cue, link, phrase = s.cue, s.link, s.phrase
    if cue.reach == "sentence":
        return True
    if link == "comma" and cue.category == "negation" and on_one_side(s.items, i):
        return False
    if link == "stop" or (link in ("comma", "and") and own_clause(s.items, i)):
        return False
    if link in ("or", "slash"):
        return True
    if link == "with":
        if cue.category == "past":
            return cue.reach == "list"
        return not phrase.modified and not phrase.asserting and cue.category != "negation"
    if cue.category == "past" and not link:
        return True
    if cue.reach == "phrase" and cue.category != "negation":
        return (link == "and" and not phrase.modified) or (link == "comma" and list_goes_on(s.items, i))
    return not phrase.asserting or (link == "comma" and list_goes_on(s.items, i))


def _explain(s: Sentence, claim: Claim) -> None:
    """An opacity put down to atelectasis or a scar does not contradict clear lungs."""
    last, cue = s.last, s.cue
    explained = claim.term in _BENIGN and last is not None and last.subtype in DENSE and s.link in ("", "comma")
    if explained and cue is not None and cue.category in ("affirm", "hedge"):
        last.subtype = "minor opacity"


def _alternative(s: Sentence, claim: Claim) -> None:
    """ "atelectasis or infiltrate": of two things named as alternatives neither is asserted."""
    last = s.last
    if last is None or s.verb or s.cue is not None or last.status == ABSENT or claim.status != PRESENT or last.labels == claim.labels:
        return
    claim.status = UNCERTAIN
    if last.status == PRESENT:
        last.status = UNCERTAIN


def anaphor(s: Sentence, i: int, item: Item) -> None:
    """ "a small one": the finding that was named last."""
    if ahead(s.items, i) in ("finding", "other"):  # "a trace left effusion"
        s.phrase.asserting = s.phrase.modified = True
        return
    meant = s.last or s.before
    bare = item.entry.phrase in ("one", "ones") and not (s.phrase.modified or s.phrase.sides)
    if meant is None or bare or (i + 1 < len(s.items) and s.items[i + 1].entry.phrase == "of"):
        return
    add(s, i, Claim(meant.labels, meant.subtype, PRESENT, s.items[s.phrase.at].start, item.end, meant.term))


def adjective(s: Sentence, i: int, item: Item) -> None:
    kind, phrase, last = item.kind, s.phrase, s.last
    if kind in ("size", "degree") and s.link and last is not None and last.status == ABSENT and last.sides and last.labels:
        sides = elliptic(s.items, i)
        if sides and not sides & last.sides:  # "no effusion on the left, small on the right"
            phrase.asserting = True
            add(s, i, Claim(last.labels, last.subtype, PRESENT, item.start, item.end, last.term))
            return
    phrase.modified = True
    if kind == "size":
        phrase.asserting = True
    elif kind == "degree":
        phrase.degree = True
    elif kind == "change":
        phrase.asserting = True
        if last is not None and last.status is None and last.cause in ("earlier", "past") and s.link in ("", "comma"):
            last.status = PRESENT  # "previously seen nodule, unchanged"
    elif kind == "nodular":
        phrase.nodular = True
    elif kind == "minor":
        phrase.minor = True
    elif kind == "hazy":
        phrase.hazy = True
    elif item.entry.phrase == "pleural":
        phrase.pleural = True
    elif item.entry.phrase in _BESIDE:
        phrase.beside = True


def measure(s: Sentence, i: int, item: Item) -> None:
    if item.kind == "unit":
        s.phrase.modified = s.phrase.asserting = True


def organ_word(s: Sentence, i: int, item: Item) -> None:
    if item.entry.sides:
        place(s, i, item)  # "pneumothorax along the left chest wall"
    s.phrase.organ = item.entry.phrase
    s.phrase.modified = True


def adverb(s: Sentence, i: int, item: Item) -> None:
    if not s.phrase.modified and not s.phrase.sides:
        s.phrase.at = i + 1
    s.chain = False


def unknown(s: Sentence, i: int, item: Item) -> None:
    s.phrase.at = i + 1
    s.nouns += 1
    if item.kind == "unknown":
        s.phrase.degree = s.phrase.modified = True
    s.chain = False


def subject(s: Sentence, i: int, item: Item) -> None:
    """An organ that said nothing by itself: the lungs are a place, any other starts a clause of its own."""
    if item.entry.organ in LUNG_SUBJECTS:
        place(s, i, item)
        return
    if s.cue is not None and (s.under_cue or (s.cue.category == "past" and s.cue.reach == "phrase")):
        s.cue = None
    s.subject_sides = s.phrase.sides
    link, nouns = s.link, s.nouns
    s.joined(link, i + 1)
    s.nouns = nouns + 1
    s.chain = False


def head(s: Sentence, i: int, item: Item, film_words: frozenset) -> None:
    """ "no acute cardiopulmonary abnormality", also at the end of a list."""
    if s.cue is not None and s.cue.category == "negation" and (not s.under_cue or s.link == "or"):
        first = s.link_at + 1 if s.under_cue else s.cue_at
        said = [
            it
            for it in s.items[max(first, s.cue_at + 1) : i]
            if it.kind not in ("comma", "slash")
            # the words of "no active/acute cardiac, pulmonary or pleural disease"
        ]
        words = {word for it in said for word in it.entry.phrase.split() or ("?",)}
        if words <= film_words and not (words & _PART_OF_THE_CHEST and not words & _WHOLE_CHEST):
            last = s.items[i + 1] if i + 1 < len(s.items) and s.items[i + 1].kind == "seen" else item
            s.claims.append(Claim((NO_FINDING,), "film", PRESENT, s.items[first].start, last.end))
    s.under_cue += 1
    s.joined("", i + 1)
    s.nouns = 1
    s.chain = False


def film(s: Sentence, i: int, item: Item) -> None:
    """ "normal chest radiograph"."""
    if s.cue is None or s.cue.category == "affirm":
        s.claims.append(Claim((NO_FINDING,), "film", PRESENT, item.start, item.end))
    s.joined("", i + 1)
    s.chain = False
