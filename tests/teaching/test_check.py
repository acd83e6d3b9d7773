"""`check` names everything that is wrong, and nothing that is right."""

import numpy as np
import pytest
from case_films import put_case, put_film
from PIL import Image

from cxr_auditor.assets import assets_folder
from cxr_auditor.errors import InputError
from cxr_auditor.teaching.check import check_library


def finding(**values) -> dict:
    return {"reading": {"findings": [{"finding": "pneumothorax", **values}]}}


def test_the_projects_examples_are_a_library_without_a_problem():
    count, problems = check_library(assets_folder("examples"))
    assert count >= 10 and problems == []


# what is changed in a good case, the lines that must come of it
WRONG = [
    ({}, []),  # nothing is wrong
    ({"licence": "", "teaches": None}, ["teaches: must be given.", "licence: must not be empty."]),  # all at once, not the first alone
    (
        finding(sides=["left"], box=[0.1, 0.1, 0.4, 0.4]),
        ["reading.findings[0].sides: Pneumothorax: stated left, but its box lies on the patient's right."],
    ),
    (finding(), ["reading.findings[0].box: pneumothorax must have a box, or at least a side."]),  # nobody could find it
    (finding(sides=["left"]), []),  # a side without a box is a place
    (finding(status="absent"), []),  # what is absent has no place
    (finding(box=[0.1, 0.1, 0.1, 0.4]), ["reading.findings[0].box: must have an area."]),
    (finding(box=[0.1, 0.1, 1.4, 0.4]), ["reading.findings[0].box: box y1 must be a number in [0, 1]"]),  # out of the frame
    ({"reading": {"findings": [{"finding": "cardiomegaly"}]}}, []),  # the heart has its place
    (
        {"reading": {"findings": [{"finding": "cardiomegaly", "sides": ["left"]}]}},
        ["reading.findings[0].sides: Cardiomegaly (enlarged heart) has no side."],
    ),
    ({"reading": {"findings": [{"finding": "lump"}]}}, ["reading.findings[0].finding: must be one of pleural_effusion"]),  # said once
    (
        {"reading": {"scope": ["nodule_mass"], "findings": [{"finding": "cardiomegaly"}]}},
        ["reading: findings[0].finding: must lie in the reading's scope"],
    ),
    ({"reading": {"findings": [], "status": "failed"}}, ["reading: status must be 'ok'"]),  # a reading that failed is no truth
]


@pytest.mark.parametrize(("changes", "expected"), WRONG)
def test_every_problem_of_a_case_file_is_named(tmp_path, changes, expected):
    put_case(tmp_path, "one", **changes)
    count, problems = check_library(tmp_path)
    assert count == 1 and len(problems) == len(expected), problems
    for problem, wanted in zip(problems, expected, strict=True):
        assert problem.startswith(f"one/case.json: {wanted}")


def blank(path):
    Image.fromarray(np.full((100, 100), 90, np.uint8)).save(path)


# what is done to the film's file, what must be said
FILMS = [
    (lambda path: path.unlink(), "There is no image file"),
    (lambda path: path.write_bytes(b"just words"), "one/film.png: "),
    (lambda path: path.write_bytes(path.read_bytes()[:300]), "damaged or cut short"),
    (blank, "The image is blank"),  # no frontal chest film
]


@pytest.mark.parametrize(("change", "message"), FILMS)
def test_a_film_that_can_not_be_read_is_named(tmp_path, change, message):
    folder = put_case(tmp_path, "one")
    change(folder / "film.png")
    count, (problem,) = check_library(tmp_path)
    assert count == 1 and problem.startswith("one/film.png: ") and message in problem


def test_problems_of_all_cases_come_in_their_order(tmp_path):
    put_case(tmp_path, "b", seed=1, licence=None)
    put_case(tmp_path, "a", seed=2, source="")
    put_case(tmp_path, "c", seed=2)
    (tmp_path / "d").mkdir()
    put_case(tmp_path, ".hidden", licence=None)  # no case, and in nobody's way
    put_film(tmp_path / "a" / "more.png")
    count, problems = check_library(tmp_path)
    assert count == 3
    assert [problem.partition(":")[0] for problem in problems] == ["a/case.json", "b/case.json", "d/case.json"]


def test_the_same_film_in_two_cases_is_told(tmp_path):
    put_case(tmp_path, "a", seed=2)
    put_case(tmp_path, "b", seed=2)
    assert check_library(tmp_path) == (2, ["b/film.png: is the film of a again."])


def test_no_case_at_all_is_an_error(tmp_path):
    with pytest.raises(InputError, match="holds no case"):
        check_library(tmp_path)
