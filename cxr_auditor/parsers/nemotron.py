"""`nemotron`: a language model reads the draft, and the draft itself has the last word.

The reply is a JSON list of {quote, label, status, side}. Where the model runs here, decoding is masked so that a quote can be nothing but
a run of the draft's own words; from anywhere else, every quote is looked up in the draft (case and white space forgiven), and one that
does not stand there is dropped and noted. So is a side that the quote's own sentence does not name. The draft is handed over as data
between tags that nothing in it can close. An empty list is believed only where the rules find no statement either: it is also what a
draft gets that talks the model out of its work.

What the reading leaves out, the audit takes as not said and flags as missing. So a list that is cut off, shortened or full is no
reading, and neither is one that lost a statement that the rules do find.

When the model can't do it, the rules do, and the reading says so in its name and its notes.
"""

import os
import re
from collections.abc import Sequence
from typing import Any

from .. import prompts
from ..chat.budget import PLAIN, longest_reply
from ..chat.errors import ChatError
from ..chat.ladder import ask
from ..chat.open import open_model
from ..chat.records import ChatModel, Decoding, Reply, Request, user
from ..chat.repair import Unreadable, read_elements
from ..findings import NO_FINDING, Finding, Side, Status
from ..models import NEMOTRON
from ..schema import DraftReading, DraftStatus, Mention
from .rules import RulesParser

THINKING_VARIABLE = "CXR_AUDITOR_DRAFT_THINKING"
ATTEMPTS = 2
MOST_STATEMENTS = 15  # a reply has room for one more: a full list can't say whether it is all
LONGEST_QUOTE = 120  # characters
MOST_WORDS = 12  # of a quote
MOST_QUOTES = 20_000  # runs of words that a mask is made of; a longer draft is masked to the form of the reply only
_SIDES = {"left": (Side.LEFT,), "right": (Side.RIGHT,), "both": (Side.LEFT, Side.RIGHT), "none": ()}
_LABELS = [*(finding.value for finding in Finding), NO_FINDING]
_BOTH = r"bilat(?:eral(?:ly)?)?|b/l|both|(?:each|either) side|bibasal|bibasilar|biapical"
_NAMED = {
    Side.LEFT: re.compile(rf"\b(?:left|lt|(?<!/)l|lul|lll|lingular?|{_BOTH})\b", re.IGNORECASE),
    Side.RIGHT: re.compile(rf"\b(?:right|rt|r|rul|rml|rll|{_BOTH})\b", re.IGNORECASE),
}


class NemotronParser:
    """Reads drafts with a language model, here or on a server; falls back to the rules."""

    name = "nemotron"

    def __init__(self, model: str = "", server: str = "", chat: ChatModel | None = None, thinking: bool | None = None):
        """`thinking`: let the model reason before it answers (slower); by default what THINKING_VARIABLE says, else not."""
        self.chat = chat or open_model(NEMOTRON, model, server)
        self.thinking = os.environ.get(THINKING_VARIABLE, "") == "1" if thinking is None else thinking
        self._rules = RulesParser()

    @property
    def revision(self) -> str:
        return self.chat.revision

    @property
    def asks(self) -> str:
        """What an answer hangs on beside the model and the draft: the prompt, and whether the model may reason first."""
        return f"{prompts.load('nemotron_draft').sha256}{' thinking' * self.thinking}"

    def parse(self, text: str) -> DraftReading:
        """Never raises for the model's sake: what it can't do, the rules do. InputError where the draft is too long for those."""
        by_rules = self._rules.parse(text)
        try:
            return self.parse_with_model(text, by_rules)
        except (ChatError, Unreadable) as error:
            reason = error.message if isinstance(error, ChatError) else str(error)
            return by_rules.model_copy(
                update={
                    "parser": f"{by_rules.parser} (after {self.name} failed)",
                    "notes": (*by_rules.notes, f"The draft was read by the rules, because the model {self.name} failed: {reason}"),
                }
            )

    def parse_with_model(self, text: str, by_rules: DraftReading) -> DraftReading:
        """The model's own reading. Raises ChatError, and Unreadable where nothing of its replies can be used."""
        prompt, asked = question(text)
        schema = schema_for(text) if self.chat.constrains else schema_for("")
        decoding = Decoding(max_new_tokens=longest_reply(schema), thinking=self.thinking)

        def read(reply: Reply) -> tuple[list[Mention], list[str]]:
            if reply.truncated:
                raise Unreadable("it was cut off")
            return statements(reply.text, text, bool(by_rules.findings), by_rules.findings)

        answer = ask(self.chat, Request((user(asked),), decoding, schema), read, ATTEMPTS)
        if answer.value is None:
            raise Unreadable(answer.message)
        mentions, notes = answer.value
        return DraftReading(
            parser=self.name,
            revision=self.revision,
            status=DraftStatus.OK,
            findings=tuple(mentions),
            other=by_rules.other,  # the model is asked for six labels only; what lies outside them is worth a "not checked" all the same
            notes=(*answer.notes, *notes),
            prompts={prompt.name: prompt.sha256},
        )


def question(draft: str) -> tuple[prompts.Prompt, str]:
    """The served prompt, and its text about this draft as the model gets it."""
    prompt = prompts.load("nemotron_draft")
    return prompt, prompt.fill(labels=", ".join(_LABELS), draft=prompts.as_data(draft))


