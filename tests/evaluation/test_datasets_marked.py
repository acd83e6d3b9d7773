"""Readers of VinDr-CXR, NIH and ChestX-Det on tiny folders that hold the rows people trip over."""

import json

import numpy as np
import pytest
from dataset_files import by_id, picture, put
from PIL import Image

from cxr_auditor.errors import InputError
from cxr_auditor.evaluation.datasets import load_dataset
from cxr_auditor.evaluation.datasets.agreement import Votes
from cxr_auditor.evaluation.datasets.chestxdet import boxes_of_map
from cxr_auditor.evaluation.datasets.nih import read_nih
from cxr_auditor.evaluation.datasets.vindr import read_boxes, read_sizes, read_vqa
from cxr_auditor.findings import Finding
from cxr_auditor.geometry import Box

EFFUSION, PNEUMOTHORAX, OPACITY, NODULE, HEART = Finding
KAGGLE = "image_id,class_name,class_id,rad_id,x_min,y_min,x_max,y_max"


# VinDr-CXR


@pytest.fixture
def vindr(tmp_path):
    rows = [
        KAGGLE,
        "a,Pleural effusion,10,R1,0,1000,500,2000",
        "a,Pleural effusion,10,R2,0,1000,520,2000",
        "a,No finding,14,R3,,,,",
        "b,ILD,5,R1,100,100,200,200",  # only findings outside the vocabulary: not normal
        "b,Pulmonary fibrosis,13,R2,100,100,200,200",
        "b,No finding,14,R3,,,,",
        "c,No finding,14,R1,,,,",
        "c,No finding,14,R2,,,,",
        "c,Nodule/Mass,8,R3,100,100,200,200",  # one of three
        "d,cardiomegaly ,3,R1,100,100,200,200",  # case and blanks; no size in the meta table
    ]
    put(tmp_path / "annotations_train.csv", *rows)
    put(tmp_path / "train_meta.csv", "image_id,dim0,dim1", "a,2000,1000", "b,2000,1000", "c,2000,1000")  # dim0 is the height
    picture(tmp_path / "images" / "a.png", side=16)  # resized mirror: its own size must not matter
    return tmp_path


def test_vindr_boxes_are_divided_by_the_original_size_and_merged(vindr):
    film = by_id(load_dataset("vindr", vindr))["a"]
    assert film.labels == {finding: finding is EFFUSION for finding in Finding} and film.normal is False
    (box,) = film.boxes
    assert box.box == Box(0.5, 0.0, 1.0, 0.51) and (box.votes, box.readers) == (2, 3)
    assert film.size == (1000, 2000) and film.votes[EFFUSION] == (2, 3) and film.image.name == "a.png"


def test_a_film_with_nothing_but_other_findings_is_not_normal(vindr):
    film = by_id(load_dataset("vindr", vindr))["b"]
    assert film.normal is False and not film.present and film.outside == ("ILD", "Pulmonary fibrosis")


@pytest.mark.parametrize(
    "votes, label, normal, boxes",
    [
        (Votes.MAJORITY, False, True, 0),  # two of three call it normal
        (Votes.ANY, True, False, 1),  # one is enough
        (Votes.ALL, None, None, 0),  # they disagree: not known
    ],
)
def test_how_many_readers_must_agree_is_a_setting(vindr, votes, label, normal, boxes):
    film = by_id(load_dataset("vindr", vindr, votes))["c"]
    assert film.labels.get(NODULE) is label and film.normal is normal and len(film.boxes) == boxes


def test_half_of_the_readers_is_no_majority(tmp_path):
    (film,) = read_boxes(put(tmp_path / "train.csv", KAGGLE, "a,Nodule/Mass,8,R1,0,0,9,9", "a,No finding,14,R2,,,,"))
    assert film.labels[NODULE] is False and film.normal is False


def test_a_label_without_a_known_size_keeps_its_label_and_loses_its_box(vindr):
    film = by_id(load_dataset("vindr", vindr))["d"]
    assert film.labels[HEART] and not film.boxes and film.image is None


def test_readers_who_point_at_different_places_give_a_label_without_a_box(tmp_path):
    rows = [KAGGLE, "a,Nodule/Mass,8,R1,0,0,100,100", "a,Nodule/Mass,8,R2,800,800,900,900", "a,No finding,14,R3,,,,"]
    meta = put(tmp_path / "meta.csv", "id,width,height", "a,1000,1000")
    (film,) = read_boxes(put(tmp_path / "train.csv", *rows), meta=meta)
    assert film.labels[NODULE] and not film.boxes and NODULE not in film.searched and EFFUSION in film.searched


