"""Films of datasets as cases: which can be taught with, what becomes of their labels, and how many of which kind are taken."""

import json
from pathlib import Path

import pytest
from case_films import STATED, put_film
from hypothesis import given
from hypothesis import strategies as st

from cxr_auditor.errors import InputError
from cxr_auditor.evaluation.datasets import LabelledBox, LabelledFilm
from cxr_auditor.evaluation.datasets.agreement import Votes
from cxr_auditor.findings import Finding, Side
from cxr_auditor.geometry import Box
from cxr_auditor.teaching.cases import load_library
from cxr_auditor.teaching.check import check_library
from cxr_auditor.teaching.labelled import choose, dataset_films, labelled_cases, truth_of, usable
from cxr_auditor.teaching.library import add_cases

EFFUSION, PNEUMOTHORAX, OPACITY, NODULE, HEART = Finding
RIGHT_BOX = Box(0.1, 0.123456, 0.4, 0.4)
ALL_ABSENT = dict.fromkeys(Finding, False)


def labelled(image: Path | None, /, **values) -> LabelledFilm:
    return LabelledFilm(**{"image_id": "77_patient", "patient_id": "77", "source": "A set", "image": image, "labels": ALL_ABSENT} | values)


def marked(finding: Finding, box: Box = RIGHT_BOX) -> LabelledBox:
    return LabelledBox(finding, box, "A reader")


# what the set says of a film, why it is left out (None: it is taken)
FITNESS = [
    ({}, None),  # nothing there, and known so
    ({"labels": ALL_ABSENT | {EFFUSION: True}, "boxes": (marked(EFFUSION),)}, None),  # with its place
    ({"labels": ALL_ABSENT | {HEART: True}}, None),  # everybody knows where the heart is
    ({"labels": ALL_ABSENT | {EFFUSION: True}}, "nobody marked"),  # on which side?
    ({"labels": {}}, "nothing known"),
    ({"boxes": (marked(NODULE),)}, "label denies"),
    ({"second": {OPACITY: True}}, "two readings that disagree"),
    ({"labels": ALL_ABSENT | {NODULE: True}, "boxes": (marked(NODULE, Box(0.2, 0.2, 0.2, 0.4)),)}, "no area"),
    ({"image": None}, "without an image"),  # a table lists more films than were fetched
    ({"image": Path("nowhere.png")}, "without an image"),
]


@pytest.mark.parametrize(("values", "reason"), FITNESS)
def test_only_films_with_a_known_truth_are_taken(tmp_path, values, reason):
    fit, left_out = usable([labelled(put_film(tmp_path / "film.png"), **values)])
    assert len(fit) == (reason is None)
    assert [text for text in left_out if reason in text] == list(left_out) if reason else not left_out


def test_the_truth_holds_what_is_known_and_no_more():
    labels = {EFFUSION: True, NODULE: False}
    truth = truth_of(labelled(None, labels=labels, boxes=(marked(EFFUSION),), outside=("Edema",)))
    (entry,) = truth.findings
    assert truth.scope == (EFFUSION, NODULE) and [other.term for other in truth.other] == ["Edema"]
    assert (entry.finding, entry.sides, entry.box.x0) == (EFFUSION, (Side.RIGHT,), 0.12346)


def test_a_case_names_its_source_and_no_patient(tmp_path):
    film = labelled(put_film(tmp_path / "77_patient.png"), labels=ALL_ABSENT | {EFFUSION: True}, boxes=(marked(EFFUSION),))
    add_cases(tmp_path / "library", labelled_cases([film], STATED))
    text = (tmp_path / "library" / "case-0001" / "case.json").read_text(encoding="utf-8")
    assert "77" not in text and "Pleural effusion, right. As labelled in A teaching file." in text
    assert check_library(tmp_path / "library") == (1, [])


