"""Signing in: tokens that end, tries that are counted, and nothing that tells an unknown name from a wrong password."""

import hashlib
import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from cheap import CHEAP, RIGHT, WRONG, Clock
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select

from cxr_auditor.teaching.accounts import Accounts
from cxr_auditor.teaching.keeping import forget
from cxr_auditor.teaching.passwords import Passwords
from cxr_auditor.teaching.sign_in_limit import PER_ADDRESS, PER_NAME, WINDOW, TooManyTries, wait
from cxr_auditor.teaching.sign_ins import IDLE, SignIns, WrongPassword
from cxr_auditor.teaching.store.tables import FailedSignInRow, PersonRow, SignInRow


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def accounts(store):
    accounts = Accounts(store, CHEAP)
    accounts.add("ada", RIGHT)
    accounts.add("bo", RIGHT)
    return accounts


@pytest.fixture
def sign_ins(store, accounts, clock):
    return SignIns(store, CHEAP, clock)


def fail(sign_ins, times, name="ada", address="10.0.0.1"):
    for _ in range(times):
        with pytest.raises(WrongPassword):
            sign_ins.sign_in(name, WRONG, address)


# Tokens


def test_who_signs_in_is_known_by_the_token(sign_ins, accounts):
    token = sign_ins.sign_in(" Ada", RIGHT, "10.0.0.1")
    assert sign_ins.person(token) == accounts.named("ada")
    assert sign_ins.person(token[:-1]) is sign_ins.person("") is None
    assert sign_ins.sign_in("ada", RIGHT, "10.0.0.1") != token  # a second browser
    sign_ins.sign_out(token)
    assert sign_ins.person(token) is None


def test_the_store_holds_no_token(sign_ins, store):
    token = sign_ins.sign_in("ada", RIGHT, "10.0.0.1")
    with store.look() as session:
        assert session.scalars(select(SignInRow.token)).all() == [hashlib.sha256(token.encode()).hexdigest()]
    assert len(token) >= 43  # 32 bytes


def test_a_sign_in_ends_when_nobody_uses_it(sign_ins, clock):
    token = sign_ins.sign_in("ada", RIGHT, "10.0.0.1")
    clock.move(seconds=IDLE.total_seconds() - 1)
    assert sign_ins.person(token)  # and is prolonged by this use
    clock.move(seconds=IDLE.total_seconds() - 1)
    assert sign_ins.person(token)
    clock.move(seconds=IDLE.total_seconds())
    assert sign_ins.person(token) is None


def test_a_new_password_ends_the_sign_ins_of_this_person_only(sign_ins, accounts):
    ada, bo = (sign_ins.sign_in(name, RIGHT, "10.0.0.1") for name in ("ada", "bo"))
    accounts.set_password("ada", "four quiet herons")
    assert sign_ins.person(ada) is None and sign_ins.person(bo)
    fail(sign_ins, 1)
    with pytest.raises(WrongPassword):
        sign_ins.sign_in("ada", RIGHT, "10.0.0.1")
    assert sign_ins.sign_in("ada", "four quiet herons", "10.0.0.1")


def test_who_is_removed_is_signed_out(sign_ins, accounts, store):
    token = sign_ins.sign_in("ada", RIGHT, "10.0.0.1")
    forget(store, accounts.named("ada"))
    assert sign_ins.person(token) is None


@pytest.mark.parametrize("meanwhile", ["changed", "removed"])
def test_a_password_that_ends_while_it_is_looked_at_lets_nobody_in(store, accounts, clock, meanwhile):
    class Slow(Passwords):
        def fits(self, kept, given):
            accounts.set_password("ada", "four quiet herons") if meanwhile == "changed" else forget(store, accounts.named("ada"))
            return CHEAP.fits(kept, given)

    with pytest.raises(WrongPassword):
        SignIns(store, Slow(CHEAP._hasher), clock).sign_in("ada", RIGHT, "10.0.0.1")
    with store.look() as session:
        assert session.scalar(select(func.count(SignInRow.token))) == 0


def test_an_old_hash_is_made_anew_when_its_password_is_known(store, accounts, clock):
    today = Passwords()
    with store.look() as session:
        before = session.scalar(select(PersonRow.password).where(PersonRow.name == "ada"))
    assert SignIns(store, today, clock).sign_in("ada", RIGHT, "10.0.0.1")
    with store.look() as session:
        after = session.scalar(select(PersonRow.password).where(PersonRow.name == "ada"))
    assert today.outdated(before) and not today.outdated(after) and today.fits(after, RIGHT)


# The limit


@pytest.mark.parametrize("name", ["ada", "nobody", "not a name", "a\0b"])
def test_the_right_password_is_refused_too_while_one_has_to_wait(sign_ins, clock, name):
    fail(sign_ins, PER_NAME, name)
    for password in (WRONG, RIGHT):
        with pytest.raises(TooManyTries, match="Wait 15 minutes") as refused:
            sign_ins.sign_in(name, password, "10.0.0.2")
        assert refused.value.seconds == WINDOW.total_seconds()
    clock.move(minutes=14, seconds=30)
    with pytest.raises(TooManyTries, match="Wait 1 minute,"):
        sign_ins.sign_in(name, RIGHT, "10.0.0.2")
    clock.move(seconds=30)
    if name == "ada":
        assert sign_ins.sign_in(name, RIGHT, "10.0.0.2")
    else:
        fail(sign_ins, 1, name)


def test_other_names_are_not_kept_waiting(sign_ins):
    fail(sign_ins, PER_NAME, "ada", "10.0.0.1")
    assert sign_ins.sign_in("bo", RIGHT, "10.0.0.1")


