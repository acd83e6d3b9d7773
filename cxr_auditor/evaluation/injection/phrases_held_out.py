"""A second hand: the same tables as `phrases_development`, in other words. No parser is mended on drafts that are written with them."""

from ...findings import Finding

EFFUSION, PNEUMOTHORAX, OPACITY, NODULE, HEART = Finding

HEADINGS = (("REPORT", "CONCLUSION"), ("Report", "Comment"), ("FINDINGS", "IMPRESSION"), ("Description", "Summary"))
ORGANS = (
    ("Lung parenchyma", (OPACITY, NODULE), ("As before.", "No volume loss.")),
    ("Pleural spaces", (EFFUSION, PNEUMOTHORAX), ("As before.", "No calcified plaque.")),
    ("Cardiac silhouette", (HEART,), ("As before.",)),
)
BONES = ("Skeleton: Unremarkable.", "Skeleton: Osteopenia.", "Osseous structures: No lytic lesion.")

SIZES = {
    EFFUSION: ("slight", "sizable", "massive", "small to moderate", "minimal", "loculated", "modest"),
    PNEUMOTHORAX: ("minimal", "extensive", "thin", "moderately large", "trace", "1 cm"),
    OPACITY: ("faint", "diffuse", "streaky", "multifocal", "marked", "mild"),
    NODULE: ("9 mm", "tiny", "3 cm", "lobulated", "calcified", "cavitating", "ill-defined"),
    HEART: ("slight", "mild", "considerable", "known", "severe"),
}

PLACES = {
    OPACITY: {
        "left": ("left lower zone", "left lung base", "left upper zone", "left midzone", "left perihilar area", "left retrocardiac region"),
        "right": ("right upper zone", "right lung base", "right midzone", "right middle lobe", "right perihilar area", "right lower lung"),
    },
    NODULE: {
        "left": ("left upper zone", "left lung base", "left midzone", "left lung apex", "left lower lobe"),
        "right": ("right upper zone", "right lung base", "right midzone", "right lung apex", "right upper lobe"),
    },
}
SHORT_PLACES = {
    "left": ("L lower zone", "left base", "L mid lung", "LLL", "left upper zone"),
    "right": ("R lower zone", "right base", "R mid lung", "RUL", "right upper zone"),
}

NOUNS = {
    EFFUSION: {
        "one": (
            "a:{size} effusion in the {side} pleural space",
            "m:fluid in the {side} pleural cavity",
            "a:{side} hydrothorax",
            "a:{side} parapneumonic effusion",
            "a:subpulmonic effusion on the {side}",
            "m:{size} {side} pleural fluid",
            "a:{side} hemithorax effusion",
            "a:{size} {side} effusion",
        ),
        "both": (
            "p:bibasal pleural effusions",
            "p:effusions in both pleural cavities",
            "p:{size} bilateral effusions",
            "m:pleural fluid bilaterally",
            "p:bilateral pleural effusions, right more than left",
            "p:pleural effusions on either side",
        ),
        "none": ("a:subpulmonic effusion", "p:pleural effusions", "a:hydrothorax", "a:{size} effusion"),
    },
    PNEUMOTHORAX: {
        "one": (
            "a:{side} tension pneumothorax",
            "a:{size} {side} basal pneumothorax",
            "a:residual {side} pneumothorax",
            "a:{size} pneumothorax along the {side} chest wall",
            "a:{side} upper zone pneumothorax",
            "a:{size} {side} pneumothorax",
            "a:pneumothorax in the {side} hemithorax",
        ),
        "both": (
            "a:pneumothorax on each side",
            "p:bilateral apical pneumothoraces",
            "p:pneumothoraces in both hemithoraces",
            "p:right and left pneumothoraces",
        ),
        "none": ("a:tension pneumothorax", "a:residual pneumothorax", "a:{size} pneumothorax"),
    },
    OPACITY: {
        "one": (
            "a:{size} parenchymal opacity in the {place}",
            "m:air-space consolidation within the {place}",
            "m:ground-glass opacity in the {place}",
            "m:opacification of the {place}",
            "p:{size} infiltrates in the {place}",
            "m:alveolar consolidation in the {place}",
            "m:airspace disease in the {place}",
            "m:{size} bronchopneumonia in the {place}",
        ),
        "both": (
            "p:patchy infiltrates in both lungs",
            "m:multifocal consolidation in both lungs",
            "p:ground-glass opacities throughout both lungs",
            "m:bibasal consolidation",
            "m:bilateral pneumonia",
            "p:perihilar opacities on both sides",
        ),
        "none": ("m:multifocal pneumonia", "m:{size} airspace consolidation", "p:patchy infiltrates", "a:parenchymal opacity"),
    },
    NODULE: {
        "one": (
            "a:{size} solid nodule in the {place}",
            "a:subpleural nodule in the {place}",
            "a:{size} lung mass in the {place}",
            "a:{side} hilar mass",
            "a:{side} suprahilar mass",
            "a:pulmonary nodule within the {place}",
            "a:{size} nodule at the {place}",
        ),
        "both": (
            "p:innumerable nodules throughout both lungs",
            "p:scattered bilateral nodules",
            "p:several masses in both lungs",
            "p:nodules on both sides",
            "p:bilateral lung masses",
        ),
        "none": ("a:solitary pulmonary nodule", "p:multiple pulmonary nodules", "a:{size} lung mass", "p:several lung masses"),
    },
    HEART: {
        "none": ("a:enlarged cardiac silhouette", "a:enlarged cardiac shadow", "m:{size} cardiomegaly", "m:{size} cardiac enlargement"),
    },
}