@pytest.mark.parametrize(
    "header, row",
    [
        ("image_id,rad_id,class_name,x_min,y_min,x_max,y_max", "a,R1,Consolidation,0,0,10,10"),  # published training layout
        ("image_id,class_name,x_min,y_min,x_max,y_max", "a,Consolidation,0,0,10,10"),  # published test layout: a consensus
        ("\ufeff Image_ID , CLASS_NAME,rad_id,x_min,y_min,x_max,y_max", "a,Consolidation,R1,0,0,10,10"),  # byte order mark, case, blanks
    ],
)
def test_vindr_header_variants(tmp_path, header, row):
    meta = put(tmp_path / "meta.csv", "image_id,width,height", "a,100,100")
    (film,) = read_boxes(put(tmp_path / "train.csv", header, row), meta=meta)
    assert film.labels[OPACITY] and film.boxes[0].box == Box(0, 0, 0.1, 0.1)


@pytest.mark.parametrize(
    "row, line, column",
    [
        ("a,Lung Opasity,7,R1,0,0,1,1", 2, "class_name"),  # misspelt class: not silently something else
        ("a,Lung Opacity,7,R1,zero,0,1,1", 2, "x_min"),  # not a number
        ("a,Lung Opacity,7,R1,0,0,,1", 2, "x_max"),  # half a box
        ("a,Lung Opacity,7,R1,0,0,nan,1", 2, "x_max"),  # NaN
        ("a,Lung Opacity,7,R1,0,0,5000,1", 2, "x_min"),  # outside the original: another frame
        ("a,Lung Opacity,7,R1,90,0,10,1", 2, "x_min"),  # inverted
        (",Lung Opacity,7,R1,0,0,1,1", 2, "image_id"),  # nobody's
    ],
)
def test_vindr_errors_name_file_line_and_column(tmp_path, row, line, column):
    meta = put(tmp_path / "meta.csv", "image_id,width,height", "a,100,100")
    with pytest.raises(InputError, match=f"train.csv, line {line}, column '{column}'"):
        read_boxes(put(tmp_path / "train.csv", KAGGLE, row), meta=meta)


def test_a_missing_column_is_named(tmp_path):
    with pytest.raises(InputError, match="train.csv, line 1: must have a column 'class_name'"):
        read_boxes(put(tmp_path / "train.csv", "image_id,label,x_min,y_min,x_max,y_max", "a,b,0,0,1,1"))


def test_a_short_line_is_named(tmp_path):
    with pytest.raises(InputError, match="train.csv, line 3: has 2 cells"):
        read_boxes(put(tmp_path / "train.csv", KAGGLE, "a,No finding,14,R1,,,,", "a,No finding"))


def test_meta_size_must_be_positive(tmp_path):
    with pytest.raises(InputError, match="meta.csv, line 2, column 'dim1': must be at least 1 pixel"):
        read_sizes(put(tmp_path / "meta.csv", "image_id,dim0,dim1", "a,100,0"))


ID = "0123456789abcdef0123456789abcdef"


def vqa(tmp_path, *rows):
    path = tmp_path / "vqa.json"
    path.write_text(json.dumps(rows), encoding="utf-8")
    return path


def test_vqa_questions_become_one_film(tmp_path):
    asked = {"image_id": ID, "image_width": 1000, "image_height": 2000}
    rows = [
        {**asked, "gt_finding": "Pleural effusion", "gt_location": [0, 1000, 500, 2000]},
        {**asked, "gt_finding": "Pleural effusion", "gt_location": [0, 1000, 500, 2000]},  # asked twice: one box
        {**asked, "gt_finding": "ILD", "gt_location": [0, 0, 10, 10]},
    ]
    (film,) = read_vqa(vqa(tmp_path, *rows))
    assert [box.box for box in film.boxes] == [Box(0.5, 0, 1, 0.5)] and film.outside == ("ILD",)
    assert film.labels == {EFFUSION: True} and film.normal is False  # nobody asked about the others


