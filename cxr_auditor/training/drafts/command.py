"""What `cxr-auditor train drafts` does with its options."""

from pathlib import Path

from ...errors import InputError
from .build import NO_LICENCE, Labelled, build_drafts
from .settings import Settings
from .tell import told


def drafts_command(labelled: list[str], licences: list[str], out: Path | None, settings: Settings) -> str:
    """Builds the corpus and returns its counts. `labelled`: NAME=FILE each, `licences`: NAME=TERMS each; `out` None is a dry run."""
    files = _named(labelled, "--labelled", "mine=drafts.jsonl")
    terms = _named(licences, "--licence", "mine='CC BY 4.0'")
    unknown = sorted(set(terms) - set(files))
    if unknown:
        raise InputError(f"--licence names {unknown[0]!r}, which --labelled does not.", "Give the drafts it is for.")
    sources = {name: Labelled(Path(file), terms.get(name, NO_LICENCE)) for name, file in files.items()}
    return told(build_drafts(sources, out, settings))


def _named(given: list[str], option: str, example: str) -> dict[str, str]:
    values: dict[str, str] = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not (name and equals and value):
            raise InputError(f"{option} {one!r} can't be read.", f"Write NAME=VALUE, for example {example}.")
        if name in values:
            raise InputError(f"{option} gives {name!r} twice.", "Give each once.")
        values[name] = value
    return values
