"""Conjunctions, verbs and stops: what keeps the reach of a cue, and what ends it."""

from .claims import PRESENT
from .cues import apply
from .items import Item
from .lexicon import Entry
from .places import no_topic, set_topic
from .reach import ADJECTIVES, QUALITIES, ahead
from .state import NounPhrase, Sentence

_STRENGTH = {"": 0, "comma": 1, "slash": 2, "with": 3, "and": 4, "or": 5, "stop": 6}
_REASON = Entry("for", kind="cue", category="past", direction="forward", reach="phrase")
_TREATMENTS = frozenset({"device", "postoperative change"})
_EARLIER = frozenset({"prior", "previous", "remote", "former"})
_CONTRAST = frozenset({"but", "however", "although", "though"})
# fmt: off
_PRESENT_TENSE = frozenset({
    "is", "are", "has", "have", "appears", "appear", "measures", "remains", "remain",
})
# fmt: on


def conjunction(s: Sentence, i: int, item: Item) -> None:
    kind, phrase = item.kind, s.phrase
    s.chain = s.chain and kind in ("and", "slash")
    if (
        kind != "with"
        and phrase.at < i
        and (phrase.sides or phrase.modified)
        and (not s.nouns or s.items[i - 1].kind in ("side", "place"))
        and 0 < i < len(s.items) - 1
    ):
        following = s.items[i + 1].kind
        if s.items[i - 1].kind == "unit":
            pass  # "nodules: RUL 8 mm, LLL 5 mm"
        elif following == "subject" and s.items[i + 1].entry.organ == "lungs" and s.items[i - 1].kind == "side":
            return  # "right and left lung nodules"
        elif following in ADJECTIVES or following in ("side", "place") or (following == "finding" and s.items[i - 1].kind in QUALITIES):
            return  # "right and left effusions", "small, loculated effusion", "interstitial and alveolar opacities"
    if s.cue is not None and s.cue.category == "past" and s.cue.reach == "phrase" and not s.under_cue:
        s.cue = None  # "s/p drain, small effusion", "compared to prior, effusion is larger"
    if kind == "comma" and s.last is None:
        set_topic(s)  # "On the left, ..."
    s.joined(kind if _STRENGTH[kind] >= _STRENGTH[s.link] else s.link, i + 1)


def verb(s: Sentence, i: int, item: Item) -> None:
    if s.under_cue or (s.cue is not None and s.cue.category == "past"):
        s.end_clause()
    if s.phrase.sides and (s.last is None or s.link):
        set_topic(s)
    elif s.link and s.nouns:
        no_topic(s)
    last = s.last
    if last is not None and last.status is None and last.cause == "earlier" and not s.link and item.entry.phrase in _PRESENT_TENSE:
        last.status = PRESENT  # "the previously described nodule is ..."; a later cue may still deny it
    s.verb = item.entry.phrase
    s.phrase = NounPhrase(i + 1)
    s.chain = False


def seen(s: Sentence, i: int, item: Item) -> None:
    if s.items[i - 1].kind in ("or", "comma") and i and ahead(s.items, i) in ("finding", "other"):
        s.phrase.modified = True  # "no effusion, or identified mass"
        return
    if s.under_cue:
        s.end_clause()
    s.verb = s.verb or item.entry.phrase
    s.phrase.at = i + 1
    s.chain = False


def stop(s: Sentence, i: int, item: Item) -> None:
    if s.cue is not None and not s.under_cue and item.entry.phrase.startswith("there"):
        s.phrase = NounPhrase(i + 1)  # "no sign that there is an effusion"
        return
    set_topic(s)
    if s.cue is not None and s.cue.category == "hypothetical" and item.entry.phrase in _CONTRAST:
        s.cue = None  # "evaluation for fluid is limited, but no large effusion"
    s.end_clause()
    s.joined("stop", i + 1)
    s.chain = False


def relative(s: Sentence, i: int, item: Item) -> None:
    if s.cue is not None and s.under_cue:
        s.cue, s.verb = None, ""
    s.phrase = NounPhrase(i + 1)
    s.chain = False


def separator(s: Sentence, i: int, item: Item) -> None:
    """A colon or a dash: what follows is about what stood before it."""
    following = s.items[i + 1].kind if i + 1 < len(s.items) else "comma"
    if item.entry.phrase == "-" and following == "comma" and s.chain:
        apply(s.last, "negation")  # "effusion -, pneumothorax -"
        return
    if s.under_cue or (s.nouns and s.cue is not None and s.cue.category == "negation"):
        s.cue = None  # "r/o pneumothorax: none seen", "no lung markings - pneumothorax"
    if s.last is None:
        set_topic(s)
    else:
        s.topic = s.last.sides
    s.phrase = NounPhrase(i + 1)
    s.nouns = 0


def determiner(s: Sentence, i: int, item: Item) -> None:
    if s.cue is not None and s.cue.phrase in _EARLIER:
        s.cue = None  # "compared to the prior study the effusion ..."
    if s.last is None and not s.phrase.modified:
        set_topic(s)
    s.phrase = NounPhrase(i + 1)


def preposition(s: Sentence, i: int, item: Item) -> None:
    if item.entry.phrase == "of":
        s.phrase.at = i + 1
        return
    if item.entry.phrase == "for" and s.last is not None and s.last.term in _TREATMENTS and not s.link:
        s.cue, s.cue_at, s.under_cue = _REASON, i, 0  # "chest drain for pneumothorax"
        s.joined("", i + 1)
        return
    degree, organ = s.phrase.degree, s.phrase.organ
    s.phrase = NounPhrase(i + 1)
    s.phrase.degree, s.phrase.organ = degree, organ


def predicate(s: Sentence, i: int, item: Item) -> None:
    if item.entry.phrase == "n" and i and s.items[i - 1].kind == "separator" and s.last is not None:
        apply(s.last, "negation")  # "PTX: N"
    pass_over(s, i, item)


def pass_over(s: Sentence, i: int, item: Item) -> None:
    s.chain = False
    s.phrase.at = i + 1
