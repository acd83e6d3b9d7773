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


_TURNS_TEXT = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"  # embeddings, overrides and isolates of bidirectional text
_SIGNS = {
    **{code: 0x2400 + code for code in range(32) if chr(code) not in "\n\r\t"},
    0x7F: 0x2421,
    **{ord(control): 0x21C4 for control in _TURNS_TEXT},
}


def visible(text: str) -> str:
    """Control characters as signs, one for one; line breaks and tabs stay.

    Those that turn the direction of writing are among them: "no" and a mirrored word must not pass for what the draft says.

    >>> visible("no\\x00 change"), visible("\\u202enoisuffe\\u202c")
    ('no␀ change', '⇄noisuffe⇄')
    """
    return text.translate(_SIGNS)


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
