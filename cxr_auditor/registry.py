"""Readers and parsers by name. Nothing is imported until a name is asked for.

A spec is `NAME[=MODEL][@SERVER]`: `lite`, `medgemma=./my-model-folder`, `medgemma@http://localhost:8000/v1`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Protocol

from .errors import InputError
from .findings import Finding
from .schema import DraftReading, ImageReading

if TYPE_CHECKING:
    from .images import Radiograph


class Reader(Protocol):
    """Looks at a film. Raises ReaderError when it can't; a reply that can't be used is a reading with status `nothing_usable`."""

    name: str
    revision: str
    scope: tuple[Finding, ...]
    silence_means_absent: bool

    def read(self, film: "Radiograph") -> ImageReading: ...


class Parser(Protocol):
    """Reads a draft that is not blank. Raises ParserError when it can't."""

    name: str
    revision: str

    def parse(self, text: str) -> DraftReading: ...


@dataclass(frozen=True)
class Spec:
    """A reader or parser as the user names it. An empty `model` is the pinned default, an empty `server` is this process."""

    name: str
    model: str = ""
    server: str = ""

    def __str__(self) -> str:
        return self.name + (f"={self.model}" if self.model else "") + (f"@{self.server}" if self.server else "")


def parse_spec(text: str) -> Spec:
    """
    >>> parse_spec("medgemma=./folder@http://localhost:8000/v1")
    Spec(name='medgemma', model='./folder', server='http://localhost:8000/v1')
    """
    head, at, server = text.strip().partition("@")
    name, equals, model = head.partition("=")
    spec = Spec(name.strip(), model.strip(), server.strip())
    if not spec.name or (equals and not spec.model) or (at and not spec.server):
        raise InputError(
            f"{_without_address(text)!r} is not a reader or parser.", "Write NAME, NAME=MODEL, NAME@SERVER or NAME=MODEL@SERVER."
        )
    if spec.server and not spec.server.startswith(("http://", "https://")):
        raise InputError(
            f"The server of {_without_address(text)!r} must be an http or https address.", "Example: medgemma@http://localhost:8000/v1"
        )
    return spec


def _without_address(text: str) -> str:
    """A spec as far as it may be repeated: a password may stand in a server's address."""
    shown = re.split("@|://", text.strip(), maxsplit=1)
    return shown[0] + ("@..." if len(shown) > 1 else "")


@dataclass(frozen=True)
class Entry:
    """Where a name leads: `factory` is "module:callable" below this package, called with model=... and server=... where it takes them.

    The model of a `composite` is everything behind "=": specs of its members, with their own servers.
    """

    factory: str
    title: str
    takes_model: bool = False
    takes_server: bool = False
    composite: bool = False

    def load(self) -> Callable:
        module, _, attribute = self.factory.partition(":")
        return getattr(import_module(f"{__package__}.{module}"), attribute)


READERS: dict[str, Entry] = {
    "lite": Entry("readers.lite:LiteReader", "Lite: the embedded CPU reader"),
    "reference": Entry("readers.reference:ReferenceReader", "Reference: the reading kept beside an example film", takes_model=True),
    "medgemma": Entry("readers.medgemma:MedGemmaReader", "MedGemma: findings with boxes", takes_model=True, takes_server=True),
    "nv_reason": Entry("readers.nv_reason:NvReasonReader", "NV-Reason: findings with its reasoning", takes_model=True, takes_server=True),
    "radvlm": Entry("readers.radvlm:RadVlmReader", "RadVLM: abnormalities with boxes", takes_model=True, takes_server=True),
    "cxr_llava": Entry("readers.cxr_llava:CxrLlavaReader", "CXR-LLaVA: a report, read by the rules", takes_model=True, takes_server=True),
    "second": Entry("readers.second:SecondReader", "Second reader: two or more readers that must agree", takes_model=True, composite=True),
}
PARSERS: dict[str, Entry] = {
    "rules": Entry("parsers.rules:RulesParser", "Rules: deterministic, runs anywhere"),
    "nemotron": Entry("parsers.nemotron:NemotronParser", "Nemotron 3 Nano, falls back to the rules", takes_model=True, takes_server=True),
    "both": Entry("parsers.both:BothParser", "Both: rules, and where Nemotron differs", takes_model=True, takes_server=True),
}


def make_reader(text: str) -> Reader:
    """The reader that a spec names. Raises InputError on an unknown name, ReaderError when it can't be set up."""
    return _make("reader", READERS, text)


def make_parser(text: str) -> Parser:
    """The parser that a spec names. Raises InputError on an unknown name, ParserError when it can't be set up."""
    return _make("parser", PARSERS, text)


def check_reader(text: str) -> None:
    """InputError where a spec names no reader. Imports nothing."""
    _found("reader", READERS, text)


def check_parser(text: str) -> None:
    """InputError where a spec names no parser. Imports nothing."""
    _found("parser", PARSERS, text)


def _found(what: str, entries: dict[str, Entry], text: str) -> tuple[Entry, Spec]:
    head, _, members = text.strip().partition("=")
    composite = head in entries and entries[head].composite
    spec = Spec(head, members) if composite else parse_spec(text)
    entry = entries.get(spec.name)
    if entry is None:
        raise InputError(f"There is no {what} named {_without_address(spec.name)!r}.", f"Known: {', '.join(entries)}.")
    for given, taken, option in ((spec.model, entry.takes_model, "=MODEL"), (spec.server, entry.takes_server, "@SERVER")):
        if given and not taken:
            raise InputError(f"The {what} {spec.name!r} takes no {option}.", f"Write {spec.name!r} alone.")
    return entry, spec


def _make(what: str, entries: dict[str, Entry], text: str):
    entry, spec = _found(what, entries, text)
    options = {"model": spec.model} if entry.takes_model else {}
    if entry.takes_server:
        options["server"] = spec.server
    return entry.load()(**options)
