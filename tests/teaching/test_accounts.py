"""Accounts: which names, passwords and groups are taken, what is kept of them, who may come in where."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from argon2 import PasswordHasher
from cheap import CHEAP, RIGHT, WRONG
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from cxr_auditor.errors import InputError
from cxr_auditor.teaching import accounts as accounts_module
from cxr_auditor.teaching.accounts import Accounts, account_name, group_name, small_name
from cxr_auditor.teaching.passwords import LONGEST, SHORTEST, Passwords
from cxr_auditor.teaching.people import local_person
from cxr_auditor.teaching.records import Person, Role
from cxr_auditor.teaching.store.tables import GroupRow, PersonRow


@pytest.fixture
def accounts(store):
    return Accounts(store, CHEAP)


def test_a_new_account_is_a_trainee_in_no_group(accounts):
    ada = accounts.add(" Ada ", RIGHT)
    assert ada == Person(id=ada.id, name="ada", role=Role.TRAINEE) == accounts.named("ADA")
    assert accounts.everybody() == (ada,)


def test_people_of_one_group_share_it_however_it_is_written(accounts):
    ada = accounts.add("ada", RIGHT, Role.TEACHER, "Ward  7")
    bo = accounts.add("bo", RIGHT, group="ward 7")
    assert (ada.group, bo.group) == ("Ward 7", "Ward 7")
    assert accounts.set_group("bo", None).group is None
    assert accounts.set_group("bo", "Ward 8").group == "Ward 8" == accounts.named("bo").group
    assert accounts.set_role("bo", Role.TEACHER).role is Role.TEACHER is accounts.named("bo").role


@pytest.mark.parametrize(
    "first, again",
    [
        ("Ärzte", "Ärzte"),  # a capital that is not ASCII
        ("Ärzte", "ärzte"),
        ("ärzte", "ÄRZTE"),
        ("Ärzte", "A\u0308rzte"),  # as macOS types it
        ("Straße 7", "STRASSE 7"),
        ("Группа", "группа"),
    ],
)
def test_a_group_is_one_in_any_alphabet(accounts, first, again):
    accounts.add("ada", RIGHT, Role.TEACHER, first)
    assert accounts.add("bo", RIGHT, group=again).group == first
    accounts.add("cy", RIGHT)
    assert accounts.set_group("cy", again).group == first
    assert accounts.add("di", RIGHT, group="Another").group == "Another"


def test_groups_that_were_told_apart_before_stay_as_they_are_written(accounts, store):
    with store.begin() as session:
        session.add_all([GroupRow(name="Ärzte"), GroupRow(name="ärzte")])
    assert [accounts.add(name, RIGHT, group=group).group for name, group in (("ada", "ärzte"), ("bo", "Ärzte"), ("cy", "ÄRZTE"))] == [
        "ärzte",
        "Ärzte",
        "Ärzte",
    ]


def test_what_the_database_refuses_is_not_taken_for_a_name_that_is_taken(accounts, monkeypatch):
    monkeypatch.setattr(accounts_module, "as_person", lambda row: (_ for _ in ()).throw(IntegrityError("", {}, Exception("another"))))
    with pytest.raises(IntegrityError):
        accounts.add("ada", RIGHT)


def test_of_two_programs_that_make_a_group_at_once_both_get_it(accounts, monkeypatch):
    seen = accounts_module._group_called
    blind = iter([True])  # the first look was before the other one wrote
    monkeypatch.setattr(accounts_module, "_group_called", lambda *given: None if next(blind, False) else seen(*given))
    with accounts.store.begin() as session:
        session.add(GroupRow(name="Ward 7"))
    assert accounts.add("ada", RIGHT, group="Ward 7").group == "Ward 7"


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "ada lovelace",  # a blank inside
        "hf.co/ada",  # somebody's place who comes in through Hugging Face
        "local",  # the one user of a page without login
        "LOCAL",
        "-ada",  # an option of the command line
        "ада",  # Cyrillic, looks like Latin letters
        "a" * 61,
        "a\0b",
        "<b>ada</b>",
    ],
)
def test_names_that_are_refused(name):
    with pytest.raises(InputError) as refused:
        account_name(name)
    assert refused.value.hint


def test_nothing_is_added_where_anything_is_refused(accounts):
    for name, password, group in (("a b", RIGHT, None), ("ada", "short", None), ("ada", RIGHT, "<b>")):
        with pytest.raises(InputError):
            accounts.add(name, password, group=group)
    assert accounts.everybody() == ()


def test_a_name_is_given_once(accounts):
    accounts.add("ada", RIGHT)
    with pytest.raises(InputError, match="There is an account 'ada' already"):
        accounts.add("Ada", RIGHT)


def test_of_two_who_want_a_name_at_once_one_gets_it(accounts, monkeypatch):
    monkeypatch.setattr(accounts, "check_free", lambda *_: None)  # both looked before either wrote
    accounts.add("ada", RIGHT)
    with pytest.raises(InputError, match="already"):
        accounts.add("ada", RIGHT)
    assert len(accounts.everybody()) == 1


@pytest.mark.parametrize("group", ["", "  ", "x" * 61, "a\0b", "<b>"])
def test_groups_that_are_refused(group):
    with pytest.raises(InputError, match="group"):
        group_name(group)


@pytest.mark.parametrize(
    "password",
    [
        "",
        "x" * (SHORTEST - 1),
        "x" * SHORTEST,  # one character over and over
        "xy" * LONGEST,
    ],
)
def test_passwords_that_are_refused_and_not_repeated(password):
    with pytest.raises(InputError) as refused:
        CHEAP.new(password)
    assert not password or password not in str(refused.value)


def test_nobody_is_told_from_somebody(accounts):
    assert accounts.any() is False
    local_person(accounts.store)  # has no password: nobody can sign in yet
    assert accounts.any() is False
    accounts.add("ada", RIGHT)
    assert accounts.any() is True


def test_who_comes_in_without_a_password_gets_none(accounts):
    local_person(accounts.store)
    accounts.of_hugging_face("ada", Role.TRAINEE)
    for name in ("local", "hf.co/ada"):
        with pytest.raises(InputError, match="without a password"):
            accounts.set_password(name, RIGHT)
        with pytest.raises(InputError, match="without a password"):
            accounts.need_password(name)
        with pytest.raises(InputError, match="CXR_AUDITOR_TEACHERS"):  # the next request would undo it
            accounts.set_role(name, Role.TEACHER)


def test_what_concerns_nobody_names_the_name(accounts):
    changes = {"named": (), "need_password": (), "set_password": (RIGHT,), "set_group": ("a",), "set_role": (Role.TEACHER,)}
    for change, more in changes.items():
        with pytest.raises(InputError, match="'zoe'.*users list"):
            getattr(accounts, change)("zoe", *more)


# Hugging Face


def test_who_comes_through_hugging_face_is_made_once_and_has_todays_role(accounts):
    first = accounts.of_hugging_face("Ada", Role.TRAINEE)
    assert (first.name, first.role) == ("hf.co/Ada", Role.TRAINEE)
    assert accounts.of_hugging_face("Ada", Role.TRAINEE) == first
    assert accounts.of_hugging_face("Ada", Role.TEACHER) == first.model_copy(update={"role": Role.TEACHER})
    assert len(accounts.everybody()) == 1


def test_nobody_at_hugging_face_can_take_a_place_here(accounts):
    local, ada = local_person(accounts.store), accounts.add("ada", RIGHT)
    assert {accounts.of_hugging_face(name, Role.TRAINEE).id for name in ("local", "ada")}.isdisjoint({local.id, ada.id})


def test_first_requests_at_once_make_one_person(accounts):
    with ThreadPoolExecutor(8) as pool:
        people = list(pool.map(lambda _: accounts.of_hugging_face("ada", Role.TRAINEE), range(8)))
    assert set(people) == set(accounts.everybody()) and len(set(people)) == 1


# Passwords


def test_what_is_kept_is_an_argon2id_hash(store):
    Accounts(store).add("ada", RIGHT)  # with the parameters of the library
    with store.look() as session:
        kept = session.query(PersonRow.password).scalar()
    assert kept.startswith("$argon2id$") and RIGHT not in kept
    PasswordHasher().verify(kept, RIGHT)


class Counting(PasswordHasher):
    """Counts what costs time."""

    work = 0

    def hash(self, password):
        self.work += 1
        return super().hash(password)

    def verify(self, hash, password):
        self.work += 1
        return super().verify(hash, password)


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("password", [RIGHT, WRONG, "", "x" * 10_000])
def test_an_unknown_name_costs_as_much_as_a_known_one(known, password):
    hasher = Counting(time_cost=1, memory_cost=8, parallelism=1)
    passwords = Passwords(hasher)
    kept = passwords.new(RIGHT) if known else None
    passwords.fits(None, WRONG)  # the first try of all makes the decoy
    before = hasher.work
    assert passwords.fits(kept, password) is (known and password == RIGHT)
    assert hasher.work == before + 1


def test_a_password_is_one_however_its_letters_are_put_together():
    assert CHEAP.fits(CHEAP.new("Schlüssel-Bär-42"), "Schlu\u0308ssel-Ba\u0308r-42")


def test_a_password_longer_than_any_is_not_cut_to_fit():
    longest = "ab" * (LONGEST // 2)
    assert CHEAP.fits(CHEAP.new(longest), longest) and not CHEAP.fits(CHEAP.new(longest), longest + "x")


def test_hashes_with_other_parameters_are_outdated():
    assert Passwords().outdated(CHEAP.new(RIGHT)) and not CHEAP.outdated(CHEAP.new(RIGHT))


@given(st.text())
def test_any_text_can_be_tried_as_a_name_or_a_password(text):
    assert CHEAP.fits(None, text) is False
    assert small_name(text) is None or small_name(small_name(text)) == small_name(text)
