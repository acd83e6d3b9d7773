"""A teacher's rulings: the newest holds, who and when are kept, and nobody else may rule."""

import pytest
from sittings import EFFUSION, LEFT, NODULE, RIGHT, case, film

from cxr_auditor.errors import InputError
from cxr_auditor.teaching.errors import AccessError
from cxr_auditor.teaching.people import local_person
from cxr_auditor.teaching.records import Person, Role
from cxr_auditor.teaching.rulings import LONGEST_REASON, rule, rulings, settled, truth
from cxr_auditor.teaching.store.engine import open_store

CASE = case("a", film((EFFUSION, LEFT)))


@pytest.fixture
def store(tmp_path):
    store = open_store(f"sqlite:///{tmp_path / 'teaching.sqlite'}")
    yield store
    store.close()


def test_without_a_ruling_the_cases_file_holds(store):
    with store.look() as session:
        assert truth(session, CASE) == CASE.reading and rulings(session) == () and settled(session) == {}


def test_the_newest_ruling_holds_and_every_one_is_kept(store):
    teacher = local_person(store)
    first = rule(store, teacher, CASE, film((EFFUSION, RIGHT)), "The film was mirrored.")
    second = rule(store, teacher, CASE, film((EFFUSION, LEFT), (NODULE, LEFT)), " A nodule too. ")
    with store.look() as session:
        assert truth(session, CASE) == second.after
        assert truth(session, case("b", film())) == film()
        assert rulings(session, "a") == (second, first) == rulings(session)
        assert settled(session) == {"a": second.at}
    assert (second.before, second.by, second.why, second.upheld) == (first.after, "local", "A nodule too.", False)


def test_a_truth_that_stands_is_a_ruling_too(store):
    upheld = rule(store, local_person(store), CASE, CASE.reading, "It is there, behind the heart.")
    assert upheld.upheld
    with store.look() as session:
        assert "a" in settled(session)


@pytest.mark.parametrize("why", ["", "  ", "x" * (LONGEST_REASON + 1)])
def test_a_ruling_needs_a_reason_of_some_length(store, why):
    with pytest.raises(InputError, match="reason"):
        rule(store, local_person(store), CASE, CASE.reading, why)
    with store.look() as session:
        assert not rulings(session)


def test_a_truth_without_a_place_is_refused(store):
    with pytest.raises(InputError, match="Pleural effusion: .*box"):
        rule(store, local_person(store), CASE, film((EFFUSION, None)), "Somewhere.")


def test_a_trainee_can_not_rule(store):
    trainee = Person(id=local_person(store).id, name="ada", role=Role.TRAINEE)
    with pytest.raises(AccessError, match="Only a teacher"):
        rule(store, trainee, CASE, film(), "I think so.")
