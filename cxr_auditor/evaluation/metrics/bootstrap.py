"""How sure is a figure? Patients drawn with replacement, seeded."""

import math
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .. import LEVEL, RESAMPLES

Counted = int | np.ndarray
"""What a figure is counted on. Of a proportion the number on each film, (films,), e.g. of true boxes; of any other figure the sum."""


@dataclass(frozen=True)
class Estimate:
    """A figure with its interval. `n`: what it was counted on (films, positives, boxes). `undefined`: share of draws without a value.

    `low` and `high` are NaN where the figure is undefined, or was in more than half of the draws, or where the draws can't tell: all
    alike, and neither 0 nor 1.
    """

    value: float
    low: float
    high: float
    n: int
    undefined: float = 0.0

    def as_json(self) -> dict:
        """Plain values; NaN and infinity, which JSON does not have, become None."""
        return {name: finite(getattr(self, name)) for name in ("value", "low", "high", "n", "undefined")}


def finite(value):
    """The number itself, or None where it is NaN or infinite."""
    return value if isinstance(value, int) or math.isfinite(value) else None


def bootstrap(
    statistics: Callable[[np.ndarray], Mapping[str, float]],
    patients: Sequence[Hashable],
    n: Mapping[str, Counted],
    *,
    seed: int,
    resamples: int = RESAMPLES,
    level: float = LEVEL,
    progress: Callable[[Iterable[int]], Iterable[int]] = iter,
) -> dict[str, Estimate]:
    """Percentile intervals of named figures.

    A proportion that is 0 or 1 in every draw gets the exact binomial bound on the number of patients that it is counted on, for patients
    are what is drawn; any other figure that no draw changes gets no interval.

    `statistics`: weights of the films, (films,), whole numbers >= 0 -> figures by name. `patients`: whose film each is, (films,); all
    films of a patient are drawn together. `n`: what each figure is counted on, all films where a name is missing. `progress` wraps the
    draws.
    """
    if resamples < 1 or not 0 < level < 1:
        raise ValueError(f"resamples must be at least 1 and level in (0, 1), but got {resamples!r} and {level!r}")
    whole = statistics(np.ones(len(patients)))
    if not len(patients):
        return {name: Estimate(value, math.nan, math.nan, 0, 1.0) for name, value in whole.items()}
    numbers: dict[Hashable, int] = {}
    owner = np.array([numbers.setdefault(patient, len(numbers)) for patient in patients])
    random = np.random.default_rng(seed)
    draws = []
    for _ in progress(range(resamples)):
        drawn = np.bincount(random.integers(0, len(numbers), len(numbers)), minlength=len(numbers))
        draws.append(statistics(drawn[owner].astype(float)))
    table = {}
    for name, value in whole.items():
        counted = n.get(name, len(patients))
        trials = 0 if isinstance(counted, int) else len(np.unique(owner[counted > 0]))
        table[name] = _estimate(value, np.array([draw[name] for draw in draws]), int(np.sum(counted)), trials, level)
    return table


def _estimate(value: float, draws: np.ndarray, n: int, trials: int, level: float) -> Estimate:
    """`trials`: patients that a proportion is counted on, 0 for another figure."""
    defined = draws[~np.isnan(draws)]
    undefined = 1 - len(defined) / len(draws)
    if math.isnan(value) or undefined > 0.5:
        return Estimate(value, math.nan, math.nan, n, undefined)
    if np.allclose(defined, value, rtol=1e-9, atol=1e-12):
        low, high = _edge(value, trials, level)
    else:
        low, high = np.quantile(defined, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(value, float(low), float(high), n, undefined)


def _edge(value: float, trials: int, level: float) -> tuple[float, float]:
    """Clopper-Pearson's interval of no or nothing but successes; drawing from patients that are all alike would give no width at all."""
    if value not in (0, 1) or not trials:
        return math.nan, math.nan
    bound = ((1 - level) / 2) ** (1 / trials)
    return (bound, 1.0) if value == 1 else (0.0, 1 - bound)
