"""The published definitions, kept as they were for comparison."""

import math

import pytest

from cxr_auditor.evaluation.metrics import FilmBoxes, presence
from cxr_auditor.evaluation.metrics.published import pooled_localisation, published_f1, published_macro_f1
from cxr_auditor.geometry import Box


def test_macro_f1_leaves_out_a_finding_that_is_never_predicted():
    found = presence([True, True, False], [True, True, False])
    unseen = presence([True, False, False], [False, False, False])
    assert math.isnan(published_f1(unseen)) and published_macro_f1([found, unseen]) == 1
    assert unseen.f1 == 0  # ours


def test_f1_is_zero_where_precision_and_recall_are():
    assert published_f1(presence([True, False], [False, True])) == 0


def test_pooled_figures_hand_checked():
    whole, half, far = Box(0, 0, 0.4, 0.4), Box(0, 0, 0.4, 0.2), Box(0.8, 0.8, 0.9, 0.9)
    films = [FilmBoxes((whole,), (far,)), FilmBoxes((far,), (half,))]  # each film's prediction fits the other film
    figures = pooled_localisation(films)
    assert figures["rate@0.5"] == 1 and figures["precision@0.5"] == 1
    assert figures["mean_iou@0.3"] == pytest.approx(0.75)
    assert math.isnan(pooled_localisation([])["rate@0.3"]) and math.isnan(pooled_localisation([])["precision@0.3"])
