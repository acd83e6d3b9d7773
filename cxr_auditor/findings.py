"""The closed vocabulary: findings, sides, statuses, urgency and the names people read. Imports nothing of the project."""

from enum import StrEnum


class Finding(StrEnum):
    """The five findings that are audited, in the one order used everywhere."""

    PLEURAL_EFFUSION = "pleural_effusion"
    PNEUMOTHORAX = "pneumothorax"
    LUNG_OPACITY_CONSOLIDATION = "lung_opacity_consolidation"
    NODULE_MASS = "nodule_mass"
    CARDIOMEGALY = "cardiomegaly"

    @property
    def display(self) -> str:
        return _DISPLAY[self]

    @property
    def urgent(self) -> bool:
        return self in URGENT

    @property
    def has_sides(self) -> bool:
        """The heart has no side; the other findings lie in one half of the chest or in both."""
        return self is not Finding.CARDIOMEGALY

    @property
    def rank(self) -> int:
        return _RANK[self]


NO_FINDING = "no_finding"
"""A statement about the whole film ("normal chest"), never a finding beside others."""

URGENT = frozenset({Finding.PNEUMOTHORAX, Finding.NODULE_MASS})

_DISPLAY = {
    Finding.PLEURAL_EFFUSION: "Pleural effusion",
    Finding.PNEUMOTHORAX: "Pneumothorax",
    Finding.LUNG_OPACITY_CONSOLIDATION: "Lung opacity / consolidation",
    Finding.NODULE_MASS: "Nodule / mass",
    Finding.CARDIOMEGALY: "Cardiomegaly (enlarged heart)",
}
_RANK = {finding: i for i, finding in enumerate(Finding)}


class Side(StrEnum):
    """A side of the patient. On a film shown the usual way the patient's right is on the image's left."""

    LEFT = "left"
    RIGHT = "right"


class Status(StrEnum):
    """What a text or a reader says of a finding. A finding that is not mentioned is not listed."""

    PRESENT = "present"
    UNCERTAIN = "uncertain"
    ABSENT = "absent"

    @property
    def strength(self) -> int:
        """Where several statements meet, the strongest counts: present, then uncertain, then absent."""
        return _STRENGTH[self]


_STRENGTH = {Status.PRESENT: 3, Status.UNCERTAIN: 2, Status.ABSENT: 1}


def ordered_sides(sides) -> tuple[Side, ...]:
    """Sides without repeats, in the one order of the vocabulary."""
    wanted = {Side(side) for side in sides}
    return tuple(side for side in Side if side in wanted)


def sides_phrase(sides) -> str:
    """Words for a set of sides: "right", "left", "both sides", or nothing."""
    sides = ordered_sides(sides)
    return "both sides" if len(sides) == 2 else sides[0].value if sides else ""
