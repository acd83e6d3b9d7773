"""A draft cut into its sentences, headings and list marks left aside: what is struck and what stays."""

import re
from dataclasses import dataclass

from ..parsers.rules.text import unwrapped

_LINES = re.compile(r"[^\n\r]+")
_LEAD = re.compile(r"\s+|(?:[-*\u2022\u00b7]|\(?\d{1,2}[.)])\s+|[^\W\d_][\w /&-]{1,40}:(?=\s|$)")
_STOP = re.compile(r"(?<!\bapprox)(?<!\bca)(?<!\bvs)(?<!\be\.g)(?<!\bi\.e)[.!?;]+(?=\s|$)", re.IGNORECASE)


@dataclass(frozen=True)
class Sentence:
    """draft[start:end], its full stop with it; `line` numbers the draft's lines."""

    start: int
    end: int
    line: int

    def overlaps(self, start: int, end: int) -> bool:
        return self.start < end and start < self.end


def draft_sentences(draft: str) -> tuple[Sentence, ...]:
    """
    >>> draft = "FINDINGS: 1. No effusion. Heart normal; lines in place."
    >>> [draft[s.start : s.end] for s in draft_sentences(draft)]
    ['No effusion.', 'Heart normal;', 'lines in place.']
    """
    return tuple(
        sentence for number, line in enumerate(_LINES.finditer(unwrapped(draft))) for sentence in _sentences(line[0], line.start(), number)
    )


def _sentences(line: str, offset: int, number: int):
    at = 0
    while at < len(line):
        lead = _LEAD.match(line, at)
        if lead:
            at = lead.end()
            continue
        stop = _STOP.search(line, at)
        end = stop.end() if stop else len(line.rstrip())
        yield Sentence(offset + at, offset + end, number)
        at = end
