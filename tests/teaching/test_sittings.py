"""A trainee's session in the database: nothing written is lost, and the first commit holds."""

import hashlib
import logging
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from case_films import put_case
from sqlalchemy import select, update
from trainees import ILL, MARK, MISSED, SEEN, add_person, only_sqlite

from cxr_auditor.case_file import load_case
from cxr_auditor.errors import InputError, ParserError, ReaderError
from cxr_auditor.findings import Finding
from cxr_auditor.registry import make_parser
from cxr_auditor.schema import DraftReading, DraftStatus, FlagKind, ImageReading, ReadingStatus
from cxr_auditor.teaching import sittings as module
from cxr_auditor.teaching.errors import AccessError
from cxr_auditor.teaching.keeping import sweep
from cxr_auditor.teaching.people import local_person
from cxr_auditor.teaching.records import LONGEST_DRAFT, Against, Person, Role, Stance, Wish
from cxr_auditor.teaching.rulings import rule
from cxr_auditor.teaching.score import summary
from cxr_auditor.teaching.sittings import MOST_MARKS, Sittings
from cxr_auditor.teaching.store.tables import SittingRow, TurnRow

PIPELINE = sys.modules["cxr_auditor.audit"]  # the package's attribute of that name is the function


# Beginning


def test_a_new_session_has_cases_of_the_shelf_and_is_kept(service, store, person, few_cases):
    sitting = service.begin(person, Wish(size=4, normals=0.5), None)
    assert [turn.number for turn in sitting.turns] == [1, 2, 3, 4]
    assert len({turn.case for turn in sitting.turns}) == 4
    assert sum(not turn.truth.findings for turn in sitting.turns) == 2
    assert (sitting.person, sitting.name, sitting.finished, sitting.current.number) == (person.id, "local", None, 1)
    again = Sittings(store, lambda: few_cases)  # after the program was started anew
    assert again.open(person, sitting.key) == sitting
    assert again.of(person) == (sitting,)


REFUSED = [
    (Wish(size=50), None, "rules", "has 6 fitting"),  # more than the shelf has
    (Wish(), "no-such", "rules", "no reader named 'no-such'"),
    (Wish(), None, "no-such", "no parser named 'no-such'"),
    (Wish(), "medgemma=" + "x" * 300, "rules", "can have 300 characters"),  # longer than its column
]


@only_sqlite
@pytest.mark.parametrize("wish, reader, parser, said", REFUSED)
def test_a_wish_that_can_not_be_met_leaves_nothing_behind(service, person, wish, reader, parser, said):
    with pytest.raises(InputError, match=said):
        service.begin(person, wish, reader, parser)
    assert service.of(person) == ()


@only_sqlite
def test_a_trainee_is_not_told_to_add_cases(service, store, person):
    for who, told in ((person, True), (add_person(store, "ada"), False)):  # the one user of a page without login teaches too
        with pytest.raises(InputError) as refused:
            service.begin(who, Wish(size=50), None)
        assert ("cases add" in str(refused.value)) is told


@only_sqlite
def test_an_account_that_was_deleted_begins_nothing(service, store, person):
    gone = Person(id=person.id + 1, name="gone", role=Role.TRAINEE)
    with pytest.raises(AccessError, match="no longer there"):
        service.begin(gone, Wish(), None)


@only_sqlite
def test_what_was_missed_days_ago_comes_back(service, store, person):
    """Of four films one was missed: a later session begins with it, whatever its seed."""
    first = service.begin(person, ILL, None)
    for turn, draft in zip(first.turns, (MISSED, SEEN, SEEN), strict=True):
        service.commit(person, first.key, turn.number, draft)
    with store.begin() as session:
        session.execute(update(TurnRow).values(committed=datetime.now(UTC) - timedelta(days=2)))
    for seed in range(5):
        sitting = service.begin(person, Wish(size=2, normals=0, seed=seed), None)
        assert first.turns[0].case in {turn.case for turn in sitting.turns}


@only_sqlite
def test_sessions_are_listed_the_newest_first_and_only_ones_own(service, store, person):
    keys = [service.begin(person, ILL, None).key for _ in range(3)]
    other = add_person(store, "other")
    assert [sitting.key for sitting in service.of(person)] == keys[::-1]
    assert service.of(other) == ()


# Drafts


