"""Names of other label sets -> this project's vocabulary: CheXpert-14, VinDr-CXR, and the words models use for the same.

What stands under OTHER is known and outside the vocabulary: it is shown, never judged. A name in neither table is unknown.
"""

import re
from typing import Literal

from ..findings import NO_FINDING, Finding

_FINDINGS = {
    Finding.PLEURAL_EFFUSION: ("pleural effusion", "effusion", "pleural fluid"),
    Finding.PNEUMOTHORAX: ("pneumothorax",),
    Finding.LUNG_OPACITY_CONSOLIDATION: (
        "lung opacity consolidation",
        "lung opacity",
        "opacity",
        "consolidation",
        "pneumonia",
        "infiltration",
        "infiltrate",
    ),
    Finding.NODULE_MASS: ("nodule mass", "nodule", "mass", "lung lesion", "lung nodule", "lung mass", "lung tumor", "pulmonary nodule"),
    Finding.CARDIOMEGALY: ("cardiomegaly", "enlarged heart"),
}
_NOTHING = ("no finding", "no abnormality", "normal")
_OTHER = (
    # CheXpert-14
    "enlarged cardiomediastinum",
    "edema",
    "atelectasis",
    "pleural other",
    "fracture",
    "support device",
    # VinDr-CXR
    "aortic enlargement",
    "calcification",
    "clavicle fracture",
    "emphysema",
    "enlarged pa",
    "ild",
    "interstitial lung disease",
    "lung cavity",
    "lung cyst",
    "mediastinal shift",
    "other lesion",
    "other disease",
    "pleural thickening",
    "pulmonary edema",
    "pulmonary fibrosis",
    "rib fracture",
)

_TABLE: dict[str, Finding | str] = {name: finding for finding, names in _FINDINGS.items() for name in names}
_TABLE |= dict.fromkeys(_NOTHING, NO_FINDING) | dict.fromkeys(_OTHER, "other")


_ANY_FINDING = re.compile(rf"\b(?:{'|'.join(name for names in _FINDINGS.values() for name in names)})", re.IGNORECASE)


def mentions_finding(text: str) -> bool:
    """Whether any name of a finding stands in a text, asserted or denied."""
    return bool(_ANY_FINDING.search(text))


def lookup(name: str) -> Finding | Literal["no_finding", "other"] | None:
    """What a label of another set means here: a finding, `no_finding`, "other", or None for a name that no set has.

    >>> lookup("Nodule/Mass").value, lookup("Support Devices"), lookup("unicorn")
    ('nodule_mass', 'other', None)
    """
    words = " ".join(re.findall(r"[a-z]+", name.lower()))
    return _TABLE.get(words) or _TABLE.get(words.removesuffix("s")) or _TABLE.get(_singular(words))


def _singular(words: str) -> str:
    """ "opacities" -> "opacity", "masses" -> "mass"."""
    return re.sub(r"ies$", "y", words) if words.endswith("ies") else words.removesuffix("es")
