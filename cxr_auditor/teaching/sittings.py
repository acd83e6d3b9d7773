"""A trainee's session, from the wish for cases to the last answer. Every method checks who asks; nothing slow happens in a transaction."""

import math
import secrets
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import cache

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ..audit import audit_reading, read_film
from ..case_file import Case
from ..errors import InputError, ParserError
from ..items import report_items
from ..registry import check_parser, check_reader
from ..schema import AuditReport, DraftReading, DraftStatus, ImageReading, ReadingStatus
from . import plan, rulings, schedule
from .errors import AccessError, OtherDraft
from .records import LONGEST_DRAFT, Against, Answer, Mark, Person, Role, Sitting, Stance, Turn, Wish
from .store.engine import Store
from .store.rows import Truth, as_sitting, as_turn, marks_json, sittings_query
from .store.tables import AnswerRow, PersonRow, SittingRow, TurnRow

MOST_MARKS = 100
"""Boxes on one film."""

Written = tuple[str, tuple[Mark, ...]]
"""A draft with its boxes."""

_LONGEST_SPEC = SittingRow.__table__.c.reader.type.length
_LONGEST_WHY = AnswerRow.__table__.c.why.type.length


class Sittings:
    """The sessions of one store. `shelf` gives the cases that there are now; it is asked anew each time.

    `spec` says what a name of a reader or parser stands for here: only the name is stored and shown, for a server's address may hold a
    password.
    """

    def __init__(self, store: Store, shelf: Callable[[], Sequence[Case]], spec: Callable[[str], str] = str):
        self._store = store
        self._shelf = shelf
        self._spec = spec

    def begin(self, person: Person, wish: Wish, reader: str | None, parser: str = "rules") -> Sitting:
        """A new session. InputError where no set of cases fits the wish, or where there is no such reader or parser."""
        _check_specs(reader and self._spec(reader), self._spec(parser))
        past = [turn for sitting in self.of(person) for turn in sitting.turns] if wish.again else []
        now = datetime.now(UTC)
        with self._store.look() as session:
            ruled = rulings.settled(session)
            cases = [_corrected(session, case) if case.name in ruled else case for case in self._shelf()]
        due, weak = schedule.due(past, now.date()), schedule.weak(past, now.date())
        names = plan.choose(cases, wish, due, weak, may_add=person.role is Role.TEACHER)
        row = SittingRow(
            key=secrets.token_urlsafe(16),
            person_id=person.id,
            wish=wish.model_dump_json(),
            reader=reader,
            parser=parser,
            started=now,
            touched=now,
            turns=[TurnRow(number=number, case=name) for number, name in enumerate(names, 1)],
        )
        with self._store.begin() as session:
            if session.get(PersonRow, person.id) is None:
                raise AccessError("This account is no longer there.", "Sign in again.")
            session.add(row)
        return self.open(person, row.key)

    def open(self, person: Person, key: str) -> Sitting:
        """The session at this address: the person's own, or, to look at, that of a trainee in the group of a teacher. Else AccessError."""
        with self._store.look() as session:
            row = session.scalar(sittings_query().where(SittingRow.key == key))
            if row is None or not (row.person_id == person.id or _teaches(session, person, row.person)):
                raise _no_access()
            return as_sitting(row, self._truth(session))

    def of(self, person: Person) -> tuple[Sitting, ...]:
        """The person's own sessions, the newest first."""
        with self._store.look() as session:
            rows = session.scalars(sittings_query().where(SittingRow.person_id == person.id)).all()
            return tuple(as_sitting(row, self._truth(session)) for row in rows)

    def of_group(self, person: Person) -> tuple[Sitting, ...]:
        """The sessions of the trainees of a teacher's group, the newest first. AccessError for anybody else."""
        with self._store.look() as session:
            row = session.get(PersonRow, person.id)
            if row is None or row.role != Role.TEACHER.value:
                raise AccessError("Only a teacher sees a group's sessions.", "Ask a teacher of your group.")
            if row.group_id is None:
                return ()
            theirs = (PersonRow.group_id == row.group_id, PersonRow.role == Role.TRAINEE.value)
            rows = session.scalars(sittings_query().join(SittingRow.person).where(*theirs)).unique().all()
            return tuple(as_sitting(one, self._truth(session)) for one in rows)

    def keep_draft(
        self,
        person: Person,
        key: str,
        number: int,
        draft: str,
        marks: Iterable[Mark] = (),
        seconds: float = 0.0,
        over: Iterable[Written] | None = None,
    ) -> None:
        """Keeps what is written so far. `seconds`: all the time with this case on show; less than is kept already changes nothing.

        `over`: drafts that this one may replace, since whoever wrote it knew them; None: any. OtherDraft where another one is kept, unless
        it is the same. InputError for a draft that is too long or can't be stored (the one kept before stays), and once the draft is
        committed or the session finished. AccessError unless the session is the person's own.
        """
        kept = _kept(draft, marks, seconds)
        with self._store.begin() as session:
            if not self._keep(session, _own_turn(session, person, key, number), kept, over):
                raise InputError("This draft is committed: it can't be changed any more.", "Go on to the next case.")

    def commit(
        self,
        person: Person,
        key: str,
        number: int,
        draft: str,
        marks: Iterable[Mark] = (),
        seconds: float = 0.0,
        over: Iterable[Written] | None = None,
    ) -> Turn:
        """The draft, judged against the truth and, where one was chosen, the reader. The first commit of a case holds; others return it.

        The draft is kept before anything else is tried, as by `keep_draft`. A reader that fails has a report that says so. InputError for
        an empty draft, or where the case or its film is gone; ParserError where the draft could not be read: both may be tried again.
        """
        kept = _kept(draft, marks, seconds)
        with self._store.begin() as session:
            row = _own_turn(session, person, key, number)
            if not self._keep(session, row, kept, over):
                return as_turn(row, self._truth(session))
            reader, parser = session.execute(select(SittingRow.reader, SittingRow.parser).where(SittingRow.key == key)).one()
            name = row.case
        if not draft.strip():
            raise InputError("The draft is empty.", "Write what you see; of a film without a finding, write that it is normal.")
        with self._store.look() as session:
            case = self._case(session, name)
        judged = _judged(case, draft, reader and self._spec(reader), self._spec(parser))
        with self._store.begin() as session:
            row = _own_turn(session, person, key, number)
            if row.committed is None:
                _write(row, kept | judged | {"truth": case.reading.model_dump_json(), "committed": datetime.now(UTC)})
            return as_turn(row, self._truth(session))

    def answer(self, person: Person, key: str, number: int, against: Against, ref: str, stance: Stance, why: str = "") -> Turn:
        """What the person says to a flag; the last answer holds. InputError for a flag that is not there, and for too long a `why`."""
        _check_text("The reason", why, _LONGEST_WHY)
        with self._store.begin() as session:
            row = _own_turn(session, person, key, number)
            report = _report(as_turn(row, self._truth(session)), against)
            if ref not in {item.ref for item in report_items(report).flags}:
                raise InputError("There is no such flag in this report.", "Answer a flag that is listed.")
            said = Answer(against=against, ref=ref, stance=stance, why=why, at=datetime.now(UTC))
            old = next((one for one in row.answers if (one.against, one.ref) == (said.against, said.ref)), None)
            if old is None:
                row.answers.append(AnswerRow(against=said.against.value, ref=ref, stance=said.stance.value, why=why, at=said.at))
            else:
                old.stance, old.why, old.at = said.stance.value, why, said.at
            session.flush()
            return as_turn(row, self._truth(session))

    def finish(self, person: Person, key: str) -> Sitting:
        """Ends a session, with whatever is committed by then; a second time changes nothing."""
        with self._store.begin() as session:
            row = _own(session, person, key)
            if row.finished is None:
                row.finished = row.touched = datetime.now(UTC)
        return self.open(person, key)

    def waits(self, person: Person, case: str) -> bool:
        """Whether an open session of the person holds the case, and its draft is not committed."""
        theirs = select(TurnRow.id).join(SittingRow, TurnRow.sitting_id == SittingRow.id).where(SittingRow.person_id == person.id)
        open_now = theirs.where(SittingRow.finished.is_(None), TurnRow.committed.is_(None), TurnRow.case == case)
        with self._store.look() as session:
            return session.scalar(open_now.limit(1)) is not None

    def case(self, turn: Turn) -> Case:
        """The case as it is now, with the newest correction of its truth. InputError where it has left the library."""
        with self._store.look() as session:
            return self._case(session, turn.case)

    def _keep(self, session: Session, row: TurnRow, kept: dict, over: Iterable[Written] | None) -> bool:
        """Whether the draft was kept: not so once it is committed. InputError in a finished session, OtherDraft as in `keep_draft`."""
        if row.committed is not None:
            return False
        if session.scalar(select(SittingRow.finished).where(SittingRow.id == row.sitting_id)) is not None:
            raise InputError("This session is finished.", "Begin a new one.")
        known = {(draft, marks_json(marks)) for draft, marks in over or ()} | {(kept["draft"], kept["marks"])}
        if over is not None and (row.draft, row.marks) not in known:
            raise OtherDraft(as_turn(row, self._truth(session)))
        _write(row, kept)
        return True

    def _case(self, session: Session, name: str) -> Case:
        return _found(session, {case.name: case for case in self._shelf()}, name)

    def _truth(self, session: Session) -> Truth:
        """A case that has left the library does not take the session with it: its truth says why it is not known."""
        shelf = cache(lambda: {case.name: case for case in self._shelf()})  # looked through at most once

        def of(name: str) -> ImageReading:
            try:
                return _found(session, shelf(), name).reading
            except InputError as error:
                return ImageReading(reader="reference", status=ReadingStatus.FAILED, silence_means_absent=False, message=str(error))

        return of


