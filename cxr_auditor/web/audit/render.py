"""What only the Audit tab says: what is on show, what is at work, what came of nothing."""

from functools import cache
from typing import Any

from markupsafe import Markup

from ...images import Radiograph
from ..render import SHOWN_SIDE, banner, page_part

LEGEND = (
    # kind, tag, (the words that carry the mark, the rest)
    ("missing", "Missing", ("on the film", ", but the draft leaves it out or denies it")),
    ("wrong_side", "Wrong side", ("on the other side", " of the patient than the draft says")),
    ("unsupported", "Unsupported", ("in the draft", ", but not on the film")),
    ("contradictory", "Contradictory", ("asserted and denied", " in the same draft")),
    ("urgent", "Urgent", ("pneumothorax, nodule or mass", ": look again now")),
    ("possible", "Notes", ("hedged, left open or not checked", ": nothing to answer")),
    ("supported", "Agreed", ("film and draft", " say the same")),
)


def film_line(radiograph: Radiograph, source: str) -> Markup:
    """One line on what is on show."""
    return page_part("film_line.html", film=radiograph, source=source, shown_side=SHOWN_SIDE)


def welcome() -> Markup:
    return banner("welcome", "Choose a film, write or paste a draft, and run the audit.", [])


def ready(source: str, teaches: str) -> Markup:
    lines = [f"Synthetic example: {source}. It was drawn by this project and shows no patient.", teaches] if source else []
    return banner("welcome", "The film is on show. Run the audit when the draft is ready.", lines)


def progress(stage: str, name: str, seconds: float, started: bool) -> Markup:
    """A sign of life. `stage` is "film" or "draft", `name` the reader or parser at work."""
    return page_part("progress.html", stage=stage, name=name, seconds=seconds, started=started)


def stopped(has_report: bool) -> Markup:
    stays = "The report below is the last run's. " if has_report else ""
    later = "If the reader was at work already, it ends on its own, and running again takes up its answer."
    return banner("stopped", "Cancelled. Your draft and your film are still here.", [stays + later])


@cache
def no_evidence() -> dict[str, Any]:
    """What stands in the evidence's place before a run: how to go about it, and what the marks mean."""
    return {"html": str(page_part("legend.html", marks=LEGEND)), "marks": []}
