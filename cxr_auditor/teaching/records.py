"""What a teaching session is made of, without a word about how it is stored or shown."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from ..case_file import Difficulty
from ..findings import Finding
from ..schema import AuditReport, BoxField, ImageReading, Record

LONGEST_DRAFT = 20_000
"""Characters of a draft that a session keeps."""


class Role(StrEnum):
    """What a person may do: a trainee has sessions, a teacher sees those of a group and corrects cases too."""

    TRAINEE = "trainee"
    TEACHER = "teacher"


class Person(Record):
    """Who is at the page. `group` is the name of the group that a teacher sees; None: nobody's."""

    id: int
    name: str
    role: Role
    group: str | None = None


class Wish(Record):
    """The set of cases asked for. Empty `findings` and `difficulties` mean any. `normals`: share of films without a finding.

    `again`: bring back first what spaced repetition says is due. The same wish on the same library draws the same cases.
    """

    size: int = Field(default=5, ge=1, le=50)
    findings: tuple[Finding, ...] = ()
    difficulties: tuple[Difficulty, ...] = ()
    normals: float = Field(default=0.3, ge=0, le=1)
    seed: int = Field(default=1, ge=0)
    again: bool = True


class Mark(Record):
    """A box that a trainee drew. Frame as everywhere: [y0, x0, y1, x1] in [0, 1] of the upright film."""

    finding: Finding
    box: BoxField


class Against(StrEnum):
    """What a draft was judged against."""

    TRUTH = "truth"
    READER = "reader"


class Stance(StrEnum):
    """A trainee's answer to a flag."""

    AGREE = "agree"
    DISAGREE = "disagree"
    UNSURE = "unsure"


class Answer(Record):
    """`ref` is the flag's in `cxr_auditor.items.report_items` of the report it belongs to."""

    against: Against
    ref: str
    stance: Stance
    why: str = Field(default="", max_length=500)
    at: datetime


class Turn(Record):
    """One case of a session. `truth` is the case's reading when the draft was committed (until then: as it is now).

    `seconds` were spent with the case on show. Reports are there once the draft is committed; `reader_report` only where a reader was
    chosen. A reader that failed has a report whose reading says so.
    """

    number: int = Field(ge=1)
    case: str
    truth: ImageReading
    draft: str = ""
    marks: tuple[Mark, ...] = ()
    seconds: float = Field(default=0, ge=0)
    committed: datetime | None = None
    report: AuditReport | None = None
    reader_report: AuditReport | None = None
    answers: tuple[Answer, ...] = ()

    @property
    def gone(self) -> bool:
        """Whether its case has left the library before its draft was committed."""
        return self.committed is None and not self.truth.usable


class Sitting(Record):
    """A trainee's session: a set of cases read one after the other. `key` is its address.

    A case that has left the library is passed over; it has its turn when it is back.
    """

    key: str
    person: int
    name: str
    wish: Wish
    reader: str | None
    parser: str
    started: datetime
    finished: datetime | None = None
    turns: tuple[Turn, ...]

    @property
    def current(self) -> Turn | None:
        """The first case whose draft is not committed, of those that are in the library."""
        return next((turn for turn in self.turns if turn.committed is None and not turn.gone), None)

    @property
    def gone(self) -> tuple[Turn, ...]:
        """The cases that left the library before they were read."""
        return tuple(turn for turn in self.turns if turn.gone)