def test_a_film_that_can_not_be_read_is_named_and_stops_the_import(tmp_path):
    good, bad = put_film(tmp_path / "a.png"), tmp_path / "b.png"
    bad.write_bytes(b"words")
    with pytest.raises(InputError, match="The film b: "):
        add_cases(tmp_path / "library", labelled_cases([labelled(good), labelled(bad, image_id="b")], STATED))
    assert not (tmp_path / "library").exists()


@given(
    shown=st.lists(st.booleans(), max_size=30),
    limit=st.none() | st.integers(1, 40),
    seed=st.none() | st.integers(0, 5),
    normals=st.none() | st.sampled_from([0.0, 0.25, 0.3, 0.5, 1.0]),
)
def test_films_are_chosen_by_number_and_share(shown, limit, seed, normals):
    films = [labelled(None, image_id=f"f{i}", labels=ALL_ABSENT | {HEART: one}) for i, one in enumerate(shown)]
    chosen = choose(films, limit, seed, normals)
    assert chosen == choose(films, limit, seed, normals)
    assert len({film.image_id for film in chosen}) == len(chosen) <= (limit or len(films))
    calm = sum(not film.present for film in chosen)
    if normals is None:
        assert len(chosen) == min(len(films), limit or len(films))
    else:
        assert abs(calm - normals * len(chosen)) <= 0.5
    if seed is None:
        assert chosen == [film for film in films if film in chosen]


def test_a_share_takes_as_many_as_there_are():
    films = [labelled(None, image_id=f"f{i}", labels=ALL_ABSENT | {HEART: i < 3}) for i in range(20)]
    assert [len(choose(films, None, None, share)) for share in (0.0, 0.25, 0.5, 1.0)] == [3, 4, 6, 17]


# COCO-style annotations

COCO = {
    "images": [
        {"id": 1, "file_name": "films/a.png", "width": 1000, "height": 2000},
        {"id": 2, "file_name": "films/b.png", "width": 1000, "height": 2000},
        {"id": 3, "file_name": "films/c.png", "width": 1000, "height": 2000},
    ],
    "categories": [
        {"id": 4, "name": "Pneumothorax"},
        {"id": 5, "name": "nodule_mass"},
        {"id": 6, "name": "Rib fracture"},
        {"id": 7, "name": "no_finding"},
    ],
    "annotations": [
        {"image_id": 1, "category_id": 4, "bbox": [100, 200, 300, 400]},
        {"image_id": 1, "category_id": 6, "bbox": [0, 0, 9, 9]},
        {"image_id": 3, "category_id": 7, "bbox": []},
    ],
}


def put_coco(folder: Path, change=lambda data: None) -> Path:
    data = json.loads(json.dumps(COCO))
    change(data)
    for seed, name in enumerate("abc"):
        put_film(folder / "films" / f"{name}.png", seed)
    (folder / "instances.json").write_text(json.dumps(data), encoding="utf-8")
    return folder


def test_coco_boxes_are_fractions_of_the_stated_size(tmp_path):
    a, b, c = dataset_films("coco", put_coco(tmp_path), Votes.MAJORITY)
    assert a.boxes_of(PNEUMOTHORAX) == (Box(0.1, 0.1, 0.3, 0.4),) and a.outside == ("Rib fracture",)
    assert a.labels == {PNEUMOTHORAX: True, NODULE: False} and a.image.name == "a.png"  # nobody was asked about the others
    assert b.labels == {PNEUMOTHORAX: False, NODULE: False} and b.normal is None
    assert c.labels == ALL_ABSENT and c.normal is True


def test_coco_films_become_cases(tmp_path):
    fit, left_out = usable(dataset_films("coco", put_coco(tmp_path / "set"), Votes.MAJORITY))
    add_cases(tmp_path / "library", labelled_cases(fit, STATED))
    assert not left_out and check_library(tmp_path / "library") == (3, [])


