"""A plan -> the words of a draft, in one of several manners of writing. The same random state gives the same draft.

While it is written, the words of every statement stand between marks that no phrase holds; they come out at the end as its place.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from ...findings import NO_FINDING, Finding, Side, Status
from . import phrases_development, phrases_held_out
from .plan import Plan, Say

OPACITY, NODULE, HEART = Finding.LUNG_OPACITY_CONSOLIDATION, Finding.NODULE_MASS, Finding.CARDIOMEGALY


class Wording(StrEnum):
    """Which phrases are used. A parser may be mended on drafts of the development wording; the held-out one says what that was worth."""

    DEVELOPMENT = "development"
    HELD_OUT = "held-out"


_TABLES = {Wording.DEVELOPMENT: phrases_development, Wording.HELD_OUT: phrases_held_out}


class Style(StrEnum):
    """Manners of writing."""

    PROSE = "prose"
    SECTIONED = "sectioned"
    TELEGRAPHIC = "telegraphic"
    LIST = "list"
    BY_ORGAN = "by_organ"


@dataclass(frozen=True)
class Stated:
    """Where a draft says something: the noun phrase about the finding at `text[start:end]`, or the sentence where there is none."""

    say: Say
    start: int
    end: int


_OPEN, _CLOSE, _FIRST = "\ue000", "\ue001", 0xE100  # a mark is _OPEN, the statement's number as a character, words, _CLOSE
_MARKED = re.compile(f"{_OPEN}(.)(.*?){_CLOSE}", re.DOTALL)

_ASIDE, _PREFACE, _ADVICE, _JOIN, _CAPITALS = 0.45, 0.3, 0.1, 0.5, 0.04


class _Pen(Random):
    """The source of every choice made while a draft is written.

    Where the draft asserts and denies a finding it keeps to one word for it in both places.
    """

    def __init__(self, seed: float, plan: Plan, wording: Wording):
        super().__init__(seed)
        self.words = _TABLES[wording]
        asserted = {say.label for say in plan.says if say.status is not Status.ABSENT}
        disputed = [say.label for say in plan.says if say.outright and say.label in asserted]
        self.kinds = {label: self.choice(self.words.KINDS[label]) for label in disputed if label in self.words.KINDS}
        self.said: list[Say] = []

    def phrase(self, label: Finding, options: tuple[str, ...] | list[str]) -> str:
        """One of the options about a finding."""
        return self.choice([option for option in options if self.kinds.get(label, "") in option] or options)

    def mark(self, say: Say, words: str) -> str:
        """The words that make a statement, marked as such; a full stop is none of them."""
        self.said.append(say)
        bare = words.removesuffix(".")
        return f"{_OPEN}{chr(_FIRST + len(self.said) - 1)}{bare}{_CLOSE}{words[len(bare) :]}"


def write(plan: Plan, random: Random, wording: Wording) -> tuple[str, Style]:
    """The draft and its style. A plan with a summary is written in sections (telegraphic or not), others in any style."""
    return write_stated(plan, random, wording)[:2]


def write_stated(plan: Plan, random: Random, wording: Wording) -> tuple[str, Style, tuple[Stated, ...]]:
    """What `write` gives, and the place of every statement of the plan, in the order of the text."""
    random = _Pen(random.random(), plan, wording)
    if plan.summary:
        style = random.choice((Style.SECTIONED, Style.SECTIONED, Style.TELEGRAPHIC))
    else:
        style = random.choice((Style.PROSE, Style.PROSE, Style.TELEGRAPHIC, Style.LIST, Style.BY_ORGAN))
    body = _BODIES[style](plan.body, random)
    if plan.summary:
        first, second = random.choice(random.words.HEADINGS)
        summary = _list(plan.summary, random) if random.random() < 0.3 else _BODIES[style](plan.summary, random)
        break_ = "\n" if "\n" in summary else " "
        body = f"{first}: {body}\n{second}:{break_}{summary}"
    if style is not Style.TELEGRAPHIC and random.random() < _PREFACE:
        body = f"{random.choice(random.words.PREFACES)}\n{body if plan.summary else 'FINDINGS: ' + body}"
    text, stated = _unmarked(body.upper() if random.random() < _CAPITALS else body, random.said)
    return text, style, stated


def _unmarked(body: str, said: list[Say]) -> tuple[str, tuple[Stated, ...]]:
    text, stated, done = "", [], 0
    for mark in _MARKED.finditer(body):
        text += body[done : mark.start()]
        stated.append(Stated(said[ord(mark[1]) - _FIRST], len(text), len(text) + len(mark[2])))
        text += mark[2]
        done = mark.end()
    return text + body[done:], tuple(stated)


# Sentences


def _prose(says: tuple[Say, ...], random: _Pen) -> str:
    sentences = _sentences(says, random)
    if random.random() < _ASIDE:
        for aside in random.sample(random.words.ASIDES, random.randint(1, 3)):
            sentences.insert(random.randint(0, len(sentences)), aside)
    if random.random() < _ADVICE:
        sentences.append(random.choice(random.words.ADVICE))
    return " ".join(sentences)


def _list(says: tuple[Say, ...], random: _Pen) -> str:
    sentences = _sentences(says, random)
    if random.random() < _ASIDE:
        sentences.append(random.choice(random.words.ASIDES))
    mark = random.choice(("{}. ", "{}) ", "- "))
    return "\n".join(mark.format(number) + sentence for number, sentence in enumerate(sentences, start=1))


def _by_organ(says: tuple[Say, ...], random: _Pen) -> str:
    lines = []
    for organ, findings, calm in random.words.ORGANS:
        own = tuple(say for say in says if say.label in findings)
        lines.append(f"{organ}: " + (" ".join(_sentence(say, random) for say in own) if own else random.choice(calm)))
    lines += [_sentence(say, random) for say in says if say.label == NO_FINDING]
    lines.insert(random.randint(0, len(lines)), random.choice(random.words.BONES))
    return "\n".join(lines)


def _sentences(says: tuple[Say, ...], random: _Pen) -> list[str]:
    """One sentence for each statement, some of them joined: denials in one list, two findings in one sentence."""
    rest = list(says)
    sentences = []
    denied = [say for say in rest if say.status is Status.ABSENT and not say.sides and say.label is not HEART]
    if len(denied) > 1 and random.random() < _JOIN:
        nouns = [_denied_noun(say, random) for say in denied]
        lungs = all(say.label in (OPACITY, NODULE) for say in denied)
        frame = random.choice(random.words.LUNG_DENIALS if lungs else random.words.JOINED_DENIALS)
        joint = random.choice((" or ", " or ", " and ")) if frame.startswith("No {") else " or "
        sentences.append(frame.format(list_or=", ".join(nouns[:-1]) + joint + nouns[-1]))
        rest = [say for say in rest if say not in denied]
    present = [say for say in rest if say.status is Status.PRESENT and say.label != NO_FINDING]
    if present and random.random() < _JOIN:
        pair = _pair(present, [say for say in rest if say.status is Status.ABSENT and not say.sides], random)
        if pair:
            sentences.append(pair[0])
            rest = [say for say in rest if say not in pair[1]]
    sentences += [_sentence(say, random) for say in rest]
    if random.random() < 0.7:
        random.shuffle(sentences)
    return sentences


def _pair(present: list[Say], denied: list[Say], random: _Pen) -> tuple[str, tuple[Say, Say]] | None:
    one = random.choice(present)
    others = [say for say in present if say.label != one.label and bool(say.sides) == bool(one.sides)]
    denied = [say for say in denied if say.label != one.label]
    if others and (not denied or random.random() < 0.5):
        two = random.choice(others)
        first, second = _noun(one, random), _noun(two, random)
        frame = random.choice(random.words.PAIRS["both present"])
        nouns = {"N1": _capital(first[1]), "n2": second[1], "a1": _article(first), "a2": _article(second)}
        return frame.format(**nouns, is1=_is(first), is2=_is(second)), (one, two)
    if denied:
        two = random.choice(denied)
        first = _noun(one, random)
        frame = random.choice(random.words.PAIRS["one denied"])
        return frame.format(N1=_capital(first[1]), a1=_article(first), x2=_denied_noun(two, random), is1=_is(first)), (one, two)
    return None


def _sentence(say: Say, random: _Pen) -> str:
    if say.label == NO_FINDING:
        return random.mark(say, random.choice(random.words.NORMAL))
    if say.status is Status.ABSENT:
        if say.sides:
            return random.mark(say, random.choice(random.words.SIDED_DENIALS[say.label]).format(side=say.sides[0].value).capitalize())
        ready = random.words.ABSENT_SENTENCES.get(say.label)
        if ready:
            return random.mark(say, random.choice(ready))
        return random.choice(random.words.ABSENT_FRAMES).format(x=_denied_noun(say, random))
    hedged = say.status is Status.UNCERTAIN
    ready = (random.words.HEDGED_SENTENCES if hedged else random.words.PRESENT_SENTENCES).get(say.label)
    if ready and random.random() < 0.5:
        return random.mark(say, random.choice(ready))
    frame = random.choice(random.words.HEDGED_FRAMES if hedged else random.words.PRESENT_FRAMES)
    noun = _noun(say, random, plain=hedged or not frame.endswith(("{a}.", "{n}.")))
    return _capital(frame.format(n=noun[1], N=_capital(noun[1]), a=_article(noun), **{"is": _is(noun)}))


def _denied_noun(say: Say, random: _Pen) -> str:
    qualified = random.words.QUALIFIED_NOUNS[say.label]
    if qualified and not say.outright and random.random() < 0.3:
        return random.mark(say, random.choice(qualified))
    return random.mark(say, random.phrase(say.label, random.words.ABSENT_NOUNS[say.label]))


def _noun(say: Say, random: _Pen, plain: bool = True) -> tuple[str, str]:
    """(number, noun phrase); a plain one holds no comma, so that more can follow it."""
    nouns = [noun for noun in random.words.NOUNS[say.label][_extent(say)] if not plain or "," not in noun]
    number, _, phrase = random.phrase(say.label, nouns).partition(":")
    side = say.sides[0] if say.sides else None
    return number, random.mark(say, " ".join(_filled(phrase, say.label, side, random, random.words.PLACES).split()))


def _extent(say: Say) -> str:
    return ("none", "one", "both")[len(say.sides)]


def _filled(phrase: str, label: Finding, side: Side | None, random: _Pen, places) -> str:
    place = random.choice(places[label][side]) if side and label in places else ""
    size = random.choice(random.words.SIZES[label])
    return phrase.format(side=side or "", size=size, place=place, L=(side or " ")[0].upper())


def _is(noun: tuple[str, str]) -> str:
    return "are" if noun[0] == "p" else "is"


def _article(noun: tuple[str, str]) -> str:
    number, phrase = noun
    if number != "a":
        return phrase
    begin = _begin(phrase)
    return ("an " if phrase[begin] in "aeiou" or phrase.startswith("8 ", begin) else "a ") + phrase


def _capital(text: str) -> str:
    begin = _begin(text)
    return text[:begin] + text[begin : begin + 1].upper() + text[begin + 1 :]


def _begin(text: str) -> int:
    """Where the words begin, behind a mark."""
    return 2 if text.startswith(_OPEN) else 0


# Telegraphic


def _telegraphic(says: tuple[Say, ...], random: _Pen) -> str:
    parts = []
    denied = [say for say in says if say.status is Status.ABSENT and not say.sides and say.label is not HEART]
    if len(denied) > 1 and random.random() < _JOIN:
        joint = random.choice(("/", " / ", ", ", " or "))
        nouns = [random.mark(say, random.phrase(say.label, random.words.SHORT_ABSENT[say.label])) for say in denied]
        parts.append("no " + joint.join(nouns))
        says = tuple(say for say in says if say not in denied)
    parts += [_short(say, random) for say in says]
    random.shuffle(parts)
    if random.random() < _ASIDE:
        parts.insert(random.randint(0, len(parts)), random.choice(random.words.SHORT_ASIDES))
    if random.random() < 0.3:
        parts = [_capital(part) for part in parts]
    return random.choice((". ", ". ", "; ", "\n")).join(parts) + random.choice(("", "."))


def _short(say: Say, random: _Pen) -> str:
    if say.label == NO_FINDING:
        return random.mark(say, random.choice(random.words.SHORT_NORMAL))
    if say.status is Status.ABSENT:
        if say.label is HEART:
            return random.mark(say, random.choice(random.words.SHORT_HEART_NORMAL))
        noun = random.phrase(say.label, random.words.SHORT_ABSENT[say.label])
        return "no " + random.mark(say, f"{say.sides[0].value[0].upper()} {noun}" if say.sides else noun)
    if say.label is HEART and say.status is Status.UNCERTAIN:
        return random.mark(say, random.choice(random.words.SHORT_HEDGED_HEART))
    side = say.sides[0] if say.sides else None
    places = {label: random.words.SHORT_PLACES for label in (OPACITY, NODULE)}
    text = _filled(random.phrase(say.label, random.words.SHORT[say.label][_extent(say)]), say.label, side, random, places)
    text = random.mark(say, text)
    return random.choice(random.words.SHORT_HEDGES).format(x=text) if say.status is Status.UNCERTAIN else text


_BODIES = {
    Style.PROSE: _prose,
    Style.SECTIONED: _prose,
    Style.TELEGRAPHIC: _telegraphic,
    Style.LIST: _list,
    Style.BY_ORGAN: _by_organ,
}
