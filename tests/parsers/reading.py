"""Short notation for what a draft says, for the tables of these tests.

E effusion, P pneumothorax, O opacity/consolidation, N nodule/mass, C cardiomegaly, F no_finding; + present, ? uncertain,
- absent; then the sides.
"E+L P- N+LR": left effusion, no pneumothorax, nodules on both sides. One code for each distinct statement.
"""

CODES = {
    "pleural_effusion": "E",
    "pneumothorax": "P",
    "lung_opacity_consolidation": "O",
    "nodule_mass": "N",
    "cardiomegaly": "C",
    "no_finding": "F",
}
SIGNS = {"present": "+", "uncertain": "?", "absent": "-"}


def said(reading) -> str:
    codes = {CODES[m.label] + SIGNS[m.status] + "".join(side[0].upper() for side in m.sides) for m in reading.findings}
    return " ".join(sorted(codes))


def in_order(codes: str) -> str:
    return " ".join(sorted(codes.split()))


def statuses(reading) -> set[tuple[str, str]]:
    return {(str(m.label), m.status.value) for m in reading.findings}
