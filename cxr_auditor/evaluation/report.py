"""Results as JSON and as Markdown. JSON holds null where a figure is undefined, Markdown a dash."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from ..errors import InputError
from ..findings import Finding
from . import LEVEL
from .audit_figures import FLAGS
from .injection import ErrorType
from .metrics import Estimate
from .metrics.bootstrap import finite
from .reader_figures import IN_SCOPE, OVERALL, SECOND

DASH = "–"
SIMULATED = "simulated"
"""Where an audit's films come from that are nobody's."""


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
    data, outside = results["dataset"], [f for f in Finding if f not in results["reader"]["scope"]]
    lines = [
        f"# {results['reader']['name']} on {data['title']}",
        "",
        *_warned(results),
        f"{data['films']} films of {data['patients']} patients ({data['split']}). {_readings(results)} "
        f"Revision {results['reader']['revision'] or 'none'}.",
        "",
        f"Outside the reader's scope: {_named(outside)}. Where the films show them, they count 0 in the means that do not say "
        f'"{IN_SCOPE.strip()}".',
        "",
        _boxes(**results["boxes"]),
        "",
        f"Figures with {LEVEL:.0%} intervals from patients drawn with replacement (percentiles, seeded). A dash is undefined. A film whose "
        "reading failed counts as a miss where it shows a finding, and is not counted among the films without one.",
        "",
    ]
    for group, figures in results["groups"].items():
        lines += [f"## {group}", "", _presence_table(figures), _overall_table(figures), _averaged(results["means"][group])]
        lines += [_place_table(figures)]
    for name, figures in results["baselines"].items():
        lines += [f"## Baseline: {name}", "", _presence_table(figures), _overall_table(figures), _averaged(results["means"][name])]
    if "published" in results:
        lines += ["## Published definitions", "", "Boxes are matched across patients: for comparison with published figures only.", ""]
        lines += [_published_table(results["published"])]
    lines += _bad_files(results)
    return "\n".join(lines)


def _warned(results: Mapping) -> list[str]:
    return [f"**{results['training_overlap']}**", ""] if results.get("training_overlap") else []


def _readings(results: Mapping) -> str:
    told = ", ".join(f"{n} {status}" for status, n in results["readings"].items()) or "none"
    return f"Readings: {told}. Files that could not be opened, in no figure: {len(results['bad_files'])}."


def _bad_files(results: Mapping) -> list[str]:
    rows = [[film, reason] for film, reason in results["bad_files"].items()]
    return ["## Files that could not be opened", "", table(["film", "reason"], rows)] if rows else []


def _named(findings: Sequence[Finding]) -> str:
    return ", ".join(finding.display for finding in findings) or "nothing"


def _boxes(number: int, not_searched_for: Sequence[Finding], films_without_size: int) -> str:
    said = [f"Boxes: {number}."]
    if not_searched_for:
        named = _named(not_searched_for)
        said.append(f"On films without it nobody looked for boxes of: {named}; precision and AP of its boxes are not known (a dash).")
    if films_without_size:
        said.append(f"The size of {films_without_size} films with a finding is not known, so their boxes were left out: add *meta*.csv.")
    return " ".join(said)


def _averaged(means: Mapping[str, Sequence[Finding]]) -> str:
    return "".join(f"{mean}: of {_named(findings)}. " for mean, findings in means.items()).strip() + "\n"


def _presence_table(figures: Figures) -> str:
    rows = []
    for finding in Finding:
        own = figures.get(finding.value, {})
        for suffix, title in (("", finding.display), (SECOND, finding.display + SECOND)):
            if any(f"{name}{suffix}" in own for name in _PRESENCE):
                counted = None if suffix else own.get("recall")
                rows.append([title, str((counted or own[f"auroc{suffix}"]).n), *(told(own.get(f"{name}{suffix}")) for name in _PRESENCE)])
    return table(["finding", "films with it", *(_TITLES.get(name, name) for name in _PRESENCE)], rows)


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
    source = results["source"]
    films = f"{results['films']} simulated films" if source["name"] == SIMULATED else f"{results['films']} films of {source['title']}"
    part = [] if source["name"] == SIMULATED else [f"{source['films']} films of {source['patients']} patients ({source['split']}).", ""]
    lines = [
        f"# The audit: reading {results['reading']}, parser {results['parser']['name']}",
        "",
        *_warned(results),
        *part,
        *([f"{_readings(results)} Nothing is written about a film whose reading failed.", ""] if "readings" in results else []),
        f"{results['drafts']} drafts about {films}, {results['settings']['wording']} wording, seed "
        f"{results['settings']['seed']}. Each draft is faithful to its film "
        'or holds one mistake. "As meant": the draft taken as it was meant to be read, without the parser.',
        "",
        f"Outside the reader's scope, where no mistake can be caught: {_named(results['outside_scope'])}.",
        "",
        table(
            ["mistake", "drafts", "caught", "caught, as meant"],
            [[e.replace("_", " "), *_caught(figures, e)] for e in ErrorType],
        ),
        table(
            ["figure", "n", "value"],
            [_told_figure(name, e) for name, e in figures.items() if not name.startswith("sensitivity")],
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
        *(_bad_files(results) if "bad_files" in results else []),
    ]
    return "\n".join(lines)


def _told_figure(name: str, estimate: Estimate) -> list[str]:
    if not name.startswith(FLAGS):
        return [name, str(estimate.n), told(estimate)]
    hundred = replace(estimate, value=100 * estimate.value, low=100 * estimate.low, high=100 * estimate.high)
    return [name.replace("flags per", "flags per 100").replace("draft", "drafts"), str(estimate.n), told(hundred)]


def _caught(figures: Mapping[str, Estimate], error: ErrorType) -> list[str]:
    own = figures[f"sensitivity {error}"]
    return [str(own.n), told(own), told(figures[f"sensitivity {error}, as meant"])]


def _counts_table(title: str, counts: Mapping[str, Mapping[str, float]]) -> str:
    columns = list(next(iter(counts.values())))
    rows = [[name, *(DASH if math.isnan(row[column]) else f"{row[column]:.4g}" for column in columns)] for name, row in counts.items()]
    return table([title, *columns], rows)
