"""The lite reader is never measured on its own training films without a word."""

import pytest

from cxr_auditor.errors import InputError
from cxr_auditor.evaluation.datasets import DATASETS
from cxr_auditor.evaluation.lite_training import check_split, default_split, readers_in, training_overlap
from cxr_auditor.evaluation.split import Split


@pytest.mark.parametrize(
    "spec, readers",
    [
        ("lite", {"lite"}),
        (" lite ", {"lite"}),  # blanks
        ("medgemma=./lite@http://localhost:8000/v1", {"medgemma"}),  # a folder's name is no reader
        ("second=lite+medgemma", {"lite", "medgemma"}),
        ("second=2:medgemma@http://a:1/v1 + lite+radvlm", {"lite", "medgemma", "radvlm"}),  # a number, servers with colons, blanks
    ],
)
def test_who_reads(spec, readers):
    assert readers_in(spec) == readers


@pytest.mark.parametrize("spec", ["lite", "lite ", "second=lite+medgemma"])
def test_where_lite_takes_part_its_held_out_patients_are_taken_where_they_are_known(spec):
    taken = {name for name in DATASETS if default_split(name, spec) is Split.VALIDATION}
    assert taken == {"films", "nih"} and default_split("nih", "medgemma") is Split.ALL


@pytest.mark.parametrize("name", ["rsna", "siim", "chestx-det", "vindr", "open-i"])  # of NIH's films, and of others
@pytest.mark.parametrize("split", [Split.VALIDATION, Split.DEVELOPMENT])
def test_patients_without_their_nih_names_have_no_parts(name, split):
    with pytest.raises(InputError, match="does not name NIH's patients. Leave --split out"):
        check_split(name, split)
    check_split(name, Split.ALL)


@pytest.mark.parametrize(
    "dataset, split, spec, words",
    [
        ("rsna", Split.ALL, "lite", "may have been trained on these films"),  # NIH's films under other names
        ("siim", Split.ALL, "second=lite+medgemma", "may have been trained on these films"),
        ("films", Split.ALL, "lite", "development patients, which are among these"),
        ("nih", Split.DEVELOPMENT, "lite", "development patients, which are among these"),
        ("films", Split.VALIDATION, "lite", ""),  # held out
        ("vindr", Split.ALL, "lite", ""),  # other films
        ("rsna", Split.ALL, "medgemma", ""),  # another reader
    ],
)
def test_what_is_said_of_films_that_lite_may_have_learnt_from(dataset, split, spec, words):
    said = training_overlap(dataset, split, spec)
    assert words in said and bool(said) == bool(words)
