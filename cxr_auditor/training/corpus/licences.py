"""Under which terms each data set comes, and who counts as one patient in it. Stated in every manifest; keeping them is the user's duty."""

from ...evaluation.datasets import DATASETS

POPULATIONS = {
    "films": "nih",
    "nih": "nih",
    "vindr": "vindr",
    "vindr-vqa": "vindr",
    "chestx-det": "chestx-det",
    "siim": "siim",
    "rsna": "rsna",
    "open-i": "open-i",
}
"""Data sets that name the same film and the same patient by the same id share a population."""

DRAWN_FROM_NIH = frozenset(POPULATIONS[name] for name, known in DATASETS.items() if known.of_nih)
"""Populations made of NIH films under names of their own: the same patient is in several of them, and no name says so."""

NAMES_PATIENTS = frozenset(name for name, known in DATASETS.items() if known.nih_patients)
"""Data sets that say who is on a film. In the others each film (in Open-i: each study) stands for a patient of its own."""

_NIH = "NIH Clinical Center: no restriction on use; credit and a link to the NIH data page are asked for."
_VINDR = "PhysioNet data use agreement: credentialed access, no commercial use; a mirror that says otherwise does not change it."
_RSNA = "Rules of the RSNA 2018 challenge; boxes on NIH films. Read them before training anything that is passed on."

LICENCES = {
    "films": _NIH,
    "nih": _NIH,
    "vindr": _VINDR,
    "vindr-vqa": f"Questions: check the licence on their own page. Films and boxes: {_VINDR}",
    "chestx-det": f"Annotations: Apache-2.0. Films: {_NIH}",
    "siim": f"Masks: rules of the SIIM-ACR 2019 challenge. Films: {_NIH}",
    "rsna": _RSNA,
    "open-i": "CC BY-NC-ND 4.0: no commercial use, no derivatives passed on.",
}

BOX_LICENCES = {"RSNA_2018": _RSNA, "RSNA Pneumonia 2018": _RSNA}
"""Terms of boxes that lie in a data set under other terms, by the name of their source."""
