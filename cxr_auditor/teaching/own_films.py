"""A teacher's own folder of films: boxes in one CSV table, or a reading as JSON beside each film."""

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path, PurePosixPath

from pydantic import ValidationError

from ..case_file import Difficulty
from ..errors import InputError
from ..evaluation.datasets.tables import IMAGE_ENDINGS, Row, read_table
from ..findings import NO_FINDING, Finding, Side, Status
from ..geometry import box_sides
from ..reading_data import EntryData, ReadingData, as_reading, first_problem
from .new_case import NewCase, Stated, film_pixels, plain_teaching
from .truth import entry_problem

_CORNERS = ("x0", "y0", "x1", "y1")
_WORDS = ("title", "teaches", "difficulty", "draft")
_SIDES = {"": (), "left": (Side.LEFT,), "right": (Side.RIGHT,), "both": (Side.LEFT, Side.RIGHT)}


class Unit(StrEnum):
    """What the corners of the table's boxes are counted in: pixels of the upright film, or fractions of its width and height."""

    PIXELS = "pixels"
    FRACTIONS = "fractions"


def table_rows(table: Path) -> dict[str, list[Row]]:
    """Rows of the table by the film they are about, in the order of the films' first rows. InputError names file, line and column.

    Columns: file, finding; where wanted status (present), side, x0, y0, x1, y1, and title, teaches, difficulty, draft.
    """
    required = {name: (name,) for name in ("file", "finding")}
    rows: dict[str, list[Row]] = {}
    for row in read_table(table, required, {name: (name,) for name in ("status", "side", *_CORNERS, *_WORDS)}):
        file = row.text("file")
        if PurePosixPath(file).is_absolute() or ".." in PurePosixPath(file).parts:
            raise row.error("file", f"must be a path inside the folder of films, but got {file!r}")
        rows.setdefault(file, []).append(row)
    if not rows:
        raise InputError(f"{table.name} lists no film.", "Write one line for each finding, and no_finding for a normal film.")
    return rows


def table_cases(folder: Path, rows: dict[str, list[Row]], unit: Unit | None, stated: Stated) -> Iterator[NewCase]:
    """A case for each film of the table. A finding that no row names is absent. InputError names file, line and column."""
    for file, own in rows.items():
        pixels = film_pixels(folder / file, f"{own[0].path.name}, line {own[0].line}, column 'file': {folder / file}")
        size = (1, 1) if unit is Unit.FRACTIONS else pixels.shape[::-1]
        reading = ReadingData(scope=tuple(Finding), findings=_entries(own, size, unit))
        words = {name: _word(own, name) for name in _WORDS}
        yield NewCase(
            pixels=pixels,
            reading=reading,
            teaches=words["teaches"] or plain_teaching(reading, stated.source),
            stated=stated,
            title=words["title"],
            difficulty=_difficulty(own, words["difficulty"]),
            draft=words["draft"],
        )


def unlisted_films(folder: Path, rows: dict[str, list[Row]]) -> list[str]:
    """Films below the folder that the table says nothing of, by their paths in it."""
    listed = {(folder / file).resolve() for file in rows}
    films = (path for path in sorted(folder.rglob("*")) if path.suffix.lower() in IMAGE_ENDINGS and path.resolve() not in listed)
    return [path.relative_to(folder).as_posix() for path in films]


def _entries(rows: list[Row], size, unit: Unit | None) -> tuple[EntryData, ...]:
    entries = []
    for row in rows:
        label = row.text("finding").casefold()
        if label == NO_FINDING:
            if len(rows) > 1 or any(row.has(name) for name in ("status", "side", *_CORNERS)):
                raise row.error("finding", "no_finding must be its film's only line, with no status, side and box")
            return ()
        entries.append(_entry(row, label, size, unit))
    return tuple(entries)


