"""The two measurements, whole: a reader on labelled films, and the audit on drafts with known errors."""

import json
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from ..errors import InputError
from ..findings import Finding
from ..registry import Parser, Reader
from ..schema import ImageReading, ReadingStatus
from . import RESAMPLES, SEED
from .audit_figures import audit_estimates, by_finding, by_style, confusion, parser_errors, parser_share
from .auditing import Audited, audit_drafts
from .baselines import always_normal, prevalence, prevalence_guess
from .datasets import LabelledFilm, known_datasets
from .injection import Draft, Truth, Wording, load_drafts, sample_truths, save_drafts, truth_of, write_drafts
from .kept import save_lines
from .lite_training import check_split, training_overlap
from .parsings import KeptParser
from .predictions import Predictions, predict
from .provenance import file_hash, images_hash, labels_hash, run_manifest
from .reader_figures import averaged, published_figures, reader_estimates, unsearched
from .report import SIMULATED, audit_markdown, reader_markdown, write_results
from .split import Split

Progress = Callable[[str], Callable[[Iterable], Iterable]]
"""What shows how far a stage is that has a name: it wraps what is still to do."""
SMALLEST_GROUP = 50
"""Films from which a group (an origin, a resolution, a view) gets figures of its own."""


def silent(stage: str) -> Callable[[Iterable], Iterable]:
    return iter


@dataclass(frozen=True)
class Settings:
    """What a run's figures depend on beside its data. `reader_spec`: the reader as it was asked for."""

    dataset: str = "films"
    split: Split = Split.ALL
    votes: str = "majority"
    seed: int = SEED
    resamples: int = RESAMPLES
    limit: int = 0
    published: bool = False
    wording: Wording = Wording.HELD_OUT
    reader_spec: str = ""


def chosen(films: Sequence[LabelledFilm], settings: Settings) -> list[LabelledFilm]:
    """The films of the split, at most `limit` of them (0: no limit).

    Raises InputError when none is left, or for a split by patients that the dataset does not name.
    """
    check_split(settings.dataset, settings.split)
    taken = [film for film in films if settings.split.takes(film)]
    if settings.limit:
        taken = taken[: settings.limit]
    if not taken:
        problem = f"No film of the dataset {settings.dataset!r} is left to evaluate: --split {settings.split} takes none of {len(films)}."
        raise InputError(problem, "Give --split all, or check the dataset's folder.")
    return taken


def evaluate_reader(
    every: Sequence[LabelledFilm],
    reader: Reader,
    out: Path,
    settings: Settings,
    tables: Sequence[Path] = (),
    progress: Progress = silent,
) -> tuple[dict, list[LabelledFilm], Predictions]:
    """Reads the chosen films, writes reader.json and reader.md into `out`, and gives the results, the films and their readings.

    Films whose file can't be opened are named and in no figure. `tables`: what the films were read from. Raises InputError without
    films, or when not one of them could be read.
    """
    films = chosen(every, settings)
    clock = time.perf_counter()
    done = _read(films, reader, out, settings, progress)
    read = time.perf_counter() - clock
    opened = [film for film in films if film.image_id not in done.bad_files]
    others = [film for film in every if not settings.split.takes(film)]  # a guess may know the other patients' prevalence
    rates = prevalence(others or films)
    guesses = {"always normal": always_normal(opened), "prevalence guess": prevalence_guess(opened, rates, settings.seed)}

    def figures(name: str, films: Sequence[LabelledFilm], readings: Mapping[str, ImageReading]) -> dict:
        options = {"seed": settings.seed, "resamples": settings.resamples, "progress": progress(f"intervals, {name}")}
        return reader_estimates(films, readings, **options)

    sized = any(known.sized for known in known_datasets(settings.dataset))
    results = {
        "dataset": _about(films, settings),
        "boxes": {
            "number": sum(len(film.boxes) for film in opened),
            "not_searched_for": unsearched(opened),
            "films_without_size": sum(film.size is None and bool(film.present) for film in opened) if sized else 0,
        },
        "reader": {"name": reader.name, "revision": reader.revision, "scope": list(reader.scope)},
        "training_overlap": training_overlap(settings.dataset, settings.split, settings.reader_spec or reader.name),
        "readings": _statuses(done),
        "bad_files": done.bad_files,
        "seconds_per_film": _seconds(done),
        "groups": {name: figures(name, own, done.readings) for name, own in groups(opened).items()},
        "baselines": {name: figures(name, opened, readings) for name, readings in guesses.items()},
    }
    results["means"] = {name: averaged(own) for name, own in (results["groups"] | results["baselines"]).items()}
    if settings.published:
        results["published"] = published_figures(opened, done.readings)
    seconds = {"reading": read, "figures": time.perf_counter() - clock - read}
    about = asdict(settings) | {"reader": reader.name, "revision": reader.revision}
    results["manifest"] = run_manifest(about, _film_hashes(films, done, tables), seconds)
    write_results(out, "reader", results, reader_markdown(results))
    return results, opened, done


