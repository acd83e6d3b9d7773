"""CSV and JSON files read strictly: an error names the file, the line and the column."""

import csv
import io
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...errors import InputError
from ...geometry import Box, from_xywh, from_xyxy

IMAGE_ENDINGS = frozenset({".png", ".jpg", ".jpeg", ".dcm", ".dicom", ".webp", ".tif", ".tiff"})


@dataclass(frozen=True)
class Row:
    """One line of a table, its cells by the names that the reader asked for."""

    path: Path
    line: int
    cells: Mapping[str, str]
    titles: Mapping[str, str]

    def error(self, column: str, problem: str, hint: str = "") -> InputError:
        return InputError(f"{self.path.name}, line {self.line}, column {self.titles.get(column, column)!r}: {problem}.", hint)

    def has(self, column: str) -> bool:
        """Whether the file has the column and this line a value in it."""
        return bool(self.cells.get(column))

    def text(self, column: str) -> str:
        """The cell; empty is an error."""
        value = self.cells.get(column, "")
        if not value:
            raise self.error(column, "must not be empty")
        return value

    def number(self, column: str) -> float:
        value = self.text(column)
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise self.error(column, f"must be a finite number, but got {value!r}")
        return number

    def size(self, width: str, height: str) -> tuple[int, int]:
        """(width, height) in pixels."""
        size = self.number(width), self.number(height)
        for column, value in zip((width, height), size, strict=True):
            if value < 1:
                raise self.error(column, f"must be at least 1 pixel, but got {value:g}")
        return int(size[0]), int(size[1])

    def target(self, column: str, labels):
        """What the cell's label means (`mapping.Labels`)."""
        try:
            return labels.target(self.text(column))
        except LookupError as error:
            raise self.error(column, error.args[0]) from error

    def box(self, columns: Sequence[str], size: tuple[float, float], frame: str) -> Box | None:
        """The box in four columns, of an image of (width, height), as "xyxy" or "xywh"; None where all four are empty."""
        filled = [column for column in columns if self.has(column)]
        if not filled:
            return None
        values = [self.number(column) for column in columns]
        convert = {"xyxy": from_xyxy, "xywh": from_xywh}[frame]
        try:
            return convert(values, width=size[0], height=size[1])
        except ValueError as error:
            raise self.error(columns[0], str(error), "The size must be the one of the image that the boxes were drawn on.") from error


def read_table(
    path: Path,
    required: Mapping[str, Sequence[str]],
    optional: Mapping[str, Sequence[str]] | None = None,
    header: Callable[[list[str]], list[str]] = lambda titles: titles,
) -> Iterator[Row]:
    """Rows of a CSV file.

    `required` and `optional`: the reader's name of a column -> the titles it goes by; case and outer blanks of a title do not matter.
    `header` mends a header before it is looked at. Raises InputError on a missing file, column or cell.
    """
    optional = optional or {}
    lines = csv.reader(io.StringIO(_text(path), newline=""))
    try:
        titles = [title.strip() for title in header([title.strip() for title in next(lines, [])])]
        places = _places(path, titles, required, optional)
        names = {name: titles[place] for name, place in places.items()}
        for cells in lines:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) <= max(places[name] for name in required):
                raise InputError(f"{path.name}, line {lines.line_num}: has {len(cells)} cells, but the header names {len(titles)}.")
            values = {name: cells[place].strip() if place < len(cells) else "" for name, place in places.items()}
            yield Row(path, lines.line_num, values, names)
    except csv.Error as error:
        raise InputError(f"{path.name}, line {lines.line_num + 1}: is not CSV text ({error}).") from error


def once(rows: Iterable[Row], column: str, name: Callable[[str], str] = str) -> Iterator[Row]:
    """The rows, each about a film of its own, which `name` makes of the column's cell. Raises InputError naming both lines of one."""
    lines: dict[str, int] = {}
    for row in rows:
        value = name(row.text(column))
        if value in lines:
            raise row.error(column, f"lists the film {value} twice (first in line {lines[value]})", "Remove one of the two rows.")
        lines[value] = row.line
        yield row


def _text(path: Path) -> str:
    """The file's text, without a byte order mark. The bytes are decoded whole, so that an error can name its line."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path.name} can't be opened ({error.strerror}).", "Check the dataset's folder.") from error
    try:
        return data.decode().removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(f"{path.name}, line {line}: is not text in UTF-8 ({error.reason}).", "Save it as UTF-8.") from error


def _places(path, titles, required, optional) -> dict[str, int]:
    folded = [title.casefold() for title in titles]
    places = {}
    for name, accepted in {**required, **optional}.items():
        found = [folded.index(title.casefold()) for title in accepted if title.casefold() in folded]
        if found:
            places[name] = found[0]
        elif name in required:
            wanted = " or ".join(repr(title) for title in accepted)
            raise InputError(f"{path.name}, line 1: must have a column {wanted}, but has {', '.join(repr(t) for t in titles) or 'none'}.")
    return places


def read_json(path: Path):
    """A JSON document. Raises InputError naming the line and column of what is wrong."""
    try:
        return json.loads(_text(path))
    except json.JSONDecodeError as error:
        raise InputError(f"{path.name}, line {error.lineno}, column {error.colno}: is not JSON ({error.msg}).") from error


def image_index(folder: Path | None) -> dict[str, Path]:
    """Image files below a folder by their name without its ending. An empty index without a folder.

    Raises InputError naming two files of one name: which of them is the film (and not its mask, or a smaller copy) can't be told.
    """
    if folder is None:
        return {}
    if not folder.is_dir():
        raise InputError(f"The image folder {folder.name!r} does not exist.", "Check the dataset's folder.")
    found: dict[str, Path] = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in IMAGE_ENDINGS:
            other = found.setdefault(path.stem, path)
            if other is not path:
                names = " and ".join(str(own.relative_to(folder)) for own in (other, path))
                raise InputError(f"The folder {folder.name!r} has two images of one name: {names}.", "Keep one of them below it.")
    return found
