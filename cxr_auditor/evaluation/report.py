"""Results as JSON and as Markdown. JSON holds null where a figure is undefined, Markdown a dash."""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..errors import InputError
from ..findings import Finding
from .injection import ErrorType
from .metrics import Estimate
from .metrics.bootstrap import finite
from .reader_figures import OVERALL, SECOND

DASH = "–"


def plain(value):
    """Nested results as JSON values; NaN and infinity become None."""
    if isinstance(value, Estimate):
        return value.as_json()
    if isinstance(value, Mapping):
        return {str(key): plain(own) for key, own in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(own) for own in value]
    return finite(value) if isinstance(value, float) else value


def write_results(folder: Path, name: str, results: Mapping, markdown: str) -> None:
    """Writes NAME.json and NAME.md. Raises InputError when the folder can't be written to."""
    try:
        (folder / f"{name}.json").write_text(json.dumps(plain(results), indent=2, allow_nan=False) + "\n", encoding="utf-8")
        (folder / f"{name}.md").write_text(markdown, encoding="utf-8")
    except OSError as error:
        raise InputError(f"The folder {folder.name!r} can't be written to ({error.strerror}).", "Choose another with --out.") from error


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; the first column is text, the others are figures."""
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def told(estimate: Estimate | None) -> str:
    """A figure with its interval, as ".812 [.771, .850]"; a dash where it is undefined."""
    if estimate is None or math.isnan(estimate.value):
        return DASH
    if math.isnan(estimate.low):
        return _short(estimate.value)
    return f"{_short(estimate.value)} [{_short(estimate.low)}, {_short(estimate.high)}]"


def _short(value: float) -> str:
    return f"{value:.3f}".removeprefix("0")


# Reader

_PRESENCE = ("auroc", "sensitivity at 95%", "precision", "recall", "f1", "false present", "false absent", "left open", "calibration error")
_PLACES = ("rate@0.3", "precision@0.3", "rate@0.5", "precision@0.5", "mean_iou", "pointing", "film_rate@0.3", "ap@0.5")
_TITLES = {
    "auroc": "AUROC",
    "sensitivity at 95%": "sensitivity at 95 % specificity",
    "f1": "F1",
    "false present": "called present without it",
    "false absent": "called absent with it",
    "mean_iou": "mean IoU",
    "pointing": "pointing game",
    "film_rate@0.3": "films found@0.3",
    "ap@0.5": "AP@0.5",
}
Figures = Mapping[str, Mapping[str, Estimate]]


def reader_markdown(results: Mapping) -> str:
    """The page of an `evaluate reader` run."""
    lines = [
        f"# {results['reader']['name']} on {results['dataset']['title']}",
        "",
        f"{results['dataset']['films']} films of {results['dataset']['patients']} patients ({results['dataset']['split']}). "
        f"Readings: {', '.join(f'{n} {status}' for status, n in results['readings'].items()) or 'none'}. "
        f"Files that could not be opened: {len(results['bad_files'])}. Revision {results['reader']['revision'] or 'none'}.",
        "",
        "Figures with 95 % intervals from patients drawn with replacement (percentiles, seeded). A dash is undefined.",
        "",
    ]
    for group, figures in results["groups"].items():
        lines += [f"## {group}", "", _presence_table(figures), _overall_table(figures), _place_table(figures)]
    for name, figures in results["baselines"].items():
        lines += [f"## Baseline: {name}", "", _presence_table(figures), _overall_table(figures)]
    if "published" in results:
        lines += ["## Published definitions", "", "Boxes are matched across patients: for comparison with published figures only.", ""]
        lines += [_published_table(results["published"])]
    if results["bad_files"]:
        lines += ["## Files that could not be opened", "", table(["film", "reason"], [[k, v] for k, v in results["bad_files"].items()])]
    return "\n".join(lines)


def _presence_table(figures: Figures) -> str:
    rows = []
    for finding in Finding:
        own = figures.get(finding.value, {})
        for suffix, title in (("", finding.display), (SECOND, finding.display + SECOND)):
            if any(f"{name}{suffix}" in own for name in _PRESENCE):
                counted = own.get(f"auroc{suffix}") or own.get("recall")
                rows.append([title, str(counted.n), *(told(own.get(f"{name}{suffix}")) for name in _PRESENCE)])
    return table(["finding", "positives", *(_TITLES.get(name, name) for name in _PRESENCE)], rows)


def _overall_table(figures: Figures) -> str:
    rows = [[name, str(estimate.n), told(estimate)] for name, estimate in figures.get(OVERALL, {}).items()]
    return table(["over the findings", "n", "figure"], rows)


def _place_table(figures: Figures) -> str:
    rows = []
    for finding in Finding:
        own = figures.get(finding.value, {})
        for prefix, title in (("", finding.display), ("any ", f"{finding.display}, present or uncertain")):
            if f"{prefix}mean_iou" in own:
                boxes = own[f"{prefix}mean_iou"].n
                rows.append([title, str(boxes), *(told(own[f"{prefix}{name}"]) for name in _PLACES)])
    return table(["place", "boxes", *(_TITLES.get(name, name) for name in _PLACES)], rows) if rows else ""


def _published_table(figures: Mapping[str, Mapping[str, float]]) -> str:
    names = list(dict.fromkeys(name for own in figures.values() for name in own))
    rows = [[label, *(_value(own.get(name, math.nan)) for name in names)] for label, own in figures.items()]
    return table(["finding", *names], rows)


def _value(value: float) -> str:
    return DASH if math.isnan(value) else _short(value)


# Audit


def audit_markdown(results: Mapping) -> str:
    """The page of an `evaluate audit` run."""
    figures = results["figures"]
    lines = [
        f"# The audit: reading {results['reading']}, parser {results['parser']['name']}",
        "",
        f"{results['drafts']} drafts about {results['films']} films, {results['settings']['wording']} wording, seed "
        f"{results['settings']['seed']}. Each draft is faithful to its film "
        'or holds one mistake. "As meant": the draft taken as it was meant to be read, without the parser.',
        "",
        f"Outside the reader's scope, where no mistake can be caught: {', '.join(results['outside_scope']) or 'nothing'}.",
        "",
        table(
            ["mistake", "drafts", "caught", "caught, as meant"],
            [[e.replace("_", " "), *_caught(figures, e)] for e in ErrorType],
        ),
        table(
            ["figure", "n", "value"],
            [[name, str(e.n), told(e)] for name, e in figures.items() if not name.startswith("sensitivity")],
        ),
        "## What was raised about the finding of each mistake",
        "",
        _counts_table("mistake", results["confusion"]),
        "## By finding",
        "",
        _counts_table("finding", results["findings"]),
        "## Styles of writing",
        "",
        _counts_table("style", results["styles"]),
        "## The parser's share of what went wrong",
        "",
        table(
            ["", "n", "of these by the parser"],
            [[name, str(int(own["n"])), str(int(own["by_parser"]))] for name, own in results["parser_share"].items()],
        ),
    ]
    return "\n".join(lines)


def _caught(figures: Mapping[str, Estimate], error: ErrorType) -> list[str]:
    own = figures[f"sensitivity {error}"]
    return [str(own.n), told(own), told(figures[f"sensitivity {error}, as meant"])]


def _counts_table(title: str, counts: Mapping[str, Mapping[str, float]]) -> str:
    columns = list(next(iter(counts.values())))
    rows = [[name, *(DASH if math.isnan(row[column]) else f"{row[column]:.4g}" for column in columns)] for name, row in counts.items()]
    return table([title, *columns], rows)
