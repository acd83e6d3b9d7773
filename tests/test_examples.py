"""The example cases: each shows the disagreement it is named for, and its film is what the generator draws."""

import io
import json

import numpy as np
import pytest
from PIL import Image

from cxr_auditor import audit
from cxr_auditor.case_file import CaseFile
from cxr_auditor.errors import InputError
from cxr_auditor.examples import example_cases, load_case, load_cases
from cxr_auditor.phantom import Planted, truth
from cxr_auditor.phantom.cases import EXAMPLES, case_file, encode, redraw, write_examples

CASES = {case.name: case for case in example_cases()}

# name, outcome, flags as (kind, finding, reason, sides, urgent), note kinds: by hand, from the film and the draft
AUDITS = [
    ("01-normal", "agreement", [], []),  # nothing wrong, nothing said
    ("02-faithful", "agreement", [], []),  # finding and side agree
    ("03-omitted-pneumothorax", "urgent_review", [("MISSING", "pneumothorax", "omitted", ("right",), True)], []),  # silence
    ("04-denied-heart", "review", [("MISSING", "cardiomegaly", "denied", (), False)], []),  # denial
    ("05-over-called", "review", [("UNSUPPORTED", "lung_opacity_consolidation", "not_on_film", ("right",), False)], []),  # over-call
    ("06-wrong-side", "review", [("WRONG_SIDE", "lung_opacity_consolidation", "other_side", ("right",), False)], []),  # one flag, not two
    ("07-one-side-missed", "review", [("MISSING", "pleural_effusion", "omitted", ("left",), False)], []),  # the other side only
    ("08-hedged", "urgent_review", [], ["hedged"]),  # supported; urgent because the finding itself is
    ("09-contradictory", "review", [("CONTRADICTORY", "pleural_effusion", "asserted_and_denied", ("right",), False)], []),  # both spans
    ("10-denied-mass", "urgent_review", [("MISSING", "nodule_mass", "denied", ("right",), True)], []),  # beside a correct finding
    ("11-urgent-claim", "urgent_review", [("UNSUPPORTED", "pneumothorax", "not_on_film", ("left",), True)], []),  # look again
]


def test_cases_stand_in_teaching_order():
    assert list(CASES) == [name for name, *_ in AUDITS] == [recipe.name for recipe in EXAMPLES]


@pytest.mark.parametrize(("name", "outcome", "flags", "notes"), AUDITS)
def test_case_shows_what_it_is_named_for(name, outcome, flags, notes):
    report = audit(CASES[name].film_path, CASES[name].draft, reader="reference")
    assert report.outcome == outcome
    assert [(flag.kind, flag.finding, flag.reason, flag.sides, flag.urgent) for flag in report.flags] == flags
    assert [note.kind for note in report.notes] == notes
    assert report.reading.reader == "reference" and report.reading.findings == CASES[name].reading.findings


def test_cases_are_small_and_say_that_they_are_synthetic():
    sizes = [case.film_path.stat().st_size for case in CASES.values()]
    assert max(sizes) < 300_000 and sum(sizes) < 3_000_000
    assert all(case.synthetic and case.licence == "Apache-2.0" and case.teaches for case in CASES.values())


@pytest.mark.parametrize("recipe", EXAMPLES, ids=lambda recipe: recipe.name)
def test_case_file_is_what_its_recipe_writes(recipe):
    case = CASES[recipe.name]
    planted = [Planted.model_validate(one) for one in case.generator["planted"]]
    assert (case.title, case.draft, case.teaches, case.seed, tuple(planted)) == (
        recipe.title,
        recipe.draft,
        recipe.teaches,
        recipe.seed,
        recipe.planted,
    )
    for shipped, drawn in zip(case.reading.findings, truth(case.seed, planted, case.generator["size"]), strict=True):
        assert (shipped.finding, shipped.sides) == (drawn.finding, drawn.sides)
        assert shipped.box.as_list() == pytest.approx(drawn.box.as_list(), abs=0.003)  # a pixel or two: arithmetic differs by machine


@pytest.mark.parametrize("name", ["03-omitted-pneumothorax", "10-denied-mass"])  # one lung's shape, and two findings at once
def test_shipped_film_is_what_the_generator_draws(name):
    case = CASES[name]
    drawn = redraw(case.seed, case.generator)
    again = np.asarray(Image.open(io.BytesIO(encode(drawn))), int)
    shipped = np.asarray(Image.open(case.film_path), int)
    assert np.abs(again - shipped).mean() < 0.3  # the last bit of float arithmetic and the JPEG library may differ, the film not


@pytest.mark.parametrize("generator", [{}, {"size": 256}, {"size": 256, "planted": [{"finding": "fracture"}]}, {"size": 256, "planted": 3}])
def test_foreign_generator_settings_are_named(generator):
    with pytest.raises(InputError, match="generator settings"):
        redraw(1, generator)


def test_written_case_reads_back(tmp_path, monkeypatch):
    monkeypatch.setattr("cxr_auditor.phantom.cases.SIZE", 128)
    monkeypatch.setattr("cxr_auditor.phantom.cases.EXAMPLES", EXAMPLES[6:8])
    folders = write_examples(tmp_path)
    read = load_cases(tmp_path)
    assert [case.folder for case in read] == folders
    assert [case.draft for case in read] == [recipe.draft for recipe in EXAMPLES[6:8]]
    assert [len(case.reading.findings) for case in read] == [2, 1]
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.*")}
    write_examples(tmp_path)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.*")} == before


def test_case_file_keeps_short_lists_on_one_line():
    case = CASES["07-one-side-missed"]
    drawn = type("Drawn", (), {"findings": case.reading.findings})
    text = case_file(EXAMPLES[6], drawn).to_json()
    assert text == (case.folder / "case.json").read_text(encoding="utf-8")
    assert CaseFile.model_validate_json(text).reading.findings[1].sides == ("left",)


# what is done to the case file, what the error must say
BROKEN = [
    (lambda data: data.pop("draft"), "draft: must be given"),  # a field is missing
    (lambda data: data.update(synthetic=False), "synthetic: must be True"),  # a real film is no example of ours
    (lambda data: data.update(author="me"), "author: is not a field"),  # unknown field
    (lambda data: data.update(film="other.png"), "film: 'other.png' is not beside it"),  # the film is elsewhere
    (lambda data: data["reading"]["findings"][0].update(box=[0, 0, 2, 1]), "reading.findings[0].box: box y1"),  # foreign box frame
    (lambda data: data["reading"]["findings"][0].update(finding="lesion"), "reading.findings[0].finding: must be one of pleural"),
]


@pytest.mark.parametrize(("change", "message"), BROKEN)
def test_broken_case_names_file_and_field(tmp_path, change, message):
    source = CASES["02-faithful"].folder
    data = json.loads((source / "case.json").read_text(encoding="utf-8"))
    change(data)
    (tmp_path / "case.json").write_text(json.dumps(data), encoding="utf-8")
    (tmp_path / "film.jpg").write_bytes(b"")
    with pytest.raises(InputError) as caught:
        load_case(tmp_path)
    assert message in caught.value.message and "case.json" in caught.value.message
    assert "python -m cxr_auditor.phantom examples" in caught.value.hint


def test_missing_case_file_is_named(tmp_path):
    with pytest.raises(InputError, match="can't be read: No such file"):
        load_case(tmp_path / "nowhere")
