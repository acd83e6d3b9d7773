"""The two measurements, whole: a reader on labelled films, and the audit on drafts with known errors."""

import json
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from ..errors import InputError
from ..findings import Finding
from ..registry import Parser, Reader
from ..schema import ImageReading, ReadingStatus
from .audit_figures import audit_estimates, by_finding, by_style, confusion, parser_errors, parser_share
from .auditing import Audited, audit_drafts
from .baselines import always_normal, prevalence, prevalence_guess
from .datasets import DATASETS, LabelledFilm
from .injection import Draft, Truth, Wording, load_drafts, save_drafts, truth_of, write_drafts
from .predictions import Predictions, predict
from .provenance import file_hash, images_hash, labels_hash, run_manifest
from .reader_figures import published_figures, reader_estimates
from .report import audit_markdown, reader_markdown, write_results

Progress = Callable[[Iterable], Iterable]
SMALLEST_GROUP = 50
"""Films from which a group (an origin, a resolution, a view) gets figures of its own."""


class Split(StrEnum):
    """Which patients' films are taken. validation: those that the lite reader's recipe holds out by a hash of the patient's id."""

    ALL = "all"
    VALIDATION = "validation"
    DEVELOPMENT = "development"

    def takes(self, film: LabelledFilm) -> bool:
        if self is Split.ALL:
            return True
        from ..training.lite.data import is_validation

        return is_validation(film.patient_id) == (self is Split.VALIDATION)


@dataclass(frozen=True)
class Settings:
    """What a run's figures depend on beside its data."""

    dataset: str = "films"
    split: Split = Split.ALL
    votes: str = "majority"
    seed: int = 20261122
    resamples: int = 1000
    limit: int = 0
    published: bool = False
    wording: Wording = Wording.HELD_OUT


def chosen(films: Sequence[LabelledFilm], settings: Settings) -> list[LabelledFilm]:
    """The films of the split, at most `limit` of them (0: no limit). Raises InputError when none is left."""
    taken = [film for film in films if settings.split.takes(film)]
    if settings.limit:
        taken = taken[: settings.limit]
    if not taken:
        problem = f"No film of the dataset {settings.dataset!r} is left to evaluate."
        raise InputError(problem, "Check --split, --limit and the dataset's folder.")
    return taken


def evaluate_reader(
    every: Sequence[LabelledFilm], reader: Reader, out: Path, settings: Settings, progress: Progress = iter
) -> tuple[dict, list[LabelledFilm], Predictions]:
    """Reads the chosen films, writes reader.json and reader.md into `out`, and gives the results, the films and their readings.

    Raises InputError without films, or when not one of them could be read.
    """
    films = chosen(every, settings)
    clock = time.perf_counter()
    about = {"reader": reader.name, "revision": reader.revision, "dataset": settings.dataset}
    done = predict(films, reader, out / "readings.jsonl", about, progress)
    if not any(reading.usable for reading in done.readings.values()):
        reason = next(iter(done.bad_files.values()), "") or next((r.message for r in done.readings.values() if r.message), "")
        raise InputError(f"Not one of {len(films)} films could be read.", reason or "Check the dataset's images.")
    read = time.perf_counter() - clock
    options = {"seed": settings.seed, "resamples": settings.resamples}
    others = [film for film in every if not settings.split.takes(film)]  # a guess may know the other patients' prevalence
    rates = prevalence(others or films)
    guesses = {"always normal": always_normal(films), "prevalence guess": prevalence_guess(films, rates, settings.seed)}
    results = {
        "dataset": {
            "name": settings.dataset,
            "title": DATASETS[settings.dataset].title,
            "films": len(films),
            "patients": len({film.patient_id for film in films}),
            "split": f"{settings.split} patients" + (f", the first {settings.limit} films" if settings.limit else ""),
        },
        "reader": {"name": reader.name, "revision": reader.revision, "scope": list(reader.scope)},
        "readings": dict(Counter(reading.status.value for reading in done.readings.values())),
        "bad_files": done.bad_files,
        "seconds_per_film": _seconds(done),
        "groups": {name: reader_estimates(own, done.readings, **options) for name, own in groups(films).items()},
        "baselines": {name: reader_estimates(films, readings, **options) for name, readings in guesses.items()},
    }
    if settings.published:
        results["published"] = published_figures(films, done.readings)
    hashes = {"labels": labels_hash(films), "images": images_hash(done.images)}
    seconds = {"reading": read, "figures": time.perf_counter() - clock - read}
    results["manifest"] = run_manifest(asdict(settings) | {"reader": reader.name, "revision": reader.revision}, hashes, seconds)
    write_results(out, "reader", results, reader_markdown(results))
    return results, films, done


