"""Which readers and parsers the page offers, and why others can't be had here."""

import os
from dataclasses import dataclass

from ..errors import InputError
from ..models import DEFAULTS as MODELS
from ..models import availability
from ..registry import PARSERS, READERS, Entry, parse_spec


@dataclass(frozen=True)
class Choices:
    """`offered`: (title, value) of what can be chosen; `refused`: (title, reason) of what can't; `default`: the value chosen first."""

    offered: tuple[tuple[str, str], ...]
    refused: tuple[tuple[str, str], ...]
    default: str


def readers() -> Choices:
    return _choices(READERS, os.environ.get("CXR_AUDITOR_READER", ""), "lite")


def parsers() -> Choices:
    return _choices(PARSERS, os.environ.get("CXR_AUDITOR_PARSER", ""), "rules")


def _choices(entries: dict[str, Entry], configured: str, plain: str) -> Choices:
    """The operator's configured spec comes first and is the default. A visitor chooses a name and never writes a model or a server."""
    offered, refused = [], []
    for name, entry in entries.items():
        reason = _why_not(name, entry)
        if reason:
            refused.append((entry.title, reason))
        else:
            offered.append((entry.title, name))
    if configured:
        spec = parse_spec(configured)
        if spec.name not in entries:
            raise InputError(f"There is no reader or parser named {spec.name!r} here.", f"Known: {', '.join(entries)}.")
        if str(spec) not in (value for _, value in offered):
            offered.insert(0, (f"{entries[spec.name].title} ({spec})", str(spec)))
        return Choices(tuple(offered), tuple(refused), str(spec))
    values = [value for _, value in offered]
    return Choices(tuple(offered), tuple(refused), plain if plain in values or not values else values[0])


def _why_not(name: str, entry: Entry) -> str:
    """Why a reader or parser can't run on this machine; "" where it can."""
    if name in MODELS:
        return "; ".join(availability(MODELS[name]).missing)
    try:
        entry.load()
    except ModuleNotFoundError as error:
        return f"needs the Python package {error.name}, which is not installed here."
    return ""
