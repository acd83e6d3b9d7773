"""What one visitor and a model said about the film on show. Held in the visitor's session; knows no page and asks no model."""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from threading import Event

from ..chat.repair import split_reasoning
from ..geometry import Box

_MOST_SENTENCES = 40
_END_OF_SENTENCE = re.compile(r"(?<=[.;!?])\s+|\n+")
_STRUCTURE = re.compile(r"</?answer>", re.IGNORECASE)


class State(StrEnum):
    """Where an answer stands."""

    WRITING = "writing"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(eq=False)
class Turn:
    """One question and what came back. `text` is the model's words as they came, its reasoning included; `reader` who was asked."""

    question: str
    reader: str
    text: str = ""
    state: State = State.WRITING
    message: str = ""

    @property
    def reasoning(self) -> str:
        """The trace before the answer; "" where there is none."""
        return split_reasoning(self.text)[0] or ""

    @property
    def answer(self) -> str:
        """The answer without its trace and without the tags around it."""
        return _STRUCTURE.sub("", split_reasoning(self.text)[1]).strip()


@dataclass(frozen=True)
class Report:
    """A report that a model wrote for practice."""

    text: str
    title: str


@dataclass(frozen=True)
class Place:
    """Where a model says that a phrase points; no boxes: it says nowhere."""

    phrase: str
    title: str
    boxes: tuple[Box, ...]


@dataclass(eq=False)
class Talk:
    """Everything that was asked about one film. `film` is the SHA-256 of the one that the tab shows, "" before its first visit.

    `stop` ends the work under way; None while nothing is.
    """

    turns: list[Turn] = field(default_factory=list)
    report: Report | None = None
    place: Place | None = None
    sentences: tuple[str, ...] = ()
    film: str | None = None
    stop: Event | None = None

    def history(self, reader: str) -> list[tuple[str, str]]:
        """(question, answer) of the finished turns with this reader: no model is shown another one's answers, or half of its own."""
        return [(turn.question, turn.answer) for turn in self.turns if turn.reader == reader and turn.state is State.DONE and turn.answer]

    def end(self) -> None:
        """Stops the work under way."""
        if self.stop is not None:
            self.stop.set()

    def clear(self) -> None:
        """Stops and forgets everything but which film is shown."""
        self.end()
        self.turns.clear()
        self.report = self.place = self.stop = None
        self.sentences = ()


def sentences(draft: str) -> tuple[str, ...]:
    """The sentences of a draft, to be chosen from.

    >>> sentences("Heart normal; no effusion.\\nImpression: 1.")
    ('Heart normal;', 'no effusion.', 'Impression: 1.')
    """
    parts = (part.strip() for part in _END_OF_SENTENCE.split(draft))
    return tuple(dict.fromkeys(part for part in parts if any(c.isalpha() for c in part)))[:_MOST_SENTENCES]
