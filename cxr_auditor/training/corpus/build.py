"""Data sets -> corpus: read, teach, leave out, balance, split, write. Every step is counted."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from ...errors import InputError
from ...evaluation.datasets import DATASETS, dataset_root
from ...evaluation.provenance import file_hash
from ...findings import Finding
from ...version import __version__
from .balance import balance
from .licences import BOX_LICENCES, DRAWN_FROM_NIH, LICENCES, NAMES_PATIENTS, POPULATIONS
from .same import read_images, table_hashes
from .settings import Settings
from .shards import stream_films
from .splits import SPLITS, leave_out_test_patients, mark_test_films, split
from .spool import Spool, scratch
from .target import Reason, served_prompt, teach
from .write import FORMAT, appearing, write_corpus

UNREADABLE_NAMED = 20  # images that can't be used are counted, and so many of them named


@dataclass(frozen=True)
class Summary:
    """What a build did: the manifest, and where the corpus lies (None after a dry run)."""

    manifest: dict
    out: Path | None


def build_corpus(sources: Mapping[str, Path], out: Path | None, settings: Settings | None = None, test_list: Path | None = None) -> Summary:
    """Builds a corpus of the data sets `sources` (name -> folder, or the main table in it) into the folder `out`.

    Without `out` it is a dry run and writes nothing. `test_list`: a CSV (image_id[, patient_id]) of a fixed test set. Its films are the
    test split, whole; the other films of their patients are left out, so that the share `settings.test` counts for nothing. Raises
    InputError; then no part of a corpus is left.
    """
    settings = settings or Settings()
    if test_list is not None:
        settings = replace(settings, test=0.0)
    _check_sources(sources)
    if out is None:
        with scratch(Spool, settings.seed) as spool:
            return Summary(_prepare(spool, sources, settings, test_list), None)
    with appearing(out) as made, scratch(Spool, settings.seed) as spool:
        manifest = _prepare(spool, sources, settings, test_list)
        write_corpus(spool, {name: dataset_root(place) for name, place in sources.items()}, manifest, made)
    return Summary(manifest, out)


def _check_sources(sources: Mapping[str, Path]) -> None:
    if not sources:
        raise InputError("A corpus needs at least one data set.", "Give --data NAME=FOLDER.")
    for name in sources:
        if name not in DATASETS:
            raise InputError(f"There is no dataset named {name!r}.", f"Known: {', '.join(DATASETS)}.")
    drawn = sorted({POPULATIONS[name] for name in sources} & DRAWN_FROM_NIH)
    if len(drawn) > 1:
        raise InputError(
            f"{' and '.join(drawn)} show NIH films of the same patients under different names, so their splits can't be kept apart.",
            "Build a corpus of each.",
        )


def _prepare(spool: Spool, sources: Mapping[str, Path], settings: Settings, test_list: Path | None) -> dict:
    """Fills the spool and gives every film of the corpus its split. Returns the manifest, but for the hashes of the files."""
    boxes: Counter = Counter()
    box_sources: dict[str, bool] = {}
    described = [_read(spool, name, place, settings, boxes, box_sources) for name, place in sources.items()]
    _check_without(settings, box_sources)
    steps = {"read": spool.counts("1"), "usable": spool.counts()}
    in_list = mark_test_films(spool, test_list) if test_list is not None else 0
    read_images(spool)  # before the balance: a film that is left out for its twin's sake must not have taken a place
    steps["each picture once"] = spool.counts()
    listed = None
    if test_list is not None:
        leave_out_test_patients(spool)
        steps["apart from the test set's patients"] = spool.counts()
        listed = {"sha256": file_hash(test_list), "films": in_list, "found": _found(spool, test_list)}
    balance(spool, settings)
    steps["balanced"] = spool.counts()
    if not any(steps["balanced"][finding.value] for finding in Finding):
        raise InputError("No film with a finding is left to teach.", _why_not(spool))
    split(spool, settings)
    prompt, text = served_prompt()
    return {
        "format": FORMAT,
        "package": f"cxr-draft-auditor {__version__}",
        "settings": asdict(settings),
        "sources": described,
        "box_sources": {name: BOX_LICENCES.get(name, "as the data set") for name, used in sorted(box_sources.items()) if used},
        "prompt": {"name": prompt.name, "sha256": prompt.sha256, "text": text},
        "test_list": listed,
        "steps": steps,
        "left_out": spool.left_out(),
        "unreadable": spool.unreadable(UNREADABLE_NAMED),
        "boxes": dict(boxes),
        "splits": {name: spool.counts(f"reason IS NULL AND split = '{name}'") for name in SPLITS},
    }


def _check_without(settings: Settings, box_sources: Mapping[str, bool]) -> None:
    for name in settings.without:
        if name not in box_sources:
            seen = ", ".join(sorted(box_sources)) or "none: there is no box in the data"
            raise InputError(f"--without {name!r} is no source of a box in these data sets.", f"The sources are {seen}.")


def _found(spool: Spool, test_list: Path) -> int:
    """Films of the fixed test set that are still in. Raises InputError where there is none."""
    found = spool.counts("reason IS NULL AND listed")["films"]
    if not found:
        raise InputError(f"No film that {test_list.name} lists can be used: the test set would be empty.", _why_not(spool, "listed"))
    return found


def _why_not(spool: Spool, where: str = "1") -> str:
    """Why films were left out, and the option that would take them."""
    counts = spool.left_out(where)
    said = "Left out: " + ("; ".join(f"{count} {reason}" for reason, count in counts.items()) or "none") + "."
    return said + (" --partial takes films on which not every finding is known." if Reason.PARTIAL in counts else "")


def _read(spool: Spool, name: str, place: Path, settings: Settings, boxes: Counter, box_sources: dict[str, bool]) -> dict:
    """Every film of a data set into the spool. Returns what the manifest says of the data set.

    `box_sources` gets each source of a box, and whether one of its boxes may be taught.
    """
    films = 0
    for film in stream_films(name, place, settings):
        films += 1
        taught = teach(film, settings, boxes)
        spool.add(name, film, taught)
        for marked in film.boxes:
            used = not isinstance(taught, Reason) and marked.source not in settings.without
            box_sources[marked.source] = used or box_sources.get(marked.source, False)
    if not films:
        raise InputError(f"The dataset {name!r} in {place.name!r} has no films.", "Check the dataset's folder.")
    folder = dataset_root(place)
    return {
        "name": name,
        "title": DATASETS[name].title,
        "folder": str(folder),
        "licence": LICENCES[name],
        "patients": "named" if name in NAMES_PATIENTS else "not named: each film stands for a patient of its own",
        "films": films,
        "sha256": table_hashes(folder),
    }