def test_vqa_nested_questions_text_locations_and_missing_sizes(tmp_path):
    questions = [{"gt_finding": "Pneumothorax", "gt_location": "<loc 10, 20, 30, 40>"}]
    (film,) = read_vqa(vqa(tmp_path, {"image_id": ID, "questions": questions}))
    assert film.labels == {PNEUMOTHORAX: True} and not film.boxes
    sized = {"image_id": ID, "image_width": 100, "image_height": 100, "questions": questions}
    (film,) = read_vqa(vqa(tmp_path, sized))
    assert film.boxes[0].box == Box(0.2, 0.1, 0.4, 0.3)


@pytest.mark.parametrize(
    "row, field",
    [
        ({"image_id": "film-1", "gt_finding": "ILD"}, "image_id"),  # not 32 hexadecimal digits
        ({"image_id": ID, "gt_finding": "Broken"}, "gt_finding"),  # unknown label
        ({"image_id": ID}, "gt_finding"),  # no label
        ({"image_id": ID, "gt_finding": "Pneumothorax", "gt_location": [1, 2, 3]}, "gt_location"),  # three numbers
        ({"image_id": ID, "gt_finding": "ILD", "image_width": float("inf"), "image_height": 9}, "image_width"),  # JSON's Infinity
    ],
)
def test_vqa_errors_name_entry_and_field(tmp_path, row, field):
    with pytest.raises(InputError, match=f"vqa.json, entry 1, fields? '{field}'"):
        read_vqa(vqa(tmp_path, row))


def test_vqa_that_is_no_json_names_line_and_column(tmp_path):
    with pytest.raises(InputError, match=r"vqa.json, line 2, column 1: is not JSON"):
        read_vqa(put(tmp_path / "vqa.json", "[", "}"))


# NIH


@pytest.mark.parametrize(
    "header",
    [
        "Image Index,Finding Label,Bbox [x,y,w,h],,,",  # the export: a title split at its commas, trailing empty titles
        'Image Index,Finding Label,"Bbox [x,y,w,h]",,,',  # the same, quoted
        "Image Index,Finding Label,x,y,w,h",  # plain
    ],
)
def test_nih_box_headers(tmp_path, header):
    rows = ["00000013_005.png,Infiltrate,512,256,128,64,,,", "00000014_001.png,Atelectasis,1,1,2,2,,,"]
    films = by_id(read_nih(boxes=put(tmp_path / "BBox_List_2017.csv", header, *rows)))
    film = films["00000013_005"]
    assert film.boxes[0].box == Box(0.25, 0.5, 0.3125, 0.625) and film.boxes[0].finding is OPACITY
    assert film.labels == {OPACITY: True} and film.patient_id == "13"
    other = films["00000014_001"]  # a film with only boxes outside the vocabulary stays, and is not normal
    assert other.boxes == () and other.outside == ("Atelectasis",) and other.normal is False


def test_nih_labels_join_boxes_by_film(tmp_path):
    header = "Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender,View Position,OriginalImage[Width,Height],"
    entries = [
        header,
        "00000013_005.png,Infiltration|Hernia,5,13,60,M,AP,2500,2048,",
        "00000015_000.png,No Finding,0,15,40,F,PA,2500,2048,",
        "00000016_000.png,Fibrosis,0,16,40,F,PA,2500,2048,",
        "00000017_000.png,No Finding,0,17,40,F,PA,2500,2048,",  # text and box table disagree: not normal
    ]
    put(tmp_path / "Data_Entry_2017.csv", *entries)
    boxes = ["Image Index,Finding Label,x,y,w,h", "00000013_005.png,Nodule,0,0,1024,512", "00000099_000.png,Mass,0,0,9,9"]
    boxes.append("00000017_000.png,Atelectasis,0,0,9,9")
    put(tmp_path / "BBox_List_2017.csv", *boxes)
    films = by_id(load_dataset("nih", tmp_path))
    assert films["00000013_005"].present == (OPACITY, NODULE) and films["00000013_005"].outside == ("Hernia",)
    assert films["00000013_005"].labels[EFFUSION] is False and films["00000013_005"].groups == {"view": "AP"}
    assert films["00000015_000"].normal and films["00000016_000"].normal is False
    assert films["00000017_000"].normal is False and films["00000017_000"].outside == ("Atelectasis",)
    assert films["00000099_000"].labels == {NODULE: True}  # in the box table alone: the rest is not known


def test_nih_unknown_label_is_named(tmp_path):
    entries = put(tmp_path / "e.csv", "Image Index,Finding Labels,Patient ID", "a.png,Effusion|Broken,1")
    with pytest.raises(InputError, match="e.csv, line 2, column 'Finding Labels': must be one of .*, but got 'Broken'"):
        read_nih(entries)


