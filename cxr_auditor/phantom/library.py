"""The starter library for teaching: which films to draw, how hard they are, what to say about them. Films are drawn on demand."""

from ..case_file import Difficulty
from ..schema import ImageFinding, Record
from .draw import Film, draw, truth
from .planted import Planted


class StarterCase(Record):
    """One case of the library; `size` is the film's side in pixels, for which its boxes hold."""

    name: str
    seed: int
    planted: tuple[Planted, ...]
    difficulty: Difficulty
    teaches: str
    size: int = 1024

    def draw(self) -> Film:
        return draw(self.seed, self.planted, self.size)

    def truth(self) -> tuple[ImageFinding, ...]:
        return truth(self.seed, self.planted, self.size)


_SHORT = {
    "effusion": "pleural_effusion",
    "pneumothorax": "pneumothorax",
    "opacity": "lung_opacity_consolidation",
    "nodule": "nodule_mass",
    "heart": "cardiomegaly",
}

# seed | difficulty | planted as FINDING SIDE EXTENT [ZONE], ... | what it teaches
_CASES = """
101 | easy   | | A normal film. Say so plainly, after looking at the apices, behind the heart and at both angles.
102 | easy   | | Normal. Sharp angles on both sides rule out all but the smallest effusions.
103 | medium | | Normal. Ribs that cross at the bases are not an infiltrate.
104 | medium | | Normal. The border of the scapula is not a pleural line: vessels run on beyond it.
105 | medium | | Normal. A vessel seen end-on is as dense as it is small; a nodule is not.
106 | medium | | Normal. Measure the heart: half the chest's width is the limit on a PA film.
107 | hard   | | Normal. The first rib's front end often passes for an apical nodule.
108 | hard   | | Normal. The left hilum lies higher than the right one.
109 | hard   | | Normal. A shallow breath lifts the diaphragm and broadens the heart's shadow.
110 | hard   | | Normal. Breast tissue greys the bases evenly; its lower border is smooth and passes outside the chest.
111 | easy   | effusion left 0.5 | A meniscus that climbs the chest wall and hides the diaphragm: a moderate left effusion.
112 | easy   | effusion right 0.85 | A large right effusion; only the upper zone is still aerated.
113 | medium | effusion right 0.3 | A small to moderate right effusion: the dome is flattened away, the angle is gone.
114 | medium | effusion left 0.22 | The left angle is blunted. Compare it with the right one.
115 | hard   | effusion right 0.1 | Only the angle is filled. Look at it last, and on purpose.
116 | hard   | effusion left 0.08 | A trace of fluid on the left: the angle is rounded, the dome still seen.
117 | medium | effusion right 0.4, effusion left 0.25 | Effusions on both sides, of different size. Name both.
118 | hard   | effusion right 0.1, effusion left 0.3 | The second, smaller effusion is the one that is forgotten.
119 | easy   | pneumothorax right 0.7 | A wide rim of black without vessels, and a fine white line along the lung. Urgent.
120 | easy   | pneumothorax left 0.8 | A large left pneumothorax. State its size and call.
121 | medium | pneumothorax left 0.4 | Follow the pleural line from the apex down; no vessel crosses it.
122 | medium | pneumothorax right 0.35 | The line crosses the ribs at an angle of its own.
123 | hard   | pneumothorax right 0.12 | A narrow apical rim. Turn the window, trace the ribs and look between them.
124 | hard   | pneumothorax left 0.1 | A small left apical pneumothorax beneath the clavicle.
125 | hard   | pneumothorax left 0.2 | The apex is black on both sides; only one has vessels.
126 | easy   | opacity right 0.7 lower | Dense right lower zone with bronchi that still hold air.
127 | easy   | opacity left 0.8 middle | A large left mid-zone consolidation that reaches the hilum.
128 | medium | opacity right 0.5 upper | It ends sharply below: the minor fissure bounds the upper lobe.
129 | medium | opacity left 0.5 lower | Look through the heart: the left lower zone is whiter than the right.
130 | medium | opacity right 0.35 middle | A patch in the right mid-zone, lateral to the hilum.
131 | hard   | opacity left 0.15 upper | A faint left upper patch. Compare zone by zone with the other side.
132 | hard   | opacity right 0.1 lower | A small basal patch among vessels and ribs.
133 | hard   | opacity left 0.2 lower, opacity right 0.3 lower | Patches at both bases: one side alone is half the report.
134 | easy   | nodule right 0.9 upper | A mass in the right upper zone. Urgent: it needs a named follow-up.
135 | easy   | nodule left 0.7 middle | A round left mass of some four centimetres.
136 | medium | nodule left 0.4 upper | A left upper nodule, partly under a rib.
137 | medium | nodule right 0.35 lower | A right lower nodule. Its edge is slightly uneven.
138 | hard   | nodule right 0.12 middle | A nodule of little more than a centimetre beside the vessels.
139 | hard   | nodule left 0.08 lower | A small left basal nodule. Is it as dense as a vessel of its size would be?
140 | hard   | nodule right 0.15 upper | A small nodule in the right upper zone, where misses are most common.
141 | easy   | heart - 0.8 | The heart takes well over half of the chest.
142 | medium | heart - 0.4 | Enlarged: measure from the midline to both borders and add.
143 | hard   | heart - 0.0 | Just above the limit. Measure; do not guess.
144 | medium | heart - 0.6, effusion right 0.2, effusion left 0.2 | A large heart with fluid on both sides: think of failure.
145 | medium | heart - 0.4, nodule right 0.4 upper | The large heart is obvious. It is not the urgent finding.
146 | medium | opacity left 0.6 lower, effusion left 0.2 | Consolidation with fluid beside it: two findings on one side.
147 | hard   | pneumothorax right 0.45, effusion right 0.2 | A straight level instead of a meniscus: air and fluid in one pleural space.
148 | hard   | opacity right 0.5 lower, nodule left 0.15 upper | The infiltrate catches the eye; the nodule is on the other side.
149 | hard   | effusion left 0.35, pneumothorax right 0.12 | Fluid on one side, free air on the other.
150 | hard   | heart - 0.3, pneumothorax left 0.15 | An enlarged heart beside a small apical rim of air. Name the urgent one first.
"""


def _planted(text: str) -> Planted:
    finding, side, extent, *zone = text.split()
    given = {"finding": _SHORT[finding], "extent": float(extent)}
    return Planted.model_validate(given | ({} if side == "-" else {"side": side}) | ({"zone": zone[0]} if zone else {}))


def _case(row: str) -> StarterCase:
    seed, difficulty, findings, teaches = (part.strip() for part in row.split("|"))
    planted = tuple(_planted(text) for text in findings.split(",") if text.strip())
    return StarterCase(name=f"synthetic-{seed}", seed=int(seed), planted=planted, difficulty=Difficulty(difficulty), teaches=teaches)


def starter_library() -> tuple[StarterCase, ...]:
    """The cases, in the order of their names."""
    return tuple(_case(row) for row in _CASES.strip().splitlines())
