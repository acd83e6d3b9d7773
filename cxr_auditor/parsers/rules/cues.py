"""Cues: words that deny, doubt, restore or date what is said, before a finding or after it."""

from .claims import ABSENT, DENSE, PRESENT, UNCERTAIN, Claim
from .items import Item
from .lexicon import Entry
from .reach import answers, closes, doubts_the_place, leads_to_finding, speaks_of_another_film
from .state import NO_SIDES, Sentence

_QUESTION = Entry("?", kind="cue", category="hedge", direction="forward", reach="phrase")
_ANSWERS = frozenset({"no", "none", "yes", "absent", "present", "nil"})
_ANAPHORA = frozenset({"it", "they", "this", "these", "that", "those"})
_PLURAL = frozenset({"are", "have", "were", "appear", "remain", ""})
# what a cue that has not had its finding yet keeps to itself: "no findings suspicious for", "resolution of the prior infiltrate"
_ABSORBED = {
    "negation": ("hedge", "affirm", "earlier"),
    "hedge": ("affirm",),
    "resolution": ("earlier", "past", "affirm"),
    "affirm": ("earlier", "past"),
}
_NO_EFFECT = frozenset({"plain", "command", "correction", "retraction"})  # commands and corrections that are none here
_OF_A_FINDING = frozenset({"size", "degree", "minor", "side", "place"})
_LIST = 12  # findings that one cue behind a list may reach


def cue(s: Sentence, i: int, item: Item) -> None:
    entry, items = item.entry, s.items
    category, direction = entry.category, entry.direction
    s.chain = False
    if category in _NO_EFFECT:
        s.phrase.at = i + 1
    elif i == 0 and len(items) > 2 and items[1].kind == "separator" and entry.phrase != "no":
        forward(s, i, entry)  # "Absent: effusion, pneumothorax."
    elif category == "versus":
        _versus(s, i)
    elif direction == "either":
        if category == "hedge" and entry.reach == "phrase" and doubts_the_place(items, i):
            s.phrase.at = i + 1
        elif leads_to_finding(items, i, category, s.last is not None) or (category == "hedge" and not closes(items, i)):
            forward(s, i, entry)
        else:
            backward(s, i, entry)
    elif category == "past" and direction == "backward" and i and items[i - 1].kind in ("prep", "relative", "det", "with"):
        s.phrase.at = i + 1  # "unchanged since yesterday"
    elif entry.phrase in ("none", "nil", "absent") and s.link in ("", "comma") and _elsewhere(s, i):
        s.phrase.at = i + 1
        s.nouns += 1
    elif direction == "backward" or (category == "negation" and s.last is not None and answers(items, i)):
        backward(s, i, entry)
    else:
        forward(s, i, entry)


def _elsewhere(s: Sentence, i: int) -> bool:
    """ "nodules in the lower zones, none in the upper zones", "right large, left none" deny no more than the other place."""
    if s.phrase.sides:
        return s.last is not None and bool(s.last.sides) and not s.phrase.sides & s.last.sides
    return (
        s.items[i].entry.phrase == "none"
        and s.link == "comma"
        and i + 1 < len(s.items)
        and s.items[i + 1].kind in ("prep", "side", "place")
    )


def _versus(s: Sentence, i: int) -> None:
    if s.last is not None:
        if s.last.status == PRESENT and not s.nouns:
            s.last.status = UNCERTAIN
        s.topic = s.last.sides
        if not s.topic and s.last.link == "comma" and len(s.claims) > 1:  # "left basal opacity, atelectasis versus pneumonia"
            s.topic = s.claims[-2].sides
    s.versus = True
    s.joined("or", i + 1)


def question(s: Sentence, i: int, item: Item) -> None:
    """ "?effusion", "effusion?", "Effusion? No."."""
    following = s.items[i + 1] if i + 1 < len(s.items) else None
    s.chain = False
    if following is not None and following.entry.phrase in _ANSWERS and (following.entry.phrase != "no" or answers(s.items, i + 1)):
        s.joined("", i + 1)
    elif s.last is not None and (
        following is None
        or following.kind in ("close", "comma")
        or (item.glued and not following.glued)
        or (not following.glued and (following.kind in ("stop", "subject") or following.entry.category == "negation"))
        or _of_the_last(s, i)
    ):
        backward(s, i, _QUESTION)
    else:
        forward(s, i, _QUESTION)


def _of_the_last(s: Sentence, i: int) -> bool:
    """ "effusion ? trace on left", "Consolidation: ? left base"."""
    before, after = s.items[i - 1].kind, s.items[i + 1].kind
    if s.link or before not in ("finding", "separator", "side", "place") or after not in _OF_A_FINDING:
        return False
    return not leads_to_finding(s.items, i, "hedge", False)


