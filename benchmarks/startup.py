"""What a user waits for before and between audits: importing the package, starting an audit, auditing a revised draft again.

    python benchmarks/startup.py

Prints milliseconds and, as they matter more, ratios within this one run.
"""

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

REPEATS = 15
HEAVY = ("torch", "transformers", "gradio", "onnxruntime", "openai", "ray")
DRAFT = "Small left pleural effusion. No pneumothorax. Heart size normal. Patchy right basal consolidation, cannot exclude a nodule."


def seconds_of(code: str) -> float:
    """Median wall time of a new interpreter that runs `code`."""
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def main() -> None:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    bare, package = seconds_of("pass"), seconds_of("import cxr_auditor")
    seen = subprocess.run(
        [sys.executable, "-c", f"import sys, cxr_auditor; print(*[m for m in {HEAVY!r} if m in sys.modules])"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    ).stdout.strip()
    print(f"import cxr_auditor: {1000 * (package - bare):.0f} ms beyond a bare interpreter ({1000 * bare:.0f} ms)")
    print(f"heavy modules imported by it: {seen or 'none'}")

    from cxr_auditor.audit import audit_reading, read_film
    from cxr_auditor.images import load

    pixels = np.random.default_rng(0).integers(30, 220, (64, 64)).repeat(16, 0).repeat(16, 1).astype("uint8")
    film = load(pixels)
    read_film(film, "lite")  # the first call loads the weights
    readings, audits = [], []
    for i in range(REPEATS):
        start = time.perf_counter()
        reading = read_film(film, "lite")
        readings.append(time.perf_counter() - start)
        start = time.perf_counter()
        audit_reading(film, reading, f"{DRAFT} Revision {i}.")
        audits.append(time.perf_counter() - start)
    again, whole = statistics.median(audits), statistics.median(readings) + statistics.median(audits)
    print(f"re-audit of a revised draft: {1000 * again:.1f} ms, {100 * again / whole:.0f} % of a whole audit ({1000 * whole:.0f} ms)")


if __name__ == "__main__":
    main()
