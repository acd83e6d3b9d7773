#!/usr/bin/env python3
"""The README's measured figures: computes them anew, and with --write puts them between the README's marks.

    python benchmarks/readme_figures.py --data ../shared/bench/drafts [--write]

Each table names the command that prints it in full. `tests/test_readme.py` holds the README against this.
"""

import argparse
import contextlib
import io
import json
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

import draft_parser as bench  # noqa: E402

from cxr_auditor.evaluation.cli import app as evaluate  # noqa: E402
from cxr_auditor.evaluation.injection import ErrorType, Wording  # noqa: E402
from cxr_auditor.findings import NO_FINDING, Finding  # noqa: E402
from cxr_auditor.registry import make_parser  # noqa: E402

FILMS = 1000
BLIND = ROOT / "tests/parsers/data/drafts_blind_2026_11.jsonl"


def drafts_table(data: Path) -> str:
    """What the rules read on the development set; F1 over labels that have gold."""
    parser = make_parser("rules")
    score, load = bench.load_module(data, "score"), bench.load_module(data, "load")
    hand = list(load.documents([data / "hand_dev.jsonl"]))
    mesh = list(load.documents([data / "mesh_dev.jsonl"]))
    hard = [json.loads(line) for line in BLIND.read_text(encoding="utf-8").splitlines()]
    rows = [
        "| documents | n | present | absent | uncertain | sides exact |",
        "|---|---|---|---|---|---|",
        _drafts_row("hand-labelled reports and drafts", parser, score, hand),
        _drafts_row("of these, trainee drafts", parser, score, [d for d in hand if d["id"].startswith("ADV")]),
        _drafts_row("the project's own hard trainee drafts", parser, score, hard),
        _drafts_row("coded reports, the five findings", parser, score, mesh, bench.FINDINGS, ("present",)),
    ]
    return "\n".join(rows)


def _drafts_row(name, parser, score, documents, labels=(*bench.FINDINGS, NO_FINDING), statuses=bench.STATUSES) -> str:
    predicted = bench.predictions(lambda text: bench.findings_of(parser.parse(text)), documents)
    counts, _ = bench.f1_table(score, predicted, documents)
    cells = []
    for status in bench.STATUSES:
        gold = sum(counts[status, label]["tp"] + counts[status, label]["fn"] for label in labels if (status, label) in counts)
        cells.append(f"{bench.macro(counts, status, labels):.3f} (n {gold})" if status in statuses else "")
    exact, n, _ = bench.sides_exact(predicted, documents)
    return f"| {name} | {len(documents)} | {' | '.join(cells)} | {f'{exact} of {n}' if n and len(statuses) > 1 else ''} |"


def lite_table() -> str:
    """AUROC on the validation patients, from the figures that were measured with the shipped weights."""
    figures = json.loads((ROOT / "assets/lite/figures.json").read_text(encoding="utf-8"))
    rows = ["| finding | films of 64 or 128 px | films of 512 px | in scope |", "|---|---|---|---|"]
    scope = json.loads((ROOT / "assets/lite/lite.json").read_text(encoding="utf-8"))["scope"]
    for finding in Finding:
        auroc = figures["findings"][finding]["auroc"]
        seen = "yes" if finding in scope else "no"
        rows.append(f"| {finding.display} | {_interval(auroc['128'])} | {_interval(auroc['512'])} | {seen} |")
    rows.append(f"| mean of the five | {_interval(figures['macro']['128'])} | {_interval(figures['macro']['512'])} | |")
    return "\n".join(rows)


def _interval(figure: dict) -> str:
    return f"{figure['value']:.3f} ({figure['low']:.3f}-{figure['high']:.3f})"


def audit_table() -> str:
    """The whole audit on drafts with one known error each, against the true findings."""
    figures = {wording: _audit(wording) for wording in Wording}
    rows = [f"| error put into a faithful draft | {' | '.join(f'caught, {w} wording' for w in Wording)} |", "|---|---|---|"]
    for error in ErrorType:
        cells = [_caught(figures[wording][f"sensitivity {error}"]) for wording in Wording]
        rows.append(f"| {error.replace('_', ' ')} | {' | '.join(cells)} |")
    alarms = [f"{100 * figures[wording]['flags per faithful draft']['value']:.1f}" for wording in Wording]
    rows.append(f"| none: flags per 100 faithful drafts | {' | '.join(alarms)} |")
    return "\n".join(rows)


def _caught(figure: dict) -> str:
    return f"{figure['value']:.3f} (n {figure['n']})"


def _audit(wording: Wording) -> dict:
    with tempfile.TemporaryDirectory() as folder:
        arguments = ["audit", "--films", str(FILMS), "--wording", wording, "--out", folder, "--no-plots", "--resamples", "1"]
        with contextlib.redirect_stdout(io.StringIO()):
            evaluate(arguments, standalone_mode=False)
        return json.loads((Path(folder) / "audit.json").read_text(encoding="utf-8"))["figures"]


def section(readme: str, name: str) -> tuple[int, int]:
    """Where the text between the marks of a table begins and ends."""
    start_mark, end_mark = f"<!-- measured: {name} -->\n", f"<!-- end: {name} -->"
    start = readme.index(start_mark) + len(start_mark)
    return start, readme.index(end_mark, start)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--data", type=Path, default=ROOT.parent / "shared/bench/drafts", help="the draft benchmark's folder")
    arguments.add_argument("--write", action="store_true", help="put the tables into README.md")
    given = arguments.parse_args()
    tables = {"drafts": drafts_table(given.data), "lite": lite_table(), "audit": audit_table()}
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for name, table in tables.items():
        print(f"{name}\n{table}\n")
        start, end = section(readme, name)
        readme = f"{readme[:start]}{table}\n{readme[end:]}"
    if given.write:
        (ROOT / "README.md").write_text(readme, encoding="utf-8")


if __name__ == "__main__":
    main()
