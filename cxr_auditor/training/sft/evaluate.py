"""The model in training, asked as the served one is, on the corpus' validation split, judged by the project's own metrics."""

import sys
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from transformers import TrainerCallback

from ...audit import read_film
from ...chat import weights
from ...chat.errors import ChatError
from ...chat.repair import Unreadable
from ...evaluation.metrics import Estimate, bootstrap
from ...evaluation.metrics.presence import ratio
from ...evaluation.reader_figures import OVERALL, reader_estimates
from ...evaluation.report import plain, told
from ...parsers.nemotron import NemotronParser
from ...parsers.rules import RulesParser
from ...schema import Mention
from ..drafts import DraftExample
from .films import FilmLesson
from .lessons import Lessons, tuned_model
from .settings import Settings

FIGURES = "figures"
"""The key of an evaluation's record in the run's log, beside `step`, `read` (lessons) and `readings` (how they ended)."""

SPOKEN = ("macro F1", "specificity on normal films", "urgent recall", "statements found", "statements right")
Figures = dict[str, dict[str, Estimate]]


class ValidationFigures(TrainerCallback):
    """Reads the first lessons of the validation split at every evaluation and adds the figures to the log, hence to the checkpoint."""

    def __init__(self, lessons: Lessons, loaded: weights.Loaded, settings: Settings):
        """`loaded` holds the model in training: what the served reader or parser finds where it asks."""
        self._lessons, self._settings = lessons.validation[: settings.evaluate_on], settings
        self._judge = film_figures if lessons.kind == "films" else draft_figures
        weights.put(tuned_model(settings).source, loaded)

    def on_evaluate(self, args, state, control, metrics=None, **kwargs):
        said = f"step {state.global_step}: loss on validation {metrics['eval_loss']:.4f}"
        if self._lessons:
            figures, readings = self._judge(self._lessons, self._settings)
            record = {"step": state.global_step, "read": len(self._lessons), "readings": readings, FIGURES: plain(figures)}
            state.log_history.append(record)
            said = "; ".join([said, *(f"{name} {told(figures[OVERALL][name])}" for name in SPOKEN if name in figures[OVERALL])])
        print(said, file=sys.stderr, flush=True)


def film_figures(lessons: Sequence[FilmLesson], settings: Settings) -> tuple[Figures, dict[str, int]]:
    """The figures of `evaluate reader`, and how many films ended in which status."""
    films = [lesson.example.labelled for lesson in lessons]
    readings = {film.image_id: read_film(lesson.film, lesson.reader) for film, lesson in zip(films, lessons, strict=True)}
    figures = reader_estimates(films, readings, seed=settings.seed, resamples=settings.resamples)
    return figures, dict(Counter(reading.status.value for reading in readings.values()))


def draft_figures(lessons: Sequence[DraftExample], settings: Settings) -> tuple[Figures, dict[str, int]]:
    """Statements of label, status and side: the share of the true ones that was found, and of those found that is true, by document."""
    parser, rules = NemotronParser(chat=tuned_model(settings)), RulesParser()
    readings, found, right, there = Counter(), [], [], []
    for lesson in lessons:
        try:
            said = parser.parse_with_model(lesson.text, rules.parse(lesson.text)).findings
            readings["ok"] += 1
        except (ChatError, Unreadable):  # served, the rules would step in; here the model is on trial
            said = ()
            readings["nothing usable"] += 1
        mine, true = _statements(said), _statements(lesson.said)
        found.append(sum(mine.values()))
        there.append(sum(true.values()))
        right.append(sum((mine & true).values()))
    counts = np.array([found, there, right], dtype=float)

    def figures(drawn: np.ndarray) -> dict[str, float]:
        every, true, both = (float(own @ drawn) for own in counts)
        return {"statements found": ratio(both, true), "statements right": ratio(both, every)}

    n = {"statements found": counts[1], "statements right": counts[0]}
    documents = [lesson.document for lesson in lessons]
    return {OVERALL: bootstrap(figures, documents, n, seed=settings.seed, resamples=settings.resamples)}, dict(readings)


def _statements(said: Sequence[Mention]) -> Counter[tuple[Any, ...]]:
    return Counter((one.label, one.status, tuple(sorted(one.sides))) for one in said)
