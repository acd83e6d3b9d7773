"""A reader's readings of many films, kept so that a run that was stopped goes on where it was."""

import hashlib
import json
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..audit import read_film
from ..errors import InputError
from ..registry import Reader
from ..schema import ImageReading, ReadingStatus
from ..second_notes import JOINED, reader_missing
from .datasets import LabelledFilm, image_bytes
from .kept import read_lines, save_lines, writing


@dataclass
class Predictions:
    """Readings, seconds and the SHA-256 of the image, by image id; and the films that could not be opened, each with the reason."""

    readings: dict[str, ImageReading] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    images: dict[str, str] = field(default_factory=dict)
    bad_files: dict[str, str] = field(default_factory=dict)

    def add(self, image_id: str, sha256: str, seconds: float, reading: ImageReading) -> None:
        self.readings[image_id], self.seconds[image_id], self.images[image_id] = reading, seconds, sha256


def predict(
    films: Sequence[LabelledFilm],
    reader: Reader,
    cache: Path,
    settings: dict[str, str],
    progress: Callable[[Iterable[LabelledFilm]], Iterable[LabelledFilm]] = iter,
) -> Predictions:
    """Reads every film of which `cache` does not hold a reading of the very same image yet, and adds it there.

    `settings` say what the cache belongs to (reader, dataset); another cache is an InputError, and so is one of another revision of the
    reader. A file that can't be opened is counted and named, and failed readings are counted; both are tried again the next time, and so
    is a second reading that lost a member.
    """
    from ..images import load

    kept, done = _resume(cache, settings), Predictions()
    revision = next((reading.revision for reading in kept.readings.values()), "")
    _same_revision(cache, revision, reader.revision)
    with writing(cache):
        handle = cache.open("a", encoding="utf-8")
    with handle:
        for film in progress(films):
            name, clock = film.image_id, time.perf_counter()
            try:
                if film.image is None:
                    raise InputError("The dataset's folder has no image for this film.")
                data = image_bytes(film.image)
                sha256 = hashlib.sha256(data).hexdigest()
                if kept.images.get(name) == sha256:
                    done.add(name, sha256, kept.seconds[name], kept.readings[name])
                    continue
                picture = load(data)
            except InputError as error:
                done.bad_files[name] = str(error)
                continue
            reading = read_film(picture, reader)
            _same_revision(cache, revision, reading.revision)  # a server says what it serves in its first answer
            done.add(name, sha256, round(time.perf_counter() - clock, 4), reading)
            if reading.status is not ReadingStatus.FAILED and not reader_missing(reading.notes):
                line = {"image_id": name, "sha256": sha256, "seconds": done.seconds[name], "reading": reading.model_dump(mode="json")}
                with writing(cache):
                    handle.write(json.dumps(line) + "\n")
                    handle.flush()
    return done


def _resume(cache: Path, settings: dict[str, str]) -> Predictions:
    """What the cache holds. Starts it with its settings where there is none."""
    done, seen = Predictions(), []

    def take(data: dict) -> None:
        if seen:
            done.add(data["image_id"], data["sha256"], data["seconds"], ImageReading.model_validate(data["reading"]))
        else:
            _same(cache, data["settings"], settings)
            seen.append(data)

    read_lines(cache, take, "a kept reading")
    if not seen:
        save_lines(cache, [json.dumps({"settings": settings})])
    return done


def _same_revision(cache: Path, kept: str, now: str) -> None:
    """InputError where readings are another model's. What isn't known yet (no revision, or "server" alone) contradicts nothing."""
    ones, others = kept.split(JOINED), now.split(JOINED)
    told = [(one, other) for one, other in zip(ones, others, strict=False) if one and other and other != "server"]
    if kept and now and (len(ones) != len(others) or any(one != other for one, other in told)):
        _same(cache, {"revision": kept}, {"revision": now})


def _same(cache: Path, kept: dict[str, str], wanted: dict[str, str]) -> None:
    for name in wanted:
        if kept.get(name) != wanted[name]:
            problem = f"{cache.name} holds readings of another run ({name} is {kept.get(name)!r}, now {wanted[name]!r})."
            raise InputError(problem, "Choose another output folder, or delete the file.")