def _read(films: Sequence[LabelledFilm], reader: Reader, out: Path, settings: Settings, progress: Progress) -> Predictions:
    about = {"reader": reader.name, "dataset": settings.dataset}
    done = predict(films, reader, out / "readings.jsonl", about, progress("reading"))
    if not any(reading.usable for reading in done.readings.values()):
        reason = next(iter(done.bad_files.values()), "") or next((r.message for r in done.readings.values() if r.message), "")
        raise InputError(f"Not one of {len(films)} films could be read.", reason or "Check the dataset's images.")
    return done


def _about(films: Sequence[LabelledFilm], settings: Settings) -> dict:
    return {
        "name": settings.dataset,
        "title": " + ".join(known.title for known in known_datasets(settings.dataset)),
        "films": len(films),
        "patients": len({film.patient_id for film in films}),
        "split": f"{settings.split} patients" + (f", the first {settings.limit} films" if settings.limit else ""),
    }


def _film_hashes(films: Sequence[LabelledFilm], done: Predictions | None, tables: Sequence[Path]) -> dict[str, str]:
    images = {"images": images_hash(done.images)} if done else {}
    return {"labels": labels_hash(films)} | images | {table.name: file_hash(table) for table in tables}


def groups(films: Sequence[LabelledFilm]) -> dict[str, list[LabelledFilm]]:
    """All films, then each origin, resolution and view that enough of them have, when there is more than one."""
    parts: dict[str, list[LabelledFilm]] = {}
    for film in films:
        for name, value in film.groups.items():
            parts.setdefault(f"{name} {value}", []).append(film)
    return {"all films": list(films)} | {name: own for name, own in sorted(parts.items()) if SMALLEST_GROUP <= len(own) < len(films)}


def _statuses(done: Predictions) -> dict[str, int]:
    return dict(Counter(reading.status.value for reading in done.readings.values()))


def _seconds(done: Predictions) -> Mapping[str, float]:
    values = sorted(done.seconds.values())
    return {"median": statistics.median(values), "slowest": values[-1]} if values else {}


def audit_simulated(films: int, parser: Parser, out: Path, settings: Settings, progress: Progress = silent) -> tuple[dict, list[Audited]]:
    """The audit on drafts about `films` simulated films, each film's truth taken for its reading. Writes what `_audit` writes."""
    about = {"source": SIMULATED, "films": films, "seed": settings.seed, "resamples": settings.resamples, "wording": settings.wording}
    record = _Record(about, {"source": {"name": SIMULATED, "films": films}}, {}, {})
    return _audit(list(sample_truths(films, settings.seed)), None, parser, out, settings, record, progress)


