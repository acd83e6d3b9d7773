"""A case on its way into a library."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..case_file import CaseFile, Difficulty
from ..errors import InputError
from ..findings import Finding, Status, sides_phrase
from ..reading_data import ReadingData

if TYPE_CHECKING:
    import numpy as np

FILM_FILE = "film.png"


@dataclass(frozen=True)
class Stated:
    """What a teacher states once for every case of an import."""

    source: str
    licence: str
    difficulty: Difficulty = Difficulty.MEDIUM
    synthetic: bool = False


@dataclass(frozen=True, eq=False)
class NewCase:
    """`pixels`: uint8 (height, width) of the upright film. The library numbers a case without a `name`, which is its `title` by default."""

    pixels: "np.ndarray"
    reading: ReadingData
    teaches: str
    stated: Stated
    name: str | None = None
    title: str | None = None
    difficulty: Difficulty | None = None
    draft: str | None = None
    seed: int | None = None
    generator: dict[str, Any] | None = None

    def file(self, name: str) -> CaseFile:
        """The case file under the name that the library gives."""
        return CaseFile(
            title=self.title or name,
            teaches=self.teaches,
            difficulty=self.difficulty or self.stated.difficulty,
            film=FILM_FILE,
            draft=self.draft,
            source=self.stated.source,
            licence=self.stated.licence,
            synthetic=self.stated.synthetic,
            seed=self.seed,
            generator=self.generator,
            reading=self.reading,
        )


def film_pixels(source: Path | bytes, where: str) -> "np.ndarray":
    """Pixels, and nothing else, of a frontal chest film in a file or its bytes. InputError, led by `where`, for any other file."""
    from ..images import load
    from ..images.frontal import frontal_problem

    try:
        film = load(source)
    except InputError as error:
        raise InputError(f"{where}: {error.message}", error.hint) from error
    problem = frontal_problem(film)
    if problem:
        raise InputError(f"{where}: {problem}", "Take this film out of the folder or the table.")
    return film.pixels


def plain_teaching(reading: ReadingData, source: str) -> str:
    """The truth in words, for a film that nobody has written a teaching text for."""
    sides: dict[tuple[Finding, Status], set] = {}
    for entry in reading.findings:
        sides.setdefault((entry.finding, entry.status), set()).update(entry.sides)
    said = []
    for (finding, status), where in sorted(sides.items(), key=lambda item: (item[0][0].rank, -item[0][1].strength)):
        if status is not Status.ABSENT:
            place = f", {sides_phrase(where)}" if where else ""
            said.append(f"{finding.display}{place}" + (" (possible)" if status is Status.UNCERTAIN else ""))
    looked_for = reading.scope or tuple(Finding)
    none = "None of the five findings" if len(looked_for) == len(Finding) else f"No {' or '.join(f.display for f in looked_for)}"
    return f"{'; '.join(said) or none}. As labelled in {source}."