def groups(films: Sequence[LabelledFilm]) -> dict[str, list[LabelledFilm]]:
    """All films, then each origin, resolution and view that enough of them have, when there is more than one."""
    parts: dict[str, list[LabelledFilm]] = {}
    for film in films:
        for name, value in film.groups.items():
            parts.setdefault(f"{name} {value}", []).append(film)
    return {"all films": list(films)} | {name: own for name, own in sorted(parts.items()) if SMALLEST_GROUP <= len(own) < len(films)}


def _seconds(done: Predictions) -> Mapping[str, float]:
    values = sorted(done.seconds.values())
    return {"median": statistics.median(values), "slowest": values[-1]} if values else {}


def evaluate_audit(
    truths: Iterable[Truth],
    parser: Parser,
    out: Path,
    settings: Settings,
    readings: Mapping[str, ImageReading] | None = None,
    progress: Progress = iter,
) -> tuple[dict, list[Audited]]:
    """Writes drafts about films (once: drafts.jsonl), audits them, and writes audit.json, audit.md and parser_errors.jsonl into `out`.

    `readings` by case id; None takes each film's truth for its reading. Films without a reading are left out. Raises InputError
    without drafts, or when drafts.jsonl is another run's.
    """
    clock = time.perf_counter()
    drafts = [draft for draft in _drafts(truths, out / "drafts.jsonl", settings) if readings is None or draft.truth.case_id in readings]
    if not drafts:
        raise InputError("There is no film to write a draft about.", "Check the dataset, or give --films a number above 0.")
    reader = "truth" if readings is None else next(iter(readings.values())).reader
    revision = "" if readings is None else next(iter(readings.values())).revision

    def reading_of(draft: Draft) -> ImageReading:
        return draft.truth.reading() if readings is None else readings[draft.truth.case_id]

    audited = list(audit_drafts(progress(drafts), reading_of, parser))
    results = {
        "reading": reader,
        "outside_scope": [] if readings is None else [f for f in Finding if not any(f in own.scope for own in readings.values())],
        "parser": {"name": parser.name, "revision": parser.revision},
        "drafts": len(drafts),
        "films": len({draft.truth.case_id for draft in drafts}),
        "settings": {"seed": settings.seed, "resamples": settings.resamples, "wording": settings.wording},
        "figures": audit_estimates(audited, seed=settings.seed, resamples=settings.resamples),
        "confusion": confusion(audited),
        "findings": by_finding(audited),
        "styles": by_style(audited),
        "parser_share": parser_share(audited),
    }
    names = {"reader": reader, "reader_revision": revision, "parser": parser.name, "parser_revision": parser.revision}
    hashes = {"drafts.jsonl": file_hash(out / "drafts.jsonl")}
    results["manifest"] = run_manifest(asdict(settings) | names, hashes, {"all": time.perf_counter() - clock})
    write_results(out, "audit", results, audit_markdown(results))
    lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in parser_errors(audited)]
    (out / "parser_errors.jsonl").write_text("".join(lines), encoding="utf-8")
    return results, audited


def _drafts(truths: Iterable[Truth], path: Path, settings: Settings) -> list[Draft]:
    """The drafts of this seed, from the file where they have been written already."""
    drafts = list(write_drafts(truths, settings.seed, settings.wording))
    if path.exists():
        if load_drafts(path) != drafts:
            raise InputError(f"{path.name} holds the drafts of another run.", "Choose another output folder, or delete the file.")
    else:
        save_drafts(drafts, path)
    return drafts


def film_truths(films: Sequence[LabelledFilm]) -> list[Truth]:
    return [truth_of(film) for film in films]


def usable(done: Predictions) -> dict[str, ImageReading]:
    """Readings that an audit can go by; one that failed would only count as not audited."""
    return {image_id: reading for image_id, reading in done.readings.items() if reading.status is not ReadingStatus.FAILED}