KINDS = {OPACITY: ("consolidation", "opaci", "infiltrates"), NODULE: ("nodule", "mass")}

ABSENT_NOUNS = {
    EFFUSION: ("pleural effusion", "effusions", "pleural fluid collection", "pleural fluid"),
    PNEUMOTHORAX: ("pneumothorax", "pneumothoraces"),
    OPACITY: ("consolidation", "parenchymal opacity", "airspace opacification", "parenchymal infiltrates", "infiltrates"),
    NODULE: ("nodules", "pulmonary nodules", "pulmonary mass", "masses"),
    HEART: ("cardiomegaly", "enlargement of the heart"),
}
QUALIFIED_NOUNS = {
    EFFUSION: ("sizeable effusion", "appreciable pleural effusion"),
    PNEUMOTHORAX: ("obvious pneumothorax", "appreciable pneumothorax"),
    OPACITY: ("lobar consolidation", "acute consolidation", "confluent airspace disease", "dense consolidation"),
    NODULE: ("sinister mass", "measurable nodule"),
    HEART: (),
}

PRESENT_FRAMES = (
    "{N} {is} identified.",
    "{N} {is} evident.",
    "{N} {is} visible.",
    "There {is} evidence of {a}.",
    "This film demonstrates {a}.",
    "{N} {is} again noted.",
    "Redemonstration of {a}.",
    "Stable {n}.",
    "Worsening {n}.",
    "{N} {is} unchanged.",
    "Appearances compatible with {a}.",
    "Findings indicate {a}.",
    "{N}, similar to the prior examination.",
    "There {is} now {a}.",
    "We note {a}.",
)
PRESENT_SENTENCES = {
    HEART: (
        "The heart shadow is enlarged.",
        "Enlargement of the cardiac silhouette is noted.",
        "The heart is markedly enlarged.",
        "Cardiac size is enlarged.",
        "The heart size is enlarged.",
        "There is an increase in heart size.",
    ),
}
HEDGED_FRAMES = (
    "{N} {is} suspected.",
    "Potential {n}.",
    "{N} cannot be ruled out.",
    "{N} may be present.",
    "Possibly {a}.",
    "Concern for {a}.",
    "Appearances may represent {a}.",
    "Possibility of {a}.",
    "{N} might be present.",
    "Suspicion of {a}.",
    "Maybe {a}.",
    "It is unclear whether there {is} {a}.",
    "Could represent {a}.",
)
HEDGED_SENTENCES = {
    HEART: (
        "The heart might be enlarged.",
        "Possible enlargement of the heart.",
        "The heart appears possibly enlarged, though this is an AP film.",
    ),
}
ABSENT_FRAMES = (
    "No sign of {x}.",
    "No {x} visualised.",
    "No {x} visible.",
    "No {x} demonstrated.",
    "No {x} detected.",
    "There is no {x} on this film.",
    "Absence of {x}.",
    "No radiological evidence of {x}.",
    "There are no signs of {x}.",
    "We see no {x}.",
)
ABSENT_SENTENCES = {
    HEART: (
        "Cardiac size normal.",
        "The heart is normal in size.",
        "The cardiothoracic ratio is normal.",
        "Cardiac silhouette is within normal limits.",
        "No enlargement of the heart.",
        "The heart size is unremarkable.",
    ),
}
SIDED_DENIALS = {
    EFFUSION: ("The {side} pleural space is free of fluid.", "No effusion at the {side} base.", "No sign of a {side} effusion."),
    PNEUMOTHORAX: ("No pneumothorax at the {side} apex.", "No sign of a {side} pneumothorax.", "On the {side} there is no pneumothorax."),
    OPACITY: ("No infiltrate on the {side}.", "No {side} lung consolidation.", "No opacity in the {side} lung."),
    NODULE: ("No mass on the {side}.", "No {side} lung nodules."),
}
JOINED_DENIALS = (
    "No {list_or} seen.",
    "No {list_or} is visible.",
    "No sign of {list_or}.",
    "There is no evidence of {list_or}.",
    "No {list_or} detected.",
)
LUNG_DENIALS = ("Lungs clear with no {list_or}.", "Both lungs are free of {list_or}.")
PAIRS = {
    "both present": ("{N1} with associated {n2}.", "{N1} plus {n2}.", "{N1}. In addition there {is2} {a2}.", "There {is1} {a1}, and {a2}."),
    "one denied": (
        "{N1}, no {x2}.",
        "Although there {is1} {a1}, there is no {x2}.",
        "No {x2}; however, there {is1} {a1}.",
        "{N1}, without evidence of {x2}.",
    ),
}