def _entry(row: Row, label: str, size, unit: Unit | None) -> EntryData:
    if label not in set(Finding):
        raise row.error("finding", f"must be one of {', '.join([*Finding, NO_FINDING])}, but got {row.text('finding')!r}")
    status = row.cells.get("status", "").casefold() or Status.PRESENT
    if status not in set(Status):
        raise row.error("status", f"must be one of {', '.join(Status)}, but got {row.text('status')!r}")
    side = row.cells.get("side", "").casefold()
    if side not in _SIDES:
        raise row.error("side", f"must be left, right, both or empty, but got {row.text('side')!r}")
    if unit is None and any(row.has(name) for name in _CORNERS):
        raise row.error("x0", "the table has boxes, and nothing says what they are counted in", "Add --boxes pixels or --boxes fractions.")
    box = row.box(_CORNERS, size, "xyxy")
    finding = Finding(label)
    sides = _SIDES[side] or (box_sides(box) if box is not None and finding.has_sides else ())
    entry = EntryData(finding=finding, status=Status(status), sides=sides, box=box)
    problem = entry_problem(entry)
    if problem:
        raise row.error({"sides": "side", "box": "x0"}[problem[0]], problem[1])
    return entry


def _word(rows: list[Row], name: str) -> str | None:
    """What a film's rows say in a column that is about the whole film; InputError where two of them differ."""
    said = None
    for row in rows:
        if row.has(name):
            if said not in (None, row.text(name)):
                raise row.error(name, "differs from what an earlier line says of the same film")
            said = row.text(name)
    return said


def _difficulty(rows: list[Row], word: str | None) -> Difficulty | None:
    if word is None:
        return None
    if word.casefold() not in set(Difficulty):
        row = next(row for row in rows if row.has("difficulty"))
        raise row.error("difficulty", f"must be one of {', '.join(Difficulty)}, but got {word!r}")
    return Difficulty(word.casefold())


def paired_films(folder: Path) -> list[Path]:
    """Films below a folder, each with a JSON file of its name beside it. InputError names what lacks its partner."""
    films = sorted(path for path in folder.rglob("*") if path.suffix.lower() in IMAGE_ENDINGS)
    paired: dict[Path, Path] = {}
    for film in films:
        reading = film.with_suffix(".json")
        if not reading.is_file():
            raise InputError(f"{film.name}: has no {reading.name} beside it.", "Write its reading, or give the boxes as --table F.csv.")
        if reading in paired:
            raise InputError(f"{reading.name}: stands beside two films, {paired[reading].name} and {film.name}.", "Remove one of them.")
        paired[reading] = film
    for reading in sorted(folder.rglob("*.json")):
        if reading not in paired:
            raise InputError(f"{reading.name}: has no film beside it.", "Name the film and its reading alike.")
    if not films:
        raise InputError(f"The folder {folder.name!r} has no films.", "Accepted: PNG, JPEG, WebP, TIFF and DICOM.")
    return films


def paired_cases(films: list[Path], stated: Stated) -> Iterator[NewCase]:
    """A case for each film, with the reading beside it (`cxr_auditor.reading_data`) as its truth. InputError names file and field."""
    for film in films:
        reading = _truth(film.with_suffix(".json"))
        yield NewCase(
            pixels=film_pixels(film, film.name),
            reading=reading,
            teaches=plain_teaching(reading, stated.source),
            stated=stated,
        )


def _truth(path: Path) -> ReadingData:
    """The findings of a reading, without the names, scores and notes that may stand beside them."""
    try:
        data = ReadingData.model_validate_json(path.read_bytes())
    except OSError as error:
        raise InputError(f"{path.name} can't be read: {error.strerror}.") from error
    except ValidationError as error:
        raise InputError(f"{path.name}: {first_problem(error)}.", "Boxes are [y0, x0, y1, x1] in [0, 1] of the upright film.") from error
    reading = as_reading(data, path.name)
    for i, entry in enumerate(data.findings):
        problem = entry_problem(entry) if entry.finding != NO_FINDING else None
        if problem:
            raise InputError(f"{path.name}: findings[{i}].{problem[0]}: {problem[1]}.", "Sides are the patient's.")
    entries = tuple(EntryData(finding=f.finding, status=f.status, sides=f.sides, box=f.box) for f in reading.findings)
    return ReadingData(scope=reading.scope, silence_means_absent=reading.silence_means_absent, findings=entries)
