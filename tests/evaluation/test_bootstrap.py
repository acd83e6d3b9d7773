"""Intervals: seeded, by patient, honest where there is nothing to estimate."""

import json
import math

import numpy as np
import pytest

from cxr_auditor.evaluation.metrics import Estimate, bootstrap


def mean_of(values):
    return lambda weights: {"mean": float((values * weights).sum() / weights.sum()) if weights.sum() else math.nan}


def test_interval_of_a_mean_agrees_with_its_standard_error():
    values = np.random.default_rng(0).normal(size=400)
    estimate = bootstrap(mean_of(values), range(400), {}, seed=1)["mean"]
    expected = 1.96 * values.std() / 20
    assert estimate.value == pytest.approx(values.mean())
    assert estimate.high - estimate.value == pytest.approx(expected, rel=0.15)
    assert estimate.value - estimate.low == pytest.approx(expected, rel=0.15)


def test_same_seed_same_interval_and_another_seed_another():
    values = np.arange(30.0)
    runs = [bootstrap(mean_of(values), range(30), {}, seed=seed, resamples=100)["mean"] for seed in (3, 3, 4)]
    assert runs[0] == runs[1] != runs[2]


def test_films_of_one_patient_are_drawn_together():
    values = np.repeat(np.random.default_rng(0).normal(size=20), 10)  # ten equal films a patient: no more information than twenty films
    by_film = bootstrap(mean_of(values), range(200), {}, seed=1)["mean"]
    by_patient = bootstrap(mean_of(values), np.repeat(range(20), 10), {}, seed=1)["mean"]
    assert by_patient.high - by_patient.low > 2.5 * (by_film.high - by_film.low)


def test_a_figure_that_is_mostly_undefined_has_no_interval():
    rare = np.zeros(50)
    rare[0] = 1  # one film with the finding: a third of the draws lack it

    def recall(weights):
        return {"rare": float((weights * rare).sum() > 0) if (weights * rare).sum() else math.nan, "never": math.nan}

    estimates = bootstrap(recall, range(50), {"rare": rare}, seed=1)
    assert 0.3 < estimates["rare"].undefined < 0.45 and estimates["rare"].n == 1
    assert not math.isnan(estimates["rare"].low)  # undefined in fewer than half of the draws: still an interval
    assert math.isnan(estimates["never"].low)


@pytest.mark.parametrize(
    "value, n, low, high",
    [
        (1.0, 1, 0.025, 1.0),  # one film of one found says next to nothing
        (1.0, 9, 0.664, 1.0),  # nine of nine
        (0.0, 300, 0.0, 0.0122),  # none of three hundred
        (0.4, 1, math.nan, math.nan),  # two of the five boxes of a single patient
    ],
)
def test_a_proportion_that_no_draw_changes_gets_the_exact_bound(value, n, low, high):
    estimate = bootstrap(lambda weights: {"share": value}, range(n), {"share": np.ones(n)}, seed=1, resamples=20)["share"]
    assert (estimate.low, estimate.high) == pytest.approx((low, high), abs=1e-3, nan_ok=True)


def test_the_exact_bound_counts_patients_not_films():
    """Ten patients with ten films each, of whom nine have something to count: boxes, three a film."""
    counted = np.where(np.arange(100) < 90, 3, 0)
    estimate = bootstrap(lambda weights: {"share": 1.0}, np.arange(100) // 10, {"share": counted}, seed=1, resamples=20)["share"]
    assert estimate.n == 270 and estimate.low == pytest.approx(0.664, abs=1e-3)


def test_what_is_no_proportion_gets_no_exact_bound():
    estimate = bootstrap(lambda weights: {"auroc": 1.0}, range(9), {"auroc": 9}, seed=1, resamples=20)["auroc"]
    assert estimate.n == 9 and math.isnan(estimate.low) and math.isnan(estimate.high)


def test_the_exact_bound_equals_scipys():
    scipy_stats = pytest.importorskip("scipy.stats", reason="SciPy is the independent implementation")
    exact = scipy_stats.binomtest(25, 25).proportion_ci(0.95, "exact")
    estimate = bootstrap(lambda weights: {"share": 1.0}, range(25), {"share": np.ones(25)}, seed=1, resamples=5)["share"]
    assert (estimate.low, estimate.high) == pytest.approx((exact.low, exact.high))


def test_no_films_is_no_estimate():
    estimate = bootstrap(mean_of(np.zeros(0)), [], {}, seed=1)["mean"]
    assert math.isnan(estimate.value) and math.isnan(estimate.low) and estimate.undefined == 1


def test_json_has_null_and_never_nan():
    text = json.dumps(Estimate(math.nan, math.nan, math.inf, 0).as_json(), allow_nan=False)
    assert json.loads(text) == {"value": None, "low": None, "high": None, "n": 0, "undefined": 0.0}


@pytest.mark.parametrize("options", [{"resamples": 0}, {"level": 95}, {"level": 1.0}])  # no draws; a percentage; everything
def test_nonsense_is_an_error(options):
    with pytest.raises(ValueError, match="must|at least"):
        bootstrap(mean_of(np.ones(3)), range(3), {}, seed=1, **options)
