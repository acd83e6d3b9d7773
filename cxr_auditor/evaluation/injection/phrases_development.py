"""How radiologists write what the writer has to say: the wording that a parser may be mended on. Data only, from no parser's tables.

A phrase may hold the slots {side} (left, right), {Side} (with a capital), {L} (L, R), {size} and {place}. A noun phrase begins with
its number: "a:" one of a thing (takes an article), "p:" several, "m:" a thing without an article.
"""

from ...findings import Finding

EFFUSION, PNEUMOTHORAX, OPACITY, NODULE, HEART = Finding

HEADINGS = (("FINDINGS", "IMPRESSION"), ("Findings", "Impression"), ("FINDINGS", "CONCLUSION"), ("Findings", "Opinion"))
ORGANS = (  # heading, the findings under it, what stands there when there is nothing to say
    ("Lungs", (OPACITY, NODULE), ("Well expanded.", "No collapse.")),
    ("Pleura", (EFFUSION, PNEUMOTHORAX), ("Unremarkable.", "No pleural thickening.")),
    ("Heart", (HEART,), ("No pericardial calcification.",)),
)
BONES = ("Bones: No acute bony lesion.", "Bones: Intact.", "Bones: Degenerative spine.")

SIZES = {
    EFFUSION: ("small", "moderate", "large", "trace", "tiny", "moderate-sized", "small layering", "minor"),
    PNEUMOTHORAX: ("small", "moderate", "large", "tiny", "shallow", "sizeable", "subtle"),
    OPACITY: ("patchy", "dense", "ill-defined", "hazy", "subtle", "extensive", "confluent"),
    NODULE: ("small", "8 mm", "1.2 cm", "2 cm", "rounded", "well-defined", "spiculated", "solitary", "15 mm"),
    HEART: ("mild", "moderate", "marked", "stable", "gross"),
}

PLACES = {  # where a lesion lies, by its side
    OPACITY: {
        "left": ("left lower lobe", "left upper lobe", "lingula", "left base", "left mid zone", "left perihilar region"),
        "right": ("right lower lobe", "right upper lobe", "right middle lobe", "right base", "right lower zone", "right lung"),
    },
    NODULE: {
        "left": ("left upper lobe", "left lower lobe", "left mid zone", "left apex", "left lung", "left upper zone"),
        "right": ("right upper lobe", "right lower lobe", "right middle lobe", "right mid zone", "right apex", "right lung"),
    },
}
SHORT_PLACES = {
    "left": ("LUL", "LLL", "L base", "L mid zone", "L lung", "L upper zone"),
    "right": ("RUL", "RML", "RLL", "R base", "R mid zone", "R lung"),
}

