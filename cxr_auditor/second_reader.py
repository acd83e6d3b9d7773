"""A second reader: several readings of one film as one, and who saw what.

Readers vote on each side of a finding (on the heart as a whole): it is present where a set number of them see it, uncertain where fewer do,
absent where that many looked and did not see it, and nobody did. A reader that names no side is laid on the sides that others name, as the
judge does. A reader that failed or gave no usable answer has no vote and takes none away: fewer have to agree then, and the notes say so.

Boxes of one finding that overlap are fused: weighted boxes fusion (Solovyev, Wang, Gabruseva, "Weighted boxes fusion", Image and Vision
Computing 107, 2021), written out here because the published package brings a compiler (numba) for forty lines of arithmetic.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from .errors import InputError
from .findings import Finding, Side, Status, ordered_sides
from .geometry import Box, iou
from .schema import ImageFinding, ImageReading, ReadingStatus
from .second_notes import JOINED, fewer_line, not_used_line, numbered, sides_line

SAME_PLACE = 0.4  # intersection over union from which two boxes mean the same place


@dataclass(frozen=True)
class Agreement:
    """Who says what about one finding, wherever it lies; names of readers.

    `sides_differ`: those who see it and name a side do not all name the same sides.
    """

    finding: Finding
    present: tuple[str, ...] = ()
    uncertain: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    sides_differ: bool = False

    @property
    def unanimous(self) -> bool:
        """Every reader that looked says the same, at least two did, and about the same sides."""
        looked = [names for names in (self.present, self.uncertain, self.absent) if names]
        return len(looked) == 1 and len(looked[0]) >= 2 and not self.sides_differ


@dataclass(frozen=True)
class SecondReading:
    """`reading`: the fused one, fit for an audit. `agreements`: one for every finding, in the vocabulary's order."""

    reading: ImageReading
    agreements: tuple[Agreement, ...]


def second_reading(readings: Sequence[ImageReading], needed: int = 2) -> SecondReading:
    """Fuses two or more readings of one film; `needed` readers make a finding count, or all that can be used where those are fewer.

    Readings that can't be used are named in the notes. Where a single one is left, it is the answer as it stands.
    Raises InputError for fewer than two readings or an impossible `needed`.
    """
    if len(readings) < 2:
        raise InputError(f"A second reading needs at least two readings, but got {len(readings)}.", "Name two readers.")
    if not 1 <= needed <= len(readings):
        raise InputError(
            f"The number of readers that must agree must be 1 to {len(readings)}, but is {needed}.", "Lower it, or add readers."
        )
    names = numbered([reading.reader for reading in readings])
    usable = {name: reading for name, reading in zip(names, readings, strict=True) if reading.usable}
    notes = [not_used_line(r.reader, r.message or r.status.value) for r in readings if not r.usable]
    common = {"reader": JOINED.join(r.reader for r in readings), "revision": JOINED.join(r.revision for r in readings)}
    if not usable:
        every_failed = all(reading.status is ReadingStatus.FAILED for reading in readings)
        status = ReadingStatus.FAILED if every_failed else ReadingStatus.NOTHING_USABLE
        message = " ".join(notes)
        unread = ImageReading(**common, status=status, scope=(), silence_means_absent=False, notes=tuple(notes), message=message)
        return SecondReading(unread, tuple(Agreement(finding) for finding in Finding))
    if len(usable) < len(readings):
        notes.append(fewer_line(list(usable), len(readings)))
    ballots = [_Ballot(finding, usable) for finding in Finding]
    agreements = tuple(ballot.agreement() for ballot in ballots)
    notes += [sides_line(agreement.finding) for agreement in agreements if agreement.sides_differ]
    if len(usable) == 1:
        (only,) = usable.values()
        return SecondReading(only.model_copy(update={**common, "notes": (*notes, *only.notes)}), agreements)
    fused = ImageReading(
        **common,
        scope=tuple(finding for finding in Finding if any(finding in reading.scope for reading in usable.values())),
        silence_means_absent=False,
        findings=tuple(fused for ballot in ballots for fused in ballot.fused(min(needed, len(usable)))),
        other=tuple(dict.fromkeys(one for reading in usable.values() for one in reading.other)),
        notes=tuple(notes),
        prompts={prompt: sha for reading in usable.values() for prompt, sha in reading.prompts.items()},
    )
    return SecondReading(fused, agreements)


