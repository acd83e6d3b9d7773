"""What a DICOM file says of how the patient stood: view, body part, and which way up and round the picture lies."""

import numpy as np
from pydicom.dataset import Dataset

from .film import View

_VIEW_CODES = {  # PS3.16 CID 4010, SNOMED CT and the older SRT values
    "272479007": "PA",
    "R-10214": "PA",
    "399348003": "AP",
    "R-10206": "AP",
    "399067008": "LL",
    "R-10236": "LL",
    "399173006": "LL",
    "399198007": "LL",
    "R-10232": "LL",
}
_LATERAL = ("LL", "RL", "LAT", "LLAT", "RLAT", "LAT LEFT", "LAT RIGHT", "L LAT", "R LAT")
_OBLIQUE = ("LAO", "RAO", "LPO", "RPO", "LLO", "RLO", "OBLIQUE", "OBL")
_OTHER_PARTS = (  # parts that no frontal chest film is filed under, not even by mistake for the ribs, the abdomen or the spine it shows
    *("SKULL", "HEAD", "FACE", "JAW", "MANDIBLE", "SINUS", "ORBIT", "CSPINE", "LSPINE", "SACRUM", "COCCYX", "PELVIS", "HIP", "BREAST"),
    *("ARM", "HUMERUS", "ELBOW", "FOREARM", "RADIUS", "ULNA", "WRIST", "HAND", "FINGER", "THUMB", "EXTREMITY"),
    *("LEG", "FEMUR", "THIGH", "KNEE", "PATELLA", "TIBIA", "FIBULA", "ANKLE", "FOOT", "CALCANEUS", "HEEL", "TOE"),
)


def view_of(dataset: Dataset) -> View | None:
    """The view by View Position, or by its code sequence, or (lateral only) by Patient Orientation; None where nothing tells."""
    said = _said(dataset, "ViewPosition")
    first = said.split(" ")[0]
    if first in ("PA", "AP"):
        return first
    if said in _LATERAL or ("LATERAL" in said.split() and "DECUB" not in said):
        return "LL"
    if said:
        return None
    codes = dataset.get("ViewCodeSequence") or ()
    coded = _VIEW_CODES.get(str(codes[0].get("CodeValue", ""))) if codes else None
    if coded:
        return coded
    return "LL" if _directions(dataset)[0] in ("A", "P") else None


def declared_problem(dataset: Dataset) -> str | None:
    """A sentence where the tags say oblique view or another part of the body."""
    if _said(dataset, "ViewPosition") in _OBLIQUE:
        return "The file says that this is an oblique film; only frontal (PA or AP) chest films are audited."
    if _said(dataset, "BodyPartExamined") in _OTHER_PARTS:
        return "The file says that this film shows another part of the body; only frontal chest films are audited."
    return None


def turn_upright(pixels: np.ndarray, dataset: Dataset) -> tuple[np.ndarray, tuple[str, ...]]:
    """(pixels, notes): turned and mirrored so that the patient's left is on the right and the feet are below.

    Patient Orientation (0020,0020) says where the rows and the columns run. Without it a Field of View Horizontal Flip only says what the
    detector did, not what is shown, so the film is left as it is.
    """
    row, column = _directions(dataset)
    if {row, column} <= {"L", "R", "H", "F"} and (row in "LR") != (column in "LR"):
        swapped = row in "HF"
        if swapped:
            pixels, row, column = pixels.T, column, row
        mirrored, upside_down = row == "R", column == "H"
        pixels = pixels[:: -1 if upside_down else 1, :: -1 if mirrored else 1]
        turned = swapped or upside_down
        reflected = swapped ^ mirrored ^ upside_down  # an odd number of reflections is a mirror image, an even one a rotation
        said = (("turned upright",) if turned else ()) + (("mirrored back",) if reflected else ())
        return pixels, (f"{' and '.join(said)} as the file's patient orientation says",) if said else ()
    if row or column:
        return pixels, ("the file's patient orientation is not that of a frontal film; left as it is",)
    if _said(dataset, "FieldOfViewHorizontalFlip") == "YES":
        return pixels, ("the file says that its detector flipped the picture, but not how it lies; left as it is",)
    return pixels, ()


def _directions(dataset: Dataset) -> tuple[str, str]:
    """First letters of the two Patient Orientation values; "" where the tag is missing or is not two values."""
    value = dataset.get("PatientOrientation")
    if isinstance(value, str):
        value = value.split("\\")
    if not value or len(value) != 2:
        return "", ""
    row, column = (str(direction).strip().upper()[:1] for direction in value)
    return row, column


def _said(dataset: Dataset, keyword: str) -> str:
    return " ".join(str(dataset.get(keyword) or "").upper().replace("_", " ").replace("-", " ").split())