# ChestX-Det


def test_chestx_det_json(tmp_path):
    rows = [
        {"file_name": "36199.png", "syms": ["Diffuse Nodule", "Fracture"], "boxes": [[0, 512, 256, 1024], [0, 0, 9, 9]]},
        {"file_name": "40000.png", "syms": [], "boxes": []},
    ]
    (tmp_path / "ChestX_Det_test.json").write_text(json.dumps(rows), encoding="utf-8")
    films = by_id(load_dataset("chestx-det", tmp_path))
    assert films["36199"].boxes[0].box == Box(0.5, 0, 1, 0.25) and films["36199"].outside == ("Fracture",)
    assert not films["40000"].present and films["40000"].normal is None  # 13 categories were looked for; that alone is not normal


@pytest.mark.parametrize(
    "entry, field",
    [
        ({"file_name": "1.png", "syms": ["Nodul"], "boxes": [[0, 0, 9, 9]]}, "field 'syms'"),  # misspelt
        ({"file_name": "1.png", "syms": ["Nodule"], "boxes": [[0, 0, 9, 2000]]}, "field 'boxes'"),  # outside 1024 pixels
        ({"file_name": "1.png", "syms": ["Nodule"], "boxes": []}, "fields 'syms' and 'boxes'"),  # one without the other
        ({"syms": [], "boxes": []}, "field 'file_name'"),  # nobody's
        ({"file_name": "", "syms": [], "boxes": []}, "field 'file_name'"),  # nobody's either
        ({"file_name": "1.png", "syms": [["Mass"]], "boxes": [[0, 0, 9, 9]]}, "field 'syms'"),  # a list in the place of a name
    ],
)
def test_chestx_det_errors_name_file_entry_and_field(tmp_path, entry, field):
    (tmp_path / "train.json").write_text(json.dumps([entry]), encoding="utf-8")
    with pytest.raises(InputError, match=f"train.json, entry 1, {field}"):
        load_dataset("chestx-det", tmp_path)


def test_a_chestx_det_film_listed_twice_is_named(tmp_path):
    entry = {"file_name": "1.png", "syms": [], "boxes": []}
    (tmp_path / "train.json").write_text(json.dumps([entry, entry]), encoding="utf-8")
    with pytest.raises(InputError, match="train.json, entry 2, field 'file_name': lists the film 1 twice .first in entry 1"):
        load_dataset("chestx-det", tmp_path)


def test_chestx_det_takes_the_images_and_not_their_masks(tmp_path):
    (tmp_path / "train.json").write_text(json.dumps([{"file_name": "1.png", "syms": [], "boxes": []}]), encoding="utf-8")
    for folder in ("images", "masks"):
        picture(tmp_path / folder / "1.png")
    assert load_dataset("chestx-det", tmp_path)[0].image.parent.name == "images"


def test_chestx_det_label_map_boxes_include_the_last_pixel():
    values = np.full((10, 10), 255, dtype=np.uint8)
    values[2:4, 5:10] = 13
    values[9, 0] = 3
    assert boxes_of_map(values) == [(3, Box(0.9, 0, 1, 0.1)), (13, Box(0.2, 0.5, 0.4, 1.0))]
    assert boxes_of_map(np.stack([values, values * 0, values * 0], axis=-1)) == boxes_of_map(values)  # the first channel counts


@pytest.mark.parametrize(
    "values, problem",
    [
        (np.zeros((2, 2, 2, 2), dtype=int), "must be integers of shape"),  # too many dimensions
        (np.zeros((4, 4)), "must be integers of shape"),  # not categories
        (np.full((4, 4), 14), "category numbers 1 to 13"),  # unknown category
    ],
)
def test_chestx_det_other_maps_are_errors(values, problem):
    with pytest.raises(ValueError, match=problem):
        boxes_of_map(values)


def test_chestx_det_folder_of_label_maps(tmp_path):
    values = np.full((8, 8), 255, dtype=np.uint8)
    values[0:4, 0:4] = 6
    (tmp_path / "masks").mkdir()
    Image.fromarray(values).save(tmp_path / "masks" / "7.png")
    picture(tmp_path / "images" / "7.png")
    (film,) = load_dataset("chestx-det", tmp_path)
    assert film.boxes_of(EFFUSION) == (Box(0, 0, 0.5, 0.5),) and film.image.parent.name == "images"