def _corrected(session: Session, case: Case) -> Case:
    """With the newest correction of its truth."""
    return case.model_copy(update={"reading": rulings.truth(session, case)})


def _found(session: Session, shelf: dict[str, Case], name: str) -> Case:
    if name not in shelf:
        hint = "What you wrote is kept. Load the page again to go on with the next case; this one comes back when it is put back."
        raise InputError("This case is no longer in the library.", hint)
    return _corrected(session, shelf[name])


class _AlreadyRead:
    """A parser that was asked before: the draft is read once, whoever judges it, so that both reports speak of the same reading."""

    def __init__(self, reading: DraftReading):
        self.name, self.revision, self._reading = reading.parser, reading.revision, reading

    def parse(self, _text: str) -> DraftReading:
        return self._reading


def _judged(case: Case, draft: str, reader: str | None, parser: str) -> dict[str, str | None]:
    """The reports as JSON, by column. The slow part of a commit, outside of any transaction."""
    from ..images import load

    film = load(case.film_path)
    report = audit_reading(film, case.reading, draft, parser)
    if not report.draft.usable:
        again = "write it in plain English, then commit again." if report.draft.status is DraftStatus.NOTHING_USABLE else "commit it again."
        raise ParserError(report.draft.message or "Nothing in the draft could be read.", f"The draft is kept: {again}")
    second = audit_reading(film, read_film(film, reader), draft, _AlreadyRead(report.draft)) if reader else None
    return {"report": report.model_dump_json(), "reader_report": second and second.model_dump_json()}


