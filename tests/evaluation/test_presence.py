"""Presence figures against scikit-learn, on random films with ties and weights, and at the edges where they are undefined."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxr_auditor.evaluation.metrics import auroc, calibration_error, presence, reliability, sensitivity_at_specificity, zones
from cxr_auditor.evaluation.metrics.presence import macro, roc_curve

sklearn_metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn is the independent implementation")

films = st.integers(2, 40).flatmap(
    lambda n: st.tuples(
        st.lists(st.booleans(), min_size=n, max_size=n),
        st.lists(st.integers(0, 6).map(lambda v: v / 6), min_size=n, max_size=n),  # few values, so many ties
        st.lists(st.integers(0, 3), min_size=n, max_size=n),
    )
)


@settings(max_examples=150, deadline=None)
@given(films)
def test_auroc_equals_scikit_learn(case):
    truth, score, weights = (np.array(part) for part in case)
    if (weights * truth).sum() and (weights * ~truth).sum():
        assert auroc(truth, score, weights) == pytest.approx(sklearn_metrics.roc_auc_score(truth, score, sample_weight=weights))
    else:
        assert math.isnan(auroc(truth, score, weights))


@settings(max_examples=150, deadline=None)
@given(films, st.sampled_from([0.0, 0.5, 0.9, 0.95, 1.0]))
def test_sensitivity_at_specificity_equals_a_search_over_every_threshold(case, wanted):
    truth, score, weights = (np.array(part, dtype=float) for part in case)
    truth = truth.astype(bool)
    sensitivity, threshold = sensitivity_at_specificity(truth, score, wanted, weights)
    if not weights[~truth].sum():
        assert math.isnan(sensitivity) and math.isnan(threshold)
        return
    least = wanted * weights[~truth].sum() - 1e-9
    caught = [weights[truth & (score >= t)].sum() for t in [*score, math.inf] if weights[~truth & (score < t)].sum() >= least]
    positives = weights[truth].sum()
    if not positives:
        assert math.isnan(sensitivity)
    else:
        assert sensitivity == pytest.approx(max(caught) / positives)


@settings(max_examples=100, deadline=None)
@given(films)
def test_precision_recall_f1_equal_scikit_learn(case):
    truth, score, weights = (np.array(part) for part in case)
    predicted = score > 0.5
    counts = presence(truth, predicted, weights)
    if not weights.any():
        assert all(math.isnan(figure) for figure in (counts.precision, counts.recall, counts.f1))  # scikit-learn refuses it
        return
    precision, recall, f1, _ = sklearn_metrics.precision_recall_fscore_support(
        truth, predicted, sample_weight=weights, average="binary", pos_label=True, zero_division=np.nan
    )
    assert counts.precision == pytest.approx(precision, nan_ok=True)
    assert counts.recall == pytest.approx(recall, nan_ok=True)
    assert counts.f1 == pytest.approx(f1, nan_ok=True)


def test_a_finding_that_is_present_and_never_predicted_scores_zero():
    counts = presence([True, True, False], [False, False, False])
    assert counts.f1 == 0 and counts.recall == 0 and math.isnan(counts.precision)
    assert macro([counts.f1, 1.0]) == 0.5  # and counts in the mean


@pytest.mark.parametrize(
    "truth, predicted, figure",
    [
        ([False, False], [False, False], "f1"),  # neither present nor predicted
        ([False, False], [True, True], "recall"),  # nothing to find
        ([True, True], [True, True], "specificity"),  # nothing to leave alone
        ([], [], "f1"),  # no films at all
    ],
)
def test_undefined_figures_are_nan(truth, predicted, figure):
    assert math.isnan(getattr(presence(np.array(truth, dtype=bool), np.array(predicted, dtype=bool)), figure))


def test_false_alarms_alone_score_zero_not_nan():
    assert presence([False, False], [True, False]).f1 == 0


def test_no_threshold_reaches_the_specificity():
    assert sensitivity_at_specificity([True, False], [1.0, 1.0], 0.95) == (0.0, math.inf)  # the best score is a negative's


def test_roc_curve_equals_scikit_learn():
    random = np.random.default_rng(5)
    truth, score = random.random(60) < 0.4, random.integers(0, 12, 60)
    x, y = roc_curve(truth, score)
    expected_x, expected_y, _ = sklearn_metrics.roc_curve(truth, score, drop_intermediate=False)
    assert np.allclose(x, expected_x) and np.allclose(y, expected_y)


def test_zones_hand_checked():
    truth = [True, True, True, True, False, False, False, False, False]
    called = [1, 1, 0, -1, 1, 0, -1, -1, -1]
    figures = zones(truth, called)
    assert figures.false_absent == 0.25
    assert figures.false_present == pytest.approx(1 / 5)
    assert figures.uncertain == pytest.approx(2 / 9)


def test_reliability_bins_equal_scikit_learn():
    from sklearn.calibration import calibration_curve

    random = np.random.default_rng(1)
    probability = random.random(500)
    truth = random.random(500) < probability**2
    rows = reliability(truth, probability)
    shares, means = calibration_curve(truth, probability, n_bins=10)
    assert [row[0] for row in rows] == pytest.approx(means)
    assert [row[1] for row in rows] == pytest.approx(shares)
    assert sum(row[2] for row in rows) == 500


@pytest.mark.parametrize(
    "probability, expected",
    [
        ([1.0, 1.0, 0.0, 0.0], 0.0),  # always right and always sure
        ([0.0, 0.0, 1.0, 1.0], 1.0),  # always wrong and always sure
        ([0.5, 0.5, 0.5, 0.5], 0.0),  # knows nothing and says so
    ],
)
def test_calibration_error_at_the_ends(probability, expected):
    assert calibration_error(np.array([True, True, False, False]), np.array(probability)) == pytest.approx(expected)


@pytest.mark.parametrize(
    "call",
    [
        lambda: auroc([True, False], [0.1]),  # lengths differ
        lambda: auroc([True, False], [0.1, math.nan]),  # a score that is none
        lambda: reliability(np.array([True]), np.array([1.2])),  # not a probability
        lambda: sensitivity_at_specificity([True, False], [0, 1], 95),  # a percentage
    ],
)
def test_nonsense_is_an_error(call):
    with pytest.raises(ValueError, match="must"):
        call()
