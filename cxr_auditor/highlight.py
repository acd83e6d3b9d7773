"""The draft cut at the edges of its marked spans, so that overlapping marks can be shown. Pure; knows no HTML."""

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Generic, TypeVar

from .schema import Span

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Segment(Generic[Key]):
    """A run of the draft under the same marks. `keys`: the marks over it, in the order given; `ends`: those whose span ends with it."""

    text: str
    keys: tuple[Key, ...]
    ends: tuple[Key, ...]


def visible(text: str) -> str:
    """Control characters as their Unicode pictures, one for one; line breaks and tabs stay.

    >>> visible("no\\x00 change")
    'no␀ change'
    """
    return "".join(chr(0x2400 + ord(c)) if ord(c) < 32 and c not in "\n\r\t" else "\u2421" if c == "\x7f" else c for c in text)


def segments(draft: str, marks: Sequence[tuple[Span, Key]]) -> list[Segment[Key]]:
    """The whole draft in order; joining the texts gives it back, and no segment is empty.

    Raises ValueError where a span is not the draft's own text, as after an edit.

    >>> [(s.text, s.keys) for s in segments("no acute change", [(Span(start=3, end=8, text="acute"), "a")])]
    [('no ', ()), ('acute', ('a',)), (' change', ())]
    """
    for span, _ in marks:
        if draft[span.start : span.end] != span.text:
            raise ValueError(f"a marked span must be the draft's own text, but characters {span.start} to {span.end} are not")
    opening, closing = defaultdict(list), defaultdict(list)
    for number, (span, _) in enumerate(marks):
        opening[span.start].append(number)
        closing[span.end].append(number)
    cut, over = [], set()
    for start, end in pairwise(sorted({0, len(draft), *opening, *closing})):
        over.difference_update(closing[start])
        over.update(opening[start])
        keys = dict.fromkeys(marks[number][1] for number in sorted(over))
        ends = dict.fromkeys(marks[number][1] for number in closing[end])
        cut.append(Segment(text=draft[start:end], keys=tuple(keys), ends=tuple(ends)))
    return cut
