"""What is asked of a model and what comes back. All of it is plain data that another process or machine can take."""

import io
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from PIL.Image import Image

Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True)
class ImagePart:
    """A picture in a message, as the bytes of a PNG file."""

    png: bytes

    @classmethod
    def of(cls, picture: "Image") -> "ImagePart":
        """From a PIL image; lossless."""
        buffer = io.BytesIO()
        picture.save(buffer, format="PNG", compress_level=1)
        return cls(buffer.getvalue())

    def open(self) -> "Image":
        """The picture as RGB, which every processor takes."""
        from PIL import Image

        return Image.open(io.BytesIO(self.png)).convert("RGB")


@dataclass(frozen=True)
class Message:
    """One turn. `parts` are texts and pictures in the order in which the model gets them."""

    role: Role
    parts: tuple[str | ImagePart, ...]

    @property
    def text(self) -> str:
        return "\n".join(part for part in self.parts if isinstance(part, str))

    @property
    def images(self) -> tuple[ImagePart, ...]:
        return tuple(part for part in self.parts if isinstance(part, ImagePart))


def user(*parts: str | ImagePart) -> Message:
    return Message("user", parts)


def assistant(text: str) -> Message:
    return Message("assistant", (text,))


@dataclass(frozen=True)
class Decoding:
    """How the reply is drawn. `temperature` 0 is greedy; a sampled reply is repeatable through `seed`.

    `thinking`: whether a reasoning model reasons first; None leaves it to the model's template. With True and a schema, up to
    `thinking_tokens` are free before the schema takes over.
    """

    max_new_tokens: int = 512
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int = 0
    thinking: bool | None = None
    thinking_tokens: int = 1024

    def __post_init__(self):
        if self.max_new_tokens < 1 or self.thinking_tokens < 1:
            raise ValueError(f"token budgets must be positive, but got {self.max_new_tokens} and {self.thinking_tokens}")
        if self.temperature < 0 or not 0 < self.top_p <= 1:
            raise ValueError(f"temperature must be >= 0 and top_p in (0, 1], but got {self.temperature} and {self.top_p}")


@dataclass(frozen=True)
class Request:
    """One question: the whole conversation, how to decode, and the JSON schema that the reply must follow (None: free text)."""

    messages: tuple[Message, ...]
    decoding: Decoding = field(default_factory=Decoding)
    schema: dict[str, Any] | None = None

    def with_decoding(self, **changes) -> "Request":
        return replace(self, decoding=replace(self.decoding, **changes))

    def to_plain(self) -> dict[str, Any]:
        """Only dicts, lists, texts, numbers and bytes."""
        messages = [
            {"role": m.role, "parts": [part if isinstance(part, str) else {"png": part.png} for part in m.parts]} for m in self.messages
        ]
        return {"messages": messages, "decoding": asdict(self.decoding), "schema": self.schema}

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> "Request":
        messages = tuple(
            Message(m["role"], tuple(part if isinstance(part, str) else ImagePart(part["png"]) for part in m["parts"]))
            for m in plain["messages"]
        )
        return cls(messages, Decoding(**plain["decoding"]), plain["schema"])


@dataclass(frozen=True)
class Reply:
    """What came back. `finish_reason` "length" means that the token budget ran out in mid-reply. Token counts are None where unknown.

    `constrained`: decoding was masked, so that a reply with finish_reason "stop" follows the schema.
    """

    text: str
    finish_reason: Literal["stop", "length"] = "stop"
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    seconds: float = 0.0
    constrained: bool = False

    @property
    def truncated(self) -> bool:
        return self.finish_reason == "length"


class ChatModel(Protocol):
    """Anything that replies. `revision` says which weights: a commit, a folder's fingerprint, or what a server calls its model.

    `constrains`: whether a reply with a schema is masked to it, so that a finished one always follows it.
    """

    name: str
    revision: str
    constrains: bool

    def reply(self, request: Request) -> Reply:
        """Raises ChatError."""
        ...

    def stream(self, request: Request) -> Iterator[str]:
        """The reply's text in pieces, as they come. Raises ChatError, possibly after the first pieces."""
        ...

    def release(self) -> None:
        """Gives memory and connections back; the next request takes them again."""
        ...