BROKEN_COCO = [
    (lambda data: data.pop("images"), "instances.json, field 'images': must be a list"),
    (lambda data: data["categories"][0].update(name="Pneumotorax"), "categories entry 1, field 'name': must be one of"),  # misspelt
    (lambda data: data["images"][1].pop("width"), "images entry 2, field 'width': must be a whole number, but got None"),
    (lambda data: data["images"][1].update(id=1), "images entry 2, field 'id': 1 is given twice"),
    (lambda data: data["images"][1].update(file_name="other/a.png"), "images entry 2, field 'file_name': 'a' is given twice"),
    (lambda data: data["annotations"][0].update(image_id=9), "annotations entry 1, field 'image_id': 9 is not among"),
    (lambda data: data["annotations"][0].update(category_id=9), "annotations entry 1, field 'category_id': 9 is not among"),
    (lambda data: data["annotations"][0].update(bbox=[0, 0, 5000, 1]), "annotations entry 1, field 'bbox': box lies outside"),
    (lambda data: data["annotations"][0].pop("bbox"), "annotations entry 1, field 'bbox': a box must be four numbers"),
    (lambda data: data["annotations"][2].update(image_id=1), "image 1: is called normal and has something else marked"),
]


@pytest.mark.parametrize(("change", "message"), BROKEN_COCO)
def test_coco_errors_name_file_entry_and_field(tmp_path, change, message):
    with pytest.raises(InputError) as caught:
        dataset_films("coco", put_coco(tmp_path, change), Votes.MAJORITY)
    assert "instances.json" in caught.value.message and message in caught.value.message


def test_a_coco_folder_holds_one_document(tmp_path):
    (put_coco(tmp_path) / "more.json").write_text("{}")
    with pytest.raises(InputError, match="must hold one JSON document, but holds 2"):
        dataset_films("coco", tmp_path, Votes.MAJORITY)


# published layouts


VINDR = "image_id,class_name,rad_id,x_min,y_min,x_max,y_max\nfilm,Pleural effusion,R1,0,1000,500,2000\n"
NIH = "Image Index,Finding Label,Bbox [x,y,w,h],,,\nfilm.png,Effusion,0,512,512,512\n"
DET = [{"file_name": "film.png", "syms": ["Effusion"], "boxes": [[0, 512, 512, 1024]]}]


@pytest.mark.parametrize(
    ("name", "files", "scope"),
    [
        ("vindr", {"train.csv": VINDR, "meta.csv": "id,width,height\nfilm,1000,2000\n"}, tuple(Finding)),  # one reader is the majority
        ("nih", {"BBox_List_2017.csv": NIH}, (EFFUSION,)),  # boxes alone say nothing of the other findings
        ("chestx-det", {"train.json": json.dumps(DET)}, tuple(Finding)),
    ],
)
def test_published_boxes_become_a_case(tmp_path, name, files, scope):
    put_film(tmp_path / "set" / "images" / "film.png")
    for file, text in files.items():
        (tmp_path / "set" / file).write_text(text, encoding="utf-8")
    fit, left_out = usable(dataset_films(name, tmp_path / "set", Votes.MAJORITY))
    add_cases(tmp_path / "library", labelled_cases(fit, STATED))
    (case,) = load_library(tmp_path / "library")
    (found,) = case.reading.findings
    assert (found.finding, found.sides, found.box) == (EFFUSION, (Side.RIGHT,), Box(0.5, 0, 1, 0.5))
    assert case.reading.scope == scope and not left_out and check_library(tmp_path / "library") == (1, [])


# real films


def test_real_films_become_a_good_library(shared, tmp_path):
    folder = shared / "data" / "nih"
    if not (folder / "manifest.csv").is_file():
        pytest.skip("no films in the project's layout beside this checkout")
    fit, left_out = usable(dataset_films("films", folder, Votes.MAJORITY))
    chosen = choose(fit, 6, 1, 0.5)
    assert len(chosen) == 6 and left_out
    add_cases(tmp_path / "library", labelled_cases(chosen, STATED))
    assert check_library(tmp_path / "library") == (6, [])
    written = "".join(path.read_text(encoding="utf-8") for path in tmp_path.rglob("case.json"))
    assert not any(film.image_id in written for film in chosen)
