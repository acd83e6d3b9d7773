"""The one pipeline: image + draft -> AuditReport. Web page, command line and benchmarks all come through here."""

import hashlib
import time
from typing import TYPE_CHECKING

from .compare import compare
from .errors import ParserError, ReaderError
from .registry import Parser, Reader, check_parser, make_parser, make_reader, parse_spec
from .schema import AuditReport, DraftReading, DraftStatus, ImageFacts, ImageReading, Provenance, ReadingStatus
from .version import __version__

if TYPE_CHECKING:
    from .images import Radiograph


def audit(image, draft: str | None, reader: str | Reader = "lite", parser: str | Parser = "rules") -> AuditReport:
    """Audits a draft against a film.

    `image` is what `cxr_auditor.images.load` takes: a path, bytes, an open file, a PIL image, a numpy array or a loaded Radiograph.
    A draft that is None or blank gives the film's findings alone. `reader` and `parser` are names (`NAME[=MODEL][@SERVER]`) or objects.
    Raises InputError for an image, draft or name that can't be used. A reader or parser that fails is part of the report.
    """
    from .images import Radiograph, load

    film = image if isinstance(image, Radiograph) else load(image)
    clock = time.perf_counter()
    reading = read_film(film, reader)
    return audit_reading(film, reading, draft, parser, seconds={"reading": time.perf_counter() - clock})


def read_film(film: "Radiograph", reader: str | Reader = "lite") -> ImageReading:
    """What a reader sees on a film; its failure is a reading with status `failed`, a film it can't be asked about `not_a_frontal...`."""
    from .images import frontal_problem

    name = parse_spec(reader).name if isinstance(reader, str) else reader.name  # a server's address is nobody else's business
    try:
        reader = make_reader(reader) if isinstance(reader, str) else reader
        problem = frontal_problem(film)
        if problem:
            return _unread(ReadingStatus.NOT_A_FRONTAL, reader.name, reader.revision, problem, reader.scope)
        return reader.read(film)
    except ReaderError as error:
        scope = () if isinstance(reader, str) else reader.scope
        return _unread(ReadingStatus.FAILED, name, getattr(reader, "revision", ""), str(error), scope)


def _unread(status, name, revision, message, scope) -> ImageReading:
    return ImageReading(reader=name, revision=revision, status=status, scope=scope, silence_means_absent=False, message=message)


def parse_draft(draft: str | None, parser: str | Parser = "rules") -> DraftReading:
    """What a parser reads in a draft; its failure is a reading with status `failed`. Words that do not stand in the draft are dropped."""
    name = parse_spec(parser).name if isinstance(parser, str) else parser.name
    if draft is not None and not isinstance(draft, str):
        raise TypeError(f"a draft must be a text or None, but got {type(draft).__name__}")
    if isinstance(parser, str):
        check_parser(parser)
    if draft is None or not draft.strip():
        return DraftReading(parser=name, status=DraftStatus.NONE)
    try:
        parser = make_parser(parser) if isinstance(parser, str) else parser
        return _verbatim(parser.parse(draft), draft)
    except ParserError as error:
        revision = "" if isinstance(parser, str) else parser.revision
        return DraftReading(parser=name, revision=revision, status=DraftStatus.FAILED, message=str(error))


def _verbatim(reading: DraftReading, draft: str) -> DraftReading:
    """The reading without statements whose span is not exactly the draft's text; each one dropped is noted."""
    findings = tuple(m for m in reading.findings if draft[m.start : m.end] == m.span)
    other = tuple(m for m in reading.other if draft[m.start : m.end] == m.span)
    dropped = len(reading.findings) + len(reading.other) - len(findings) - len(other)
    if not dropped:
        return reading
    note = f"{dropped} statement(s) dropped: the words quoted do not stand in the draft."
    return reading.model_copy(update={"findings": findings, "other": other, "notes": (*reading.notes, note)})


def audit_reading(
    film: "Radiograph | None",
    reading: ImageReading,
    draft: str | None,
    parser: str | Parser = "rules",
    seconds: dict[str, float] | None = None,
) -> AuditReport:
    """Audits a draft against a reading that is already there (a revised draft, a reading given as data): no image pass.

    `film` gives the report its image facts and may be None. `seconds` are earlier stages' times, kept in the provenance.
    """
    seconds = dict(seconds or {})
    clock = time.perf_counter()
    parsed = parse_draft(draft, parser)
    seconds["parsing"] = time.perf_counter() - clock
    clock = time.perf_counter()
    judged = compare(reading, parsed)
    seconds["comparing"] = time.perf_counter() - clock
    return AuditReport(
        outcome=judged.outcome,
        image=None if film is None else image_facts(film),
        reading=reading,
        draft=parsed,
        audit=judged.audit,
        flags=judged.flags,
        notes=judged.notes,
        units=judged.units,
        provenance=Provenance(
            package=f"cxr-draft-auditor {__version__}",
            image_sha256=None if film is None else film.sha256,
            draft_sha256=None if parsed.status is DraftStatus.NONE else hashlib.sha256(draft.encode("utf-8", "surrogatepass")).hexdigest(),
            reader=reading.reader,
            reader_revision=reading.revision,
            parser=parsed.parser,
            parser_revision=parsed.revision,
            prompts={**reading.prompts, **parsed.prompts},
            seconds={stage: round(value, 4) for stage, value in seconds.items()},
        ),
    )


def image_facts(film: "Radiograph") -> ImageFacts:
    height, width = film.pixels.shape[:2]
    return ImageFacts(width=width, height=height, view=film.view, kind=film.kind, notes=film.notes)
