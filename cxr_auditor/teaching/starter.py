"""The starter library: the project's synthetic teaching films, drawn on demand."""

from collections.abc import Iterable, Iterator

from ..phantom import StarterCase, starter_library
from ..phantom.cases import LICENCE, SOURCE, generator_settings, true_reading
from .new_case import NewCase, Stated

__all__ = ["starter_cases", "starter_library"]


def starter_cases(wanted: Iterable[StarterCase]) -> Iterator[NewCase]:
    """Draws the cases, one after the other: some seconds each."""
    for case in wanted:
        film = case.draw()
        yield NewCase(
            pixels=film.pixels,
            reading=true_reading(film),
            teaches=case.teaches,
            stated=Stated(SOURCE, LICENCE, case.difficulty, synthetic=True),
            name=case.name,
            title=f"Synthetic film {case.seed}",
            seed=case.seed,
            generator=generator_settings(case.planted, case.size),
        )