def test_a_draft_comes_back_as_it_was_written(service, store, person, key, few_cases):
    draft = "Kein Erguß.\r\n\tSmall — right – pneumothorax ☂ 肺 𝄞 'quoted\" \\ %s {}"
    service.keep_draft(person, key, 2, "Small", (), 3)
    service.keep_draft(person, key, 2, draft, (MARK, MARK), 4.5)
    turn = Sittings(store, lambda: few_cases).open(person, key).turns[1]
    assert (turn.draft, turn.marks, turn.seconds, turn.committed) == (draft, (MARK, MARK), 4.5, None)


@only_sqlite
def test_the_time_spent_never_runs_backwards(service, person, key):
    """A page that was loaded again counts from nothing."""
    service.keep_draft(person, key, 1, "a", (), 40)
    service.keep_draft(person, key, 1, "ab", (), 2)
    assert service.commit(person, key, 1, SEEN).seconds == 40


UNFIT = [
    ({"draft": "x" * (LONGEST_DRAFT + 1)}, "can have 20000 characters, but has 20001"),
    ({"draft": "a\x00b"}, "no text can have"),  # PostgreSQL refuses it
    ({"draft": "a\ud800b"}, "no text can have"),  # half a letter, as a broken emoji in a browser: no UTF-8
    ({"marks": (MARK,) * (MOST_MARKS + 1)}, "can have 100 boxes"),
    ({"seconds": -1.0}, "must be a number of seconds"),
    ({"seconds": float("nan")}, "must be a number of seconds"),
    ({"seconds": float("inf")}, "must be a number of seconds"),
]


@only_sqlite
@pytest.mark.parametrize("action", ["keep_draft", "commit"])
@pytest.mark.parametrize("changes, said", UNFIT)
def test_what_can_not_be_kept_is_refused_and_what_was_kept_stays(service, person, key, action, changes, said):
    service.keep_draft(person, key, 1, SEEN, (MARK,), 5)
    with pytest.raises(InputError, match=said) as caught:
        getattr(service, action)(person, key, 1, **({"draft": "new"} | changes))
    assert caught.value.hint
    turn = service.open(person, key).turns[0]
    assert (turn.draft, turn.marks, turn.seconds, turn.committed) == (SEEN, (MARK,), 5, None)


def test_the_longest_draft_is_kept(service, person, key):
    service.keep_draft(person, key, 1, "ß" * LONGEST_DRAFT)
    assert service.open(person, key).turns[0].draft == "ß" * LONGEST_DRAFT


# Committing


def test_a_commit_judges_the_draft_against_the_truth(service, person, key):
    before = service.open(person, key)
    turn = service.commit(person, key, 1, MISSED, (MARK,), 12.5)
    assert [(flag.kind, flag.finding) for flag in turn.report.flags] == [(FlagKind.MISSING, Finding.PNEUMOTHORAX)]
    assert (turn.draft, turn.marks, turn.seconds, turn.truth) == (MISSED, (MARK,), 12.5, before.turns[0].truth)
    assert turn.report.reading == turn.truth
    assert turn.report.image.height == 120  # the film was loaded
    assert turn.reader_report is None
    assert abs(turn.committed - datetime.now(UTC)) < timedelta(minutes=1)
    after = service.open(person, key)
    assert after.turns == (turn, *before.turns[1:])
    assert after.current.number == 2


def test_the_first_commit_holds(service, person, key):
    first = service.commit(person, key, 1, SEEN)
    assert service.commit(person, key, 1, MISSED, (MARK,), 99) == first
    with pytest.raises(InputError, match="committed"):
        service.keep_draft(person, key, 1, MISSED)
    assert service.open(person, key).turns[0] == first


def test_of_commits_at_once_one_wins_whole(service, person, key):
    drafts = [f"Right pneumothorax, look {number}." for number in range(6)]
    barrier = threading.Barrier(len(drafts))

    def commit(draft):
        barrier.wait()
        return service.commit(person, key, 1, draft, (), len(draft))

    with ThreadPoolExecutor(len(drafts)) as pool:
        turns = list(pool.map(commit, drafts))
    stored = service.open(person, key).turns[0]
    assert turns == [stored] * len(drafts)
    assert stored.draft in drafts
    assert stored.report.provenance.draft_sha256 == hashlib.sha256(stored.draft.encode()).hexdigest()