SHORT = {
    EFFUSION: {
        "one": ("pl eff {L}", "{L}-sided eff", "{L} pl effusion", "{size} eff on {L}", "{L} pleural fluid"),
        "both": ("b/l effusions", "bilat pl effs", "effusions bilat"),
        "none": ("pl effusion", "effs", "pleural effusions"),
    },
    PNEUMOTHORAX: {
        "one": ("{L}-sided ptx", "{size} {L} pneumothorax", "ptx {L}", "{L} ptx, drain in situ"),
        "both": ("b/l ptx", "bilateral ptx"),
        "none": ("minimal ptx", "tension pneumothorax"),
    },
    OPACITY: {
        "one": ("{place} infiltrates", "{place} consolidation +", "airspace opacity {place}", "{place} airspace disease"),
        "both": ("b/l consolidation", "b/l infiltrates", "bilat airspace opacities"),
        "none": ("airspace opacity", "consolidation +", "infiltrates"),
    },
    NODULE: {
        "one": ("{place} lung nodule", "nodule {place} 9 mm", "{size} mass {place}", "{place} mass ~3 cm"),
        "both": ("b/l nodules", "nodules bilat", "masses both lungs"),
        "none": ("pulm nodule", "nodule 7 mm", "lung mass"),
    },
    HEART: {"none": ("cardiac enlargement", "cardiomegaly +", "heart mildly enlarged", "heart size increased")},
}
SHORT_HEDGES = ("maybe {x}", "?? {x}", "possibly {x}", "{x} (?)", "suspected {x}", "can't exclude {x}")
SHORT_HEDGED_HEART = ("?cardiac enlargement", "possibly enlarged heart", "heart possibly enlarged", "maybe cardiomegaly")
SHORT_ABSENT = {
    EFFUSION: ("effs", "pl effusion", "pleural effusions"),
    PNEUMOTHORAX: ("ptx", "pneumothoraces"),
    OPACITY: ("consolidation", "infiltrates", "airspace opacity"),
    NODULE: ("lung nodules", "masses", "lung mass"),
    HEART: ("cardiac enlargement",),
}
SHORT_HEART_NORMAL = ("heart size ok", "normal heart size", "cardiac size normal", "heart normal")

NORMAL = (
    "No active disease in the chest.",
    "Normal examination.",
    "The chest film is normal.",
    "No significant abnormality.",
    "No acute abnormality identified.",
    "Negative chest radiograph.",
)
SHORT_NORMAL = ("chest film normal", "no abnormality", "unremarkable film")

ASIDES = (
    "Tracheostomy tube in situ.",
    "Nasogastric tube passes below the diaphragm.",
    "Hila are normal.",
    "Thoracic spondylosis.",
    "Old rib fractures on the right.",
    "Dual-chamber pacemaker leads are unchanged.",
    "Hiatus hernia.",
    "Aortic calcification.",
    "The diaphragm is well defined.",
    "Soft tissues are unremarkable.",
    "Left subclavian line, tip at the cavoatrial junction.",
    "Bibasal atelectasis.",
    "Biapical scarring.",
    "No pneumomediastinum.",
    "Low lung volumes.",
    "Cholecystectomy clips.",
    "Chest drain at the right base.",
)
SHORT_ASIDES = ("NGT ok", "hila normal", "pacemaker L", "old rib #s", "mediastinum central", "drain R side")
PREFACES = (
    "CLINICAL DETAILS: Fall from height, ?pneumothorax.",
    "INDICATION: Post chest drain removal.",
    "HISTORY: Weight loss, ?mass.",
    "CLINICAL DETAILS: Raised inflammatory markers, ?consolidation.",
    "TECHNIQUE: Portable supine film.",
    "COMPARISON: CT of the previous year.",
    "INDICATION: Orthopnoea; effusions?",
    "HISTORY: Left pneumothorax in 2015.",
)
ADVICE = ("A lateral view is suggested.", "Clinical review recommended.", "Please correlate.", "Repeat film after treatment.")
