"""Peak memory of building a corpus, at one size and at ten times as many films.

    python benchmarks/corpus_memory.py [--films 5000]

Writes NIH-shaped folders of made-up labels, boxes and small picture files of their own (each is decoded and hashed) and builds a corpus of
each in a process of its own. Prints the peak resident memory of each build, that of a process that only imports the code, and ratios.
"""

import argparse
import csv
import random
import subprocess
import sys
import tempfile
import time
from io import BytesIO
from pathlib import Path

from PIL import Image, PngImagePlugin

ROOT = Path(__file__).resolve().parents[1]
LABELS = ("No Finding", "No Finding", "No Finding", "Effusion", "Infiltration", "Nodule", "Pneumothorax", "Cardiomegaly", "Edema")
BOXED = {
    "Effusion": "Effusion",
    "Infiltration": "Infiltrate",
    "Nodule": "Nodule",
    "Pneumothorax": "Pneumothorax",
    "Cardiomegaly": "Cardiomegaly",
}
FILMS_OF_A_PATIENT = 4
GREY = Image.linear_gradient("L").resize((64, 64))

CHILD = """
import resource, sys
from pathlib import Path
from cxr_auditor.training.corpus import build_corpus
if len(sys.argv) > 1:
    summary = build_corpus({"nih": Path(sys.argv[1])}, Path(sys.argv[2]))
    print(sum(split["films"] for split in summary.manifest["splits"].values()), end=" ")
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def make_folder(folder: Path, films: int) -> None:
    """The two NIH tables and a picture file for every film."""
    draw = random.Random(films)
    (folder / "images").mkdir(parents=True)
    with (folder / "Data_Entry_2017.csv").open("w", newline="") as entries, (folder / "BBox_List_2017.csv").open("w", newline="") as boxes:
        entry, box = csv.writer(entries), csv.writer(boxes)
        entry.writerow(["Image Index", "Finding Labels", "Patient ID", "View Position"])
        box.writerow(["Image Index", "Finding Label", "x", "y", "w", "h"])
        for number in range(films):
            patient = number // FILMS_OF_A_PATIENT
            name = f"{patient:08d}_{number % FILMS_OF_A_PATIENT:03d}.png"
            label = draw.choice(LABELS)
            entry.writerow([name, label, patient, "PA"])
            if label in BOXED:
                box.writerow([name, BOXED[label], *(draw.randrange(100, 500) for _ in range(4))])
            (folder / "images" / name).write_bytes(picture(name))


def picture(name: str) -> bytes:
    """A grey picture that no other name has."""
    said, file = PngImagePlugin.PngInfo(), BytesIO()
    said.add_text("name", name)
    GREY.save(file, "PNG", pnginfo=said)
    return file.getvalue()


def child(*arguments: str) -> list[int]:
    done = subprocess.run([sys.executable, "-c", CHILD, *arguments], check=True, cwd=ROOT, capture_output=True, text=True)
    return [int(word) for word in done.stdout.split()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--films", type=int, default=5000, help="films of the smaller folder")
    smaller = parser.parse_args().films
    (idle,) = child()
    print(f"importing only: {idle / 1024:.1f} MiB")
    peaks = []
    with tempfile.TemporaryDirectory() as scratch:
        for times in (1, 10):
            folder = Path(scratch, str(times))
            make_folder(folder, smaller * times)
            start = time.perf_counter()
            taken, peak = child(str(folder), str(folder.with_suffix(".corpus")))
            seconds = time.perf_counter() - start
            peaks.append(peak)
            print(f"{smaller * times} films, {taken} in the corpus: peak {peak / 1024:.1f} MiB, {seconds:.1f} s")
    print(f"10 times the films: peak memory x {peaks[1] / peaks[0]:.2f}; above importing x {(peaks[1] - idle) / (peaks[0] - idle):.2f}")


if __name__ == "__main__":
    main()
