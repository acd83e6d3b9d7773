"""Which models can be asked about a film on this page, what each of them can do, and why others can't be had here."""

import os
from dataclasses import dataclass
from functools import cache
from pathlib import PurePath

from ...errors import InputError
from ...models import DEFAULTS, availability, on_disk
from ...readers.abilities import Answers, Locates, WritesReports
from ...registry import READERS, Reader, Spec, make_reader, parse_spec

CHAT_VARIABLE = "CXR_AUDITOR_CHAT"
"""A reader's spec, set by whoever runs the page: the model that visitors may ask, and the one that may be fetched for it."""


@dataclass(frozen=True)
class Talker:
    """A model that can be asked. `spec` stays on the server: the browser sees `title`. `server`: the film goes to another process."""

    title: str
    spec: str
    answers: bool
    writes: bool
    locates: bool
    server: bool
    remarks: tuple[str, ...] = ()

    def reader(self) -> Reader:
        return _reader(self.spec)


@dataclass(frozen=True)
class Talkers:
    """`offered`: who can be asked, the operator's choice first; `refused`: (title, reason) of the others."""

    offered: tuple[Talker, ...]
    refused: tuple[tuple[str, str], ...]


def talkers() -> Talkers:
    """Looks at this machine and at the operator's settings. Raises InputError where CHAT_VARIABLE names none that can be asked."""
    chosen = [parse_spec(text) for text in (os.environ.get(CHAT_VARIABLE), os.environ.get("CXR_AUDITOR_READER")) if text]
    if os.environ.get(CHAT_VARIABLE) and not _can(chosen[0].name, Answers):
        raise InputError(f"{CHAT_VARIABLE} names {chosen[0].name!r}, which can't be asked.", f"Choose one of {', '.join(DEFAULTS)}.")
    offered = {str(spec): _talker(spec) for spec in chosen if _can(spec.name, Answers)}
    refused = []
    for name in READERS:
        if not _can(name, Answers) or name in offered:
            continue
        card, title = DEFAULTS[name], short_title(name)
        found = availability(card)
        if not found.runs:
            refused.append((title, "; ".join(found.missing)))
        elif not on_disk(card.model):
            size = f"its weights, about {card.gigabytes:g} GB, are not on this machine; a visitor's question shall not fetch them."
            refused.append((title, f"{size} Start the page with {CHAT_VARIABLE}={name} to allow it."))
        else:
            offered[name] = _talker(Spec(name))
    return Talkers(tuple(offered.values()), tuple(refused))


def short_title(name: str) -> str:
    """The reader's name for people: "MedGemma"."""
    return READERS[name].title.partition(":")[0]


def _talker(spec: Spec) -> Talker:
    here = None if spec.server or spec.model else availability(DEFAULTS[spec.name])
    model = f" ({PurePath(spec.model).name})" if spec.model else ""
    return Talker(
        title=short_title(spec.name) + model,
        spec=str(spec),
        answers=_can(spec.name, Answers),
        writes=_can(spec.name, WritesReports),
        locates=_can(spec.name, Locates),
        server=bool(spec.server),
        remarks=tuple(text for text in (*here.missing, *here.remarks) if "on a server" not in text) if here else (),
    )


def _can(name: str, ability: type) -> bool:
    """Whether the readers of this name have an ability. Only families of models do, so no other reader is imported for the question."""
    return name in READERS and name in DEFAULTS and issubclass(READERS[name].load(), ability)


@cache
def _reader(spec: str) -> Reader:
    """One reader for all visitors: it holds a connection or weights, and nothing of what is asked."""
    return make_reader(spec)
