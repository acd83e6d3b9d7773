"""Figures as pictures. matplotlib is an optional dependency (the extra `evaluation`)."""

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from ..errors import InputError
from ..findings import Finding, Status
from .datasets import LabelledFilm
from .metrics.localisation import ANY_OVERLAP, match_boxes
from .metrics.presence import presence, reliability, roc_curve
from .reader_figures import Readings, called, film_boxes

_FEWEST = 5  # films in a bin that is drawn
_LINES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)))  # told apart without colour


def require_matplotlib() -> None:
    """Raises InputError where it is missing; asked before a long run, not after it."""
    if find_spec("matplotlib") is None:
        raise InputError("Plots need the package matplotlib.", "pip install 'cxr-draft-auditor[evaluation]', or add --no-plots.")


def _figure(width: float = 5.5):
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, 5), layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.subplots()


def plot_reader(films: Sequence[LabelledFilm], readings: Readings, folder: Path) -> list[Path]:
    """Writes roc.png (with the operating point of "present"), reliability.png and iou.png, those that there is data for."""
    scored = {finding: _scored(films, readings, finding) for finding in Finding}
    scored = {finding: own for finding, own in scored.items() if own[0].any() and not own[0].all()}
    written = []
    if scored:
        written += [_plot_roc(films, readings, scored, folder / "roc.png"), _plot_reliability(scored, folder / "reliability.png")]
    overlaps = {finding: _overlaps(films, readings, finding) for finding in Finding}
    if any(overlaps.values()):
        written.append(_plot_overlaps(overlaps, folder / "iou.png"))
    return written


def _scored(films, readings, finding) -> tuple[np.ndarray, np.ndarray]:
    scores = {image_id: reading.scores[finding.value] for image_id, reading in readings.items() if finding.value in reading.scores}
    own = [film for film in films if film.image_id in scores and finding in film.labels]
    return np.array([film.labels[finding] for film in own], dtype=bool), np.array([scores[film.image_id] for film in own])


def _plot_roc(films, readings, scored, path: Path) -> Path:
    figure, axes = _figure()
    for line, (finding, (truth, score)) in zip(_LINES, scored.items(), strict=False):
        (drawn,) = axes.plot(*roc_curve(truth, score), linestyle=line, label=f"{finding.display} ({int(truth.sum())} positive)")
        calls = [(film.labels[finding], called(readings.get(film.image_id), finding)) for film in films if finding in film.labels]
        calls = [(label, call) for label, call in calls if call is not None]
        if calls:
            point = presence(np.array([label for label, _ in calls]), np.array([call > 0 for _, call in calls]))
            axes.plot([1 - point.specificity], [point.recall], "o", color=drawn.get_color())
    axes.plot([0, 1], [0, 1], color="grey", linewidth=0.5)
    axes.set(xlabel="1 - specificity", ylabel="sensitivity", title="ROC; the dot is where the reader says present", aspect="equal")
    axes.legend(fontsize="small")
    return _saved(figure, path)


def _plot_reliability(scored, path: Path) -> Path:
    figure, axes = _figure()
    for line, (finding, (truth, score)) in zip(_LINES, scored.items(), strict=False):
        rows = [row for row in reliability(truth, score) if row[2] >= _FEWEST]
        axes.plot([row[0] for row in rows], [row[1] for row in rows], marker="o", linestyle=line, label=finding.display)
    axes.plot([0, 1], [0, 1], color="grey", linewidth=0.5)
    title = f"Reliability (bins of {_FEWEST} films or more)"
    axes.set(xlabel="probability given", ylabel="share with the finding", title=title, aspect="equal")
    axes.legend(fontsize="small")
    return _saved(figure, path)


def _overlaps(films, readings, finding) -> list[float]:
    """IoU of every true box with its match on its own film, 0 where it has none."""
    values: list[float] = []
    for row in film_boxes(films, readings, finding, (Status.PRESENT, Status.UNCERTAIN)):
        matched = [overlap for *_, overlap in match_boxes(row.predicted, row.truth, ANY_OVERLAP)]
        values += matched + [0.0] * (len(row.truth) - len(matched))
    return values


def _plot_overlaps(overlaps: Mapping[Finding, list[float]], path: Path) -> Path:
    figure, axes = _figure()
    drawn = {finding: values for finding, values in overlaps.items() if values}
    labels = [f"{finding.display} ({len(values)} boxes)" for finding, values in drawn.items()]
    axes.hist(list(drawn.values()), bins=np.linspace(0, 1, 11), label=labels, stacked=True)
    axes.set(xlabel="IoU of a true box with its match (0: none)", ylabel="boxes", title="Overlap on the same film")
    axes.legend(fontsize="small")
    return _saved(figure, path)


def plot_confusion(confusion: Mapping[str, Mapping[str, int]], folder: Path) -> Path:
    """Writes confusion.png: what was raised, by the type of mistake, as shares of its drafts."""
    figure, axes = _figure(width=8)
    columns = list(next(iter(confusion.values())))
    counts = np.array([[row[column] for column in columns] for row in confusion.values()], dtype=float)
    shares = np.divide(counts, counts.sum(axis=1, keepdims=True), out=np.zeros_like(counts), where=counts.sum(axis=1, keepdims=True) > 0)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for (y, x), count in np.ndenumerate(counts):
        axes.text(x, y, f"{count:.0f}", ha="center", va="center", color="white" if shares[y, x] > 0.5 else "black")
    axes.set_xticks(range(len(columns)), columns, rotation=45, ha="right")
    axes.set_yticks(range(len(confusion)), [name.replace("_", " ") for name in confusion])
    axes.set_title("Raised about the finding of each mistake")
    return _saved(figure, folder / "confusion.png")


def _saved(figure, path: Path) -> Path:
    try:
        figure.savefig(path, dpi=120)
    except OSError as error:
        raise InputError(f"{path.name} can't be written ({error.strerror}).", "Choose another folder with --out.") from error
    return path
