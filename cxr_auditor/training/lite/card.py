"""MODEL_CARD.md from what was measured: no figure in it is typed by hand."""

import json
from pathlib import Path

from ...errors import InputError
from ...findings import NO_FINDING, Finding
from ...readers.lite import SETTINGS, WEIGHTS, load_folder
from .data import SPLIT_SALT, VALIDATION_PERCENT
from .figures import PLACES, RESAMPLES

FIGURES, CARD = "figures.json", "MODEL_CARD.md"
_COMMAND = "python -m cxr_auditor.training.lite evaluate --data DATA --out assets/lite"


def write_card(folder: Path) -> Path:
    """Writes the card beside lite.onnx, lite.json and figures.json, and returns its path."""
    path = Path(folder) / CARD
    path.write_text(card(Path(folder)))
    return path


def card(folder: Path) -> str:
    """The card's text."""
    settings, _ = load_folder(folder)
    figures = read_figures(folder)
    return "\n\n".join(
        [
            "# Model card: the lite reader",
            _what(settings, folder / WEIGHTS),
            "## Data\n\n" + _data(figures),
            "## Discrimination\n\n" + _discrimination(figures),
            "## Zones\n\n" + _zones(figures, settings),
            "## Boxes\n\n" + _boxes(figures),
            "## By view and origin\n\n" + _parts(figures),
            "## Limits\n\n" + _LIMITS,
            "## Making it again\n\n" + _AGAIN,
        ]
    ) + "\n"  # fmt: skip


def read_figures(folder: Path) -> dict:
    """What was measured last. InputError where there is nothing yet."""
    path = Path(folder) / FIGURES
    if not path.is_file():
        raise InputError(f"{path} does not exist.", "Make the reader first: python -m cxr_auditor.training.lite --data DATA --out OUT.")
    return json.loads(path.read_text())


def _what(settings, weights: Path) -> str:
    known = _names(settings.scope)
    outside = _names(finding for finding in Finding if finding not in settings.scope) or "none"
    return (
        "Reads a frontal chest film on a CPU and says *present*, *uncertain* or *absent* of each finding in its scope, with boxes. "
        "Research and education only; not a medical device.\n\n"
        f"- **Revision** `{settings.sha256[:12]}` (sha256 of `{WEIGHTS}`), {weights.stat().st_size / 1e6:.1f} MB, weights of 8 bits; "
        f"input {settings.side} x {settings.side} px, grey.\n"
        f'- **Scope**: {known}. **Out of scope** (AUROC under .70 on validation patients, shown as "not checked"): {outside}.\n'
        "- **Network**: small residual networks with channel attention, trained from random weights one after the other, the later ones "
        "also taught by the earlier, and averaged over the film and its mirror image; the last of them also sees the film with its local "
        "brightness and contrast evened out. Every probability is pooled from a class map, which also gives the boxes. "
        "No foreign weights.\n"
        "- **Licence**: Apache-2.0, as the project."
    )


def _data(figures) -> str:
    films = ", ".join(f"{count} of the group {group} px" for group, count in figures["films"].items())
    return (
        "NIH ChestX-ray14 (NIH Clinical Center; X. Wang, Y. Peng, L. Lu, Z. Lu, M. Bagheri, R. M. Summers, *ChestX-ray8*, CVPR 2017), "
        "<https://nihcc.app.box.com/v/ChestXray-NIHCC>. NIH places no restriction on use and asks for this attribution and link. "
        "Labels are NIH's text-mined ones, which are noisy. RSNA's readings and boxes of the same films were never trained on; they serve "
        "evaluation. Two choices were made with them in view all the same: the few weights by which a finding's score borrows from "
        "neighbouring outputs, and the form of the rule that draws boxes, whose search printed results on RSNA's boxes, also of validation "
        "patients. The figures against RSNA's readings and boxes therefore lean to the hopeful side too.\n\n"
        f'Split by patient: a patient is a validation patient when the first four bytes of `sha256("{SPLIT_SALT}:" + patient id)`, '
        f"modulo 100, are under {VALIDATION_PERCENT} ({figures['patients']} patients; {films}, where 128 px stands for 128 or 64). No film "
        "of theirs was trained on. They did choose the recipe, the members that are averaged, the scope, the calibration and the borders "
        "of the zones, so figures on them lean to the hopeful side; zone rates are therefore also given cross-fitted.\n\n"
        f"Every figure below is printed by `{_COMMAND}` from the shipped file. Intervals: 95 %, patients resampled {RESAMPLES} times."
    )


