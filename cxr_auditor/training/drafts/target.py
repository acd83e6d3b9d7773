"""One draft with known statements -> the reply that the served draft parser reads them back from, or the reason why there is none."""

import json
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from ... import prompts
from ...chat.repair import Unreadable
from ...errors import InputError
from ...findings import Finding, Side
from ...parsers.nemotron import MOST_STATEMENTS, MOST_WORDS, find_quote, own_words, statements
from ...parsers.rules import RulesParser
from ...schema import Mention
from .given import Given, Reason, positive

_AROUND = " \t\r\n.,;:!?()[]\"'"  # what a served quotation never begins or ends with
_WORD = re.compile(r"\S+")


@dataclass(frozen=True)
class Taught:
    """The statements in the order of the text, each with the span that the target quotes, and the target."""

    said: tuple[Mention, ...]
    target: str


def teach(given: Given) -> Taught | Reason:
    """What a parser is taught to say of a draft: read by the served parser, it gives exactly the statements, without a note."""
    if given.reason is not None:
        return given.reason
    if prompts.as_data(given.text) != given.text:
        return Reason.CHANGED
    said = quoted(given.text, given.said)
    if said is None:
        return Reason.QUOTE
    if len(said) > MOST_STATEMENTS:
        return Reason.MANY
    if given.sides_by_label and said:
        said = _own_sides(given.text, said)
        if isinstance(said, Reason):
            return said
    target = target_text(said)
    try:
        read, notes = statements(target, given.text, bool(said) or _expected(given.text))
    except (InputError, Unreadable):  # said is empty: the rules find a statement, or the draft is longer than they read
        return Reason.EMPTY
    return Taught(said, target) if tuple(read) == said and not notes else Reason.UNNAMED


def _expected(text: str) -> bool:
    return bool(RulesParser().parse(text).findings)


def quoted(text: str, said: Sequence[Mention]) -> tuple[Mention, ...] | None:
    """The statements in the order of the text, each with the shortest words around its own that the served parser can only find there.

    None where one has none: it goes across sentences, or is longer than a quotation may be.
    """
    words = [match.span() for match in _WORD.finditer(text)]
    own = set(own_words(text))
    taken: dict[str, set[tuple[int, int]]] = defaultdict(set)
    found = []
    for mention in sorted(dict.fromkeys(said), key=lambda one: (one.start, one.end, one.label)):
        place = _quotation(text, words, own, mention, taken[mention.label])
        if place is None:
            return None
        taken[mention.label].add(place)
        start, end = place
        found.append(Mention(label=mention.label, status=mention.status, sides=mention.sides, span=text[start:end], start=start, end=end))
    return tuple(dict.fromkeys(found))


def _quotation(text: str, words: list[tuple[int, int]], own: set[str], mention: Mention, taken: set) -> tuple[int, int] | None:
    begin, end = _bare(text, mention.start, mention.end)
    if begin >= end:
        return None
    first = next((number for number, (_, stop) in enumerate(words) if stop > begin), len(words))
    last = next((number for number, (_, stop) in enumerate(words) if stop >= end), len(words))
    for length in range(last - first + 1, MOST_WORDS + 1):
        for start in range(max(last - length + 1, 0), min(first, len(words) - length) + 1):
            a, b = _bare(text, words[start][0], words[start + length - 1][1])
            quote = _as_quoted(text[a:b])
            if a <= begin and end <= b and quote in own and find_quote(quote, text, taken) == (a, b):
                return a, b
    return None


def _bare(text: str, start: int, end: int) -> tuple[int, int]:
    """A place without the white space and punctuation at its ends."""
    inside = text[start:end]
    return end - len(inside.lstrip(_AROUND)), start + len(inside.rstrip(_AROUND))


def _as_quoted(words: str) -> str:
    return " ".join(words.split())


def _own_sides(text: str, said: tuple[Mention, ...]) -> tuple[Mention, ...] | Reason:
    """The statements with the sides that their own sentences name, of those that the whole draft states of the label.

    A denial whose sentence names a side is a reason to leave the draft out: nobody labelled whether it is about that side alone.
    """
    both = tuple(Side)
    claims = [one if positive(one) or not _has_sides(one) else one.model_copy(update={"sides": both}) for one in said]
    read, _ = statements(target_text(claims), text, True)
    if any(one.sides and not positive(one) for one in read):
        return Reason.SIDES
    for label in {one.label for one in said if positive(one)}:
        stated, named = ({side for one in some if one.label == label and positive(one) for side in one.sides} for some in (said, read))
        if stated != named:
            return Reason.UNNAMED
    return tuple(read)


def _has_sides(mention: Mention) -> bool:
    return isinstance(mention.label, Finding) and mention.label.has_sides


def target_text(said: Sequence[Mention]) -> str:
    """The reply that the served parser reads these statements from.

    >>> target_text([Mention(label=Finding.PNEUMOTHORAX, status="present", sides=("left",), span="Left PTX", start=0, end=8)])
    '[{"quote": "Left PTX", "label": "pneumothorax", "status": "present", "side": "left"}]'
    """
    elements = [{"quote": _as_quoted(one.span), "label": str(one.label), "status": one.status.value, "side": _side(one)} for one in said]
    return json.dumps(elements, ensure_ascii=False)


def _side(mention: Mention) -> str:
    return "both" if len(mention.sides) == 2 else mention.sides[0].value if mention.sides else "none"
