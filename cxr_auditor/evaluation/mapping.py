"""What each dataset's own labels mean in the project's vocabulary. The one table; no reader maps anything itself."""

from dataclasses import dataclass

from ..findings import NO_FINDING, Finding

OPACITY = Finding.LUNG_OPACITY_CONSOLIDATION
EFFUSION = Finding.PLEURAL_EFFUSION
PNEUMOTHORAX = Finding.PNEUMOTHORAX
NODULE = Finding.NODULE_MASS
HEART = Finding.CARDIOMEGALY

Target = Finding | str | None
"""A finding, NO_FINDING, or None for something real that lies outside the vocabulary (so the film is not normal)."""


@dataclass(frozen=True)
class Labels:
    """One dataset's labels. `closed`: a label that is not in the table is a mistake in the file, not something outside the vocabulary."""

    name: str
    targets: dict[str, Target]
    closed: bool = True

    def target(self, native: str) -> Target:
        """What a native label means; case and outer blanks do not matter. Raises LookupError on an unknown label of a closed set."""
        key = native.strip().casefold()
        for label, target in self.targets.items():
            if label.casefold() == key:
                return target
        if self.closed:
            raise LookupError(f"must be one of {', '.join(self.targets)}, but got {native.strip()!r}")
        return None


VINDR = Labels(
    "VinDr-CXR",
    {
        "Aortic enlargement": None,
        "Atelectasis": None,
        "Calcification": None,
        "Cardiomegaly": HEART,
        "Clavicle fracture": None,
        "Consolidation": OPACITY,
        "Edema": None,
        "Emphysema": None,
        "Enlarged PA": None,
        "ILD": None,
        "Infiltration": OPACITY,
        "Lung Opacity": OPACITY,
        "Lung cavity": None,
        "Lung cyst": None,
        "Mediastinal shift": None,
        "Nodule/Mass": NODULE,
        "Other lesion": None,
        "Pleural effusion": EFFUSION,
        "Pleural thickening": None,
        "Pneumothorax": PNEUMOTHORAX,
        "Pulmonary fibrosis": None,
        "Rib fracture": None,
        "No finding": NO_FINDING,
    },
)

NIH = Labels(
    "NIH ChestX-ray14",  # Data_Entry_2017 and BBox_List_2017, which spell infiltration differently
    {
        "Atelectasis": None,
        "Cardiomegaly": HEART,
        "Consolidation": OPACITY,
        "Edema": None,
        "Effusion": EFFUSION,
        "Emphysema": None,
        "Fibrosis": None,
        "Hernia": None,
        "Infiltrate": OPACITY,
        "Infiltration": OPACITY,
        "Mass": NODULE,
        "Nodule": NODULE,
        "Pleural_Thickening": None,
        "Pneumonia": OPACITY,
        "Pneumothorax": PNEUMOTHORAX,
        "No Finding": NO_FINDING,
    },
)

CHESTX_DET = Labels(
    "ChestX-Det",
    {
        "Atelectasis": None,
        "Calcification": None,
        "Cardiomegaly": HEART,
        "Consolidation": OPACITY,
        "Diffuse Nodule": NODULE,
        "Effusion": EFFUSION,
        "Emphysema": None,
        "Fibrosis": None,
        "Fracture": None,
        "Mass": NODULE,
        "Nodule": NODULE,
        "Pleural Thickening": None,
        "Pneumothorax": PNEUMOTHORAX,
    },
)
CHESTX_DET_IDS = {number: label for number, label in enumerate(CHESTX_DET.targets, start=1)}
"""Pixel values of ChestX-Det label maps, in the alphabetical order of the categories."""

RSNA = Labels(
    "RSNA Pneumonia 2018",
    {"Lung Opacity": OPACITY, "No Lung Opacity / Not Normal": None, "Normal": NO_FINDING},
)

OPEN_I = Labels(
    "Open-i (MeSH headings)",  # an open vocabulary: hundreds of headings, nearly all of them outside ours
    {
        "Airspace Disease": OPACITY,
        "Cardiomegaly": HEART,
        "Consolidation": OPACITY,
        "Hydropneumothorax": PNEUMOTHORAX,
        "Infiltrate": OPACITY,
        "Mass": NODULE,
        "Nodule": NODULE,
        "Opacity": OPACITY,
        "Pleural Effusion": EFFUSION,
        "Pneumonia": OPACITY,
        "Pneumothorax": PNEUMOTHORAX,
        "normal": NO_FINDING,
    },
    closed=False,
)