def _report(turn: Turn, against: Against) -> AuditReport:
    report = turn.report if against is Against.TRUTH else turn.reader_report
    if report is None:
        raise InputError("There is no such report to answer yet.", "Commit the draft first.")
    return report


def _own(session: Session, person: Person, key: str) -> SittingRow:
    row = session.scalar(sittings_query().where(SittingRow.key == key, SittingRow.person_id == person.id))
    if row is None:
        raise _no_access()
    return row


def _own_turn(session: Session, person: Person, key: str, number: int) -> TurnRow:
    """The row, held for this transaction: of two that change it, one waits. Asking for it is the session's sign of life."""
    own = (SittingRow.key == key, SittingRow.person_id == person.id)
    session.execute(update(SittingRow).where(*own).values(touched=datetime.now(UTC)))  # first, as a deletion does: none waits for the other
    mine = TurnRow.sitting_id.in_(select(SittingRow.id).where(*own))
    row = session.scalar(select(TurnRow).where(mine, TurnRow.number == number).with_for_update())
    if row is None:
        raise _no_access()
    return row


def _teaches(session: Session, person: Person, trainee: PersonRow) -> bool:
    """Asked of the database: what a page remembers of a person may be old. A teacher's own sessions are no other teacher's."""
    row = session.get(PersonRow, person.id)
    roles = row is not None and (row.role, trainee.role) == (Role.TEACHER.value, Role.TRAINEE.value)
    return roles and row.group_id is not None and row.group_id == trainee.group_id


def _no_access() -> AccessError:
    return AccessError("There is no such session of yours.", "Open one from your list, or begin a new one.")


def _write(row: TurnRow, values: dict) -> None:
    seconds = max(row.seconds, values["seconds"])  # a page that was loaded again may count from nothing
    for column, value in (values | {"seconds": seconds}).items():
        setattr(row, column, value)


def _kept(draft: str, marks: Iterable[Mark], seconds: float) -> dict:
    """What a trainee has made so far, by column. InputError for what can't be stored."""
    _check_text("The draft", draft, LONGEST_DRAFT)
    marks = tuple(marks)
    if len(marks) > MOST_MARKS:
        raise InputError(f"A film can have {MOST_MARKS} boxes, but got {len(marks)}.", "Draw one box around each finding.")
    if not (math.isfinite(seconds) and seconds >= 0):
        raise InputError(f"The time spent must be a number of seconds, but got {seconds}.", "Load the page again.")
    return {"draft": draft, "marks": marks_json(marks), "seconds": float(seconds)}


def _check_text(what: str, text: str, longest: int) -> None:
    if len(text) > longest:
        raise InputError(f"{what} can have {longest} characters, but has {len(text)}.", "Shorten it; what was kept before is still there.")
    if "\x00" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise InputError(f"{what} holds a character that no text can have.", "Type it anew instead of pasting it.")


def _check_specs(reader: str | None, parser: str) -> None:
    check_parser(parser)
    if reader is not None:
        check_reader(reader)
    for spec in (reader or "", parser):
        if len(spec) > _LONGEST_SPEC:
            raise InputError(f"A reader's or parser's name can have {_LONGEST_SPEC} characters, but has {len(spec)}.", "Shorten its path.")
