"""What has to be beaten: a reader that calls every film normal, and one that guesses by how common a finding is."""

from collections.abc import Mapping, Sequence
from random import Random

from ..findings import NO_FINDING, Finding
from ..schema import ImageFinding, ImageReading
from .datasets import LabelledFilm


def prevalence(films: Sequence[LabelledFilm]) -> dict[Finding, float]:
    """Share of films with each finding, of those where it is known; findings that are known of no film are left out."""
    known = {finding: [film.labels[finding] for film in films if finding in film.labels] for finding in Finding}
    return {finding: sum(labels) / len(labels) for finding, labels in known.items() if labels}


def always_normal(films: Sequence[LabelledFilm]) -> dict[str, ImageReading]:
    """Nothing on any film, said with full confidence."""
    scores = dict.fromkeys([finding.value for finding in Finding], 0.0) | {NO_FINDING: 1.0}
    return {film.image_id: ImageReading(reader="always-normal", scores=scores) for film in films}


def prevalence_guess(films: Sequence[LabelledFilm], rates: Mapping[Finding, float], seed: int) -> dict[str, ImageReading]:
    """Each finding on a share `rates` of the films, drawn at random without a look at any; the score is the draw."""
    readings = {}
    for film in films:
        random = Random(f"{seed}-{film.image_id}")
        draws = {finding: random.random() for finding in rates}
        readings[film.image_id] = ImageReading(
            reader="prevalence-guess",
            scope=tuple(rates),
            findings=tuple(ImageFinding(finding=finding, score=draw) for finding, draw in draws.items() if draw > 1 - rates[finding]),
            scores={finding.value: draw for finding, draw in draws.items()},
        )
    return readings
