"""The tables. What they hold is told by `teaching.records`; records stand in them as JSON texts.

Whatever belongs to a person goes with the person; a correction of a case stays, with the name of who made it.
"""

from datetime import UTC, datetime

from sqlalchemy import DateTime, ForeignKey, MetaData, String, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.types import TypeDecorator

_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Moment(TypeDecorator):
    """A moment in UTC; SQLite forgets the zone, which is put back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("a moment must have a time zone")
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect) -> datetime | None:
        return value and (value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC))


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=_NAMES)  # names that a migration can rely on


class GroupRow(Base):
    __tablename__ = "groups"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)


class PersonRow(Base):
    """`password` is an argon2 hash; None: this person comes in another way (one user without login, Hugging Face)."""

    __tablename__ = "people"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    role: Mapped[str] = mapped_column(String(16))
    password: Mapped[str | None] = mapped_column(String(255))
    group_id: Mapped[int | None] = mapped_column(ForeignKey("groups.id", ondelete="SET NULL"), index=True)
    made: Mapped[datetime] = mapped_column(Moment)

    group: Mapped[GroupRow | None] = relationship()


class SittingRow(Base):
    """`touched`: the last sign of life, which is a draft that was kept or committed, an answer, the beginning or the end."""

    __tablename__ = "sittings"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    wish: Mapped[str] = mapped_column(Text)
    reader: Mapped[str | None] = mapped_column(String(300))
    parser: Mapped[str] = mapped_column(String(300))
    started: Mapped[datetime] = mapped_column(Moment)
    finished: Mapped[datetime | None] = mapped_column(Moment)
    touched: Mapped[datetime] = mapped_column(Moment)

    person: Mapped[PersonRow] = relationship()
    turns: Mapped[list["TurnRow"]] = relationship(order_by="TurnRow.number", passive_deletes=True)


class TurnRow(Base):
    """`committed`, `truth` and `report` are written together, in one transaction, or not at all."""

    __tablename__ = "turns"
    __table_args__ = (UniqueConstraint("sitting_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    sitting_id: Mapped[int] = mapped_column(ForeignKey("sittings.id", ondelete="CASCADE"))
    number: Mapped[int]
    case: Mapped[str] = mapped_column(String(255), index=True)
    draft: Mapped[str] = mapped_column(Text, default="")
    marks: Mapped[str] = mapped_column(Text, default="[]")
    seconds: Mapped[float] = mapped_column(default=0.0)
    committed: Mapped[datetime | None] = mapped_column(Moment)
    truth: Mapped[str | None] = mapped_column(Text)
    report: Mapped[str | None] = mapped_column(Text)
    reader_report: Mapped[str | None] = mapped_column(Text)

    answers: Mapped[list["AnswerRow"]] = relationship(order_by="AnswerRow.id", passive_deletes=True)


class AnswerRow(Base):
    """The last answer to a flag; an earlier one is overwritten."""

    __tablename__ = "answers"
    __table_args__ = (UniqueConstraint("turn_id", "against", "ref"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    turn_id: Mapped[int] = mapped_column(ForeignKey("turns.id", ondelete="CASCADE"))
    against: Mapped[str] = mapped_column(String(16))
    ref: Mapped[str] = mapped_column(String(16))
    stance: Mapped[str] = mapped_column(String(16))
    why: Mapped[str] = mapped_column(String(500), default="")
    at: Mapped[datetime] = mapped_column(Moment)


class CorrectionRow(Base):
    """A teacher's correction of a case's truth. The newest one of a case holds. `before` and `after` are readings as JSON."""

    __tablename__ = "corrections"

    id: Mapped[int] = mapped_column(primary_key=True)
    case: Mapped[str] = mapped_column(String(255), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    by: Mapped[str] = mapped_column(String(120))
    at: Mapped[datetime] = mapped_column(Moment)
    why: Mapped[str] = mapped_column(String(500))
    before: Mapped[str] = mapped_column(Text)
    after: Mapped[str] = mapped_column(Text)


class SignInRow(Base):
    """Somebody who is signed in. The browser holds the token, the table only its sha256."""

    __tablename__ = "sign_ins"

    token: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    until: Mapped[datetime] = mapped_column(Moment)


class FailedSignInRow(Base):
    """A wrong name or password, for the limit on how often one may try. `who` is a hash of the name or address that tried."""

    __tablename__ = "failed_sign_ins"

    id: Mapped[int] = mapped_column(primary_key=True)
    who: Mapped[str] = mapped_column(String(64), index=True)
    at: Mapped[datetime] = mapped_column(Moment, index=True)