@only_sqlite
def test_the_draft_is_kept_before_the_audit_and_outside_of_its_transaction(service, store, person, key, monkeypatch):
    seen = []

    def broken(*_):
        seen.append(service.open(person, key).turns[0].draft)
        local_person(store)
        service.keep_draft(person, key, 2, "another window writes meanwhile")  # would wait forever for a transaction of the commit
        raise RuntimeError("a bug")

    monkeypatch.setattr(module, "audit_reading", broken)
    with pytest.raises(RuntimeError):
        service.commit(person, key, 1, SEEN, (MARK,), 7)
    assert seen == [SEEN]
    turns = service.open(person, key).turns
    assert (turns[0].draft, turns[0].marks, turns[0].committed, turns[0].report) == (SEEN, (MARK,), None, None)
    assert turns[1].draft == "another window writes meanwhile"


@only_sqlite
@pytest.mark.parametrize("blank", ["", " \n\t"])
def test_an_empty_draft_is_no_commitment(service, person, key, blank):
    with pytest.raises(InputError, match="empty"):
        service.commit(person, key, 1, blank)
    assert service.open(person, key).turns[0].report is None


class Reader:
    """Sees nothing, or fails."""

    name, revision, scope, silence_means_absent = "odd", "1", tuple(Finding), True

    def __init__(self, fails=None):
        self.fails = fails

    def read(self, film):
        if self.fails:
            raise self.fails
        return ImageReading(reader=self.name)


@only_sqlite
def test_the_readers_view_stands_beside_the_truth(service, person, monkeypatch):
    asked = []
    monkeypatch.setattr(PIPELINE, "make_parser", lambda spec: asked.append(spec) or make_parser(spec))
    monkeypatch.setattr(PIPELINE, "make_reader", lambda spec: Reader())
    monkeypatch.setattr("cxr_auditor.images.frontal_problem", lambda film: None)
    key = service.begin(person, ILL, "lite").key
    turn = service.commit(person, key, 1, SEEN)
    assert turn.report.flags == ()
    assert [flag.kind for flag in turn.reader_report.flags] == [FlagKind.UNSUPPORTED]
    assert turn.reader_report.reading.reader == "odd"
    assert turn.reader_report.draft == turn.report.draft
    assert asked == ["rules"]  # a parser that is a model is asked once
    assert service.open(person, key).turns[0] == turn


@only_sqlite
def test_a_reader_that_fails_has_a_report_that_says_so(service, person, monkeypatch):
    monkeypatch.setattr(PIPELINE, "make_reader", lambda spec: Reader(ReaderError("Out of memory.")))
    monkeypatch.setattr("cxr_auditor.images.frontal_problem", lambda film: None)
    key = service.begin(person, ILL, "lite").key
    turn = service.commit(person, key, 1, SEEN)
    assert (turn.reader_report.reading.status, turn.reader_report.reading.message) == (ReadingStatus.FAILED, "Out of memory.")
    assert turn.report.flags == ()


class Parser:
    name, revision = "odd", "1"

    def __init__(self, status):
        self.status = status

    def parse(self, text):
        if self.status is DraftStatus.FAILED:
            raise ParserError("The model is gone.")
        return DraftReading(parser=self.name, status=self.status)


@only_sqlite
@pytest.mark.parametrize(
    "status, said",
    [
        (DraftStatus.FAILED, "The model is gone. The draft is kept: commit it again"),
        (DraftStatus.NOTHING_USABLE, "Nothing in the draft could be read. The draft is kept: write it in plain English, then commit again"),
    ],
)
def test_a_draft_that_could_not_be_read_is_kept_and_may_be_committed_again(service, person, key, monkeypatch, status, said):
    with monkeypatch.context() as broken, pytest.raises(ParserError, match=said):
        broken.setattr(PIPELINE, "make_parser", lambda spec: Parser(status))
        service.commit(person, key, 1, SEEN)
    turn = service.open(person, key).turns[0]
    assert (turn.draft, turn.committed) == (SEEN, None)
    assert service.commit(person, key, 1, SEEN).report is not None


@only_sqlite
def test_a_case_that_has_left_the_library_takes_nothing_with_it(store, person, few_cases):
    shelf = list(few_cases)
    service = Sittings(store, lambda: shelf)
    sitting = service.begin(person, ILL, None)
    done = service.commit(person, sitting.key, 1, SEEN)
    shelf.clear()
    with pytest.raises(InputError, match="no longer in the library") as told:
        service.commit(person, sitting.key, 2, SEEN)
    assert sitting.turns[1].case not in str(told.value)  # a folder's name may tell what the film shows
    turns = service.open(person, sitting.key).turns
    assert turns[0] == done
    assert (turns[1].draft, turns[1].committed, turns[1].truth.status) == (SEEN, None, ReadingStatus.FAILED)
    assert service.of(person)[0].turns == turns
    with pytest.raises(InputError, match="no longer in the library"):
        service.case(turns[1])