NOUNS = {  # full noun phrases: for one side, for both, without a side
    EFFUSION: {
        "one": (
            "a:{size} {side} pleural effusion",
            "a:{side} pleural effusion",
            "a:{size} {side}-sided pleural effusion",
            "a:{size} effusion on the {side}",
            "a:{side} effusion",
            "a:{size} pleural effusion at the {side} base",
            "m:pleural fluid on the {side}",
            "a:{size} {side} basal effusion",
            "a:pleural effusion on the {side} side",
        ),
        "both": (
            "p:{size} bilateral pleural effusions",
            "p:bilateral effusions",
            "p:pleural effusions on both sides",
            "p:{size} effusions bilaterally",
            "p:right and left pleural effusions",
            "p:bilateral pleural effusions, larger on the right",
            "p:bilateral effusions, left greater than right",
            "m:pleural fluid at both bases",
        ),
        "none": ("a:pleural effusion", "a:{size} pleural effusion", "m:pleural fluid", "a:{size} effusion"),
    },
    PNEUMOTHORAX: {
        "one": (
            "a:{size} {side} pneumothorax",
            "a:{side} pneumothorax",
            "a:{size} {side} apical pneumothorax",
            "a:{size} pneumothorax on the {side}",
            "a:{side}-sided pneumothorax",
            "a:pneumothorax at the {side} apex",
            "a:{side} apicolateral pneumothorax",
        ),
        "both": (
            "p:bilateral pneumothoraces",
            "p:{size} bilateral pneumothoraces",
            "p:pneumothoraces on both sides",
            "p:{size} pneumothoraces bilaterally",
            "p:small apical pneumothoraces on the right and on the left",
        ),
        "none": ("a:pneumothorax", "a:{size} pneumothorax"),
    },
    OPACITY: {
        "one": (
            "m:{size} consolidation in the {place}",
            "m:{size} airspace opacity in the {place}",
            "a:{size} opacity in the {place}",
            "a:{place} consolidation",
            "m:consolidation of the {place}",
            "a:{size} infiltrate in the {place}",
            "m:{place} pneumonia",
            "m:{size} {side} basal consolidation",
            "m:airspace shadowing in the {place}",
        ),
        "both": (
            "p:{size} bilateral airspace opacities",
            "m:bilateral consolidation",
            "m:{size} consolidation in both lower lobes",
            "p:{size} opacities in both lungs",
            "p:bilateral infiltrates",
            "m:{size} airspace disease bilaterally",
            "p:opacities at both bases",
            "m:consolidation in the right middle and left lower lobes",
        ),
        "none": ("m:{size} consolidation", "a:{size} airspace opacity", "m:pneumonia", "a:lung opacity", "a:{size} infiltrate"),
    },
    NODULE: {
        "one": (
            "a:{size} nodule in the {place}",
            "a:{size} {side} lung nodule",
            "a:{place} nodule",
            "a:{size} {place} mass",
            "a:{size} pulmonary nodule on the {side}",
            "a:mass in the {place}",
            "a:{side} pulmonary mass",
            "a:{size} nodule projected over the {place}",
        ),
        "both": (
            "p:bilateral pulmonary nodules",
            "p:multiple nodules in both lungs",
            "p:several nodules bilaterally",
            "p:nodules in the right upper and left lower lobes",
            "p:multiple bilateral lung nodules",
            "p:bilateral pulmonary masses",
            "p:masses in both lungs",
        ),
        "none": ("a:pulmonary nodule", "a:{size} lung nodule", "a:{size} pulmonary mass"),
    },
    HEART: {
        "none": ("m:cardiomegaly", "m:{size} cardiomegaly", "m:cardiac enlargement", "a:{size} enlargement of the heart", "a:big heart"),
    },
}

KINDS = {OPACITY: ("consolidation", "opacit", "infiltrate"), NODULE: ("nodule", "mass")}
"""Words for what one finding lumps together: who says "a mass" and "no nodule" does not contradict himself."""

ABSENT_NOUNS = {  # what a denial denies
    EFFUSION: ("pleural effusion", "pleural effusions", "effusion", "pleural fluid"),
    PNEUMOTHORAX: ("pneumothorax",),
    OPACITY: ("consolidation", "airspace opacity", "infiltrate", "airspace disease", "lung opacity"),
    NODULE: ("pulmonary nodule", "lung nodules", "lung mass", "nodule or mass"),
    HEART: ("cardiomegaly", "cardiac enlargement"),
}
QUALIFIED_NOUNS = {  # the guarded denials of a faithful draft; next to a small or diffuse finding they would be no mistake
    EFFUSION: ("large pleural effusion", "significant pleural effusion"),
    PNEUMOTHORAX: ("visible pneumothorax", "definite pneumothorax"),
    OPACITY: ("focal consolidation", "focal airspace opacity", "focal lung opacity", "pneumonia", "acute infiltrate"),
    NODULE: ("suspicious nodule", "discrete nodule"),
    HEART: (),
}