def audit_films(
    every: Sequence[LabelledFilm],
    reader: Reader | None,
    parser: Parser,
    out: Path,
    settings: Settings,
    tables: Sequence[Path] = (),
    progress: Progress = silent,
) -> tuple[dict, list[Audited]]:
    """The audit on drafts about labelled films, against what a reader sees on them (None: against what is known of them).

    No draft is written about a film whose file can't be opened or whose reading failed; they are counted and named. Raises InputError
    without films, or when not one of them could be read.
    """
    films = chosen(every, settings)
    clock = time.perf_counter()
    done = _read(films, reader, out, settings, progress) if reader else None
    record = _Record(asdict(settings), {"source": _about(films, settings)}, _film_hashes(films, done, tables), {})
    if reader and done:
        record.about["reader_revision"] = reader.revision
        record.results.update(readings=_statuses(done), bad_files=done.bad_files)
        record.results["training_overlap"] = training_overlap(settings.dataset, settings.split, settings.reader_spec or reader.name)
        record.seconds["reading"] = time.perf_counter() - clock
    return _audit([truth_of(film) for film in films], done, parser, out, settings, record, progress)


@dataclass(frozen=True)
class _Record:
    """What a run puts on record, as it comes to be known. `about`: the settings of the manifest."""

    about: dict
    results: dict
    hashes: dict[str, str]
    seconds: dict[str, float]


def _audit(
    truths: Sequence[Truth],
    done: Predictions | None,
    parser: Parser,
    out: Path,
    settings: Settings,
    record: _Record,
    progress: Progress,
) -> tuple[dict, list[Audited]]:
    """Writes the drafts (once: drafts.jsonl), audits them, and writes audit.json, audit.md and parser_errors.jsonl into `out`."""
    clock = time.perf_counter()
    readings = None if done is None else {name: own for name, own in done.readings.items() if own.status is not ReadingStatus.FAILED}
    drafts = [draft for draft in _drafts(truths, out / "drafts.jsonl", settings) if readings is None or draft.truth.case_id in readings]
    if not drafts:
        raise InputError("Of no film anything is known that a draft could be about.", "Check the dataset's labels.")

    def reading_of(draft: Draft) -> ImageReading:
        return draft.truth.reading() if readings is None else readings[draft.truth.case_id]

    audited = list(audit_drafts(progress("auditing")(drafts), reading_of, KeptParser(parser, out / "parsed.jsonl")))
    audit_seconds = time.perf_counter() - clock
    options = {"seed": settings.seed, "resamples": settings.resamples, "progress": progress("intervals")}
    reader = "truth" if readings is None else next(iter(readings.values())).reader
    results = record.results | {
        "reading": reader,
        "outside_scope": [] if readings is None else [f for f in Finding if not any(f in own.scope for own in readings.values())],
        "parser": {"name": parser.name, "revision": parser.revision},
        "drafts": len(drafts),
        "films": len({draft.truth.case_id for draft in drafts}),
        "settings": {"seed": settings.seed, "resamples": settings.resamples, "wording": settings.wording},
        "figures": audit_estimates(audited, **options),
        "confusion": confusion(audited),
        "findings": by_finding(audited),
        "styles": by_style(audited),
        "parser_share": parser_share(audited),
    }
    about = record.about | {"reader": reader, "parser": parser.name, "parser_revision": parser.revision}
    hashes = record.hashes | {"drafts.jsonl": file_hash(out / "drafts.jsonl")}
    seconds = record.seconds | {"auditing": audit_seconds, "figures": time.perf_counter() - clock - audit_seconds}
    results["manifest"] = run_manifest(about, hashes, seconds)
    write_results(out, "audit", results, audit_markdown(results))
    save_lines(out / "parser_errors.jsonl", (json.dumps(row, ensure_ascii=False) for row in parser_errors(audited)))
    return results, audited


def _drafts(truths: Iterable[Truth], path: Path, settings: Settings) -> list[Draft]:
    """The drafts of this seed, from the file where they have been written already."""
    drafts = list(write_drafts(truths, settings.seed, settings.wording))
    if path.exists():
        kept = load_drafts(path)
        if kept != drafts:
            films, now = (len({draft.truth.case_id for draft in own}) for own in (kept, drafts))
            problem = f"{path.name} holds the drafts of another run (about {films} films, now {now}), by other films, seed or wording."
            raise InputError(
                problem, "Give the same data, --split, --limit, --films, --seed and --wording, or delete the file, or choose another --out."
            )
    else:
        save_drafts(drafts, path)
    return drafts
