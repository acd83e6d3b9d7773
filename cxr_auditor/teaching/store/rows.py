"""Rows as records, and the parts of records that stand in rows as JSON."""

from collections.abc import Callable, Iterable

from pydantic import TypeAdapter
from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload, selectinload

from ...schema import AuditReport, ImageReading
from ..records import Against, Answer, Mark, Sitting, Stance, Turn, Wish
from .tables import AnswerRow, SittingRow, TurnRow

_MARKS = TypeAdapter(tuple[Mark, ...])

Truth = Callable[[str], ImageReading]
"""What is true now of the case of that name."""


def sittings_query() -> Select[tuple[SittingRow]]:
    """Sessions with everything that `as_sitting` looks at, the newest first, in a fixed number of queries."""
    whole = selectinload(SittingRow.turns).selectinload(TurnRow.answers)
    return select(SittingRow).options(whole, joinedload(SittingRow.person)).order_by(SittingRow.started.desc(), SittingRow.id.desc())


def as_sitting(row: SittingRow, truth: Truth) -> Sitting:
    return Sitting(
        key=row.key,
        person=row.person_id,
        name=row.person.name,
        wish=Wish.model_validate_json(row.wish),
        reader=row.reader,
        parser=row.parser,
        started=row.started,
        finished=row.finished,
        turns=tuple(as_turn(turn, truth) for turn in row.turns),
    )


def as_turn(row: TurnRow, truth: Truth) -> Turn:
    """`truth` is asked only where the draft is not committed; a committed one was judged by the truth that it keeps."""
    return Turn(
        number=row.number,
        case=row.case,
        truth=ImageReading.model_validate_json(row.truth) if row.truth is not None else truth(row.case),
        draft=row.draft,
        marks=_MARKS.validate_json(row.marks),
        seconds=row.seconds,
        committed=row.committed,
        report=_report(row.report),
        reader_report=_report(row.reader_report),
        answers=tuple(_answer(answer) for answer in row.answers),
    )


def marks_json(marks: Iterable[Mark]) -> str:
    return _MARKS.dump_json(tuple(marks)).decode()


def _report(text: str | None) -> AuditReport | None:
    return None if text is None else AuditReport.model_validate_json(text)


def _answer(row: AnswerRow) -> Answer:
    return Answer(against=Against(row.against), ref=row.ref, stance=Stance(row.stance), why=row.why, at=row.at)
