"""A film's reading given as data: an annotated case, the example films' own answers, another system's output, a printed line of
`cxr-auditor read`. One small JSON object in, one ImageReading out; whatever is wrong is named by its field.
"""

import hashlib
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from .errors import InputError
from .findings import NO_FINDING, Finding, Status, sides_phrase
from .geometry import box_sides
from .schema import BoxField, ImageFinding, ImageReading, Label, OtherStatement, Probability, Record, Sides

MAX_BYTES = 1_000_000
_LABELS = [*(finding.value for finding in Finding), NO_FINDING]
_HINT = (
    'A reading is {"scope": [...], "findings": [{"finding", "status", "sides", "box"}]}; boxes are [y0, x0, y1, x1] in [0, 1] of the '
    "upright image, sides are the patient's."
)


class EntryData(Record):
    """One finding as people and other systems write it; the score of a printed line is kept."""

    finding: Label
    status: Status = Status.PRESENT
    sides: Sides = ()
    box: BoxField | None = None
    score: Probability | None = None
    evidence: str | None = None


class ReadingData(Record):
    """The accepted fields. `image`, `status` and `scores` stand in a printed line; the others may stand in any reading."""

    scope: tuple[Finding, ...] | None = Field(default=None, min_length=1)
    silence_means_absent: bool = True
    findings: tuple[EntryData, ...]
    other: tuple[OtherStatement, ...] = ()
    reader: str | None = None
    revision: str | None = None
    image: str | None = None
    status: str = "ok"
    scores: dict[str, Probability] = Field(default_factory=dict)
    notes: tuple[str, ...] = ()
    message: str | None = None


def load_reading(source: str | Path) -> ImageReading:
    """The reading in a JSON file, or in a text that starts with "{".

    The scope defaults to all five findings, a status to present. A box decides the side (geometry); where the stated sides
    disagree with it, the reading carries a note. Raises InputError that names the file and the field.
    """
    if isinstance(source, str) and source.lstrip().startswith("{"):
        return read_text(source, "The reading")
    path = Path(source)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"{path} must be at most {MAX_BYTES} bytes, but has {path.stat().st_size}.", _HINT)
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise InputError(f"The reading file {path} can't be read: {error.strerror}.", "Give the path of a JSON file.") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} must be JSON in UTF-8, but byte {error.start} is not.", _HINT) from error
    return read_text(text, str(path))


def read_text(text: str, name: str) -> ImageReading:
    """The reading in a JSON text; `name` stands for it in errors."""
    try:
        data = ReadingData.model_validate_json(text)
    except ValidationError as error:
        raise InputError(f"{name}: {first_problem(error)}.", _HINT) from error
    return as_reading(data, name)


def as_reading(data: ReadingData, name: str) -> ImageReading:
    """The record that readers return. Its revision is the hash of what was given, so the same data is the same revision."""
    if data.status != "ok":
        said = f": {data.message}" if data.message else ""
        raise InputError(f"{name}: status must be 'ok' to audit against it, but is {data.status!r}{said}.", "Read the film again first.")
    scope = data.scope or tuple(Finding)
    findings, notes = [], []
    for i, entry in enumerate(data.findings):
        where = f"findings[{i}]"
        if entry.finding == NO_FINDING:
            if len(data.findings) > 1 or entry.status is not Status.PRESENT or entry.box is not None or entry.sides:
                raise InputError(f"{name}: {where}: no_finding must stand alone, with no status but present, no side and no box.", _HINT)
            continue
        if entry.finding not in scope:
            listed = ", ".join(finding.value for finding in scope)
            raise InputError(f"{name}: {where}.finding: must lie in the reading's scope ({listed}), but got {entry.finding.value}.", _HINT)
        findings.append(ImageFinding(**dict(entry)))
        notes += _side_notes(entry)
    notes.sort()  # the order of the entries leaves no trace
    if data.image is not None and data.scope is None:
        notes.append("The printed reading names no scope: all five findings count as looked for.")
    if data.reader:
        notes.append(f"Reading given as data; it names {' '.join(filter(None, (data.reader, data.revision)))} as its reader.")
    reading = ImageReading(
        reader="reference",
        scope=scope,
        silence_means_absent=data.silence_means_absent,
        findings=tuple(findings),
        other=data.other,
        scores=data.scores,
        notes=(*data.notes, *notes),
    )
    content = reading.model_dump_json(exclude={"notes"})
    return reading.model_copy(update={"revision": f"sha256:{hashlib.sha256(content.encode()).hexdigest()[:12]}"})


def _side_notes(entry: EntryData) -> list[str]:
    problem = side_problem(entry)
    if problem is None:
        return []
    mended = "the box decides" if entry.finding.has_sides else f"{sides_phrase(entry.sides)} is left out"
    return [f"{problem}; {mended}."]


def side_problem(entry: EntryData) -> str | None:
    """What speaks against the sides that an entry states (never `no_finding`), in a few words; None where nothing does."""
    if entry.sides and not entry.finding.has_sides:
        return f"{entry.finding.display} has no side"
    seen = box_sides(entry.box) if entry.box is not None else ()
    if entry.sides and seen and not set(entry.sides) <= set(seen):
        return f"{entry.finding.display}: stated {sides_phrase(entry.sides)}, but its box lies on the patient's {sides_phrase(seen)}"
    return None


def first_problem(error: ValidationError) -> str:
    """One sentence about the first thing wrong: the field as people write it, what is accepted, what came."""
    return problems(error)[0]


def problems(error: ValidationError) -> list[str]:
    """Such a sentence about each thing wrong."""
    return list(dict.fromkeys(_problem(one) for one in error.errors(include_url=False)))  # the branches of a union say the same


def _problem(problem: dict[str, Any]) -> str:
    kind, field, value = problem["type"], _field(problem["loc"]), problem.get("input")
    if kind == "json_invalid":
        return f"must be one JSON object, but {problem['ctx']['error']}"
    if kind == "missing":
        return f"{field}: must be given"
    if kind == "extra_forbidden":
        return f"{field}: is not a field that is known here"
    if kind == "value_error":
        return f"{field}: {problem['ctx']['error']}"
    wanted = problem["msg"].removeprefix("Input should ")
    if field.endswith(".finding"):
        wanted = f"be one of {', '.join(_LABELS)}"
    elif field.startswith("scope"):
        wanted = f"be one of {', '.join(_LABELS[:-1])}"
    return f"{field}: must {wanted}, but got {_short(value)}".lstrip(": ")


def _field(loc: tuple) -> str:
    """("findings", 2, "box") -> "findings[2].box"; what pydantic adds for the branches of a label's union is left out."""
    text = ""
    for part in loc:
        if isinstance(part, int):
            text += f"[{part}]"
        elif part.isidentifier() and part != Finding.__name__:
            text += f".{part}" if text else part
    return text


def _short(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else shown[:57] + "..."
