"""What the readers that ask a vision-language model share. A family adds its question, the reading of its reply, and its box frame."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .. import prompts
from ..chat.ladder import Answer, ask
from ..chat.open import open_model
from ..chat.records import ChatModel, Decoding, ImagePart, Message, Reply, Request, assistant, user
from ..chat.repair import split_reasoning
from ..errors import ReaderError
from ..findings import Finding
from ..geometry import Box
from ..models import ModelCard
from ..schema import ImageFinding, ImageReading, OtherStatement, ReadingStatus
from . import pictures

if TYPE_CHECKING:
    from ..images import Radiograph

CUT_OFF = "The model's answer was cut off: what it does not mention counts as unknown."


@dataclass
class Seen:
    """What one reply says. `complete` is False where part of the answer is lost, so that silence means nothing."""

    findings: list[ImageFinding] = field(default_factory=list)
    other: list[OtherStatement] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    complete: bool = True


class ChatReader:
    """A film's reader that asks one model, here or on a server.

    Class attributes of a family: `name`, `card`, `scope`, `silence_means_absent`, `image_first` (whether the picture comes before the
    words), `longest_side` (pixels; larger films are made smaller for the model), `report_prompt`, `report_tokens`.
    """

    name: str
    card: ModelCard
    scope: tuple[Finding, ...] = tuple(Finding)
    silence_means_absent = True
    image_first = True
    longest_side = 2048
    report_prompt: str
    report_tokens = 1024
    answer_tokens = 1024

    def __init__(self, model: str = "", server: str = "", chat: ChatModel | None = None):
        """`model` and `server` as in NAME=MODEL@SERVER; `chat` in their place is for a model that is already there."""
        self.chat = chat or open_model(self.card, model, server)

    @property
    def revision(self) -> str:
        return self.chat.revision

    def question(self, film: "Radiograph") -> tuple[Request, prompts.Prompt]:
        """What is asked for the findings, and the prompt it was made of."""
        raise NotImplementedError

    def understand(self, reply: Reply, film: "Radiograph") -> Seen:
        """What a reply says. Raises Unreadable where nothing of it can be used."""
        raise NotImplementedError

    def read(self, film: "Radiograph") -> ImageReading:
        request, prompt = self.question(film)
        answer = ask(self.chat, request, lambda reply: self.understand(reply, film))
        common: dict[str, Any] = {
            "reader": self.name,
            "revision": self.revision,
            "scope": self.scope,
            "prompts": {prompt.name: prompt.sha256},
            "reasoning": split_reasoning(answer.replies[-1].text)[0],
        }
        seen = answer.value
        if seen is None:
            return ImageReading(**common, status=ReadingStatus.NOTHING_USABLE, silence_means_absent=False, message=answer.message)
        return ImageReading(
            **common,
            silence_means_absent=self.silence_means_absent and seen.complete,
            findings=tuple(seen.findings),
            other=tuple(dict.fromkeys(seen.other)),
            notes=(*answer.notes, *dict.fromkeys(seen.notes), *(() if seen.complete else (CUT_OFF,))),
        )

    def ask(self, film: "Radiograph", history: Sequence[tuple[str, str]], question: str) -> Iterator[str]:
        """The answer to a question about the film, in pieces. `history` are the earlier (question, answer) pairs of this visitor.

        The film is sent once, with the first question. Raises ReaderError, possibly after the first pieces.
        """
        turns: list[Message] = []
        for asked, answered in [*history, (question, "")]:
            asked = prompts.as_data(asked)
            turns.append(user(asked) if turns else self.turn(film, asked))
            if answered:
                turns.append(assistant(split_reasoning(answered)[1]))
        return self.chat.stream(Request(tuple(turns), Decoding(max_new_tokens=self.answer_tokens)))

    def write_report(self, film: "Radiograph") -> str:
        """A report in the model's words, for practice: never fed into an audit. Raises ReaderError."""
        request = Request((self.turn(film, prompts.load(self.report_prompt).fill()),), Decoding(max_new_tokens=self.report_tokens))
        reply = self.chat.reply(request)
        report = split_reasoning(reply.text)[1].strip()
        if not report:
            raise ReaderError("The model wrote no report.", "Ask again, or choose another model.")
        return report + (" [cut off]" if reply.truncated else "")

    def turn(self, film: "Radiograph", text: str) -> Message:
        """A user's turn with the film, in the order that the family was trained on."""
        picture = self.picture(film)
        return user(picture, text) if self.image_first else user(text, picture)

    def picture(self, film: "Radiograph") -> ImagePart:
        return pictures.whole(film, self.longest_side)

    def grounded(self, answer: Answer[list[Box]]) -> list[Box]:
        """The boxes of an answer; an answer that can't be used is an error, not an empty list."""
        if answer.value is None:
            raise ReaderError(answer.message or "", "Ask about another sentence, or choose another model.")
        return answer.value


def box_or_note(values: Any, convert: Callable[[Sequence[float]], Box], finding: str, notes: list[str]) -> Box | None:
    """The box in the project's frame; None with a note where it can't be one, None without a note where none was given."""
    if values is None or values == []:
        return None
    try:
        return convert([_number(value) for value in values] if isinstance(values, Iterable) else [])
    except (TypeError, ValueError):
        notes.append(f"{finding}: a box was dropped, its numbers are no place on the film.")
        return None


def _number(value: Any) -> float:
    """A number as models write it: also as a text."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise TypeError(f"a coordinate must be a number, but got {type(value).__name__}")
    return float(value)
