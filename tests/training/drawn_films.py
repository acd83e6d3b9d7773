"""A data set of drawn films in NIH's layout: every finding's box is known exactly."""

import csv
from pathlib import Path

from PIL import Image

from cxr_auditor.evaluation.datasets.nih import BOX_FRAME
from cxr_auditor.findings import Finding, Side
from cxr_auditor.phantom import Planted, draw

NATIVE = {
    Finding.PLEURAL_EFFUSION: "Effusion",
    Finding.PNEUMOTHORAX: "Pneumothorax",
    Finding.LUNG_OPACITY_CONSOLIDATION: "Infiltrate",
    Finding.NODULE_MASS: "Mass",
    Finding.CARDIOMEGALY: "Cardiomegaly",
}

KINDS: tuple[tuple[Planted, ...], ...] = (
    (Planted(finding=Finding.PLEURAL_EFFUSION, side=Side.LEFT, extent=0.9),),
    (Planted(finding=Finding.PNEUMOTHORAX, side=Side.RIGHT, extent=1),),
    (),
    (Planted(finding=Finding.LUNG_OPACITY_CONSOLIDATION, side=Side.RIGHT, extent=1),),
    (Planted(finding=Finding.CARDIOMEGALY, extent=1),),
    (Planted(finding=Finding.PLEURAL_EFFUSION, side=Side.RIGHT, extent=0.9),),
    (),
    (Planted(finding=Finding.LUNG_OPACITY_CONSOLIDATION, side=Side.LEFT, extent=1), Planted(finding=Finding.CARDIOMEGALY, extent=0.6)),
)


def drawn_films(folder: Path, count: int, size: int = 128) -> Path:
    """`count` films, each of a patient of its own, with the findings of KINDS in turn. Returns the folder."""
    (folder / "images").mkdir(parents=True)
    with (folder / "Data_Entry.csv").open("w", newline="") as entries, (folder / "BBox_List.csv").open("w", newline="") as boxes:
        entry, box = csv.writer(entries), csv.writer(boxes)
        entry.writerow(["Image Index", "Finding Labels", "Patient ID", "View Position"])
        box.writerow(["Image Index", "Finding Label", "Bbox [x", "y", "w", "h]"])
        for number in range(count):
            film = draw(number, KINDS[number % len(KINDS)], size)
            name = f"{number:08d}_000.png"
            Image.fromarray(film.pixels).save(folder / "images" / name)
            labels = dict.fromkeys(NATIVE[one.finding] for one in film.findings)
            entry.writerow([name, "|".join(labels).replace("Infiltrate", "Infiltration") or "No Finding", number, "PA"])
            for one in film.findings:
                y0, x0, y1, x1 = (value * BOX_FRAME[0] for value in one.box.as_list())
                box.writerow([name, NATIVE[one.finding], x0, y0, x1 - x0, y1 - y0])
    return folder
