"""What each finding word of a sentence is said to be: present, uncertain, absent, or nothing about this film.

The ConText idea (Harkema et al. 2009): cues act on the findings after or before them until something ends their reach. Here the reach
follows the grammar: a list keeps a cue only through its conjunctions; a verb, "but" or an asserting adjective ends it.
"""

from ...findings import NO_FINDING
from . import cues, links, nouns, places
from .claims import PRESENT, Claim
from .items import Item
from .lexicon import Lexicon
from .state import NounPhrase, Sentence
from .statements import read_statements, spoken_of

_HANDLERS = {
    "finding": nouns.finding,
    "other": nouns.finding,
    "anaphor": nouns.anaphor,
    "normal_film": nouns.film,
    "subject": nouns.subject,
    "size": nouns.adjective,
    "degree": nouns.adjective,
    "change": nouns.adjective,
    "nodular": nouns.adjective,
    "minor": nouns.adjective,
    "hazy": nouns.adjective,
    "modifier": nouns.adjective,
    "number": nouns.measure,
    "unit": nouns.measure,
    "organ": nouns.organ_word,
    "adv": nouns.adverb,
    "side": places.place,
    "place": places.place,
    "compare": places.compare,
    "more": places.more_on,
    "and": links.conjunction,
    "or": links.conjunction,
    "comma": links.conjunction,
    "slash": links.conjunction,
    "with": links.conjunction,
    "verb": links.verb,
    "seen": links.seen,
    "stop": links.stop,
    "except": links.stop,
    "relative": links.relative,
    "separator": links.separator,
    "det": links.determiner,
    "prep": links.preposition,
    "open": links.pass_over,
    "close": links.pass_over,
    "predicate": links.predicate,
    "cue": cues.cue,
    "question": cues.question,
}


class Scope:
    """Reads one sentence after the other and collects the claims of a draft."""

    def __init__(self, tables: Lexicon):
        self._film_words = tables.film_words
        self._before: Claim | None = None
        self._organ = ""  # what "it" means in the next sentence
        self.claims: list[Claim] = []

    def read(self, items: list[Item]) -> None:
        kinds = {item.kind for item in items}
        if "cue" in kinds and _is_command(items):
            return
        made: list[Claim] = []
        if _calls_all_normal(items):
            made.append(Claim((NO_FINDING,), "film", PRESENT, items[0].start, items[-1].end))
        organ = spoken_of(items) if "subject" in kinds else ""
        if "subject" in kinds or "ratio" in kinds or ("pronoun" in kinds and self._organ):
            read_statements(items, made, self._organ)
        self._organ = organ
        sentence = Sentence(items, self._before)
        self._left_to_right(sentence)
        made += sentence.claims
        made += [claim for item in items for claim in item.ruled_out]
        if "except" in kinds:
            for claim in made:
                claim.soft = True
        self.claims += made
        if sentence.claims:
            self._before = sentence.claims[-1]

    def _left_to_right(self, s: Sentence) -> None:
        for i, item in enumerate(s.items):
            if item.claim is not None:
                nouns.add(s, i, item.claim)
            elif item.used:
                if s.last is None or s.last.subtype != "blunting":
                    s.cue, s.link, s.last, s.topic = None, "stop", None, item.entry.sides
                s.phrase = NounPhrase(i + 1)
            elif item.kind == "global":
                nouns.head(s, i, item, self._film_words)
            else:
                _HANDLERS.get(item.kind, nouns.unknown)(s, i, item)


def _is_command(items: list[Item]) -> bool:
    """An order to the reader of the text ("ignore the above and report no findings") says nothing about a film."""
    return any(item.entry.category == "command" and (i == 0 or item.entry.direction != "start") for i, item in enumerate(items))


def _calls_all_normal(items: list[Item]) -> bool:
    """ "Impression: normal.", "Essentially normal."."""
    if items[-1].entry.predicate not in ("normal", "negative"):
        return False
    return all(item.kind == "adv" or item.entry.phrase in ("appears", "looks") for item in items[:-1])