def schema_for(draft: str) -> dict[str, Any]:
    """The reply's schema; with a draft, a quote must be one of its own runs of words."""
    quotes = own_words(draft)
    free = {"type": "string", "pattern": PLAIN, "maxLength": LONGEST_QUOTE}
    properties: dict[str, Any] = {
        "quote": {"enum": quotes} if 0 < len(quotes) <= MOST_QUOTES else free,
        "label": {"enum": _LABELS},
        "status": {"enum": [status.value for status in Status]},
        "side": {"enum": list(_SIDES)},
    }
    element = {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}
    return {"type": "array", "items": element, "minItems": 0, "maxItems": MOST_STATEMENTS + 1}


def own_words(draft: str) -> list[str]:
    """Every run of up to MOST_WORDS words of one sentence, without the punctuation around it.

    >>> own_words("No effusion. Clear.")
    ['Clear', 'No', 'No effusion', 'effusion']
    """
    runs = set()
    for sentence in re.split(r"(?<=[.;])\s+|\n\s*\n", draft):
        words = sentence.split()
        for start in range(len(words)):
            for end in range(start + 1, min(start + MOST_WORDS, len(words)) + 1):
                runs.add(" ".join(words[start:end]).strip(".,;:!?()[]\"'"))
    return sorted(run for run in runs if len(run) <= LONGEST_QUOTE and any(character.isalpha() for character in run))


def statements(reply: str, draft: str, expected: bool, by_rules: Sequence[Mention] = ()) -> tuple[list[Mention], list[str]]:
    """The mentions in a whole reply whose quotes stand in the draft, and notes on what was dropped.

    `expected`: whether the draft is known to say something about the labels; `by_rules`: what the rules find in it. Raises Unreadable for
    a list that is cut off, shortened or full, where nothing is left, for an empty list where something was expected, and where what was
    dropped may be a statement that only the rules have then.
    """
    elements = read_elements(reply, ("quote", "label"))
    if not elements.complete:
        raise Unreadable("its list is not complete")
    if len(elements.objects) > MOST_STATEMENTS:
        raise Unreadable(f"its list is full (more than {MOST_STATEMENTS} statements), so that some may be missing")
    if not elements.objects and expected:
        raise Unreadable("it says that the draft states nothing, but the draft does")
    notes = [f"The model's reply was repaired: {repair}." for repair in elements.repairs]
    mentions: list[Mention] = []
    dropped: set[str] = set()  # labels that a dropped statement was or may have been about
    for element in elements.objects:
        mention = _mention(element, draft, mentions, notes)
        if mention is not None:
            mentions.append(mention)
        else:
            label = element.get("label")
            dropped.update([label] if label in _LABELS else _LABELS)
    if elements.objects and not mentions:
        raise Unreadable("none of its statements stands in the draft")
    lost = {label for label, *_ in _units(by_rules) - _units(mentions)} & dropped
    if lost:
        named = ", ".join(label for label in _LABELS if label in lost)
        raise Unreadable(f"what it says about {named} can't be found in the draft, which does say something about it")
    return mentions, list(dict.fromkeys(notes))


def _units(mentions: Sequence[Mention]) -> set[tuple[str, Status, Side | None]]:
    """(label, status, side) of everything that is said."""
    return {(str(one.label), one.status, side) for one in mentions for side in (one.sides or (None,))}


def _mention(element: dict, draft: str, before: list[Mention], notes: list[str]) -> Mention | None:
    label, status, quote = (element.get(key) for key in ("label", "status", "quote"))
    if label not in _LABELS or status not in list(Status):
        notes.append("A statement of the model was dropped: its label or status is not one that was asked for.")
        return None
    taken = {(m.start, m.end) for m in before if m.label == label}
    place = find_quote(quote, draft, taken) if isinstance(quote, str) else None
    if place is None:
        notes.append(f"A statement of the model about {label} was dropped: its quotation does not stand in the draft.")
        return None
    if label == NO_FINDING:
        if status != Status.PRESENT:
            notes.append("A statement of the model was dropped: no_finding stands or is not listed.")
            return None
        sides: tuple[Side, ...] = ()
    else:
        sides = _sides(element.get("side"), Finding(label), draft, place, notes)
    start, end = place
    return Mention(label=label, status=status, sides=sides, span=draft[start:end], start=start, end=end)


def find_quote(quote: str, draft: str, taken: set[tuple[int, int]] = frozenset()) -> tuple[int, int] | None:
    """Where a quotation stands in the draft, case and white space forgiven: the first place that is not taken; None where it does not.

    >>> find_quote("small  EFFUSION", "A small\\neffusion.")
    (2, 16)
    """
    words = quote.split()
    if not any(character.isalpha() for character in quote):
        return None
    pattern = re.compile(r"(?<!\w)" + r"\s+".join(map(re.escape, words)) + r"(?!\w)", re.IGNORECASE)
    places = [match.span() for match in pattern.finditer(draft)]
    free = [place for place in places if place not in taken]
    return free[0] if free else places[0] if places else None


def _sides(side: Any, finding: Finding, draft: str, place: tuple[int, int], notes: list[str]) -> tuple[Side, ...]:
    """The side that the model gives, as far as the sentence around the quotation names it."""
    stated = _SIDES.get(side, ()) if isinstance(side, str) and finding.has_sides else ()
    sentence = _sentence(draft, *place)
    named = tuple(one for one in stated if _NAMED[one].search(sentence))
    if named != stated:
        notes.append(f"A side of {finding.value} was dropped: the draft's sentence does not name it.")
    return named


def _sentence(draft: str, start: int, end: int) -> str:
    """The sentence around a place: up to the full stops, semicolons or blank lines on both sides."""
    edges = [match.span() for match in re.finditer(r"[.;](?=\s|$)|\n\s*\n", draft)]
    left = max((stop for _, stop in edges if stop <= start), default=0)
    right = min((begin for begin, _ in edges if begin >= end), default=len(draft))
    return draft[left:right]
