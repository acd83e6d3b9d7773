"""Drawn boxes beside the true ones, in plain words."""

import pytest

from cxr_auditor.geometry import Box
from cxr_auditor.schema import ImageReading
from cxr_auditor.teaching.records import Mark
from cxr_auditor.web.train.boxes import judge, not_marked

TRUE = [0.4, 0.1, 0.6, 0.3]  # on the patient's right
TRUTH = ImageReading.model_validate(
    {
        "reader": "reference",
        "scope": ["pleural_effusion", "nodule_mass", "cardiomegaly"],
        "findings": [
            {"finding": "nodule_mass", "box": TRUE},
            {"finding": "pleural_effusion", "sides": ["left"]},
            {"finding": "cardiomegaly", "status": "absent"},
        ],
    }
)


def mark(finding, *box):
    return Mark(finding=finding, box=Box(*box))


@pytest.mark.parametrize(
    "drawn, kind, words, overlap",
    [
        (("nodule_mass", 0.4, 0.1, 0.6, 0.3), "supported", "well placed: 100 %", 1.0),  # the true box itself
        (("nodule_mass", 0.4, 0.1, 0.6, 0.2), "supported", "well placed: 50 %", pytest.approx(0.5)),  # half of it: still found
        (("nodule_mass", 0.4, 0.1, 0.5, 0.2), "hedged", "partly there: only 25 %", pytest.approx(0.25)),  # a quarter
        (("nodule_mass", 0.55, 0.25, 0.7, 0.4), "missing", "touches the true place", pytest.approx(0.0025 / 0.06)),  # a corner
        (("nodule_mass", 0.7, 0.1, 0.9, 0.3), "missing", "lies elsewhere", 0.0),  # the same side
        (("nodule_mass", 0.4, 0.7, 0.6, 0.9), "wrong_side", "true place is on the right", 0.0),  # the other side
        (("pleural_effusion", 0.6, 0.6, 0.9, 0.9), "film", "does not say where", None),  # the truth has no box
        (("cardiomegaly", 0.4, 0.3, 0.8, 0.8), "unsupported", "the film shows none", None),  # ruled out
        (("pneumothorax", 0.1, 0.1, 0.3, 0.3), "unsupported", "does not speak of it", None),  # outside the truth's scope
    ],
)
def test_a_box_is_told_how_well_it_meets_the_truth(drawn, kind, words, overlap):
    [found] = judge([mark(*drawn)], TRUTH)
    assert found.kind == kind and words in found.words and found.overlap == overlap


def test_true_boxes_without_a_drawn_one_are_named_once_anything_was_drawn():
    assert not_marked([], TRUTH) == ()  # drawing is optional
    assert not_marked([mark("pleural_effusion", 0.6, 0.6, 0.9, 0.9)], TRUTH) == ("Nodule / mass, right",)
    assert not_marked([mark("nodule_mass", 0.55, 0.25, 0.7, 0.4)], TRUTH) == ()
