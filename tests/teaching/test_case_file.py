"""The one form of a case: what it takes, what it refuses, and that writing it loses nothing."""

import json

import pytest
from case_films import case_data, plain_file, put_case
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from cxr_auditor.case_file import CaseFile, load_case
from cxr_auditor.errors import InputError
from cxr_auditor.findings import Finding, Side
from cxr_auditor.reading_data import ReadingData

TEXT = st.text(min_size=1).filter(str.strip)


@given(title=TEXT, teaches=TEXT, draft=st.none() | TEXT, note=st.text(), term=st.text())
def test_a_written_case_reads_back_the_same(title, teaches, draft, note, term):
    reading = ReadingData(findings=(), notes=(note,), other=({"term": term},))
    file = plain_file(title=title, teaches=teaches, draft=draft, reading=reading)
    assert CaseFile.model_validate_json(file.to_json()) == file


@pytest.mark.parametrize("text", ["a  b", "see [a  b]", "[\n 1 ]", '"[  ]"', "a\\n[  x ]"])  # blanks that count, brackets in words
def test_words_stay_as_they_are(text):
    file = plain_file(teaches=text, reading=ReadingData(findings=(), notes=(text, text)))
    assert CaseFile.model_validate_json(file.to_json()) == file


def test_boxes_stand_on_one_line():
    assert '"box": [0.1, 0.1, 0.4, 0.4]' in plain_file().to_json()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"title": None}, "title: must be given"),
        ({"teaches": " \n"}, "teaches: must not be empty"),  # blank is not there
        ({"licence": ""}, "licence: must not be empty"),
        ({"source": None}, "source: must be given"),
        ({"difficulty": "tricky"}, "difficulty: must be 'easy', 'medium' or 'hard', but got 'tricky'"),
        ({"synthetic": "yes"}, "synthetic: must be a valid boolean"),  # strict: no word is a flag
        ({"generator": "mine"}, "generator: must be an object"),
        ({"draft": ""}, "draft: must not be empty"),  # no draft is no field
        ({"patient": "A"}, "patient: is not a field that is known here"),
        ({"film": "../film.png"}, "film: must be the name of a file beside case.json"),  # out of the folder
        ({"film": "sub\\film.png"}, "film: must be the name of a file beside case.json"),  # as Windows writes a path
        ({"film": ".."}, "film: must be the name of a file beside case.json"),
        ({"reading": {"findings": [{"finding": "pneumothorax", "box": [0, 0, 9, 9]}]}}, "reading.findings[0].box: box y1 must be"),
    ],
)
def test_what_is_wrong_is_named_by_file_and_field(tmp_path, changes, message):
    folder = put_case(tmp_path, **changes)
    with pytest.raises(InputError) as caught:
        load_case(folder, "Mend it.")
    assert f"case.json: {message}" in caught.value.message and caught.value.hint == "Mend it."


def test_broken_json_is_named_by_line(tmp_path):
    folder = put_case(tmp_path)
    (folder / "case.json").write_text('{\n  "title": "A",\n  oops\n}', encoding="utf-8")
    with pytest.raises(InputError, match="case.json: must be one JSON object, but .* line 3"):
        load_case(folder, "")


def test_a_loaded_case_carries_its_truth(tmp_path):
    case = load_case(put_case(tmp_path, "name-of-it"), "")
    (found,) = case.reading.findings
    assert (case.name, found.finding, found.sides) == ("name-of-it", Finding.PNEUMOTHORAX, (Side.RIGHT,))
    assert case.film_path.is_file()


def test_a_case_can_not_be_changed():
    with pytest.raises(ValidationError, match="frozen"):
        plain_file().title = "other"


def test_the_test_data_is_a_whole_case():
    assert CaseFile.model_validate_json(json.dumps(case_data())).draft is None
