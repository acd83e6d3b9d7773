"""Data sets -> corpus: read, teach, leave out, balance, split, write. Every step is counted."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from ...errors import InputError
from ...evaluation.datasets import DATASETS
from ...evaluation.provenance import file_hash
from ...findings import Finding
from ...version import __version__
from .balance import balance
from .licences import BOX_LICENCES, DRAWN_FROM_NIH, LICENCES, NAMES_PATIENTS, POPULATIONS
from .same import hash_images, table_hashes
from .settings import Settings
from .shards import stream_films
from .splits import SPLITS, leave_out_test_patients, mark_test_films, split
from .spool import Spool
from .target import Reason, served_prompt, teach
from .write import FORMAT, appearing, write_corpus


@dataclass(frozen=True)
class Summary:
    """What a build did: the manifest, and where the corpus lies (None after a dry run)."""

    manifest: dict
    out: Path | None


def build_corpus(sources: Mapping[str, Path], out: Path | None, settings: Settings | None = None, test_list: Path | None = None) -> Summary:
    """Builds a corpus of the data sets `sources` (name -> folder) into the folder `out`; None is a dry run and writes nothing.

    `test_list`: a CSV (image_id[, patient_id]) of a fixed test set. Its films are the test split, whole; the other films of their
    patients are left out, so that the share `settings.test` counts for nothing. Raises InputError; then no part of a corpus is left.
    """
    settings = settings or Settings()
    if test_list is not None:
        settings = replace(settings, test=0.0)
    _check_sources(sources)
    if out is None:
        with _spool(settings) as spool:
            return Summary(_prepare(spool, sources, settings, test_list), None)
    with appearing(out) as made, _spool(settings) as spool:
        manifest = _prepare(spool, sources, settings, test_list)
        write_corpus(spool, sources, manifest, made)
    return Summary(manifest, out)


@contextmanager
def _spool(settings: Settings) -> Iterator[Spool]:
    """A spool in a folder of its own that goes away with it."""
    with TemporaryDirectory(prefix="cxr-corpus-") as folder:
        spool = Spool(Path(folder, "films.sqlite"), settings.seed)
        try:
            yield spool
        finally:
            spool.close()


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
    box_sources: set[str] = set()
    described = [_read(spool, name, folder, settings, boxes, box_sources) for name, folder in sources.items()]
    steps = {"read": spool.counts("1"), "usable": spool.counts()}
    listed = None
    if test_list is not None:
        in_list, found = mark_test_films(spool, test_list)
        leave_out_test_patients(spool)
        steps["apart from the test set's patients"] = spool.counts()
        listed = {"sha256": file_hash(test_list), "films": in_list, "found": found}
    balance(spool, settings)
    steps["balanced"] = spool.counts()
    hash_images(spool)
    if test_list is not None:
        leave_out_test_patients(spool)
    steps["each picture once"] = spool.counts()
    if not any(steps["each picture once"][finding.value] for finding in Finding):
        reasons = "; ".join(f"{count} {reason}" for reason, count in spool.left_out().items()) or "it has none"
        raise InputError("No film with a finding is left to teach.", f"Left out: {reasons}.")
    split(spool, settings)
    prompt, text = served_prompt()
    return {
        "format": FORMAT,
        "package": f"cxr-draft-auditor {__version__}",
        "settings": asdict(settings),
        "sources": described,
        "box_sources": {name: BOX_LICENCES.get(name, "as the data set") for name in sorted(box_sources)},
        "prompt": {"name": prompt.name, "sha256": prompt.sha256, "text": text},
        "test_list": listed,
        "steps": steps,
        "left_out": spool.left_out(),
        "boxes": dict(boxes),
        "splits": {name: spool.counts(f"reason IS NULL AND split = '{name}'") for name in SPLITS},
    }


def _read(spool: Spool, name: str, folder: Path, settings: Settings, boxes: Counter, box_sources: set[str]) -> dict:
    """Every film of a data set into the spool. Returns what the manifest says of the data set."""
    films = 0
    for film in stream_films(name, folder, settings):
        films += 1
        taught = teach(film, settings, boxes)
        spool.add(name, film, taught)
        if not isinstance(taught, Reason):
            box_sources |= {marked.source for marked in film.boxes if marked.source not in settings.without}
    if not films:
        raise InputError(f"The dataset {name!r} in {folder.name!r} has no films.", "Check the dataset's folder.")
    return {
        "name": name,
        "title": DATASETS[name].title,
        "folder": str(folder),
        "licence": LICENCES[name],
        "patients": "named" if name in NAMES_PATIENTS else "not named: each film stands for a patient of its own",
        "films": films,
        "sha256": table_hashes(folder),
    }
