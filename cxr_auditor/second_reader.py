"""A second reader: several readings of one film as one, and who saw what.

A finding counts (present) when a set number of readers see it, on a compatible side; seen by fewer it is uncertain; it is absent when
that many readers looked and did not see it, and nobody did. Boxes of one finding that overlap are fused: weighted boxes fusion
(Solovyev, Wang, Gabruseva, "Weighted boxes fusion", Image and Vision Computing 107, 2021), written out here because the published
package brings a compiler (numba) for forty lines of arithmetic.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from .errors import InputError
from .findings import Finding, Side, Status
from .geometry import Box, box_sides, iou
from .schema import ImageFinding, ImageReading, ReadingStatus

SAME_PLACE = 0.4  # intersection over union from which two boxes mean the same place


@dataclass(frozen=True)
class Agreement:
    """Who says what about one finding; names of readers. `other_side`: those who see it, but on the other side than the rest."""

    finding: Finding
    present: tuple[str, ...] = ()
    uncertain: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    sides_differ: bool = False

    @property
    def unanimous(self) -> bool:
        """Every reader that looked says the same, at least two did, and about the same side."""
        looked = [names for names in (self.present, self.uncertain, self.absent) if names]
        return len(looked) == 1 and len(looked[0]) >= 2 and not self.sides_differ


@dataclass(frozen=True)
class SecondReading:
    """`reading`: the fused one, fit for an audit. `agreements`: one for every finding, in the vocabulary's order."""

    reading: ImageReading
    agreements: tuple[Agreement, ...]


def second_reading(readings: Sequence[ImageReading], needed: int = 2) -> SecondReading:
    """Fuses two or more readings of one film; `needed` readers make a finding count.

    Readings that can't be used are named in the notes and count for nothing: with too few usable ones no finding is more than uncertain.
    Raises InputError for fewer than two readings or an impossible `needed`.
    """
    if len(readings) < 2:
        raise InputError(f"A second reading needs at least two readings, but got {len(readings)}.", "Name two readers.")
    if not 1 <= needed <= len(readings):
        raise InputError(
            f"The number of readers that must agree must be 1 to {len(readings)}, but is {needed}.", "Lower it, or add readers."
        )
    usable = [(name, reading) for name, reading in zip(_names(readings), readings, strict=True) if reading.usable]
    notes = [f"{reading.reader} could not be used: {reading.message or reading.status.value}" for reading in readings if not reading.usable]
    name = " + ".join(reading.reader for reading in readings)
    revision = " + ".join(reading.revision for reading in readings)
    if not usable:
        every_failed = all(reading.status is ReadingStatus.FAILED for reading in readings)
        status = ReadingStatus.FAILED if every_failed else ReadingStatus.NOTHING_USABLE
        unread = ImageReading(
            reader=name, revision=revision, status=status, scope=(), silence_means_absent=False, notes=tuple(notes), message=" ".join(notes)
        )
        return SecondReading(unread, tuple(Agreement(finding) for finding in Finding))
    if len(usable) < needed:
        notes.append(f"Only {len(usable)} of {len(readings)} readings can be used, {needed} must agree: no finding counts as certain.")
    scope = tuple(finding for finding in Finding if any(finding in reading.scope for _, reading in usable))
    agreements = tuple(_agreement(finding, usable) for finding in Finding)
    findings = [fused for agreement in agreements for fused in _fused(agreement, usable, needed)]
    notes += [f"The readers see {a.finding.display.lower()} on different sides." for a in agreements if a.sides_differ]
    prompts = {prompt: sha for _, reading in usable for prompt, sha in reading.prompts.items()}
    other = tuple(dict.fromkeys(one for _, reading in usable for one in reading.other))
    fused = ImageReading(
        reader=name,
        revision=revision,
        scope=scope,
        silence_means_absent=False,
        findings=tuple(findings),
        other=other,
        notes=tuple(notes),
        prompts=prompts,
    )
    return SecondReading(fused, agreements)


def _names(readings: Sequence[ImageReading]) -> list[str]:
    """The readers' names; a reader that comes twice gets a number."""
    names = [reading.reader for reading in readings]
    return [f"{name} ({names[: i + 1].count(name)})" if names.count(name) > 1 else name for i, name in enumerate(names)]


def _says(reading: ImageReading, finding: Finding) -> Status | None:
    """A reading's strongest statement on a finding; silence where that means absent; None where it did not look."""
    stated = [f.status for f in reading.findings if f.finding is finding]
    if stated:
        return max(stated, key=lambda status: status.strength)
    return Status.ABSENT if finding in reading.scope and reading.silence_means_absent else None


def _seen_sides(reading: ImageReading, finding: Finding) -> set[Side]:
    return {side for f in reading.findings if f.finding is finding and f.status is Status.PRESENT for side in f.sides}


def _agreement(finding: Finding, usable) -> Agreement:
    said = {name: _says(reading, finding) for name, reading in usable}
    sides = [seen for _, reading in usable if (seen := _seen_sides(reading, finding))]
    return Agreement(
        finding,
        *(
            tuple(name for name, status in said.items() if status is wanted)
            for wanted in (Status.PRESENT, Status.UNCERTAIN, Status.ABSENT, None)
        ),
        sides_differ=any(not (a & b) for i, a in enumerate(sides) for b in sides[i + 1 :]),
    )


def _fused(agreement: Agreement, usable, needed: int) -> list[ImageFinding]:
    finding = agreement.finding
    if not agreement.present and not agreement.uncertain:
        return [ImageFinding(finding=finding, status=Status.ABSENT)] if len(agreement.absent) >= needed else []
    seen = [
        (name, f)
        for name, reading in usable
        for f in reading.findings
        if f.finding is finding and f.status is not Status.ABSENT and (f.status is Status.PRESENT or name not in agreement.present)
    ]
    boxed = [(name, f.box) for name, f in seen if f.box is not None]
    fused = [
        ImageFinding(finding=finding, status=_status(finding, box_sides(cluster.box), seen, needed), box=cluster.box)
        for cluster in weighted_boxes_fusion(boxed)
    ]
    boxed_names = {name for name, _ in boxed}
    unplaced = {f.sides for name, f in seen if f.box is None and name not in boxed_names}
    told = {side for f in fused for side in f.sides}
    for sides in sorted(unplaced):
        if not fused or (sides and not set(sides) & told):  # says something that no box says
            fused.append(ImageFinding(finding=finding, status=_status(finding, sides, seen, needed), sides=sides))
    return fused


def _status(finding: Finding, sides: tuple[Side, ...], seen, needed: int) -> Status:
    """Present where enough readers see the finding on one of these sides; a reader that names no side is compatible with any."""
    supporters = {
        name
        for name, f in seen
        if f.status is Status.PRESENT and (not finding.has_sides or not sides or not f.sides or set(f.sides) & set(sides))
    }
    return Status.PRESENT if len(supporters) >= needed else Status.UNCERTAIN


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
