"""What the Train tab's browser sends -> records. Whatever can't be used is an InputError that says what is accepted."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import TypeAdapter, ValidationError

from ...case_file import Difficulty
from ...errors import InputError
from ...findings import Finding
from ...teaching.records import Against, Mark, Stance, Wish
from ...teaching.sittings import Written

NO_READER = ""
DELETE_WORD = "delete"

_MARKS = TypeAdapter(tuple[Mark, ...])
_RELOAD = "Load the page again; what was saved is still there."


class Work(NamedTuple):
    """What a trainee has made of a case, as `Sittings.keep_draft` and `commit` take it. Frame of the boxes: see `Mark`."""

    key: str
    number: int
    draft: str
    marks: tuple[Mark, ...]
    seconds: float
    over: tuple[Written, ...]


def work_of(sent: Any) -> Work:
    """The state of a draft, as the page sends it while it is written and when it is committed."""
    sent = sent if isinstance(sent, Mapping) else {}
    return Work(
        key_of(sent.get("key")),
        number_of(sent.get("number")),
        _draft(sent.get("draft")),
        _marks(sent.get("marks")),
        _seconds(sent.get("seconds")),
        _over(sent.get("over")),
    )


def wish_of(fields: Mapping[str, Any]) -> Wish:
    """The set of cases that a form asks for. Each field is a list of texts, as a browser's form has them; none ticked means any."""
    size, normals, seed = (_whole(fields, name, words) for name, words in _NUMBERS.items())
    try:
        return Wish(
            size=size,
            findings=tuple(Finding(one) for one in _texts(fields, "findings")),
            difficulties=tuple(Difficulty(one) for one in _texts(fields, "difficulties")),
            normals=normals / 100,
            seed=seed,
            again=bool(_texts(fields, "again")),
        )
    except ValidationError as error:
        place = error.errors()[0]["loc"][0]
        raise InputError(f"{_NUMBERS[place]} can't be {fields[place][0]}.", _ACCEPTED[place]) from error
    except ValueError as error:
        raise InputError("There is no such finding or difficulty here.", "Choose from those shown.") from error


_NUMBERS = {"size": "The number of cases", "normals": "The share of normal films", "seed": "The seed"}
_ACCEPTED = {"size": "Choose 1 to 50.", "normals": "Choose 0 to 100 %.", "seed": "Choose a whole number from 0 up."}


def reader_of(fields: Mapping[str, Any], offered: Sequence[tuple[str, str]]) -> str | None:
    """The reader that is compared with, one of those `offered` as (title, name), or None. A visitor never writes a model or a server."""
    chosen = next(iter(_texts(fields, "reader")), NO_READER)
    if chosen == NO_READER:
        return None
    if chosen not in (name for _, name in offered):
        raise InputError("There is no such reader on this page.", "Choose one of the list.")
    return chosen


def key_of(sent: Any) -> str:
    """A session's key. Any text will do: whose session it is, the store decides."""
    if not isinstance(sent, str) or not 0 < len(sent) <= 64:
        raise InputError("The address names no session.", "Open one from your list, or begin a new one.")
    return sent


def number_of(sent: Any) -> int:
    """A case's number in its session."""
    if not isinstance(sent, int) or isinstance(sent, bool) or not 0 < sent < 1000:
        raise InputError("There is no such case in this session.", _RELOAD)
    return sent


def _draft(sent: Any) -> str:
    """The draft's text; half surrogate pairs, which UTF-8 can't carry, and NUL, which PostgreSQL can't, as replacement characters."""
    if not isinstance(sent, str):
        raise InputError("The draft did not arrive.", _RELOAD)
    return "".join("\ufffd" if c == "\x00" or "\ud800" <= c <= "\udfff" else c for c in sent)


def _marks(sent: Any) -> tuple[Mark, ...]:
    """The boxes drawn so far."""
    try:
        return _MARKS.validate_python(sent)
    except ValidationError as error:
        raise InputError("A box did not arrive as one.", "Remove it and draw it again.") from error


def _over(sent: Any) -> tuple[Written, ...]:
    """The drafts that the page knows the server to have, or to have had: this one goes over no other."""
    if not isinstance(sent, list) or not all(isinstance(one, Mapping) for one in sent):
        raise InputError("What was stored of the draft before did not arrive.", _RELOAD)
    return tuple((_draft(one.get("draft")), _marks(one.get("marks"))) for one in sent)


def _seconds(sent: Any) -> float:
    """Seconds with the case on show, as the browser counted them. A day is the most: a film left open says nothing of its reading."""
    if not isinstance(sent, int | float) or isinstance(sent, bool) or not sent >= 0:
        raise InputError("The time spent did not arrive.", _RELOAD)
    return float(min(sent, 86_400))


class Answered(NamedTuple):
    """An answer to a flag, as `Sittings.answer` takes it."""

    key: str
    number: int
    against: Against
    ref: str
    stance: Stance
    why: str


def answer_of(sent: Any) -> Answered:
    """An answer to a flag."""
    sent = sent if isinstance(sent, Mapping) else {}
    key, number, why = key_of(sent.get("key")), number_of(sent.get("number")), _draft(sent.get("why"))
    try:
        return Answered(key, number, Against(sent.get("against")), str(sent.get("ref")), Stance(sent.get("stance")), why)
    except ValueError as error:
        raise InputError("That is no answer to a flag.", "Choose agree, disagree or unsure.") from error


def forgets_account(fields: Mapping[str, Any]) -> bool:
    """Whether the account goes too, or only its sessions. InputError unless the word was typed that says it is meant."""
    if [one.strip().lower() for one in _texts(fields, "word")] != [DELETE_WORD]:
        raise InputError("Nothing was deleted.", f"Type the word {DELETE_WORD} to show that you mean it.")
    return _texts(fields, "what") != ["sessions"]


def _whole(fields: Mapping[str, Any], name: str, words: str) -> int:
    text = next(iter(_texts(fields, name)), "").strip()
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise InputError(f"{words} must be a whole number.", _ACCEPTED[name])
    return int(text)


def _texts(fields: Mapping[str, Any], name: str) -> list[str]:
    sent = fields.get(name)
    return [one for one in sent if isinstance(one, str)] if isinstance(sent, list) else []
