"""Names of other label sets in the project's vocabulary."""

import pytest

from cxr_auditor.findings import NO_FINDING, Finding
from cxr_auditor.readers.labels import lookup

EFFUSION, AIR, OPACITY, NODULE, HEART = Finding

CHEXPERT_14 = {
    "No Finding": NO_FINDING,
    "Enlarged Cardiomediastinum": "other",
    "Cardiomegaly": HEART,
    "Lung Opacity": OPACITY,
    "Lung Lesion": NODULE,
    "Edema": "other",
    "Consolidation": OPACITY,
    "Pneumonia": OPACITY,
    "Atelectasis": "other",
    "Pneumothorax": AIR,
    "Pleural Effusion": EFFUSION,
    "Pleural Other": "other",
    "Fracture": "other",
    "Support Devices": "other",
}
VINDR_CXR = {
    "Aortic enlargement": "other",
    "Atelectasis": "other",
    "Calcification": "other",
    "Cardiomegaly": HEART,
    "Consolidation": OPACITY,
    "ILD": "other",
    "Infiltration": OPACITY,
    "Lung Opacity": OPACITY,
    "Nodule/Mass": NODULE,
    "Other lesion": "other",
    "Pleural effusion": EFFUSION,
    "Pleural thickening": "other",
    "Pneumothorax": AIR,
    "Pulmonary fibrosis": "other",
    "No finding": NO_FINDING,
}


@pytest.mark.parametrize(("name", "meaning"), [*CHEXPERT_14.items(), *VINDR_CXR.items()])
def test_both_label_sets(name, meaning):
    assert lookup(name) == meaning


@pytest.mark.parametrize("finding", Finding)
@pytest.mark.parametrize("write", [str, str.upper, lambda n: n.replace("_", " "), lambda n: n.replace("_", "-"), lambda n: f" {n} "])
def test_the_projects_own_names_in_any_writing(finding, write):
    assert lookup(write(finding.value)) is finding


@pytest.mark.parametrize(
    ("name", "meaning"),
    [
        ("Pleural effusions", EFFUSION),  # plural
        ("opacities", OPACITY),  # plural in -ies
        ("masses", NODULE),  # plural in -es
        ("No abnormalities", NO_FINDING),
        ("unicorn", None),  # a name of no set
        ("", None),
        ("123", None),
        ("no pleural effusion", None),  # a denial is no label
    ],
)
def test_other_names(name, meaning):
    assert lookup(name) == meaning
