"""What the Teacher tab's browser sends -> findings and texts. Whatever can't be used is an InputError that says what is accepted."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import ValidationError

from ...errors import InputError
from ...findings import Finding, Side, Status
from ...geometry import box_sides
from ...reading_data import EntryData
from ...teaching.truth import entry_problem

MOST_FINDINGS = 100
"""On one film."""

SIDES = {"left": (Side.LEFT,), "right": (Side.RIGHT,), "both sides": (Side.LEFT, Side.RIGHT)}
STATUSES = (Status.PRESENT, Status.UNCERTAIN)

_RELOAD = "Load the page again and say it once more."


class FieldError(InputError):
    """Something wrong in one field of a form. `field`: the form's own name for it."""

    def __init__(self, field: str, message: str, hint: str = ""):
        super().__init__(message, hint)
        self.field = field


def entries_of(sent: Any) -> tuple[EntryData, ...]:
    """Findings that a teacher put on a film. One with a box has the side in which it lies; one without states its side.

    Frame of the boxes: [y0, x0, y1, x1] in [0, 1] of the upright film.
    """
    if not isinstance(sent, list) or len(sent) > MOST_FINDINGS:
        raise FieldError("finding", f"A film can have {MOST_FINDINGS} findings.", _RELOAD)
    return tuple(_entry(one) for one in sent)


def _entry(sent: Any) -> EntryData:
    sent = sent if isinstance(sent, Mapping) else {}
    try:
        finding, status = Finding(sent.get("finding")), Status(sent.get("status", Status.PRESENT))
        entry = EntryData(finding=finding, status=status, box=sent.get("box"))
    except ValidationError as error:
        raise FieldError("finding", "A box did not arrive as one.", "Remove it and draw it again.") from error
    except ValueError as error:
        raise FieldError("finding", "There is no such finding here.", "Choose from those shown.") from error
    if finding.has_sides:
        sides = SIDES.get(sent.get("side"), ()) if entry.box is None else box_sides(entry.box)
        entry = entry.model_copy(update={"sides": sides})
    problem = entry_problem(entry)
    if problem:
        raise FieldError("finding", f"{finding.display}: {problem[1]}.", "Draw its box on the film, or say its side.")
    return entry


class Ruled(NamedTuple):
    """A ruling as it was made on the page. `seen` is the mark of the truth that was on show; `keep` numbers its entries that stay."""

    case: str
    seen: str
    keep: frozenset[int]
    added: tuple[EntryData, ...]
    why: str
    uphold: bool


def ruled_of(sent: Any) -> Ruled:
    """A ruling on the case on show."""
    sent = sent if isinstance(sent, Mapping) else {}
    keep = sent.get("keep")
    return Ruled(
        name_of(sent.get("case")),
        str(sent.get("seen")),
        frozenset(one for one in keep if isinstance(one, int)) if isinstance(keep, list) else frozenset(),
        entries_of(sent.get("entries")),
        text_of(sent, "why", "The reason"),
        sent.get("uphold") is True,
    )


def name_of(sent: Any) -> str:
    """The name of a case. Any text will do: whether there is such a case, the shelf says."""
    if not isinstance(sent, str) or not sent:
        raise InputError("No case is on show.", "Choose one from the list.")
    return sent


def text_of(fields: Mapping[str, Any], name: str, words: str, longest: int | None = None) -> str:
    """A text field without blanks around it. FieldError for one that is too long, or that no file can hold.

    `words` name the field in that error; `longest` is in characters.
    """
    sent = fields.get(name)
    text = sent.strip() if isinstance(sent, str) else ""
    if longest is not None and len(text) > longest:
        raise FieldError(name, f"{words} has {len(text)} characters.", f"It can have {longest}: shorten it.")
    if any(c == "\x00" or "\ud800" <= c <= "\udfff" for c in text):
        raise FieldError(name, f"{words} holds a character that no text can have.", "Type it anew instead of pasting it.")
    return text


def needed_text_of(fields: Mapping[str, Any], name: str, words: str, hint: str, longest: int) -> str:
    """The same for a field that must say something; `hint`: what."""
    text = text_of(fields, name, words, longest)
    if not text:
        raise FieldError(name, f"{words} is missing.", hint)
    return text


def one_of(fields: Mapping[str, Any], name: str, words: str, offered: Sequence[str]) -> str:
    """A choice out of a list."""
    if fields.get(name) not in offered:
        raise FieldError(name, f"{words} is missing.", f"Choose {', '.join(offered[:-1])} or {offered[-1]}.")
    return fields[name]
