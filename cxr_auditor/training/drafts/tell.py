"""The counts of a build, for a person."""

from ..corpus.splits import SPLITS
from ..corpus.tell import counted, table
from .build import Summary
from .spool import KINDS


def told(summary: Summary) -> str:
    """Drafts by step and split, statements of each kind, why drafts were left out, and under which terms they come."""
    manifest = summary.manifest
    splits = {name: manifest["splits"][name] for name in SPLITS if manifest["splits"][name]["drafts"]}
    columns = manifest["steps"] | splits
    rows = [["", *manifest["steps"], *(f"({name})" for name in splits)]]
    rows += [[name, *(str(counts[name]) for counts in columns.values())] for name in ("drafts", "documents", *KINDS)]
    lines = ["After each step, and (in each split): drafts, documents, statements", *table(rows), ""]
    for title in ("sources", "errors", "styles"):
        names = sorted({name for split in splits.values() for name in split[title]})
        rows = [[f"Drafts by {title[:-1]}", *splits]]
        rows += [[name, *(str(split[title].get(name, 0)) for split in splits.values())] for name in names]
        lines += [*table(rows), ""] if names else []
    lines += counted("Drafts left out", manifest["left_out"])
    lines += ["Terms (yours to keep)", *(f"  {source['name']}: {source['licence']}" for source in manifest["sources"])]
    lines += ["", manifest["held_out"], "", "Nothing was written (dry run)." if summary.out is None else f"Written to {summary.out}."]
    return "\n".join(lines) + "\n"