def test_an_address_that_tries_many_names_has_to_wait(sign_ins):
    for number in range(PER_ADDRESS):
        fail(sign_ins, 1, f"guess{number}", "10.0.0.1")
    with pytest.raises(TooManyTries):
        sign_ins.sign_in("ada", RIGHT, "10.0.0.1")
    assert sign_ins.sign_in("ada", RIGHT, "10.0.0.2")


def test_signing_in_as_oneself_does_not_reset_the_address(sign_ins):
    for number in range(PER_ADDRESS):
        sign_ins.sign_in("bo", RIGHT, "10.0.0.1")
        fail(sign_ins, 1, f"guess{number}", "10.0.0.1")
    with pytest.raises(TooManyTries):
        sign_ins.sign_in("bo", RIGHT, "10.0.0.1")


@pytest.mark.parametrize(
    "one, other, same",
    [
        ("2001:db8::1", "2001:db8::ffff:2", True),  # one /64: one household or ward
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("10.0.0.1", "::ffff:10.0.0.1", True),  # the same address as IPv6 writes it
        ("10.0.0.1", "10.0.0.2", False),
        ("", "", True),  # a server on a socket that knows no address
    ],
)
def test_what_counts_as_one_address(sign_ins, one, other, same):
    for number in range(PER_ADDRESS):
        fail(sign_ins, 1, f"guess{number}", one)
    if same:
        with pytest.raises(TooManyTries):
            sign_ins.sign_in("ada", RIGHT, other)
    else:
        assert sign_ins.sign_in("ada", RIGHT, other)


def test_the_right_password_clears_the_name(sign_ins):
    fail(sign_ins, PER_NAME - 1)
    sign_ins.sign_in("ada", RIGHT, "10.0.0.9")
    fail(sign_ins, PER_NAME)


def test_tries_at_once_do_not_outrun_the_limit(sign_ins):
    def attempt(_):
        try:
            sign_ins.sign_in("ada", WRONG, "10.0.0.1")
        except (WrongPassword, TooManyTries) as error:
            return type(error)

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(attempt, range(24)))
    assert answers.count(WrongPassword) == PER_NAME and answers.count(TooManyTries) == 24 - PER_NAME


def test_a_whole_class_signs_in_at_once_from_one_address(sign_ins):
    with ThreadPoolExecutor(12) as pool:
        tokens = set(pool.map(lambda number: sign_ins.sign_in(("ada", "bo")[number % 2], RIGHT, "10.0.0.1"), range(30)))
    assert len(tokens) == 30


def test_failures_that_no_longer_count_are_deleted(sign_ins, store, clock):
    fail(sign_ins, 3)
    clock.move(minutes=15)
    sign_ins.sign_in("bo", RIGHT, "10.0.0.1")
    with store.look() as session:
        assert session.scalar(select(func.count(FailedSignInRow.id))) == 0


def test_what_is_kept_of_a_failure_names_nobody(sign_ins, store):
    fail(sign_ins, 1, "ada", "10.0.0.1")
    with store.look() as session:
        assert all(len(who) == 64 and "ada" not in who for who in session.scalars(select(FailedSignInRow.who)))


def test_no_log_holds_a_password_a_token_a_name_or_an_address(sign_ins, caplog):
    caplog.set_level(logging.DEBUG)
    token = sign_ins.sign_in("ada", RIGHT, "10.99.0.1")
    fail(sign_ins, PER_NAME, "ada", "10.99.0.1")
    with pytest.raises(TooManyTries):
        sign_ins.sign_in("ada", RIGHT, "10.99.0.1")
    assert not any(secret in caplog.text for secret in (token, RIGHT, WRONG, "10.99", "ada"))


# The limit, whatever happens

times = st.lists(st.integers(0, 3600), max_size=40)


@given(times, st.integers(1, 6), st.integers(0, 3600))
def test_waiting_as_told_is_enough_and_no_shorter_wait_is(seconds, limit, now):
    start = Clock().now
    failures, now = [start + timedelta(seconds=s) for s in seconds if s <= now], start + timedelta(seconds=now)
    told = wait(failures, limit, now)
    assert timedelta() <= told <= WINDOW
    assert wait(failures, limit, now + told) == timedelta()
    if told:
        assert wait(failures, limit, now + told - timedelta(seconds=1)) > timedelta()
    else:
        assert sum(now - at < WINDOW for at in failures) < limit


step = st.tuples(st.sampled_from(["ada", "bo", "nobody"]), st.booleans(), st.sampled_from(["10.0.0.1", "10.0.0.2"]), st.integers(0, 400))


@pytest.mark.parametrize("backend", ["sqlite"])
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(step, min_size=12, max_size=40))
def test_whatever_is_tried_the_limit_is_exactly_what_it_says(store, accounts, steps):
    """Held against a plain count of every failure so far."""
    with store.begin() as session:
        session.execute(delete(FailedSignInRow))
    clock = Clock()
    sign_ins = SignIns(store, CHEAP, clock)
    by_name, by_address = {}, {}
    for name, right, address, seconds in steps:
        clock.move(seconds=seconds)
        failures = [(by_name.setdefault(name, []), PER_NAME), (by_address.setdefault(address, []), PER_ADDRESS)]
        blocked = any(sum(clock.now - at < WINDOW for at in past) >= limit for past, limit in failures)
        try:
            sign_ins.sign_in(name, RIGHT if right else WRONG, address)
            came = "in"
            by_name[name].clear()
        except WrongPassword:
            came = "wrong"
            for past, _ in failures:
                past.append(clock.now)
        except TooManyTries:
            came = "blocked"
        assert came == ("blocked" if blocked else "in" if right and name != "nobody" else "wrong")