PRESENT_FRAMES = (
    "There {is} {a}.",
    "There {is} {a}.",
    "{N}.",
    "{N} {is} present.",
    "{N} {is} noted.",
    "{N} {is} seen.",
    "The film shows {a}.",
    "Again seen {is} {a}.",
    "Appearances are consistent with {a}.",
    "Unchanged {n}.",
    "Persistent {n}.",
    "New {n}.",
    "Interval development of {a}.",
    "{N}, unchanged from the previous film.",
    "{N}, increased since the previous film.",
    "{N} {is} demonstrated.",
    "I can see {a}.",
    "Note is made of {a}.",
    "Findings in keeping with {a}.",
)
PRESENT_SENTENCES = {
    HEART: (
        "The heart is enlarged.",
        "The cardiac silhouette is enlarged.",
        "The heart is mildly enlarged.",
        "Heart size is increased.",
        "The cardiac shadow is moderately enlarged.",
        "The cardiomediastinal silhouette shows an enlarged heart.",
        "The cardiothoracic ratio is increased at 0.58.",
    ),
}
HEDGED_FRAMES = (
    "Possible {n}.",
    "There may be {a}.",
    "{N} cannot be excluded.",
    "Questionable {n}.",
    "Suspected {n}.",
    "Cannot exclude {a}.",
    "Equivocal {n}.",
    "Query {n}.",
    "Findings raise the possibility of {a}.",
    "This might represent {a}.",
    "{N} {is} possible.",
    "A shadow here could represent {a}.",
    "{N} {is} not excluded.",
    "Appearances are suspicious for {a}.",
)
HEDGED_SENTENCES = {
    HEART: (
        "The heart may be enlarged.",
        "The heart is possibly enlarged.",
        "Heart size is difficult to judge; cardiomegaly cannot be excluded.",
    ),
}
ABSENT_FRAMES = (
    "No {x}.",
    "No {x}.",
    "There is no {x}.",
    "No evidence of {x}.",
    "No {x} is seen.",
    "No {x} is identified.",
    "There is no evidence of {x}.",
    "I see no {x}.",
    "Negative for {x}.",
    "No radiographic evidence of {x}.",
)
ABSENT_SENTENCES = {
    HEART: (
        "Heart size is normal.",
        "The heart is not enlarged.",
        "The cardiac silhouette is normal in size.",
        "Heart size is within normal limits.",
        "Normal heart size.",
        "The heart is of normal size.",
        "No cardiomegaly.",
    ),
}
SIDED_DENIALS = {
    EFFUSION: ("No {side} pleural effusion.", "No effusion on the {side}.", "There is no {side}-sided effusion."),
    PNEUMOTHORAX: ("No {side} pneumothorax.", "No pneumothorax on the {side}.", "There is no {side}-sided pneumothorax."),
    OPACITY: ("No consolidation in the {side} lung.", "No focal opacity on the {side}.", "The {side} lung is free of consolidation."),
    NODULE: ("No nodule in the {side} lung.", "No {side} lung mass."),
}
JOINED_DENIALS = (
    "No {list_or}.",
    "There is no {list_or}.",
    "No evidence of {list_or}.",
    "No {list_or} is seen.",
    "Negative for {list_or}.",
)
LUNG_DENIALS = ("The lungs are free of {list_or}.", "The lungs are clear, without {list_or}.")  # of what lies in the lungs only
PAIRS = {
    "both present": ("{N1} and {n2}.", "There {is1} {a1} with {n2}.", "{N1}, as well as {a2}.", "There {is1} {a1}. There {is2} also {a2}."),
    "one denied": (
        "{N1} but no {x2}.",
        "{N1} without {x2}.",
        "There {is1} {a1} but no {x2}.",
        "No {x2}, but there {is1} {a1}.",
        "{N1}; no {x2}.",
    ),
}

