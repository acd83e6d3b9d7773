"""What the lite reader costs on one CPU core: milliseconds a film, memory, and the same network behind OpenCV's DNN.

    python benchmarks/lite_reader.py

Films are random noise of the stated sizes (the time does not depend on what a film shows); each figure is the median of many runs.
"""

import argparse
import json
import statistics
import sys
import time
from pathlib import Path

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from cxr_auditor.assets import assets_folder  # noqa: E402
from cxr_auditor.images import Radiograph  # noqa: E402
from cxr_auditor.readers.lite import WEIGHTS, LiteReader, load_folder, to_square  # noqa: E402

RUNS = 40
SHAPES = ((512, 512), (1024, 1024), (2500, 2048))


def main() -> None:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    cv2.setNumThreads(1)
    before = resident_mb()
    began = time.perf_counter()
    reader = LiteReader()
    loading = time.perf_counter() - began
    rng = np.random.default_rng(0)
    films = {shape: Radiograph(rng.integers(0, 256, shape, dtype=np.uint8)) for shape in SHAPES}
    figures = {
        "weights_mb": round((assets_folder("lite") / WEIGHTS).stat().st_size / 1e6, 2),
        "loading_ms": round(1000 * loading, 1),
        "read_ms": {f"{h}x{w}": median_ms(lambda film=film: reader.read(film)) for (h, w), film in films.items()},
        "resident_mb": {"before": before, "after": resident_mb()},
        "network_ms": engines(films[SHAPES[0]].pixels),
        "same_answer_twice": len({reader.read(films[SHAPES[0]]).model_dump_json() for _ in range(10)}) == 1,
    }
    json.dump(figures, sys.stdout, indent=2)
    print()


def engines(pixels: np.ndarray) -> dict:
    """The network alone behind both engines, in one run, and how far their logits lie apart."""
    settings, network = load_folder(assets_folder("lite"))
    film = to_square(pixels, settings.side)
    rival = cv2.dnn.readNetFromONNX(str(assets_folder("lite") / WEIGHTS))
    names = rival.getUnconnectedOutLayersNames()

    def opencv():
        rival.setInput(film.astype(np.float32)[None, None])
        return rival.forward(names)

    ours, theirs = network(film, settings.side)[0], opencv()
    logits = min((np.abs(out.ravel() - ours).max() for out in theirs if out.size == ours.size), default=float("nan"))
    return {
        "onnxruntime": median_ms(lambda: network(film, settings.side)),
        "opencv_dnn": median_ms(opencv),
        "largest_difference_of_logits": float(logits),
    }


def median_ms(call) -> float:
    for _ in range(3):
        call()
    times = []
    for _ in range(RUNS):
        began = time.perf_counter()
        call()
        times.append(time.perf_counter() - began)
    return round(1000 * statistics.median(times), 2)


def resident_mb() -> float:
    """Resident memory of this process (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return round(pages * 4096 / 2**20, 1)


if __name__ == "__main__":
    main()
