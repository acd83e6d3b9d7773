"""What a parser read in a draft."""

from enum import StrEnum

from pydantic import Field, computed_field, model_validator

from ..findings import NO_FINDING, Finding, Side, Status
from .base import Label, Record, Sides, label_rank


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
        by_place = sorted(dict.fromkeys(self.findings), key=lambda m: (label_rank(m.label), m.start, m.end, m.sides, -m.status.strength))
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