SHORT = {  # telegraphic: present on one side, on both, without a side; hedged wraps them
    EFFUSION: {
        "one": ("{L} pleural effusion", "sm {L} effusion", "{L} eff", "{size} {L} pleural eff", "effusion {L}", "{L} sided effusion"),
        "both": ("bilat effusions", "small bilat pleural effs", "bilateral pleural effusions", "R + L effusions"),
        "none": ("pleural effusion", "small effusion"),
    },
    PNEUMOTHORAX: {
        "one": ("{L} PTX", "{size} {L} ptx", "{L} pneumothorax, no shift", "{L} apical pneumothorax", "ptx on {L}"),
        "both": ("bilat PTX", "bilateral pneumothoraces"),
        "none": ("PTX", "pneumothorax"),
    },
    OPACITY: {
        "one": ("{place} consolidation", "{place} opacity", "patchy {place} infiltrate", "consolidation {place}", "{place} pneumonia"),
        "both": ("bilat consolidation", "bilateral infiltrates", "bibasal opacities", "patchy opacities both lungs"),
        "none": ("consolidation", "patchy infiltrate", "patchy opacity"),
    },
    NODULE: {
        "one": ("{place} nodule", "{place} mass", "1.4 cm nodule {place}", "8 mm {place} nodule", "mass {place}"),
        "both": ("bilat lung nodules", "multiple nodules both lungs", "bilat lung masses"),
        "none": ("lung nodule", "pulmonary mass"),
    },
    HEART: {"none": ("cardiomegaly", "heart enlarged", "enlarged heart", "heart big", "mild cardiomegaly")},
}
SHORT_HEDGES = ("?{x}", "poss {x}", "possible {x}", "? {x}", "query {x}", "{x}?", "cannot exclude {x}")
SHORT_HEDGED_HEART = ("?cardiomegaly", "poss cardiomegaly", "?heart enlarged", "heart ?enlarged", "possible cardiomegaly")
SHORT_ABSENT = {
    EFFUSION: ("effusion", "eff", "pleural effusion"),
    PNEUMOTHORAX: ("ptx", "PTX", "pneumothorax"),
    OPACITY: ("consolidation", "infiltrate", "opacity"),
    NODULE: ("nodules", "mass", "nodule"),
    HEART: ("cardiomegaly",),
}
SHORT_HEART_NORMAL = ("heart size normal", "heart normal size", "ht size normal", "heart not enlarged")

NORMAL = (
    "Normal chest radiograph.",
    "Normal chest x-ray.",
    "No acute cardiopulmonary abnormality.",
    "Unremarkable chest film.",
    "No abnormality detected.",
    "Normal study.",
    "No acute cardiopulmonary disease.",
    "Chest film within normal limits.",
)
SHORT_NORMAL = ("normal CXR", "NAD", "normal study", "unremarkable CXR")

ASIDES = (  # true of any film in the benchmark, and about nothing that is audited
    "The trachea is midline.",
    "Degenerative changes of the thoracic spine.",
    "No displaced rib fracture.",
    "Median sternotomy wires are intact.",
    "The mediastinal contour is unremarkable.",
    "Right internal jugular line with its tip in the superior vena cava.",
    "A left-sided pacemaker is in place.",
    "Mild scoliosis.",
    "Calcified aortic arch.",
    "The bones are intact.",
    "No free air under the diaphragm.",
    "Linear scarring at the left apex.",
    "Surgical clips in the right upper abdomen.",
    "Inspiration is adequate.",
    "The pulmonary vasculature is normal.",
    "The endotracheal tube ends 4 cm above the carina.",
    "Mild plate-like atelectasis at the left base.",
    "Patient rotated to the right.",
    "Old healed fracture of the left fifth rib.",
)
SHORT_ASIDES = ("trachea midline", "bones ok", "sternal wires", "no # seen", "ETT ok", "aorta unfolded", "R IJ line in SVC")
PREFACES = (
    "INDICATION: Shortness of breath.",
    "INDICATION: Cough and fever, rule out pneumonia.",
    "CLINICAL HISTORY: Chest pain. ?pneumothorax.",
    "HISTORY: 64-year-old with heart failure.",
    "TECHNIQUE: Single AP view of the chest.",
    "COMPARISON: None.",
    "COMPARISON: Chest radiograph of last month.",
    "EXAM: PA chest radiograph.",
    "REASON FOR EXAM: Evaluate for effusion.",
    "CLINICAL HISTORY: Known lung nodule, follow-up.",
)
ADVICE = (
    "Follow-up film in six weeks is suggested.",
    "Clinical correlation advised.",
    "Comparison with older films would help.",
    "CT is advised.",
)