@only_sqlite
def test_a_session_passes_over_a_case_that_is_gone_and_comes_back_to_it(store, person, few_cases):
    shelf = list(few_cases)
    service = Sittings(store, lambda: shelf)
    sitting = service.begin(person, ILL, None)
    service.keep_draft(person, sitting.key, 1, "Small")
    shelf[:] = [case for case in few_cases if case.name != sitting.turns[0].case]
    now = service.open(person, sitting.key)
    assert ([turn.number for turn in now.gone], now.current.number) == ([1], 2)
    for number in (2, 3):
        service.commit(person, sitting.key, number, SEEN)
    now = service.open(person, sitting.key)
    assert (now.current, summary(now).committed, summary(now).cases) == (None, 2, 3)
    shelf[:] = few_cases
    now = service.open(person, sitting.key)
    assert (now.current.number, now.current.draft, now.gone) == (1, "Small", ())


@only_sqlite
def test_a_case_waits_from_the_beginning_to_its_commit_or_the_end(service, store, person, key):
    other, names = add_person(store, "other"), [turn.case for turn in service.open(person, key).turns]
    assert all(service.waits(person, name) for name in names) and not service.waits(person, "another")
    assert not service.waits(other, names[0])
    service.commit(person, key, 1, SEEN)
    assert [service.waits(person, name) for name in names] == [False, True, True]
    service.finish(person, key)
    assert not any(service.waits(person, name) for name in names)


SIGNS_OF_LIFE = [
    lambda service, person, key: service.keep_draft(person, key, 2, "Small"),
    lambda service, person, key: service.commit(person, key, 2, SEEN),
    lambda service, person, key: service.answer(person, key, 1, Against.TRUTH, "f1", Stance.AGREE),
    lambda service, person, key: service.finish(person, key),
]


@pytest.mark.parametrize("act", SIGNS_OF_LIFE, ids=("keep", "commit", "answer", "finish"))
def test_whatever_is_written_is_a_sign_of_life_and_nothing_else_is(service, store, person, key, act):
    service.commit(person, key, 1, MISSED)
    long_ago = datetime.now(UTC) - timedelta(days=100)
    with store.begin() as session:
        session.execute(update(SittingRow).values(started=long_ago, touched=long_ago))
    service.open(person, key)
    with pytest.raises(InputError):
        service.keep_draft(person, key, 2, "\x00")
    with pytest.raises(AccessError):
        service.keep_draft(add_person(store, "other"), key, 2, "mine")
    with store.look() as session:
        assert session.scalar(select(SittingRow.touched)) == long_ago
    act(service, person, key)
    assert sweep(store, datetime.now(UTC), 30) == 0
    with store.look() as session:
        assert datetime.now(UTC) - session.scalar(select(SittingRow.touched)) < timedelta(minutes=1)


@only_sqlite
def test_a_film_that_is_gone_leaves_the_draft(store, person, tmp_path):
    folder = put_case(tmp_path, "only")
    cases = [load_case(folder, "")]
    service = Sittings(store, lambda: cases)
    key = service.begin(person, Wish(size=1, normals=0), None).key
    (folder / "film.png").unlink()
    with pytest.raises(InputError):
        service.commit(person, key, 1, SEEN)
    assert service.open(person, key).turns[0].draft == SEEN


@only_sqlite
def test_a_correction_holds_for_what_is_committed_later(service, store, person, key, few_cases):
    first = service.commit(person, key, 1, SEEN)
    corrected = ImageReading(reader="reference")
    for case in few_cases:
        rule(store, person, case, corrected, "There is nothing on it.")
    second = service.commit(person, key, 2, SEEN)
    turns = service.open(person, key).turns
    assert turns[0] == first
    assert turns[0].report.flags == ()
    assert (turns[1].truth, turns[2].truth) == (corrected, corrected)
    assert [flag.kind for flag in second.report.flags] == [FlagKind.UNSUPPORTED]
    assert service.case(first).reading == corrected


@only_sqlite
def test_no_word_of_a_draft_is_logged(service, person, key, caplog):
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.INFO, "sqlalchemy.engine")  # statements, without what they carry
    service.keep_draft(person, key, 1, "Right pneumothorax of Mrs. X")
    service.commit(person, key, 1, "Right pneumothorax of Mrs. X")
    assert caplog.records and "Mrs. X" not in caplog.text
