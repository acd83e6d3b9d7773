"""Which side a finding lies on: sides before the noun, after it, shared in a list, or stated once for the clause."""

from .claims import ABSENT, PRESENT, Claim
from .items import Item
from .reach import LINKS, ahead
from .state import NO_SIDES, Sentence

_OF_THE_LUNGS = frozenset(
    {"atelectasis", "volume loss", "scarring", "pleural thickening", "fibrosis", "emphysema", "bronchiectasis", "interstitial markings"}
)
_ADVERBS = frozenset({"bilaterally", "bibasally", "biapically"})
_LISTS = frozenset({"and", "or", "comma", "slash"})
_CLOSED = frozenset({"end", "link", "stop", "close", "open"})
BOTH = frozenset({"left", "right"})


def stated_before(s: Sentence, claim: Claim) -> None:
    """Sides of the finding's own phrase; else, joined without words of its own, those of its neighbour; else the clause's topic."""
    if s.phrase.sides:
        claim.sides, claim.given = s.phrase.sides, True
    elif (
        s.last is not None
        and (s.cue is None or s.under_cue)
        and s.last.given
        and (s.last.labels or s.last.term in _OF_THE_LUNGS)
        and s.link in LINKS
        and s.link != "comma"
        and not s.verb
        and (s.phrase.beside or not s.phrase.modified)
    ):
        claim.sides, claim.given, claim.borrowed = s.last.sides, True, True
    elif s.topic and (s.link != "with" or (s.last is not None and s.last.borrowed)):
        claim.sides, claim.borrowed = s.topic, True


def place(s: Sentence, i: int, item: Item) -> None:
    """A side or a part of the lung: of the finding that follows, of the one before, or of the clause."""
    sides = item.entry.sides
    target = ahead(s.items, i, through_hedges=s.last is None or bool(s.link))
    if s.last is not None and target in ("finding", "other", "verb") and _ends_the_last(s, i):
        target = "link"
    if target in ("finding", "other") or s.last is None or (s.link == "stop" and not _still_of_the_last(s, target)):
        s.phrase.sides |= sides
        s.phrase.asserting = s.phrase.asserting or (bool(sides) and target in ("finding", "other"))
    elif _denied_there(s.items, i) and s.last.sides:
        s.phrase.sides |= sides
    elif s.link in ("", "stop") or (s.link in _LISTS and target in _CLOSED and not s.nouns):
        _attach(s, item, sides)
    else:
        s.phrase.sides |= sides


def _ends_the_last(s: Sentence, i: int) -> bool:
    """ "airspace disease bilaterally and left effusion", "effusion on the right and left pneumothorax"; "nodules in the right upper and
    left lower lobes are seen", "on the right and on the left are seen"."""
    items = s.items
    if not s.link:
        joined = i + 1 < len(items) and items[i + 1].kind in LINKS
        return joined and (items[i].entry.phrase in _ADVERBS or items[i - 1].kind in ("prep", "det"))
    if s.link != "and" or s.nouns or s.verb or not s.last.sides or s.last.status == ABSENT:
        return False
    if s.chain and items[i - 1].kind in ("prep", "det"):
        return True
    j = i + 1
    while j < len(items) and items[j].kind == "place":
        j += 1
    seen = j + 1 < len(items) and items[j + 1].kind == "seen"
    return s.chain and j < len(items) and (items[j].entry.phrase in ("are", "were") or (seen and items[j].kind == "verb"))


def _denied_there(items: list[Item], i: int) -> bool:
    """ "effusions: right large, left none"."""
    return i + 1 < len(items) and items[i + 1].entry.phrase in ("none", "nil", "absent")


def _still_of_the_last(s: Sentence, target: str) -> bool:
    """ "consolidation has improved but is still visible in the right middle lobe": no other subject follows "but"."""
    return target == "end" and not s.nouns and s.last.status == PRESENT and s.cue is None


def _attach(s: Sentence, item: Item, sides: frozenset) -> None:
    last = s.last
    if s.more and sides:  # "larger on the right": of both
        sides = BOTH if last.plural or last.sides - sides else sides
    if not last.sides or last.borrowed or s.more or s.link == "and" or (s.link and not last.given):
        last.sides = sides if last.borrowed and sides else last.sides | sides
        last.borrowed = False
        _share(s.claims, last, sides)
    if s.chain:
        last.end = max(last.end, item.end)
    s.more = False


def _share(claims: list[Claim], last: Claim, sides: frozenset) -> None:
    """ "consolidation and effusion on the left"."""
    for claim in claims[-2:-10:-1]:
        joined = last.link in ("and", "or", "slash") and (claim.status == "absent") == (last.status == "absent")
        if not joined or claim.sides or last.given:
            break
        claim.sides = claim.sides | sides
        last = claim


def compare(s: Sentence, i: int, item: Item) -> None:
    """ "right greater than left": both."""
    if s.last is not None and ahead(s.items, i) not in ("finding", "other"):
        s.last.sides = s.last.sides | item.entry.sides
    else:
        s.phrase.sides |= item.entry.sides


def more_on(s: Sentence, i: int, item: Item) -> None:
    s.more = True
    s.chain = False


def set_topic(s: Sentence) -> None:
    """The sides read so far belong to no noun: they hold for the clause ("On the left, ...")."""
    if s.phrase.sides:
        s.topic = s.phrase.sides


def no_topic(s: Sentence) -> None:
    s.topic = NO_SIDES
