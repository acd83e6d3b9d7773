"""What a draft is going to say, before it has words: statements by section, first faithful, then with one known error."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from random import Random

from ...findings import NO_FINDING, Finding, Side, Status, ordered_sides
from ...schema import FlagKind, NoteKind
from .truth import TrueFinding, Truth


@dataclass(frozen=True)
class Say:
    """One statement that the draft is meant to make. `label` is a finding or NO_FINDING (the whole film is normal).

    `outright`: a denial without a qualifier ("no effusion", not "no large effusion").
    """

    label: Finding | str
    status: Status = Status.PRESENT
    sides: tuple[Side, ...] = ()
    outright: bool = False


@dataclass(frozen=True)
class Plan:
    """`body` is the draft, or its findings section where there is a `summary` (its impression; None for a draft of one section)."""

    body: tuple[Say, ...]
    summary: tuple[Say, ...] | None = None

    @property
    def says(self) -> tuple[Say, ...]:
        return self.body + (self.summary or ())

    def without(self, label) -> "Plan":
        def kept(says):
            return tuple(say for say in says if say.label != label)

        return Plan(kept(self.body), None if self.summary is None else kept(self.summary))

    def changed(self, label: Finding, change: Callable[[Say], Say]) -> "Plan":
        """With `change` made to every positive statement of a label; what is denied of it goes."""

        def each(says):
            kept = (say for say in says if say.label != label or say.status is not Status.ABSENT)
            return tuple(change(say) if say.label == label else say for say in kept)

        return Plan(each(self.body), None if self.summary is None else each(self.summary))


class ErrorType(StrEnum):
    """Mistakes that drafts make about films."""

    OMITTED = "omitted"
    DENIED = "denied"
    INVENTED = "invented"
    WRONG_SIDE = "wrong_side"
    ONE_SIDE_OF_TWO = "one_side_of_two"
    CONTRADICTED = "contradicted"
    OVER_HEDGED = "over_hedged"


@dataclass(frozen=True)
class Injected:
    """A mistake and what an audit should say of it: a flag's or a note's kind, the finding, sides (empty: any), urgent or not."""

    error: ErrorType
    finding: Finding
    expected: FlagKind | NoteKind
    sides: tuple[Side, ...] = ()

    @property
    def urgent(self) -> bool:
        """Flags about the urgent findings are urgent; a note interrupts nobody."""
        return self.finding.urgent and isinstance(self.expected, FlagKind)


_SUMMARY, _DENY, _SIDED_DENIAL, _UNSIDED, _NORMAL = 0.45, 0.6, 0.1, 0.08, 0.5


def faithful_plan(truth: Truth, random: Random) -> Plan:
    """A draft that agrees with the film: every finding on it said (doubtful ones as doubtful), some of the others denied.

    Raises ValueError for a film of which nothing is known.
    """
    if not truth.findings and not truth.absent:
        raise ValueError(f"a draft must be about something, but nothing is known of film {truth.case_id!r}")
    positive = [Say(found.finding, found.status, _said_sides(found, random)) for found in truth.findings]
    denied = [Say(finding, Status.ABSENT) for finding in truth.absent if random.random() < _DENY]
    for found in truth.findings:
        if len(found.sides) == 1 and random.random() < _SIDED_DENIAL:
            denied.append(Say(found.finding, Status.ABSENT, tuple(side for side in Side if side not in found.sides)))
    body = positive + denied
    random.shuffle(body)
    calm = not positive and len(truth.absent) == len(Finding)
    normal = [Say(NO_FINDING)] if calm and (not denied or random.random() < _NORMAL) else []
    if not body and not normal:
        body = [Say(truth.absent[0], Status.ABSENT)]
    if random.random() < _SUMMARY and (positive or normal):
        return Plan(tuple(body or normal), tuple(positive or normal))
    return Plan(tuple(body + normal))


def _said_sides(found: TrueFinding, random: Random) -> tuple[Side, ...]:
    return () if random.random() < _UNSIDED else found.sides


def possible_errors(truth: Truth) -> dict[ErrorType, tuple[Finding, ...]]:
    """For each type of error the findings it can be made about on this film."""
    present = [found for found in truth.findings if found.status is Status.PRESENT]
    every = tuple(found.finding for found in present)
    options = {
        ErrorType.OMITTED: every,
        ErrorType.DENIED: every,
        ErrorType.INVENTED: truth.absent,
        ErrorType.WRONG_SIDE: tuple(found.finding for found in present if len(found.sides) == 1),
        ErrorType.ONE_SIDE_OF_TWO: tuple(found.finding for found in present if len(found.sides) == 2),
        ErrorType.CONTRADICTED: every,
        ErrorType.OVER_HEDGED: every,
    }
    return {error: findings for error, findings in options.items() if findings}


def inject(plan: Plan, truth: Truth, error: ErrorType, finding: Finding, random: Random) -> tuple[Plan, Injected]:
    """The plan with one mistake about one finding, and what should be said of it."""
    found = truth.of(finding) or TrueFinding(finding)
    return _INJECTORS[error](plan, found, random)


def _omit(plan: Plan, found: TrueFinding, random: Random):
    plan = plan.without(found.finding)
    if not plan.body:
        plan = replace(plan, body=(Say(NO_FINDING),))
    return plan, Injected(ErrorType.OMITTED, found.finding, FlagKind.MISSING, found.sides)


def _deny(plan: Plan, found: TrueFinding, random: Random):
    bare = plan.without(found.finding)
    denial = Say(found.finding, Status.ABSENT, outright=True)
    where = random.randint(0, len(bare.body))
    bare = replace(bare, body=bare.body[:where] + (denial,) + bare.body[where:])
    return bare, Injected(ErrorType.DENIED, found.finding, FlagKind.MISSING, found.sides)


def _invent(plan: Plan, found: TrueFinding, random: Random):
    bare = plan.without(found.finding).without(NO_FINDING)
    sides = random.choice(((Side.LEFT,), (Side.RIGHT,), (Side.LEFT, Side.RIGHT), ())) if found.finding.has_sides else ()
    claim = Say(found.finding, Status.PRESENT, sides)
    where = random.randint(0, len(bare.body))
    bare = replace(bare, body=bare.body[:where] + (claim,) + bare.body[where:])
    if bare.summary is not None:
        bare = replace(bare, summary=bare.summary + (claim,))
    return bare, Injected(ErrorType.INVENTED, found.finding, FlagKind.UNSUPPORTED, sides)


def _wrong_side(plan: Plan, found: TrueFinding, random: Random):
    other = tuple(side for side in Side if side not in found.sides)
    plan = plan.changed(found.finding, lambda say: replace(say, sides=other))
    return plan, Injected(ErrorType.WRONG_SIDE, found.finding, FlagKind.WRONG_SIDE, found.sides)


def _one_side(plan: Plan, found: TrueFinding, random: Random):
    kept = random.choice(tuple(Side))
    plan = plan.changed(found.finding, lambda say: replace(say, sides=(kept,)))
    return plan, Injected(ErrorType.ONE_SIDE_OF_TWO, found.finding, FlagKind.MISSING, ordered_sides(set(Side) - {kept}))


def _contradict(plan: Plan, found: TrueFinding, random: Random):
    """The findings section says it, the impression denies it."""
    said = plan.changed(found.finding, lambda say: say)
    summary = tuple(say for say in said.summary or () if say.label not in (found.finding, NO_FINDING))
    plan = Plan(said.body, summary + (Say(found.finding, Status.ABSENT, outright=True),))
    return plan, Injected(ErrorType.CONTRADICTED, found.finding, FlagKind.CONTRADICTORY)


def _hedge(plan: Plan, found: TrueFinding, random: Random):
    plan = plan.changed(found.finding, lambda say: replace(say, status=Status.UNCERTAIN))
    return plan, Injected(ErrorType.OVER_HEDGED, found.finding, NoteKind.HEDGED, found.sides)


_INJECTORS = {
    ErrorType.OMITTED: _omit,
    ErrorType.DENIED: _deny,
    ErrorType.INVENTED: _invent,
    ErrorType.WRONG_SIDE: _wrong_side,
    ErrorType.ONE_SIDE_OF_TWO: _one_side,
    ErrorType.CONTRADICTED: _contradict,
    ErrorType.OVER_HEDGED: _hedge,
}