def _discrimination(figures) -> str:
    groups = list(figures["films"])
    rows = [["", *(f"{group} px films" for group in groups), "all"]]
    for name, row in figures["findings"].items():
        rows.append([_title(name), *(_auroc(row["auroc"][key]) for key in (*groups, "all"))])
    rows.append(["**mean of the five findings**", *(_value(figures["macro"][group]) for group in groups), ""])
    rsna = figures["rsna_opacity"]
    rows.append(["opacity, RSNA Lung Opacity against Normal", *(_auroc(rsna[key]) for key in (*groups, "all"))])
    errors = [["", *(f"{group} px films" for group in groups), "all"]]
    for name, row in figures["findings"].items():
        errors.append([_title(name), *(f"{row['calibration_error'][key]:.3f}" for key in (*groups, "all"))])
    return (
        f"AUROC (interval; positives of films):\n\n{_table(rows)}\n\n"
        "Expected calibration error of the probability, in ten bins of equal size. The prevalence differs between the groups, and one "
        f"calibration serves both:\n\n{_table(errors)}"
    )


def _zones(figures, settings) -> str:
    rates_of = {"negatives_present": "negatives called present", "positives_absent": "positives called absent"}
    rates_of["positives_present"] = "positives called present"
    rows = [["", "films", "borders (absent <, present >=)", *rates_of.values()]]
    for finding in Finding:
        rule = settings.rules[finding.value]
        for group, both in figures["findings"][finding.value]["zones"].items():
            rates = [f"{both['shipped'][key]:.3f} / {both['cross_fitted'][key]:.3f}" for key in rates_of]
            rows.append([finding.display, group, f"{rule.absent:.3f}, {rule.present:.3f}", *rates])
    return (
        "*Present* at or above the score with 95 % specificity, *absent* only under the score below which at most 5 % of the positives "
        "lie, *uncertain* between. Each border holds for all validation films and for each resolution group with enough films of its "
        "own. Rates with the shipped borders / cross-fitted (borders from four fifths of the patients, measured on the last fifth):\n\n"
        + _table(rows)
    )


def _boxes(figures) -> str:
    place = figures["localisation"]
    rows = [["", "share of films (interval)"], *([title, _value(place[key])] for key, title in PLACES.items())]
    own = [["", "films", "peak inside", "mean IoU", "IoU of at least 0.3", "right side"]]
    for finding in Finding:
        row = figures["box_rules"][finding.value]
        side = f"{row['side_right']:.3f}" if finding.has_sides else "-"
        rates = [f"{row[key]:.3f}" for key in ("peak_inside", "mean_iou", "iou_03")]
        own.append([finding.display, str(row["films"]), *rates, side])
    return (
        f"Opacity against RSNA's boxes (evaluation only), {place['films']} films of validation patients:\n\n{_table(rows)}\n\n"
        "A box is the region around the peak of the evidence, in one half of the chest, drawn towards the usual size of such boxes. The "
        "evidence is the class map, measured against the maps of normal films, and how often the finding lies there; both the place and "
        "the rule come from NIH's own few boxes (`BBox_List_2017`), each film left out when it is measured:\n\n"
        f"{_table(own)}\n\nBoxes of the other findings are rough: too few reference boxes exist."
    )


def _parts(figures) -> str:
    names = list(dict.fromkeys(name for row in figures["findings"].values() for name in row["parts"]))
    known = [name for name in figures["findings"] if name != NO_FINDING]
    rows = [["", *(_title(name) for name in known)]]
    for part in sorted(names):
        cells = [figures["findings"][name]["parts"].get(part) for name in known]
        rows.append([part, *(_auroc(cell) if cell else "-" for cell in cells)])
    return (
        "AUROC where at least ten positives and ten negatives exist. Origin is the public copy that a film was gathered from:\n\n"
        + _table(rows)
    )


_LIMITS = """- Most positives lie in *uncertain*: the reader's silence is no evidence of absence.
- Trained on one hospital's films, most of them at 128 px or less: small nodules, thin pleural lines and faint opacities are lost.
- Origin and resolution are confounded with labels in the training set (one origin holds most pneumothoraces, with their chest tubes).
  Random resolution and JPEG histories weaken that shortcut; the table by origin shows what is left within each.
- AP and PA films are read differently well; the table by view shows how.
- Sides of effusions, pneumothoraces and nodules rest on a handful of reference boxes; take them as a hint.
- It does not recognise what is not a frontal chest film; the project's image loader turns the plainest of these away."""

_AGAIN = f"""`DATA` is a folder with `manifest.csv`, `boxes.csv`, `512/` and `128.zip`.

    python -m cxr_auditor.training.lite --data DATA --out OUT      trains, exports, calibrates, measures, writes this card
    {_COMMAND}      measures again and rewrites `{FIGURES}` and this card

Settings of the reader (calibration, borders, box rules): `{SETTINGS}`; every figure with its interval: `{FIGURES}`."""


def _names(findings) -> str:
    return ", ".join(finding.display.lower() for finding in findings)


def _title(name: str) -> str:
    return "no finding" if name == NO_FINDING else Finding(name).display


def _value(figure) -> str:
    return f"{figure['value']:.3f} ({figure['low']:.3f}-{figure['high']:.3f})"


def _auroc(figure) -> str:
    return f"{_value(figure)}; {figure['positives']} of {figure['films']}"


def _table(rows: list[list[str]]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + " --- |" * len(rows[0]), *lines[1:]])