_SEEN = (Status.PRESENT, Status.UNCERTAIN)
_SOMEWHERE = None  # the place of a finding without sides, and of one to which nobody gives a side


@dataclass(frozen=True)
class _Statement:
    """One statement of one reader, laid on the places that it is about."""

    reader: str
    status: Status
    box: Box | None
    places: frozenset[Side | None]


class _Ballot:
    """The vote on one finding. `usable`: readings by their readers' names."""

    def __init__(self, finding: Finding, usable: dict[str, ImageReading]):
        self.finding, self.usable = finding, usable
        self.everywhere: tuple[Side | None, ...] = tuple(Side) if finding.has_sides else (_SOMEWHERE,)
        self.own = {name: tuple(f for f in reading.findings if f.finding is finding) for name, reading in usable.items()}
        home = _named_sides(f for own in self.own.values() for f in own)
        self.laid = [statement for name in usable for statement in self._laid(name, home)]

    def _laid(self, name: str, home: frozenset[Side]) -> Iterable[_Statement]:
        """A reader's statements; where it sees something and names no side, it means its own sides, else those of `home` it leaves open."""
        own = self.own[name]
        denied = {side for f in own if f.status is Status.ABSENT for side in f.sides}
        open_to = frozenset(Side) - denied or frozenset(Side)
        unnamed = _named_sides(own) or home & open_to or (open_to if home else {_SOMEWHERE})
        for f in own:
            places = f.sides or (self.everywhere if f.status is Status.ABSENT else unnamed)
            yield _Statement(name, f.status, f.box, frozenset(places))

    def votes(self, place: Side | None) -> dict[str, Status]:
        """What each reader that has looked there says of a place."""
        votes = {}
        for name, reading in self.usable.items():
            stated = [statement.status for statement in self.laid if statement.reader == name and place in statement.places]
            unnamed = any(f.status in _SEEN and not f.sides for f in self.own[name])  # may lie here as well: its silence rules out nothing
            if stated:
                votes[name] = max(stated, key=lambda status: status.strength)
            elif self.finding in reading.scope and reading.silence_means_absent and not unnamed:
                votes[name] = Status.ABSENT
        return votes

    def agreement(self) -> Agreement:
        votes = [self.votes(place) for place in self.everywhere]
        said = {name: self._overall(name, votes) for name in self.usable}
        sides = {frozenset(seen) for own in self.own.values() if (seen := {s for f in own if f.status is Status.PRESENT for s in f.sides})}
        wanted = (Status.PRESENT, Status.UNCERTAIN, Status.ABSENT, None)
        return Agreement(self.finding, *(tuple(n for n, own in said.items() if own is status) for status in wanted), len(sides) > 1)

    def _overall(self, name: str, votes: list[dict[str, Status]]) -> Status | None:
        """A reader's word on the finding as a whole; absent only where it rules out every side."""
        seen = [f.status for f in self.own[name] if f.status in _SEEN]
        if seen:
            return max(seen, key=lambda status: status.strength)
        return Status.ABSENT if all(vote.get(name) is Status.ABSENT for vote in votes) else None

    def fused(self, needed: int) -> list[ImageFinding]:
        """What the readers say together: a statement or a fused box for each place, one for both sides where it is the same."""
        somewhere = any(_SOMEWHERE in statement.places for statement in self.laid if statement.status in _SEEN)
        told: dict[tuple[Status, Box | None], list[Side | None]] = defaultdict(list)
        for place in dict.fromkeys((*self.everywhere, *([_SOMEWHERE] if somewhere else []))):
            status = _counted(self.votes(place).values(), needed)
            if status:
                for mark in self._marks(place, status) if status in _SEEN else [(status, None)]:
                    told[mark].append(place)
        ruled_out = (Status.ABSENT, None)
        if somewhere and len(told.get(ruled_out, ())) == len(self.everywhere):
            del told[ruled_out]  # what somebody sees somewhere is not ruled out everywhere
        return [self._finding(status, box, places) for (status, box), places in told.items()]

    def _marks(self, place: Side | None, status: Status) -> list[tuple[Status, Box | None]]:
        """The fused boxes of those who see it at a place; a box that is nobody's certainty stays uncertain."""
        here = [statement for statement in self.laid if place in statement.places and statement.status in _SEEN]
        certain = {(statement.reader, statement.box) for statement in here if statement.status is Status.PRESENT}
        marks = [
            (status if any((name, box) in certain for name, box, _ in cluster.members) else Status.UNCERTAIN, cluster.box)
            for cluster in weighted_boxes_fusion([(statement.reader, statement.box) for statement in here if statement.box is not None])
        ]
        return marks if any(told is status for told, _ in marks) else [*marks, (status, None)]

    def _finding(self, status: Status, box: Box | None, places: list[Side | None]) -> ImageFinding:
        sides = ordered_sides(place for place in places if place)
        if status is Status.ABSENT and set(places) == set(self.everywhere):
            sides = ()
        return ImageFinding(finding=self.finding, status=status, sides=sides, box=box)


