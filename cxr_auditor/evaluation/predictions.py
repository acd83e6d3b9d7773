"""A reader's readings of many films, kept as JSON lines so that a run that was stopped goes on where it was."""

import json
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from ..audit import read_film
from ..errors import InputError
from ..registry import Reader
from ..schema import ImageReading, ReadingStatus
from .datasets import LabelledFilm, image_bytes


@dataclass
class Predictions:
    """Readings, seconds and the SHA-256 of the image, by image id; and the films that could not be opened, each with the reason."""

    readings: dict[str, ImageReading] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    images: dict[str, str] = field(default_factory=dict)
    bad_files: dict[str, str] = field(default_factory=dict)


def predict(
    films: Sequence[LabelledFilm],
    reader: Reader,
    cache: Path,
    settings: dict[str, str],
    progress: Callable[[Iterable[LabelledFilm]], Iterable[LabelledFilm]] = iter,
) -> Predictions:
    """Reads every film that `cache` does not hold yet, and adds it there.

    `settings` say what the cache belongs to (reader, revision, dataset); another cache is an InputError. A file that can't be opened is
    counted and named, and failed readings are counted; both are tried again the next time. `progress` wraps what is still to do.
    """
    from ..images import load

    done = _resume(cache, settings)
    todo = [film for film in films if film.image_id not in done.readings]
    with cache.open("a", encoding="utf-8") as handle:
        for film in progress(todo):
            clock = time.perf_counter()
            try:
                if film.image is None:
                    raise InputError("The dataset's folder has no image for this film.")
                picture = load(image_bytes(film.image))
            except InputError as error:
                done.bad_files[film.image_id] = str(error)
                continue
            reading = read_film(picture, reader)
            done.readings[film.image_id] = reading
            done.seconds[film.image_id] = round(time.perf_counter() - clock, 4)
            done.images[film.image_id] = picture.sha256
            if reading.status is not ReadingStatus.FAILED:
                line = {"image_id": film.image_id, "sha256": picture.sha256, "seconds": done.seconds[film.image_id]}
                handle.write(json.dumps(line | {"reading": reading.model_dump(mode="json")}) + "\n")
                handle.flush()
    wanted = {film.image_id for film in films}
    kept = ({name: value for name, value in part.items() if name in wanted} for part in (done.readings, done.seconds, done.images))
    return Predictions(*kept, done.bad_files)


def _resume(cache: Path, settings: dict[str, str]) -> Predictions:
    """What the cache holds. Starts it with its settings where there is none; drops a last line that was cut off."""
    done = Predictions()
    if not cache.exists():
        cache.write_text(json.dumps({"settings": settings}) + "\n", encoding="utf-8")
        return done
    whole, _, cut_off = cache.read_text(encoding="utf-8").rpartition("\n")
    lines = whole.split("\n")
    for number, line in enumerate(lines, start=1):
        try:
            data = json.loads(line)
            if number == 1:
                _same(cache, data["settings"], settings)
            else:
                done.readings[data["image_id"]] = ImageReading.model_validate(data["reading"])
                done.seconds[data["image_id"]] = data["seconds"]
                done.images[data["image_id"]] = data["sha256"]
        except (json.JSONDecodeError, KeyError, TypeError, ValidationError) as error:
            raise InputError(f"{cache.name}, line {number}: is not a kept reading.", "Delete the file to read every film again.") from error
    if cut_off:
        cache.write_text(whole + "\n", encoding="utf-8")
    return done


def _same(cache: Path, kept: dict[str, str], wanted: dict[str, str]) -> None:
    for name in wanted:
        if kept.get(name) != wanted[name]:
            problem = f"{cache.name} holds readings of another run ({name} is {kept.get(name)!r}, now {wanted[name]!r})."
            raise InputError(problem, "Choose another output folder, or delete the file.")
