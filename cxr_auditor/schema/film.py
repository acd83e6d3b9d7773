"""What a reader saw on a film."""

from enum import StrEnum

from pydantic import Field, model_validator

from ..findings import Finding, Side, Status
from ..geometry import Box, box_sides
from .base import BoxField, Probability, Record, Scope, Sides, label_rank


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
    if not seen:
        return stated  # nothing to decide by
    return tuple(side for side in seen if side in stated) or seen  # a box over both halves leaves room for one side


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
        object.__setattr__(self, "scores", dict(sorted(self.scores.items(), key=lambda item: label_rank(item[0]))))
        return self

    @property
    def usable(self) -> bool:
        return self.status is ReadingStatus.OK
