"""The audit on drafts with known errors: `python benchmarks/audit_benchmark.py [--films N] [--data FOLDER --reader NAME]`.

Without --data the films are simulated and the reading is the truth: what is left is the parser and the judge. The targets are those of
the true reading: every type of mistake caught in at least 97 % of its drafts, at most 2 flags per 100 faithful drafts; exit code 1 when
one is missed. With a reader the figures are printed, whatever they are.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from cxr_auditor.evaluation import SEED  # noqa: E402
from cxr_auditor.evaluation.cli import app  # noqa: E402
from cxr_auditor.evaluation.injection import ErrorType, Wording  # noqa: E402

SENSITIVITY, FLAGS = 0.97, 0.02


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--films", type=int, default=2000, help="simulated films")
    options.add_argument("--seed", type=int, default=SEED)
    options.add_argument("--data", help="a folder of labelled films instead of simulated ones")
    options.add_argument("--dataset", default="films")
    options.add_argument("--split", default="", help="of a folder's films; without it that of `evaluate audit`")
    options.add_argument("--reader", default="truth")
    options.add_argument("--parser", default="rules")
    options.add_argument("--wording", choices=list(Wording), help="one of the two; without it both are measured")
    given = options.parse_args()
    arguments = ["audit", "--seed", given.seed, "--reader", given.reader, "--parser", given.parser, "--no-plots"]
    arguments += ["--data", given.data, "--dataset", given.dataset, "--split", given.split] if given.data else ["--films", given.films]
    code = 0
    for wording in [given.wording] if given.wording else Wording:
        with tempfile.TemporaryDirectory() as folder:
            app([str(argument) for argument in [*arguments, "--wording", wording, "--out", folder]], standalone_mode=False)
            figures = json.loads((Path(folder) / "audit.json").read_text(encoding="utf-8"))["figures"]
        if given.reader == "truth":
            code |= _judged(figures)
    return code


def _judged(figures: dict) -> int:
    caught = {error: figures[f"sensitivity {error}"]["value"] for error in ErrorType}
    missed = [error for error, value in caught.items() if value is not None and value < SENSITIVITY]
    alarms = figures["flags per faithful draft"]["value"]
    for error in missed:
        print(f"target missed: {error} is caught in {caught[error]:.3f}, not {SENSITIVITY}", file=sys.stderr)
    if alarms > FLAGS:
        print(f"target missed: {100 * alarms:.2f} flags per 100 faithful drafts, not {100 * FLAGS:.0f}", file=sys.stderr)
    return 1 if missed or alarms > FLAGS else 0


if __name__ == "__main__":
    sys.exit(main())
