"""Asking again when a reply can't be used: greedy, greedy with a correction, then seeded sampling with the correction.

The correction says what was wrong, never what the model had written. Every step is repeatable: greedy, or sampled from a fixed seed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from .. import prompts
from .records import ChatModel, Message, Reply, Request
from .repair import Unreadable

SAMPLED = {"temperature": 0.4, "top_p": 0.9, "seed": 1}
ATTEMPTS = 3

T = TypeVar("T")


@dataclass(frozen=True)
class Answer(Generic[T]):
    """What came of it: `value`, or None and the reasons of all attempts in `unusable`. `replies` are all that was received."""

    value: T | None
    replies: tuple[Reply, ...]
    unusable: tuple[str, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """For the reading: that the model had to be asked again, and why."""
        if self.value is None or not self.unusable:
            return ()
        return (f"Asked {len(self.replies)} times; before that {self.unusable[-1]}.",)

    @property
    def message(self) -> str | None:
        """For a person, where nothing could be used."""
        if self.value is not None:
            return None
        return f"The model answered {len(self.replies)} times, but nothing could be used: {self.unusable[-1]}."


def ask(model: ChatModel, request: Request, read: Callable[[Reply], T], attempts: int = ATTEMPTS) -> Answer[T]:
    """Asks until `read` takes a reply; it raises Unreadable with a reason. A ChatError of the model passes through."""
    if not 1 <= attempts <= ATTEMPTS:
        raise ValueError(f"attempts must be 1 to {ATTEMPTS}, but got {attempts}")
    replies, reasons = [], []
    for attempt in range(attempts):
        asked = request if attempt == 0 else _corrected(request, reasons[-1])
        if attempt == 2:
            asked = asked.with_decoding(**SAMPLED)
        replies.append(model.reply(asked))
        try:
            return Answer(read(replies[-1]), tuple(replies), tuple(reasons))
        except Unreadable as error:
            reasons.append(str(error))
    return Answer(None, tuple(replies), tuple(reasons))


def _corrected(request: Request, reason: str) -> Request:
    """The same question with the correction at the end of its last turn."""
    correction = prompts.load("correction").fill(reason=reason)
    *earlier, last = request.messages
    return Request((*earlier, Message(last.role, (*last.parts, correction))), request.decoding, request.schema)
