"""What is known of a film before a draft about it is written, and the reading that says exactly that."""

from collections.abc import Iterable
from dataclasses import dataclass
from random import Random

from ...findings import Finding, Side, Status, ordered_sides
from ...geometry import Box, box_sides
from ...schema import ImageFinding, ImageReading
from ..datasets import LabelledFilm


@dataclass(frozen=True)
class TrueFinding:
    """A finding on the film. `sides` are empty where they are not known (or, of the heart, where there are none)."""

    finding: Finding
    status: Status = Status.PRESENT
    sides: tuple[Side, ...] = ()
    boxes: tuple[Box, ...] = ()


@dataclass(frozen=True)
class Truth:
    """One film: what is on it and what is known not to be. A finding in neither is not known and is never written about."""

    case_id: str
    patient_id: str
    findings: tuple[TrueFinding, ...]
    absent: tuple[Finding, ...]

    def of(self, finding: Finding) -> TrueFinding | None:
        return next((found for found in self.findings if found.finding is finding), None)

    def reading(self) -> ImageReading:
        """The reading of a reader that sees this truth and nothing else."""
        regions = []
        for found in self.findings:
            boxed = [ImageFinding(finding=found.finding, status=found.status, box=box) for box in found.boxes]
            seen = {side for region in boxed for side in region.sides}
            regions += boxed
            if not boxed or set(found.sides) - seen:
                regions.append(ImageFinding(finding=found.finding, status=found.status, sides=ordered_sides(set(found.sides) - seen)))
        scope = {found.finding for found in self.findings} | set(self.absent)
        return ImageReading(reader="truth", scope=tuple(scope), findings=tuple(regions))


def truth_of(film: LabelledFilm) -> Truth:
    """What a dataset knows of a film; sides come from its boxes."""
    findings = []
    for finding in film.present:
        boxes = film.boxes_of(finding)
        sides = ordered_sides(side for box in boxes for side in box_sides(box)) if finding.has_sides else ()
        findings.append(TrueFinding(finding, Status.PRESENT, sides, boxes))
    absent = tuple(finding for finding in Finding if film.labels.get(finding) is False)
    return Truth(film.image_id, film.patient_id, tuple(findings), absent)


_PRESENT, _UNCERTAIN, _PLACED = 0.35, 0.07, 0.9  # shares of films: with a finding, with a doubtful one; of findings: with known sides
_SIDES = ((Side.LEFT,), (Side.RIGHT,), (Side.LEFT, Side.RIGHT))


def sample_truths(number: int, seed: int) -> Iterable[Truth]:
    """Films that need no image: findings and sides drawn at random, boxes on the sides drawn. For measuring everything but a reader."""
    for place in range(number):
        random = Random(f"{seed}-truth-{place}")
        findings, absent = [], []
        for finding in Finding:
            chance = random.random()
            if chance >= _PRESENT + _UNCERTAIN:
                absent.append(finding)
                continue
            status = Status.PRESENT if chance < _PRESENT else Status.UNCERTAIN
            placed = finding.has_sides and random.random() < _PLACED
            sides = random.choice(_SIDES) if placed else ()
            findings.append(TrueFinding(finding, status, sides, tuple(_box(random, side) for side in sides)))
        yield Truth(f"simulated-{place:05d}", f"simulated-{place:05d}", tuple(findings), tuple(absent))


def _box(random: Random, side: Side) -> Box:
    """A box well inside one half of the film; the image's left is the patient's right."""
    y0, x0 = random.uniform(0.1, 0.6), random.uniform(0.05, 0.2)
    height, width = random.uniform(0.08, 0.3), random.uniform(0.06, 0.22)
    if side is Side.LEFT:
        x0 = 1 - x0 - width
    return Box(y0, x0, y0 + height, x0 + width)
