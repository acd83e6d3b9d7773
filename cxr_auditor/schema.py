"""Frozen records that travel between readers, parsers, judge and page. Illegal states can't be built.

Every record can be written with `model_dump_json()` and read back with `model_validate_json()`. Order is canonical on construction:
findings by the vocabulary's order, then place, so that the same content is the same record whatever order it came in.
"""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, computed_field, model_validator

from .findings import NO_FINDING, Finding, Side, Status, ordered_sides
from .geometry import BOX_FORMAT, Box, box_sides

SCHEMA_VERSION = "1.0"
DISCLAIMER = (
    "Research and education only. Not a medical device: its output is often wrong, must not be used for diagnosis, triage or "
    "treatment, and the absence of a flag does not mean that a film is normal."
)

BoxField = Annotated[Box, BeforeValidator(Box.of), PlainSerializer(Box.as_list, return_type=list[float])]
Sides = Annotated[tuple[Side, ...], AfterValidator(ordered_sides)]
Label = Finding | Literal["no_finding"]
Probability = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


def _scope(findings) -> tuple[Finding, ...]:
    wanted = set(findings)
    return tuple(finding for finding in Finding if finding in wanted)


Scope = Annotated[tuple[Finding, ...], AfterValidator(_scope)]


class Record(BaseModel):
    """Frozen, and closed to fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


# The film


class ImageFinding(Record):
    """One region (or one statement without a region) about one finding on the film.

    `sides` are the patient's. A box decides them (geometry); only a finding without a box may state them itself. `score` is the
    reader's calibrated probability where it has one; a generative model's self-reported confidence never goes here.
    """

    finding: Finding
    status: Status = Status.PRESENT
    sides: Sides = ()
    box: BoxField | None = None
    score: Probability | None = None
    evidence: str | None = None

    @model_validator(mode="after")
    def _geometry_decides(self):
        object.__setattr__(self, "sides", _decided_sides(self.finding, self.sides, self.box))
        return self

    @property
    def order(self) -> tuple:
        place = (self.box is None, self.box or (), self.sides)
        return (self.finding.rank, -self.status.strength, *place, -(self.score or 0), self.evidence or "")


def _decided_sides(finding: Finding, stated: tuple[Side, ...], box: Box | None) -> tuple[Side, ...]:
    if not finding.has_sides:
        return ()
    seen = box_sides(box) if box is not None else ()
    if not seen or (stated and set(stated) & set(seen)):
        return stated  # nothing to decide by, or what is stated is compatible with the box
    return seen


class OtherStatement(Record):
    """Something outside the vocabulary that a film's reader reported: shown, never judged."""

    term: str
    status: Status = Status.PRESENT
    box: BoxField | None = None
    evidence: str | None = None

    @property
    def order(self) -> tuple:
        return (self.term, -self.status.strength, self.box is None, self.box or (), self.evidence or "")


class ReadingStatus(StrEnum):
    """What came of looking at the film; the first three are never mixed up."""

    OK = "ok"
    NOTHING_USABLE = "nothing_usable"
    FAILED = "failed"
    NOT_A_FRONTAL = "not_a_frontal_chest_xray"


class ImageReading(Record):
    """What a reader saw.

    `scope`: the findings it can see. `silence_means_absent`: whether a finding of the scope that is not listed was looked for and
    not found; where it is False, an unlisted finding is unknown. `scores`: probability of every label that a scoring reader
    computes, in its scope or not. `message`: for a person, why the status is not ok.
    """

    reader: str
    revision: str = ""
    status: ReadingStatus = ReadingStatus.OK
    scope: Scope = tuple(Finding)
    silence_means_absent: bool = True
    findings: tuple[ImageFinding, ...] = ()
    other: tuple[OtherStatement, ...] = ()
    scores: dict[str, Probability] = Field(default_factory=dict)
    reasoning: str | None = None
    prompts: dict[str, str] = Field(default_factory=dict)
    notes: tuple[str, ...] = ()
    message: str | None = None

    @model_validator(mode="after")
    def _canonical(self):
        if self.status is not ReadingStatus.OK and self.findings:
            raise ValueError(f"a reading with status {self.status.value!r} must not hold findings, but got {len(self.findings)}")
        outside = sorted({f.finding.value for f in self.findings} - {f.value for f in self.scope})
        if outside:
            raise ValueError(f"findings must lie in the reading's scope, but got {', '.join(outside)}")
        object.__setattr__(self, "findings", tuple(sorted(dict.fromkeys(self.findings), key=lambda f: f.order)))
        object.__setattr__(self, "other", tuple(sorted(dict.fromkeys(self.other), key=lambda o: o.order)))
        object.__setattr__(self, "scores", dict(sorted(self.scores.items(), key=lambda item: _label_rank(item[0]))))
        return self

    @property
    def usable(self) -> bool:
        return self.status is ReadingStatus.OK


