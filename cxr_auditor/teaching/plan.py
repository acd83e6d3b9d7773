"""Which cases a session is made of. Pure: the same library, wish and history give the same set."""

from collections.abc import Iterable, Sequence
from random import Random

from ..case_file import Case
from ..errors import InputError
from ..findings import Finding, Status
from .records import Wish


def choose(
    cases: Sequence[Case], wish: Wish, due: Sequence[str] = (), weak: Iterable[Finding] = (), may_add: bool = False
) -> tuple[str, ...]:
    """Names of `wish.size` cases in the order in which they are to be read.

    With `wish.again`, at most half of the set, but at least one, are cases `due` again, the first of them first; of the rest with a
    finding, every other one shows a `weak` finding where there is one. Where normal films (or films with a finding) run out, the others
    fill the set up. InputError where the library has too few fitting cases; `may_add`: whether to say how cases are added.
    """
    random = Random(f"{wish.seed}:{wish.size}")
    fitting = [case for case in sorted(cases, key=lambda case: case.name) if _fits(case, wish)]
    if len(fitting) < wish.size:
        add = ", or add cases: cxr-auditor cases add" if may_add else ""
        hint = f"Ask for fewer cases, more findings or another difficulty{add}."
        raise InputError(f"The library has {len(fitting)} fitting case(s), and {wish.size} were asked for.", hint)
    random.shuffle(fitting)
    again = [name for name in due if any(case.name == name for case in fitting)][: max(1, wish.size // 2)] if wish.again else []
    chosen = [case for case in fitting if case.name in again]
    fresh = [case for case in fitting if case.name not in again]
    normal = [case for case in fresh if not shown(case)]
    telling = _weak_first([case for case in fresh if shown(case)], set(weak) if wish.again else set())
    wanted = round(wish.size * wish.normals) - sum(not shown(case) for case in chosen)
    wanted = max(0, min(wanted, wish.size - len(chosen)))
    chosen += normal[:wanted]
    chosen += (telling + normal[wanted:])[: wish.size - len(chosen)]
    random.shuffle(chosen)
    return tuple(case.name for case in chosen)


def shown(case: Case) -> frozenset[Finding]:
    """The findings that a case's film shows or leaves open; empty for a normal film."""
    return frozenset(f.finding for f in case.reading.findings if f.status is not Status.ABSENT)


def _fits(case: Case, wish: Wish) -> bool:
    findings = shown(case)
    return (not wish.difficulties or case.difficulty in wish.difficulties) and (
        not findings or not wish.findings or bool(findings & set(wish.findings))
    )


def _weak_first(cases: list[Case], weak: set[Finding]) -> list[Case]:
    """Every other case one that shows a weak finding, as long as there are some."""
    first, rest = [case for case in cases if shown(case) & weak], [case for case in cases if not shown(case) & weak]
    mixed = []
    while first and rest:
        mixed += [first.pop(0), rest.pop(0)]
    return mixed + first + rest
