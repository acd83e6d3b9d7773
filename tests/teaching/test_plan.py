"""Which cases a session is made of."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sittings import EFFUSION, HEART, LEFT, NODULE, PNEUMOTHORAX, case, film

from cxr_auditor.errors import InputError
from cxr_auditor.teaching.plan import choose, shown
from cxr_auditor.teaching.records import Wish

LIBRARY = [
    *(case(f"normal-{i}", film()) for i in range(8)),
    *(case(f"effusion-{i}", film((EFFUSION, LEFT)), "hard" if i % 2 else "easy") for i in range(8)),
    *(case(f"pneumothorax-{i}", film((PNEUMOTHORAX, LEFT), (HEART, None)), "medium") for i in range(8)),
]
BY_NAME = {case.name: case for case in LIBRARY}
wishes = st.builds(Wish, size=st.integers(1, 24), normals=st.floats(0, 1), seed=st.integers(0, 99), again=st.booleans())


@given(wish=wishes, due=st.lists(st.sampled_from(sorted(BY_NAME)), unique=True), turned=st.booleans())
def test_a_set_has_its_size_without_repeats_whatever_the_librarys_order(wish, due, turned):
    names = choose(LIBRARY[::-1] if turned else LIBRARY, wish, due)
    assert len(names) == len(set(names)) == wish.size
    assert names == choose(LIBRARY, wish, due)
    if wish.again:
        assert set(due[: wish.size // 2]) <= set(names)


@given(wish=st.builds(Wish, size=st.integers(1, 8), normals=st.floats(0, 1), seed=st.integers(0, 99)))
def test_the_share_of_normals_holds_where_the_library_has_them(wish):
    names = choose(LIBRARY, wish)
    assert sum(not shown(BY_NAME[name]) for name in names) == round(wish.size * wish.normals)


def test_another_seed_is_another_set():
    assert len({choose(LIBRARY, Wish(size=6, seed=seed)) for seed in range(10)}) == 10


def test_only_the_findings_and_difficulties_asked_for():
    names = choose(LIBRARY, Wish(size=4, findings=(EFFUSION,), difficulties=("hard",), normals=0))
    assert all(name.startswith("effusion") and BY_NAME[name].difficulty == "hard" for name in names)


def test_a_film_with_a_wanted_finding_beside_another_fits():
    assert all(name.startswith("pneumothorax") for name in choose(LIBRARY, Wish(size=3, findings=(HEART,), normals=0)))


def test_too_few_are_told_by_number():
    with pytest.raises(InputError, match=r"has 8 fitting case\(s\), and 9"):
        choose(LIBRARY, Wish(size=9, findings=(NODULE,)))


@pytest.mark.parametrize("may_add", [True, False])
def test_only_who_may_add_cases_is_told_how(may_add):
    with pytest.raises(InputError) as told:
        choose(LIBRARY, Wish(size=50), may_add=may_add)
    assert ("cxr-auditor cases add" in told.value.hint) is may_add and "fewer cases" in told.value.hint


def test_a_set_of_one_is_what_is_due():
    assert all(choose(LIBRARY, Wish(size=1, seed=seed), due=["effusion-3", "normal-1"]) == ("effusion-3",) for seed in range(9))


def test_weak_findings_take_every_other_place():
    names = choose(LIBRARY, Wish(size=8, normals=0), weak=[PNEUMOTHORAX])
    assert sum(name.startswith("pneumothorax") for name in names) >= 4


def test_nothing_comes_back_when_it_is_not_wanted():
    drawn = choose(LIBRARY, Wish(size=4, again=False))
    assert choose(LIBRARY, Wish(size=4, again=False), due=sorted(BY_NAME)[:3], weak=[EFFUSION]) == drawn
