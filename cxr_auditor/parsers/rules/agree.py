"""A whole draft: which denials leave room for what is asserted elsewhere, and whether the film as a whole is called normal."""

from ...findings import NO_FINDING
from .claims import ABSENT, PRESENT, Claim

# A denial of one kind of opacity or nodule does not deny another kind: denied subtype -> the subtypes it speaks of. Others speak of all.
SPEAKS_OF = {
    "special effusion": {"special effusion"},
    "hydropneumothorax": {"hydropneumothorax"},
    "consolidation": {"consolidation", "lobar consolidation", "airspace", "airspace opacity"},
    "lobar consolidation": {"lobar consolidation"},
    "airspace opacity": {"airspace opacity", "airspace", "opacity", "consolidation", "lobar consolidation", "infiltrate"},
    "airspace": {"airspace", "airspace opacity", "consolidation", "lobar consolidation", "infiltrate"},
    "infiltrate": {"infiltrate", "consolidation", "lobar consolidation", "pneumonia", "airspace", "airspace opacity"},
    "pneumonia": {"pneumonia", "infiltrate"},
    "density": {"density"},
    # fmt: off
    "clear": {
        "opacity",
        "airspace opacity",
        "interstitial opacity",
        "density",
        "airspace",
        "consolidation",
        "lobar consolidation",
        "infiltrate",
        "pneumonia",
        "lesion",
    },
    # fmt: on
    "mass": {"mass"},
    "nodule": {"nodule"},
    "lesion": {"lesion", "mass", "nodule"},
    "pleural line": {"pleural line"},
}
SIGNS = frozenset({"deep sulcus", "meniscus", "air bronchogram", "silhouette sign"})
"""Subtypes that name a sign of the finding: where the sign is, so is (or may be) the finding; that it is not there denies nothing else."""


def settle(claims: list[Claim]) -> list[Claim]:
    """The claims that stand: without what asks nothing of this film, without denials that were not meant against what is asserted
    elsewhere in the draft, and without a global "normal" beside a finding."""
    claims = [claim for claim in claims if claim.status is not None and not (claim.status == ABSENT and claim.subtype in SIGNS)]
    findings = [claim for claim in claims if claim.labels and claim.labels[0] != NO_FINDING]
    abnormal = any(claim.status != ABSENT for claim in findings)
    asserted = {(label, claim.subtype, claim.sides) for claim in findings if claim.status == PRESENT for label in claim.labels}
    kept = []
    for claim in claims:
        if claim.labels and claim.labels[0] == NO_FINDING:
            if abnormal:
                continue
        elif claim.labels and claim.status == ABSENT and any(_gives_way(claim, *other) for other in asserted):
            continue
        kept.append(claim)
    return kept


def _gives_way(denial: Claim, label: str, subtype: str, sides: frozenset) -> bool:
    """Was the denial not meant against the assertion, although both are about the same unit?"""
    if label not in denial.labels or (denial.sides and sides and not denial.sides & sides):
        return False
    return denial.soft or (denial.subtype in SPEAKS_OF and subtype not in SPEAKS_OF[denial.subtype])