_LABEL_RANK = {finding.value: finding.rank for finding in Finding} | {NO_FINDING: len(Finding)}


def _label_rank(label: str) -> tuple[int, str]:
    return _LABEL_RANK.get(label, len(_LABEL_RANK)), label


# The draft


class Span(Record):
    """A place in the draft: `text` is `draft[start:end]`, offsets in characters."""

    start: int = Field(ge=0)
    end: int = Field(ge=0)
    text: str

    @model_validator(mode="after")
    def _length(self):
        _check_place(self.start, self.end, self.text)
        return self


def _check_place(start: int, end: int, text: str) -> None:
    if end - start != len(text) or not text:
        raise ValueError(f"a span's text must be the draft's characters {start} to {end} and not empty, but got {len(text)} characters")


class Statement(Record):
    """What both kinds of statement in a draft have: a status and the exact words (`span` = draft[start:end])."""

    status: Status
    span: str
    start: int = Field(ge=0)
    end: int = Field(ge=0)

    @model_validator(mode="after")
    def _verbatim(self):
        _check_place(self.start, self.end, self.span)
        return self

    @property
    def place(self) -> Span:
        return Span(start=self.start, end=self.end, text=self.span)


class Mention(Statement):
    """One statement of the draft about one finding (or about the whole film: `no_finding`)."""

    label: Label
    sides: Sides = ()

    @model_validator(mode="after")
    def _sideless(self):
        if self.sides and not (isinstance(self.label, Finding) and self.label.has_sides):
            raise ValueError(f"{self.label} has no side, but got {[side.value for side in self.sides]}")
        if self.label == NO_FINDING and self.status is not Status.PRESENT:
            raise ValueError("no_finding is a statement that stands or is not listed; its status must be present")
        return self


class OtherMention(Statement):
    """A statement outside the vocabulary, worth a "not checked"."""

    term: str


class DraftStatus(StrEnum):
    """What came of reading the draft."""

    OK = "ok"
    NONE = "none"
    NOTHING_USABLE = "nothing_usable"
    FAILED = "failed"


class DraftReading(Record):
    """What a parser read in the draft. `notes` tell what was dropped or repaired; `message` why the status is not ok."""

    parser: str
    revision: str = ""
    status: DraftStatus = DraftStatus.OK
    findings: tuple[Mention, ...] = ()
    other: tuple[OtherMention, ...] = ()
    prompts: dict[str, str] = Field(default_factory=dict)
    notes: tuple[str, ...] = ()
    message: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _written_back(cls, data):
        if isinstance(data, dict) and "contradictions" in data:
            data = {key: value for key, value in data.items() if key != "contradictions"}  # derived, so never taken on trust
        return data

    @model_validator(mode="after")
    def _canonical(self):
        if self.status is not DraftStatus.OK and (self.findings or self.other):
            raise ValueError(f"a draft reading with status {self.status.value!r} must not hold statements")
        by_place = sorted(dict.fromkeys(self.findings), key=lambda m: (_label_rank(m.label), m.start, m.end, m.sides, -m.status.strength))
        object.__setattr__(self, "findings", tuple(by_place))
        object.__setattr__(self, "other", tuple(sorted(dict.fromkeys(self.other), key=lambda m: (m.start, m.end, m.term))))
        return self

    def mentions(self, label: str) -> tuple[Mention, ...]:
        return tuple(mention for mention in self.findings if mention.label == label)

    @computed_field
    @property
    def contradictions(self) -> list[Finding]:
        """Findings that the draft both asserts and denies for the same unit."""
        return [finding for finding in Finding if contradiction(self.mentions(finding))]

    @property
    def usable(self) -> bool:
        return self.status is DraftStatus.OK


def contradiction(mentions) -> tuple[Mention, ...]:
    """The mentions of one finding that assert and deny the same unit, in the order of the text; empty where they agree.

    A denial without a side denies both sides, so it contradicts any assertion. A denial of one side contradicts an assertion of
    that side; an assertion without a side only when both sides are denied.
    """
    asserted = [m for m in mentions if m.status is Status.PRESENT]
    denied = [m for m in mentions if m.status is Status.ABSENT]
    denied_sides = {side for m in denied for side in (m.sides or tuple(Side))}
    everywhere = denied_sides == set(Side)
    disputed = {side for claim in asserted for side in claim.sides} & denied_sides
    if everywhere and any(not claim.sides for claim in asserted):
        disputed = set(Side)
    clash = [claim for claim in asserted if (set(claim.sides) & denied_sides if claim.sides else everywhere)]
    clash += [m for m in denied if disputed and (not m.sides or set(m.sides) & disputed)]
    return tuple(sorted(dict.fromkeys(clash), key=lambda m: (m.start, m.end)))


# The report


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
