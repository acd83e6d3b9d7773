"""A teacher's rulings on what is true of a case: who ruled when and why is kept, and the newest ruling holds.

The case's file stays as its author wrote it. Sessions that were judged before keep the truth that they were judged by.
"""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pydantic import Field
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..case_file import Case
from ..errors import InputError
from ..reading_data import EntryData
from ..schema import ImageReading, Record
from .errors import AccessError
from .records import Person, Role
from .store.tables import CorrectionRow
from .truth import entry_problem

if TYPE_CHECKING:
    from .store.engine import Store

LONGEST_REASON = 500


class Ruling(Record):
    """`before` and `after` are the same where the truth was upheld. `by` is the teacher's name, which stays when the teacher goes."""

    case: str
    by: str
    at: datetime
    why: str = Field(min_length=1, max_length=LONGEST_REASON)
    before: ImageReading
    after: ImageReading

    @property
    def upheld(self) -> bool:
        return self.before == self.after


def truth(session: Session, case: Case) -> ImageReading:
    """What is true of a case: the newest ruling's reading, else the case file's."""
    query = select(CorrectionRow.after).where(CorrectionRow.case == case.name).order_by(CorrectionRow.id.desc()).limit(1)
    ruled = session.scalar(query)
    return case.reading if ruled is None else ImageReading.model_validate_json(ruled)


def rule(store: "Store", person: Person, case: Case, after: ImageReading, why: str) -> Ruling:
    """Keeps a teacher's ruling. AccessError for anybody else, InputError without a reason or for a truth that can't be taught with."""
    if person.role is not Role.TEACHER:
        raise AccessError("Only a teacher can rule on a case's truth.", "Ask a teacher of your group.")
    why = why.strip()
    if not why or len(why) > LONGEST_REASON:
        hint = f"Say in a sentence why it is so, in at most {LONGEST_REASON} characters: whoever reads the case later sees it."
        raise InputError("A ruling needs a reason." if not why else f"The reason has {len(why)} characters.", hint)
    for found in after.findings:
        entry = EntryData(finding=found.finding, status=found.status, sides=found.sides, box=found.box)
        problem = entry_problem(entry)
        if problem:
            raise InputError(f"{found.finding.display}: {problem[1]}.", "Give its box, or at least its side.")
    with store.begin() as session:
        before = truth(session, case)
        row = CorrectionRow(
            case=case.name,
            person_id=person.id,
            by=person.name,
            at=datetime.now(UTC),
            why=why,
            before=before.model_dump_json(),
            after=after.model_dump_json(),
        )
        session.add(row)
        session.flush()
        return _ruling(row)


def rulings(session: Session, case: str | None = None) -> tuple[Ruling, ...]:
    """The rulings on one case, or on all, the newest first."""
    query = select(CorrectionRow).order_by(CorrectionRow.id.desc())
    return tuple(_ruling(row) for row in session.scalars(query if case is None else query.where(CorrectionRow.case == case)))


def settled(session: Session) -> dict[str, datetime]:
    """When each case was last ruled on."""
    return dict(session.execute(select(CorrectionRow.case, func.max(CorrectionRow.at)).group_by(CorrectionRow.case)).all())


def _ruling(row: CorrectionRow) -> Ruling:
    return Ruling(
        case=row.case,
        by=row.by,
        at=row.at,
        why=row.why,
        before=ImageReading.model_validate_json(row.before),
        after=ImageReading.model_validate_json(row.after),
    )
