"""Answers to flags, the end of a session, and who may see what of it."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select
from trainees import ILL, MISSED, SEEN, add_person, only_sqlite

from cxr_auditor.errors import InputError
from cxr_auditor.teaching.errors import AccessError
from cxr_auditor.teaching.records import Against, Role, Stance
from cxr_auditor.teaching.sittings import Sittings
from cxr_auditor.teaching.store.engine import open_store
from cxr_auditor.teaching.store.tables import AnswerRow, Base, PersonRow, SittingRow

# Answers


def test_the_last_answer_to_a_flag_holds(service, person, key):
    service.commit(person, key, 1, MISSED)
    service.answer(person, key, 1, Against.TRUTH, "f1", Stance.UNSURE, "hm")
    turn = service.answer(person, key, 1, Against.TRUTH, "f1", Stance.DISAGREE, "Skin fold. ☂")
    said = [(answer.against, answer.ref, answer.stance, answer.why) for answer in turn.answers]
    assert said == [(Against.TRUTH, "f1", Stance.DISAGREE, "Skin fold. ☂")]
    assert service.open(person, key).turns[0] == turn


def test_answers_at_once_are_one_row(service, store, person, key):
    service.commit(person, key, 1, MISSED)
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda i: service.answer(person, key, 1, Against.TRUTH, "f1", Stance.AGREE, str(i)), range(6)))
    with store.look() as session:
        assert session.scalar(select(func.count()).select_from(AnswerRow)) == 1


NO_ANSWER = [
    (2, Against.TRUTH, "f1", "", "Commit the draft first"),  # not committed: nothing is given away
    (1, Against.READER, "f1", "", "no such report"),  # no reader was chosen
    (1, Against.TRUTH, "f2", "", "no such flag"),  # there is one flag
    (1, Against.TRUTH, "u1", "", "no such flag"),  # an item, but no flag
    (1, Against.TRUTH, "f1", "x" * 501, "can have 500 characters"),
    (1, Against.TRUTH, "f1", "\x00", "no text can have"),
]


@only_sqlite
@pytest.mark.parametrize("number, against, ref, why, said", NO_ANSWER)
def test_what_is_no_answer_to_a_flag(service, person, key, number, against, ref, why, said):
    service.commit(person, key, 1, MISSED)
    with pytest.raises(InputError, match=said):
        service.answer(person, key, number, against, ref, Stance.AGREE, why)
    assert not any(turn.answers for turn in service.open(person, key).turns)


# The end


def test_a_finished_session_takes_answers_but_no_draft(service, person, key):
    done = service.commit(person, key, 1, MISSED)
    finished = service.finish(person, key).finished
    assert finished is not None
    assert service.finish(person, key).finished == finished
    for action in (service.keep_draft, service.commit):
        with pytest.raises(InputError, match="finished"):
            action(person, key, 2, SEEN)
    assert service.commit(person, key, 1, SEEN) == done
    assert len(service.answer(person, key, 1, Against.TRUTH, "f1", Stance.AGREE).answers) == 1


def test_with_a_person_goes_what_is_theirs(service, store, person, key):
    other = add_person(store, "other")
    kept = service.begin(other, ILL, None)
    service.commit(person, key, 1, MISSED)
    service.answer(person, key, 1, Against.TRUTH, "f1", Stance.AGREE)
    with store.begin() as session:
        session.delete(session.get(PersonRow, person.id))
    with store.look() as session:
        left = {table.name: session.scalar(select(func.count()).select_from(table)) for table in Base.metadata.sorted_tables}
    assert {name: count for name, count in left.items() if count} == {"people": 1, "sittings": 1, "turns": 3}
    assert service.open(other, kept.key) == kept


# Who may see what

OTHERS = [
    ("another trainee", Role.TRAINEE, None),  # no group, like the owner of `alone`
    ("a trainee of the group", Role.TRAINEE, "north"),
    ("a teacher without a group", Role.TEACHER, None),
    ("a teacher of another group", Role.TEACHER, "south"),
]


@only_sqlite
def test_a_teachers_own_session_is_no_other_teachers(service, store):
    tess, theo = (add_person(store, name, Role.TEACHER, "north") for name in ("tess", "theo"))
    key = service.begin(tess, ILL, None).key
    with pytest.raises(AccessError):
        service.open(theo, key)
    assert service.open(tess, key).person == tess.id


def actions(service, person, key):
    yield lambda: service.open(person, key)
    yield from writing(service, person, key)


def writing(service, person, key):
    yield lambda: service.keep_draft(person, key, 1, "mine now")
    yield lambda: service.commit(person, key, 1, "mine now")
    yield lambda: service.answer(person, key, 1, Against.TRUTH, "f1", Stance.AGREE)
    yield lambda: service.finish(person, key)


@only_sqlite
@pytest.mark.parametrize("name, role, group", OTHERS)
@pytest.mark.parametrize("owners_group", ["north", None])
def test_nobody_else_reaches_a_session(service, store, name, role, group, owners_group):
    owner = add_person(store, "owner", group=owners_group)
    key = service.begin(owner, ILL, None).key
    before = service.open(owner, key)
    other = add_person(store, name, role, group)
    refused = []
    for address in (key, "no-such-address"):
        for action in actions(service, other, address):
            with pytest.raises(AccessError) as caught:
                action()
            refused.append(str(caught.value))
    assert len(set(refused)) == 1  # it does not even say whether it exists
    assert service.open(owner, key) == before


def test_a_teacher_of_the_group_looks_but_does_not_touch(service, store):
    owner = add_person(store, "owner", group="north")
    key = service.begin(owner, ILL, None).key
    teacher = add_person(store, "teacher", Role.TEACHER, "north")
    assert service.open(teacher, key) == service.open(owner, key)
    for action in writing(service, teacher, key):
        with pytest.raises(AccessError):
            action()
    assert service.open(owner, key).turns[0].draft == ""


def test_a_teacher_lists_the_trainees_of_the_group_and_nobody_else(service, store):
    people = [add_person(store, name, group=group) for name, group in (("ann", "north"), ("ben", "north"), ("cy", "south"), ("di", None))]
    sittings = [service.begin(person, ILL, None) for person in people]
    teacher = add_person(store, "teacher", Role.TEACHER, "north")
    service.begin(teacher, ILL, None)
    service.begin(add_person(store, "other teacher", Role.TEACHER, "north"), ILL, None)
    assert service.of_group(teacher) == (sittings[1], sittings[0])
    assert service.of_group(add_person(store, "alone", Role.TEACHER)) == ()
    with pytest.raises(AccessError, match="Only a teacher"):
        service.of_group(people[0])


@only_sqlite
def test_who_was_a_teacher_when_the_page_was_loaded_may_be_none_now(service, store):
    owner = add_person(store, "owner", group="north")
    key = service.begin(owner, ILL, None).key
    teacher = add_person(store, "teacher", Role.TEACHER, "north")
    with store.begin() as session:
        session.get(PersonRow, teacher.id).role = Role.TRAINEE.value
    with pytest.raises(AccessError):
        service.open(teacher, key)


@only_sqlite
@pytest.mark.parametrize("number", [0, 4, -1])
def test_a_case_that_the_session_does_not_have(service, person, key, number):
    with pytest.raises(AccessError):
        service.keep_draft(person, key, number, SEEN)


@only_sqlite
def test_addresses_can_not_be_guessed(service, store, person):
    keys = {service.begin(person, ILL, None).key for _ in range(5)}
    assert len(keys) == 5 and all(len(key) == 22 for key in keys)  # 128 random bits
    with store.look() as session:
        assert set(session.scalars(select(SittingRow.key))) == keys


@only_sqlite
def test_two_programs_share_a_database(service, person, key, store_url, few_cases):
    other = open_store(store_url)
    Sittings(other, lambda: few_cases).keep_draft(person, key, 1, "from the other one")
    other.close()
    assert service.open(person, key).turns[0].draft == "from the other one"