def _counted(votes: Iterable[Status], needed: int) -> Status | None:
    """The verdict on one place; None where too few looked."""
    votes = list(votes)
    if votes.count(Status.PRESENT) >= needed:
        return Status.PRESENT
    if any(vote in _SEEN for vote in votes):
        return Status.UNCERTAIN
    return Status.ABSENT if votes.count(Status.ABSENT) >= needed else None


def _named_sides(findings: Iterable[ImageFinding]) -> frozenset[Side]:
    """Sides of what is seen for certain; where none is named, sides of what is possible."""
    findings = list(findings)
    certain, possible = (frozenset(side for f in findings if f.status is status for side in f.sides) for status in _SEEN)
    return certain or possible


@dataclass
class Cluster:
    """Boxes that mean the same place, and their weighted mean. Members are (reader, box, weight)."""

    members: list[tuple[str, Box, float]] = field(default_factory=list)

    @property
    def box(self) -> Box:
        total = sum(weight for _, _, weight in self.members)
        mean = [sum(getattr(box, side) * weight for _, box, weight in self.members) / total for side in ("y0", "x0", "y1", "x1")]
        return Box(*(min(max(value, 0.0), 1.0) for value in mean))

    @property
    def readers(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for name, _, _ in self.members))


def weighted_boxes_fusion(
    boxes: Sequence[tuple[str, Box]], weights: Sequence[float] | None = None, same_place: float = SAME_PLACE
) -> list[Cluster]:
    """Clusters of (reader, box) pairs of one finding, each with its fused box, in order of place.

    Boxes are taken heaviest first (ties: in order of place and name, so the result does not hang on the order of the readings); each
    joins the cluster whose fused box it overlaps most, from `same_place` on, else it starts one. A readers' own two boxes stay apart.

    >>> cluster, = weighted_boxes_fusion([("a", Box(0, 0, 0.4, 0.4)), ("b", Box(0, 0, 0.6, 0.4))])
    >>> cluster.box, cluster.readers
    (Box(y0=0.0, x0=0.0, y1=0.5, x1=0.4), ('a', 'b'))
    """
    weights = [1.0] * len(boxes) if weights is None else weights
    if len(weights) != len(boxes) or any(not weight > 0 for weight in weights):
        raise ValueError(f"weights must be {len(boxes)} positive numbers, but got {list(weights)}")
    clusters: list[Cluster] = []
    for weight, box, name in sorted(((w, b, n) for (n, b), w in zip(boxes, weights, strict=True)), key=lambda m: (-m[0], m[1], m[2])):
        open_to = [cluster for cluster in clusters if name not in cluster.readers and iou(cluster.box, box) >= same_place]
        nearest = max(open_to, key=lambda cluster: iou(cluster.box, box), default=None)
        if nearest is None:
            clusters.append(nearest := Cluster())
        nearest.members.append((name, box, weight))
    return sorted(clusters, key=lambda cluster: cluster.box)
