"""The judge's answer, and the whole report of an audit."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from ..findings import Finding, Status
from ..geometry import BOX_FORMAT
from .base import BoxField, Record, Sides
from .draft import DraftReading, Span
from .film import ImageReading

SCHEMA_VERSION = "1.0"
DISCLAIMER = (
    "Research and education only. Not a medical device: its output is often wrong, must not be used for diagnosis, triage or "
    "treatment, and the absence of a flag does not mean that a film is normal."
)


class FlagKind(StrEnum):
    """The disagreements that interrupt a reader."""

    MISSING = "MISSING"
    WRONG_SIDE = "WRONG_SIDE"
    UNSUPPORTED = "UNSUPPORTED"
    CONTRADICTORY = "CONTRADICTORY"


class Reason(StrEnum):
    """Why a flag stands."""

    OMITTED = "omitted"
    DENIED = "denied"
    CALLED_NORMAL = "called_normal"
    NOT_ON_FILM = "not_on_film"
    OTHER_SIDE = "other_side"
    ASSERTED_AND_DENIED = "asserted_and_denied"


class NoteKind(StrEnum):
    """What is worth knowing but interrupts nobody."""

    HEDGED = "hedged"
    BOTH_UNSURE = "both_unsure"
    POSSIBLE = "possible"
    UNCONFIRMED = "unconfirmed"
    CONTRADICTORY = "contradictory"
    NOT_CHECKED = "not_checked"


class Evidence(Record):
    """What a flag and a note share: the finding and sides meant, boxes on the film, words in the draft, and a sentence."""

    finding: Finding | None
    sides: Sides = ()
    boxes: tuple[BoxField, ...] = ()
    spans: tuple[Span, ...] = ()
    message: str


class Flag(Evidence):
    kind: FlagKind
    finding: Finding
    urgent: bool
    reason: Reason


class Note(Evidence):
    kind: NoteKind


class Verdict(StrEnum):
    """The outcome of one unit of the matrix (DESIGN: the judge)."""

    SUPPORTED = "supported"
    HEDGED = "hedged"
    MISSING = "missing"
    WRONG_SIDE = "wrong_side"
    UNSUPPORTED = "unsupported"
    BOTH_UNSURE = "both_unsure"
    POSSIBLE = "possible"
    UNCONFIRMED = "unconfirmed"
    AGREED_ABSENT = "agreed_absent"
    FILM_ONLY = "film_only"
    FILM_CLEAR = "film_clear"
    NOT_CHECKED = "not_checked"
    NOT_MENTIONED = "not_mentioned"


class Unit(Record):
    """One row of the findings table: a finding (and side, where one is meant), what the film and the draft say, and the verdict.

    `image` is None where the film was not looked at for it, `draft` None where the draft is silent or there is none.
    """

    finding: Finding
    sides: Sides = ()
    image: Status | None
    draft: Status | None
    verdict: Verdict


class AuditLists(Record):
    """Labels only, in canonical order."""

    missing_findings: tuple[Finding, ...] = ()
    unsupported_claims: tuple[Finding, ...] = ()
    urgent_review_flags: tuple[Finding, ...] = ()


class Outcome(StrEnum):
    AGREEMENT = "agreement"
    REVIEW = "review"
    URGENT_REVIEW = "urgent_review"
    NO_DRAFT = "no_draft"
    NOT_AUDITED = "not_audited"


class Comparison(Record):
    """The judge's whole answer."""

    outcome: Outcome
    audit: AuditLists
    flags: tuple[Flag, ...] = ()
    notes: tuple[Note, ...] = ()
    units: tuple[Unit, ...] = ()


class Provenance(Record):
    """What produced a report. `seconds` is the only part that may differ between two runs on the same input."""

    package: str
    image_sha256: str | None
    draft_sha256: str | None
    reader: str
    reader_revision: str
    parser: str
    parser_revision: str
    prompts: dict[str, str] = Field(default_factory=dict)
    seconds: dict[str, float] = Field(default_factory=dict)


class ImageFacts(Record):
    """What is kept of the file beside its pixels. No patient attribute, no file name."""

    width: int
    height: int
    view: Literal["PA", "AP", "LL"] | None = None
    kind: str
    notes: tuple[str, ...] = ()


class AuditReport(Record):
    """One audit, whole: written to disk, shown on the page, printed by the command line."""

    schema_version: Literal["1.0"] = SCHEMA_VERSION
    disclaimer: str = DISCLAIMER
    box_format: Literal["normalized_y0x0y1x1"] = BOX_FORMAT
    outcome: Outcome
    image: ImageFacts | None = None
    reading: ImageReading
    draft: DraftReading
    audit: AuditLists
    flags: tuple[Flag, ...] = ()
    notes: tuple[Note, ...] = ()
    units: tuple[Unit, ...] = ()
    provenance: Provenance

    def to_json(self) -> str:
        """The contract's JSON, indented, one text for one content."""
        return self.model_dump_json(indent=2) + "\n"
