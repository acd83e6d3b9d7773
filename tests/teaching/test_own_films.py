"""A teacher's own films: a table of boxes, or a reading beside each film; every error leads to its place."""

import json

import pytest
from case_films import STATED, TRUTH, put_film

from cxr_auditor.case_file import Difficulty
from cxr_auditor.errors import InputError
from cxr_auditor.findings import Finding, Side, Status
from cxr_auditor.geometry import Box
from cxr_auditor.teaching.check import check_library
from cxr_auditor.teaching.library import add_cases
from cxr_auditor.teaching.own_films import Unit, paired_cases, paired_films, table_cases, table_rows

HEADER = "file,finding,status,side,x0,y0,x1,y1"


def made(folder, *lines, unit=Unit.PIXELS, header=HEADER):
    """Cases of a table about a.png and b.png, each 100 pixels wide and 120 high."""
    for seed, name in enumerate(("a.png", "sub/b.png")):
        put_film(folder / name, seed)
    path = folder / "boxes.csv"
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return list(table_cases(folder, table_rows(path), unit, STATED))


@pytest.mark.parametrize(
    ("unit", "corners"),
    [
        (Unit.PIXELS, "10,12,40,60"),  # of a film of 100 x 120
        (Unit.FRACTIONS, "0.1,0.1,0.4,0.5"),
    ],
)
def test_boxes_are_counted_as_stated(tmp_path, unit, corners):
    (case,) = made(tmp_path, f"a.png,Pneumothorax,,,{corners}", unit=unit)
    (entry,) = case.reading.findings
    assert (entry.box, entry.sides, entry.status) == (Box(0.1, 0.1, 0.5, 0.4), (Side.RIGHT,), Status.PRESENT)
    assert case.reading.scope == tuple(Finding) and case.teaches == "Pneumothorax, right. As labelled in A teaching file."


def test_lines_of_one_film_are_one_case(tmp_path):
    lines = [
        "a.png,pleural_effusion,uncertain,left,,,,",
        "sub/b.png,no_finding,,,,,,",
        "a.png,nodule_mass,absent,,,,,",
        "a.png,lung_opacity_consolidation,present,both,10,10,90,90",
        "a.png,cardiomegaly,,,,,,",
    ]
    first, second = made(tmp_path, *lines)
    assert [(e.finding, e.status) for e in first.reading.findings] == [
        ("pleural_effusion", "uncertain"),
        ("nodule_mass", "absent"),
        ("lung_opacity_consolidation", "present"),
        ("cardiomegaly", "present"),
    ]
    said = "Pleural effusion, left (possible); Lung opacity / consolidation, both sides; Cardiomegaly (enlarged heart). "
    assert first.teaches.startswith(said)
    assert second.reading.findings == () and second.teaches.startswith("None of the five findings.")


def test_words_about_a_film_come_from_the_table(tmp_path):
    header = f"{HEADER},title,teaches,difficulty,draft"
    lines = ["a.png,cardiomegaly,,,,,,,Big heart,Measure it.,Hard,", "a.png,nodule_mass,,left,,,,,,Measure it.,,Normal heart."]
    (case,) = made(tmp_path, *lines, header=header)
    assert (case.title, case.teaches, case.difficulty, case.draft) == ("Big heart", "Measure it.", Difficulty.HARD, "Normal heart.")


# the table's second line, the column that the error must name, what it must say
BAD_LINES = [
    ("gone.png,cardiomegaly,,,,,,", "file", "no image file"),
    ("../a.png,cardiomegaly,,,,,,", "file", "inside the folder"),  # out of the folder
    ("/a.png,cardiomegaly,,,,,,", "file", "inside the folder"),
    ("boxes.csv,cardiomegaly,,,,,,", "file", "Accepted"),  # no picture
    (",cardiomegaly,,,,,,", "file", "must not be empty"),
    ("a.png,heart,,,,,,", "finding", "must be one of pleural_effusion"),
    ("a.png,,,,,,,", "finding", "must not be empty"),
    ("a.png,cardiomegaly,maybe,,,,,", "status", "must be one of present"),
    ("a.png,nodule_mass,,middle,,,,", "side", "must be left, right, both or empty"),
    ("a.png,cardiomegaly,,left,,,,", "side", "has no side"),
    ("a.png,nodule_mass,,left,10,10,40,40", "side", "its box lies on the patient's right"),  # left as seen, not the patient's
    ("a.png,nodule_mass,,,,,,", "x0", "must have a box, or at least a side"),
    ("a.png,nodule_mass,,,10,10,10,40", "x0", "must have an area"),
    ("a.png,nodule_mass,,,10,10,40,", "y1", "must not be empty"),  # three numbers
    ("a.png,nodule_mass,,,ten,10,40,40", "x0", "must be a finite number"),
    ("a.png,nodule_mass,,,10,10,400,40", "x0", "outside its 100 x 120 frame"),
    ("a.png,nodule_mass,,,40,10,10,40", "x0", "x0 <= x1"),
    ("a.png,no_finding,,left,,,,", "finding", "only line"),
]


