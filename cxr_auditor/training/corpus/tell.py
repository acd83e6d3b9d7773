"""The counts of a build, for a person."""

from collections.abc import Sequence

from ...findings import NO_FINDING, Finding
from .build import Summary
from .splits import SPLITS
from .target import Reason


def told(summary: Summary) -> str:
    """Films by step and by split, why films were left out, what became of the boxes, and under which terms the films come."""
    manifest = summary.manifest
    tables = [
        ("Films after each step", manifest["steps"]),
        ("Films of each split (with a box)", {name: manifest["splits"][name] for name in SPLITS if manifest["splits"][name]["films"]}),
    ]
    lines = [line for title, rows in tables for line in (*_table(title, rows), "")]
    if manifest["test_list"]:
        lines += ["The test list names {films} films; {found} of them are the test split.".format(**manifest["test_list"]), ""]
    lines += counted("Films left out", manifest["left_out"])
    if manifest["unreadable"]:
        lines += ["Images that can't be used", *(f"  {name}: {problem}" for name, problem in manifest["unreadable"].items())]
        more = manifest["left_out"][Reason.UNREADABLE] - len(manifest["unreadable"])
        lines += [f"  and {more} more"] * (more > 0) + [""]
    lines += counted("Boxes", manifest["boxes"])
    lines += ["Terms (yours to keep)", *(f"  {source['name']}: {source['licence']}" for source in manifest["sources"])]
    own = {name: terms for name, terms in manifest["box_sources"].items() if terms != "as the data set"}
    lines += [f"  boxes of {name}: {terms}" for name, terms in own.items()]
    lines += ["", "Nothing was written (dry run)." if summary.out is None else f"Written to {summary.out}."]
    return "\n".join(lines) + "\n"


def _table(title: str, rows: dict[str, dict[str, int]]) -> list[str]:
    names = ["films", "patients", *(finding.value for finding in Finding), NO_FINDING]
    cells = [[title, *names]]
    for row, counts in rows.items():
        shown = [f"{counts[name]} ({counts[f'{name}_boxed']})" if f"{name}_boxed" in counts else str(counts[name]) for name in names]
        cells.append([row, *shown])
    return table(cells)


def table(cells: Sequence[Sequence[str]]) -> list[str]:
    """Rows as lines, the first column left and the others right."""
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]
    return [
        "  ".join(cell.ljust(w) if i == 0 else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths, strict=True))) for row in cells
    ]


def counted(title: str, counts: dict[str, int]) -> list[str]:
    """A title and a line for each count; nothing where there is none."""
    if not counts:
        return []
    width = max(len(str(count)) for count in counts.values())
    return [title, *(f"  {count:>{width}}  {name}" for name, count in counts.items()), ""]