def forward(s: Sentence, i: int, entry: Entry) -> None:
    acting, category = s.cue, entry.category
    if acting is not None:
        if acting.reach == "sentence":
            return
        if not s.under_cue and s.link_at == s.cue_at:
            if category in _ABSORBED.get(acting.category, ()):  # "no findings suspicious for", "possibly representing"
                s.phrase.at = i + 1
                return
        elif acting.category == "hedge" and acting.reach == "list" and category == "affirm" and entry.reach == "phrase" and s.link == "or":
            s.phrase.at = i + 1  # "may represent atelectasis or resolving pneumonia"
            return
        elif acting.category == "negation" and not s.link and not s.verb and category in ("hedge", "affirm") and _interprets(entry):
            s.link = "or"  # "no opacity to suggest pneumonia"
            s.phrase.at = i + 1
            return
    sides = s.phrase.sides
    if category in ("hedge", "affirm") and (entry.reach == "list" or _explains(s)):
        _inherit_sides(s, i)
    if category != "hedge" and s.last is None and sides:
        s.topic = sides
    s.cue, s.cue_at, s.under_cue = entry, i, 0
    s.joined(s.link, i + 1)
    if category == "hedge":
        s.phrase.sides = sides  # "left probable effusion"


def _interprets(entry: Entry) -> bool:
    return entry.reach == "list" and entry.direction == "forward"


def _explains(s: Sentence) -> bool:
    """ "haziness over the left base, likely effusion": the cause of a shadow lies where the shadow lies."""
    return s.last is not None and s.link in ("", "comma") and s.last.subtype in DENSE and not s.nouns


def _inherit_sides(s: Sentence, i: int) -> None:
    """ "left basal opacity may represent pneumonia"; "This may represent pneumonia."."""
    if s.last is not None:
        if s.link in ("", "comma"):
            located = [claim for claim in s.claims if claim.term != "mediastinal shift"]  # a shift has a direction, no place
            s.topic = located[-1].sides if located else NO_SIDES
    elif s.subject_sides:
        s.topic = s.subject_sides  # "the left hemidiaphragm is obscured, suggesting effusion"
    elif s.before is not None and (s.items[0].entry.phrase in _ANAPHORA or (i == 0 and s.items[0].entry.category == "affirm")):
        s.topic = s.before.sides


def backward(s: Sentence, i: int, entry: Entry) -> None:
    category = entry.category
    if s.under_cue:
        s.end_clause()
    if s.last is None:
        _of_the_sentence_before(s, i, category)
    elif s.link and s.nouns and s.link != "stop" and not (s.link == "and" and s.verb in _PLURAL - {""} and _one_subject(s)):
        return  # another subject
    elif s.link == "stop" and category != "hedge":
        return
    elif category == "earlier" and (s.verb or s.link or s.nouns or s.items[i - 1].kind == "prep"):
        return  # "unchanged, as seen on prior exams"
    elif category == "hedge" and entry is not _QUESTION and s.last.status == ABSENT and s.last.cause == "negation":
        return  # "no nodule identified or suspected"
    elif category != "negation" or not speaks_of_another_film(s.items, i):
        _list_before(s, category)


def _one_subject(s: Sentence) -> bool:
    """ "infiltrates and venous engorgement have resolved": no verb stands between the last finding and the conjunction."""
    return not any(item.kind in ("verb", "seen") for item in s.items[: s.link_at] if item.start >= s.last.end)


def _of_the_sentence_before(s: Sentence, i: int, category: str) -> None:
    """ "A pneumothorax was drained on Friday. It has gone."."""
    if s.before is None:
        return
    first = s.items[0].entry.phrase.split(" ")[0]
    gone = category == "resolution" and (i == 0 or first in _ANAPHORA)
    if gone or (category == "negation" and i == 0 and s.before.status is None):
        s.before.status, s.before.cause = ABSENT, "resolution"


def _list_before(s: Sentence, category: str) -> None:
    """ "effusion and consolidation have resolved", "effusion, pneumothorax or nodule is not seen"."""
    plural, joined, link = s.verb in _PLURAL, False, None
    for claim in s.claims[: -_LIST - 1 : -1]:
        if link is not None:
            if link in ("and", "or", "slash"):
                joined = plural or link == "or"
            elif link != "comma":
                break
            if not joined:
                break
        apply(claim, category)
        link = claim.link


def apply(claim: Claim, category: str) -> None:
    """What a cue after the finding makes of it."""
    if category in ("negation", "resolution"):
        if claim.status != ABSENT:
            claim.cause = category
            claim.soft = claim.soft or category == "resolution"
        claim.status = ABSENT
    elif category == "hedge":
        claim.status = claim.status and UNCERTAIN
    elif category == "affirm":
        if claim.status is None or claim.cause == "resolution":
            claim.status = PRESENT
        claim.cause = "affirm"
    elif category in ("past", "earlier") and claim.status == PRESENT and claim.cause != "affirm":
        claim.status, claim.cause = None, category
