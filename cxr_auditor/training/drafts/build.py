"""Written and labelled drafts -> corpus: read, teach, leave out, balance, split, write. Every step is counted."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from ...errors import InputError
from ...evaluation.provenance import file_hash
from ...parsers.nemotron import question
from ...version import __version__
from ..corpus.splits import SPLITS, TEST
from ..corpus.spool import scratch
from ..corpus.write import appearing, write_splits
from .choose import balance, split
from .given import DEVELOPMENT, HELD_OUT, Given, Reason, written_drafts
from .labelled import FIELDS, labelled_drafts
from .settings import Settings
from .spool import Spool, Spooled
from .target import teach
from .wording import leave_out_near

FORMAT = "cxr-drafts-1"
NO_LICENCE = "not stated: find out before you pass on what was tuned on it"
_WRITTEN = {
    DEVELOPMENT: "development wording of the error injection, for training and validation",
    HELD_OUT: "held-out wording of the error injection: evaluation's own phrases, in the test split alone",
}


@dataclass(frozen=True)
class Labelled:
    """A file of the user's labelled drafts, and the terms under which they come."""

    path: Path
    licence: str = NO_LICENCE


@dataclass(frozen=True)
class Summary:
    """What a build did: the manifest, and where the corpus lies (None after a dry run)."""

    manifest: dict
    out: Path | None


def build_drafts(labelled: Mapping[str, Labelled], out: Path | None, settings: Settings | None = None) -> Summary:
    """Builds a corpus of written drafts and those of `labelled` (by name) into the folder `out`; None is a dry run and writes nothing.

    Raises InputError; then no part of a corpus is left.
    """
    settings = settings or Settings()
    for name in labelled:
        if name in (DEVELOPMENT, HELD_OUT):
            raise InputError(f"The name {name!r} is taken by the drafts that are written here.", "Call yours something else.")
    if out is None:
        with scratch(Spool, settings.seed) as spool:
            return Summary(_prepare(spool, labelled, settings), None)
    with appearing(out) as made, scratch(Spool, settings.seed) as spool:
        manifest = _prepare(spool, labelled, settings)
        names = [name for name in SPLITS if manifest["splits"][name]["drafts"]]
        write_splits(lambda name: map(line_of, spool.drafts("split = ?", (name,))), names, manifest, made)
    return Summary(manifest, out)


def _prepare(spool: Spool, labelled: Mapping[str, Labelled], settings: Settings) -> dict:
    """Fills the spool and gives every draft of the corpus its split. Returns the manifest, but for the hashes of the files."""
    described = [_read(spool, name, one) for name, one in labelled.items()]
    if settings.films:
        _add(spool, written_drafts(settings))
        written = spool.tally("source", "1")
        described += [
            {"name": name, "what": what, "licence": "the project's own words", "drafts": written[name]}
            for name, what in _WRITTEN.items()
            if name in written
        ]
    steps = {"read": spool.counts("1"), "usable": spool.counts()}
    leave_out_near(spool)
    steps["each wording once"] = spool.counts()
    balance(spool, settings.balance)
    steps["balanced"] = spool.counts()
    if not steps["balanced"]["drafts"]:
        reasons = "; ".join(f"{count} {reason}" for reason, count in _left_out(spool).items()) or "there was none"
        raise InputError("No draft is left to teach.", f"Left out: {reasons}.")
    split(spool, settings)
    prompt, _ = question("")
    return {
        "format": FORMAT,
        "package": f"cxr-draft-auditor {__version__}",
        "settings": asdict(settings),
        "sources": described,
        "held_out": f"The error injection's held-out wording ({HELD_OUT}) is evaluation's own: it is in the {TEST} split alone.",
        "prompt": {"name": prompt.name, "sha256": prompt.sha256, "text": prompt.text},
        "steps": steps,
        "left_out": _left_out(spool),
        "splits": {name: _split_counts(spool, name) for name in SPLITS},
    }


def _read(spool: Spool, name: str, labelled: Labelled) -> dict:
    """Every draft of a file into the spool. Returns what the manifest says of the file."""
    drafts = _add(spool, labelled_drafts(name, labelled.path))
    if not drafts:
        raise InputError(f"{labelled.path.name} holds no draft.", "Write one JSON object a line.")
    return {
        "name": name,
        "what": "labelled drafts",
        "file": labelled.path.name,
        "licence": labelled.licence,
        "drafts": drafts,
        "sha256": file_hash(labelled.path),
    }


def _add(spool: Spool, drafts: Iterable[Given]) -> int:
    number = 0
    for given in drafts:
        spool.add(given, teach(given))
        number += 1
    return number


def _left_out(spool: Spool) -> dict[str, int]:
    """Drafts by the reason they were left out for, in the order of the reasons."""
    counted = spool.tally("reason", "1")
    return {str(reason): counted[reason] for reason in Reason if reason in counted}


def _split_counts(spool: Spool, name: str) -> dict:
    where = f"reason IS NULL AND split = '{name}'"
    tallies = {"sources": "source", "styles": "style", "errors": "error"}
    return spool.counts(where) | {title: spool.tally(column, where) for title, column in tallies.items()}


def line_of(draft: Spooled) -> dict:
    """One draft as it stands in the corpus."""
    _, asked = question(draft.text)
    return {
        "id": draft.draft_id,
        "source": draft.source,
        "document": draft.document,
        "style": draft.style,
        "error": draft.error,
        "text": draft.text,
        "findings": [one.model_dump(mode="json", include=set(FIELDS)) for one in draft.said],
        "messages": [{"role": "user", "content": asked}],
        "target": draft.target,
    }
