"""Which readers and parsers the page offers, and why others can't be had here.

The browser gets titles and names. The operator's own spec stays on the server: a key may stand in its address.
"""

import os
from dataclasses import dataclass
from pathlib import PurePath

from ..errors import InputError
from ..models import DEFAULTS as MODELS
from ..models import availability, on_disk
from ..registry import PARSERS, READERS, Entry, Spec, parse_spec

READER_VARIABLE, PARSER_VARIABLE = "CXR_AUDITOR_READER", "CXR_AUDITOR_PARSER"
NOBODY = "none"
_NO_LOOK = ("reference", "second")
_ASKS = {"both": "nemotron"}
_OWN = "operator"
"""The value that stands for a spec of the operator's that is more than a name."""


@dataclass(frozen=True)
class Choices:
    """`offered`: (title, value) of what can be chosen; `refused`: (title, reason) of what can't; `default`: the value chosen first.

    A value is a name, or stands for `own`, the operator's spec.
    """

    offered: tuple[tuple[str, str], ...]
    refused: tuple[tuple[str, str], ...]
    default: str
    own: str = ""

    def spec(self, value: str) -> str:
        """The spec that a value of `offered` stands for. Raises InputError on another: a visitor never writes a model or a server."""
        if value not in (offered for _, offered in self.offered):
            raise InputError("There is no such reader or parser on this page.", "Choose one of the list.")
        return self.own if value == _OWN else value


def readers() -> Choices:
    return _choices(READERS, READER_VARIABLE, "lite")


def second_readers(found: Choices) -> tuple[tuple[str, str], ...]:
    """(title, value) of who can read a film beside the first reader. A reading kept beside an example is no second look."""
    looks = ((title, value) for title, value in found.offered if parse_spec(found.spec(value)).name not in _NO_LOOK)
    return (("No second reader", NOBODY), *looks)


def meant(name: str) -> str:
    """The spec that a name stands for on this page: the operator's own where it has this name."""
    for variable in (READER_VARIABLE, PARSER_VARIABLE):
        configured = os.environ.get(variable, "")
        if configured and parse_spec(configured).name == name:
            return configured
    return name


def together(reader: str, second: str | None) -> str:
    """The spec of both readers as one, or of the first alone. Raises InputError where both are the same."""
    if second in (None, NOBODY):
        return reader
    if reader == second:
        raise InputError("The second reader is the first one again.", "Choose another one, or no second reader.")
    return f"{reader}+{second}" if reader.startswith("second=") else f"second={reader}+{second}"


def parsers() -> Choices:
    return _choices(PARSERS, PARSER_VARIABLE, "rules")


def _choices(entries: dict[str, Entry], variable: str, plain: str) -> Choices:
    """The operator's spec (in `variable`) comes first and is the default. A visitor chooses a name and never writes a model or a server."""
    configured = os.environ.get(variable, "")
    offered, refused = [], []
    for name, entry in entries.items():
        if entry.composite:  # made of others: see `together`
            continue
        reason = _why_not(name, entry, variable)
        if name == configured:
            offered.append((entry.title, name))
        elif reason:
            refused.append((entry.title, reason))
        else:
            offered.append((entry.title, name))
    if configured:
        spec = parse_spec(configured)
        if spec.name not in entries:
            raise InputError(f"There is no reader or parser named {spec.name!r} here.", f"Known: {', '.join(entries)}.")
        if str(spec) in (value for _, value in offered):
            return Choices(tuple(offered), tuple(refused), str(spec))
        offered.insert(0, (f"{entries[spec.name].title} ({_how(spec, entries[spec.name])})", _OWN))
        return Choices(tuple(offered), tuple(refused), _OWN, str(spec))
    values = [value for _, value in offered]
    return Choices(tuple(offered), tuple(refused), plain if plain in values or not values else values[0])


def _how(spec: Spec, entry: Entry) -> str:
    """What sets the operator's choice apart, for visitors: the model's own name, else that it is a server's."""
    if entry.composite:  # its members have addresses of their own
        return "as set up here"
    return PurePath(spec.model).name or ("on a server" if spec.server else "as set up here")


def _why_not(name: str, entry: Entry, variable: str) -> str:
    """Why a reader or parser can't be chosen on this page; "" where it can. A visitor's click shall not fetch gigabytes."""
    card = MODELS.get(_ASKS.get(name, name))
    if card is not None:
        missing = "; ".join(availability(card).missing)
        if missing or on_disk(card.model):
            return missing
        size = f"its weights, about {card.gigabytes:g} GB, are not on this machine"
        return f"{size}; start the page with {variable}={name} to allow their download."
    try:
        entry.load()
    except ModuleNotFoundError as error:
        return f"needs the Python package {error.name}, which is not installed here."
    return ""