@pytest.mark.parametrize(("line", "column", "message"), BAD_LINES)
def test_errors_name_file_line_and_column(tmp_path, line, column, message):
    with pytest.raises(InputError) as caught:
        made(tmp_path, "sub/b.png,no_finding,,,,,,", line)
    assert f"boxes.csv, line 3, column '{column}': " in str(caught.value) and message in str(caught.value)


def test_a_box_in_an_unknown_unit_is_no_box(tmp_path):
    with pytest.raises(InputError, match="line 2, column 'x0'.*--boxes pixels"):
        made(tmp_path, "a.png,nodule_mass,,,10,10,40,40", unit=None)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["a.png,no_finding,,,,,,", "a.png,cardiomegaly,,,,,,"], "line 2, column 'finding': no_finding must be its film's only line"),
        ([], "boxes.csv lists no film"),
    ],
)
def test_a_table_at_odds_with_itself_is_refused(tmp_path, lines, message):
    with pytest.raises(InputError, match=message):
        made(tmp_path, *lines)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["a.png,cardiomegaly,easy", "a.png,cardiomegaly,hard"], "line 3, column 'difficulty': differs"),
        (["a.png,cardiomegaly,tricky"], "line 2, column 'difficulty': must be one of easy, medium, hard, but got 'tricky'"),
    ],
)
def test_words_about_a_film_must_be_of_one_mind(tmp_path, lines, message):
    with pytest.raises(InputError, match=message):
        made(tmp_path, *lines, header="file,finding,difficulty")


# a reading beside each film


def put_pair(folder, name="a", data=TRUTH, seed=0):
    put_film(folder / f"{name}.png", seed)
    (folder / f"{name}.json").write_text(json.dumps(data), encoding="utf-8")


def test_a_reading_beside_a_film_is_its_truth(tmp_path):
    films = tmp_path / "films"
    private = {"image": "/home/Quux/film.png", "reader": "Dr Quux", "notes": ["Quux"], "message": "Quux", "scores": {"edema": 0.5}}
    put_pair(films, "a", TRUTH | private)
    put_pair(films / "more", "b", {"findings": [{"finding": "no_finding"}], "scope": ["nodule_mass"]}, seed=1)
    add_cases(tmp_path / "library", paired_cases(paired_films(films), STATED))
    assert check_library(tmp_path / "library") == (2, [])
    texts = [path.read_text(encoding="utf-8") for path in sorted(tmp_path.glob("library/*/case.json"))]
    assert not any("Quux" in text or "0.5" in text for text in texts)  # what else stood in the reading stays behind
    assert json.loads(texts[0])["reading"]["findings"] == TRUTH["findings"]
    assert "No Nodule / mass. As labelled in A teaching file." in texts[1]  # nobody looked for the rest


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"findings": [{"finding": "mass"}]}, "a.json: findings[0].finding: must be one of"),
        ({"findings": [{"finding": "nodule_mass", "box": [0, 0, 200, 200]}]}, "a.json: findings[0].box: box y1 must be a number"),
        ({"findings": [{"finding": "nodule_mass"}]}, "a.json: findings[0].box: nodule_mass must have a box"),
        ({"findings": [{"finding": "nodule_mass", "box": [0, 0, 0.2, 0.2], "sides": ["left"]}]}, "a.json: findings[0].sides: "),
        ({"findings": [], "status": "failed"}, "a.json: status must be 'ok'"),
        ({"findings": [], "teacher": "me"}, "a.json: teacher: is not a field"),
    ],
)
def test_errors_in_a_reading_name_file_and_field(tmp_path, data, message):
    put_pair(tmp_path, data=data)
    with pytest.raises(InputError) as caught:
        list(paired_cases(paired_films(tmp_path), STATED))
    assert caught.value.message.startswith(message)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda folder: put_film(folder / "b.png"), "b.png: has no b.json beside it"),
        (lambda folder: (folder / "b.json").write_text("{}"), "b.json: has no film beside it"),
        (lambda folder: put_film(folder / "a.jpg"), "a.json: stands beside two films, a.jpg and a.png"),  # whose reading is it?
        (lambda folder: [path.unlink() for path in folder.iterdir()], "has no films"),
    ],
)
def test_every_film_has_one_reading_and_every_reading_one_film(tmp_path, change, message):
    put_pair(tmp_path)
    change(tmp_path)
    with pytest.raises(InputError, match=message):
        paired_films(tmp_path)
