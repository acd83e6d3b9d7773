"""The catalogue, and readers of SIIM-ACR, RSNA, Open-i and the project's own layout, on tiny folders with the rows people trip over."""

import subprocess
import sys
import tarfile
import zipfile

import numpy as np
import pytest
from dataset_files import by_id, picture, put

from cxr_auditor.errors import InputError
from cxr_auditor.evaluation.datasets import ArchiveMember, LabelledFilm, image_bytes, load_dataset, read_dataset
from cxr_auditor.evaluation.datasets.siim import decode_rle
from cxr_auditor.findings import Finding
from cxr_auditor.geometry import Box

EFFUSION, PNEUMOTHORAX, OPACITY, NODULE, HEART = Finding


# SIIM-ACR


def test_siim_run_lengths_equal_a_pixel_by_pixel_decoding():
    random = np.random.default_rng(0)
    mask = random.random((6, 5)) < 0.4
    runs, gap, run = [], 0, 0
    for value in mask.T.ravel():  # column after column
        if value:
            run += 1
        else:
            if run:
                runs += [gap, run]
                gap = run = 0
            gap += 1
    if run:
        runs += [gap, run]
    assert (decode_rle(" ".join(map(str, runs)), width=5, height=6) == mask).all()


def test_siim_films(tmp_path):
    column = 1024 * 1023  # pixels before the last column
    rows = ["ImageId, EncodedPixels", "a, 0 1024", f"a, {column} 512", "b, -1", "b, -1"]
    put(tmp_path / "train-rle.csv", *rows)
    films = by_id(load_dataset("siim", tmp_path))
    assert films["a"].boxes_of(PNEUMOTHORAX) == (Box(0, 0, 1, 1 / 1024), Box(0, 1023 / 1024, 0.5, 1))
    assert films["b"].labels == {PNEUMOTHORAX: False} and films["b"].normal is None


@pytest.mark.parametrize(
    "rows, line",
    [
        (["a,1 2 3"], 2),  # a gap without its length
        (["a,5 1048576"], 2),  # beyond the film: absolute starts, not gaps
        (["a,-1", "a,0 5"], 3),  # free of it, and not
        (["a,5 0"], 2),  # marks nothing
        (["a,one two"], 2),  # no numbers
        (["a,"], 2),  # empty
    ],
)
def test_siim_errors_name_the_line(tmp_path, rows, line):
    put(tmp_path / "train-rle.csv", "ImageId,EncodedPixels", *rows)
    with pytest.raises(InputError, match=f"train-rle.csv, line {line}, column 'EncodedPixels'"):
        load_dataset("siim", tmp_path)


# RSNA


def rsna(tmp_path, *rows):
    put(tmp_path / "stage_2_train_labels.csv", "patientId,x,y,width,height,Target", *rows)
    classes = ["a,Lung Opacity", "a,Lung Opacity", "b,No Lung Opacity / Not Normal", "c,Normal"]
    put(tmp_path / "stage_2_detailed_class_info.csv", "patientId,class", *classes)
    return tmp_path


def test_rsna_films(tmp_path):
    films = by_id(load_dataset("rsna", rsna(tmp_path, "a,512,0,512,256,1", "a,0,0,10,10,1", "b,,,,,0", "c,,,,,0")))
    assert films["a"].boxes_of(OPACITY) == (Box(0, 0.5, 0.25, 1), Box(0, 0, 10 / 1024, 10 / 1024)) and films["a"].labels == {OPACITY: True}
    assert films["b"].labels == {OPACITY: False} and films["b"].normal is False  # abnormal otherwise
    assert films["c"].normal and not any(films["c"].labels.values()) and len(films["c"].labels) == 5


@pytest.mark.parametrize("row", ["a,,,,,1", "a,0,0,5,5,0", "a,0,0,5,5,yes"])  # a target without a box; a box without one; no number
def test_rsna_target_and_box_must_agree(tmp_path, row):
    with pytest.raises(InputError, match="labels.csv, line 2, column 'Target'"):
        load_dataset("rsna", rsna(tmp_path, row))


# Open-i


def test_open_i_tables(tmp_path):
    reports = [
        "uid,MeSH,Problems,image,indication,comparison,findings,impression",
        '1,"Pleural Effusion/left;Calcinosis/lung",x,Chest two views,,,Words one.,Words two.',
        "2,normal,normal,Chest two views,,,,Words.",
        "3,No Indexing,x,Chest,,,,",
        "4,Spine/degenerative,x,Chest,,,,",
    ]
    put(tmp_path / "indiana_reports.csv", *reports)
    projections = ["uid,filename,projection", "1,1_lat.png,Lateral", "1,1_front.png,Frontal", "1,1_front2.png,Frontal"]
    put(tmp_path / "indiana_projections.csv", *projections)
    for name in ("1_lat", "1_front", "1_front2"):
        picture(tmp_path / "images" / f"{name}.png")
    films = by_id(load_dataset("open-i", tmp_path))
    assert films["1"].present == (EFFUSION,) and films["1"].outside == ("Calcinosis",) and films["1"].image.name == "1_front.png"
    assert films["1"].text == "FINDINGS: Words one.\nIMPRESSION: Words two."
    assert films["2"].normal and films["2"].text == "IMPRESSION: Words." and films["2"].image is None
    assert films["3"].labels == {} and films["3"].normal is None and films["3"].text == ""  # nobody coded it
    assert films["4"].normal is False


def test_a_cut_archive_of_reports_is_named(tmp_path):
    put(tmp_path / "x.xml", "<a/>" * 5000)
    with tarfile.open(tmp_path / "reports.tgz", "w:gz") as archive:
        archive.add(tmp_path / "x.xml")
    whole = (tmp_path / "reports.tgz").read_bytes()
    (tmp_path / "reports.tgz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="reports.tgz can't be read"):
        load_dataset("open-i", tmp_path)


def test_open_i_xml(tmp_path):
    xml = (
        '<eCitation><uId id="CXR9"/><MeSH><major>Cardiomegaly/mild</major><automatic>heart</automatic></MeSH>'
        '<AbstractText Label="FINDINGS">Words.</AbstractText><AbstractText Label="IMPRESSION"/></eCitation>'
    )
    put(tmp_path / "9.xml", xml)
    (film,) = load_dataset("open-i", tmp_path)
    assert film.image_id == "CXR9" and film.present == (HEART,) and film.text == "FINDINGS: Words."
    put(tmp_path / "99.xml", xml)
    with pytest.raises(InputError, match="99.xml: lists the film CXR9 twice .first in 9.xml"):
        load_dataset("open-i", tmp_path)
    put(tmp_path / "9.xml", "<eCitation>")
    with pytest.raises(InputError, match="9.xml, line"):
        load_dataset("open-i", tmp_path)


# The project's layout

MANIFEST = "file,image_id,patient_id,view,native_labels,six_labels,rsna_class,width,origin,split_group"


@pytest.fixture
def films_folder(tmp_path):
    rows = [
        MANIFEST,
        "512/1.jpg,1,7,PA,Effusion|Edema,pleural_effusion,,512,alpha,512",
        "128/2.jpg,2,7,AP,Edema,,No Lung Opacity / Not Normal,64,beta,128",
        "128/3.jpg,3,8,PA,No Finding,no_finding,Lung Opacity,64,beta,128",
    ]
    put(tmp_path / "manifest.csv", *rows)
    boxes = [
        "image_id,source,label,six,x,y,w,h,res",
        "1,NIH_BBox_List_2017,Effusion,pleural_effusion,0.5,0.25,0.5,0.5,1024",
        "1,NIH_BBox_List_2017,Atelectasis,,0.5,0.25,0.5,0.5,1024",
        "3,RSNA_2018,Lung Opacity,lung_opacity_consolidation,0,0,0.5,0.5,128",
    ]
    put(tmp_path / "boxes.csv", *boxes)
    picture(tmp_path / "512" / "1.jpg")
    with zipfile.ZipFile(tmp_path / "128.zip", "w") as archive:
        archive.writestr("128/2.jpg", b"bytes of film 2")
    return tmp_path


def test_films_layout(films_folder):
    films = by_id(load_dataset("films", films_folder))
    one, two, three = films["1"], films["2"], films["3"]
    assert one.boxes_of(EFFUSION) == (Box(0.25, 0.5, 0.75, 1.0),) and len(one.boxes) == 1
    assert one.groups == {"origin": "alpha", "resolution": "512", "view": "PA"} and one.patient_id == two.patient_id
    assert two.normal is False and not two.present and two.outside == ("Edema",)
    assert two.second == {}  # RSNA's middle class says neither
    assert two.image == ArchiveMember(films_folder / "128.zip", "128/2.jpg") and image_bytes(two.image) == b"bytes of film 2"
    assert three.normal and three.second == {OPACITY: True}  # two readings of one film that disagree
    assert three.searched == two.searched == (OPACITY,) and one.searched == ()  # RSNA read two of them; NIH drew on what it chose


def test_a_film_that_a_second_reader_calls_positive_is_no_negative_for_places(films_folder):
    put(films_folder / "boxes.csv", "image_id,source,label,six,x,y,w,h,res")
    films = by_id(load_dataset("films", films_folder))
    assert films["3"].searched == () and films["2"].searched == (OPACITY,)


@pytest.mark.parametrize("member", ["128/3.jpg"])  # in the manifest, not in the archive
def test_a_missing_archive_member_is_named(films_folder, member):
    with pytest.raises(InputError, match=f"128.zip:{member}"):
        image_bytes(ArchiveMember(films_folder / "128.zip", member))


def damaged(archive):
    """Bytes of the member's data overwritten."""
    data = bytearray(archive.read_bytes())
    data[45:60] = bytes([255] * 15)
    archive.write_bytes(data)


def encrypted(archive):
    data = bytearray(archive.read_bytes())
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + flags] |= 1
    archive.write_bytes(data)


def unknown_method(archive):
    data = bytearray(archive.read_bytes())
    for mark, method in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        data[data.index(mark) + method] = 97
    archive.write_bytes(data)


def cut(archive):
    """The index promises more bytes than there are."""
    data = bytearray(archive.read_bytes())
    start = data.index(b"PK\x01\x02") + 20
    data[start : start + 8] = (10**6).to_bytes(4, "little") * 2  # packed and unpacked
    archive.write_bytes(data)


@pytest.mark.parametrize("spoil", [damaged, encrypted, unknown_method, cut])
def test_a_member_that_can_not_be_unpacked_is_named(tmp_path, spoil):
    path = tmp_path / "films.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED if spoil is cut else zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("1.png", bytes(range(256)) * 8)
    spoil(path)
    with pytest.raises(InputError, match="films.zip:1.png can't be read"):
        image_bytes(ArchiveMember(path, "1.png"))


def test_a_box_that_is_listed_again_is_one_box(films_folder):
    box = "1,NIH_BBox_List_2017,Effusion,pleural_effusion,0.5,0.25,0.5,0.5,1024"
    put(films_folder / "boxes.csv", "image_id,source,label,six,x,y,w,h,res", box, box)
    assert len(by_id(load_dataset("films", films_folder))["1"].boxes) == 1


def test_films_listed_twice_are_an_error(films_folder):
    row = "512/1.jpg,1,7,PA,Effusion,pleural_effusion,,512,alpha,512"
    put(films_folder / "manifest.csv", MANIFEST, row, row)
    with pytest.raises(InputError, match="manifest.csv, line 3, column 'image_id': lists the film 1 twice .first in line 2"):
        load_dataset("films", films_folder)


def test_unknown_box_source_is_named(films_folder):
    put(films_folder / "boxes.csv", "image_id,source,label,six,x,y,w,h,res", "1,me,Effusion,,0,0,1,1,1")
    with pytest.raises(InputError, match="boxes.csv, line 2, column 'source'"):
        load_dataset("films", films_folder)


# The catalogue


def test_two_images_of_one_name_are_named(tmp_path):
    put(tmp_path / "train-rle.csv", "ImageId,EncodedPixels", "a,-1")
    for folder in ("images", "masks"):
        picture(tmp_path / folder / "a.png")
    with pytest.raises(InputError, match="two images of one name: images/a.png and masks/a.png"):
        load_dataset("siim", tmp_path)


def test_several_tables_of_one_kind_are_named_and_the_path_of_one_decides(tmp_path):
    header = "image_id,class_name,x_min,y_min,x_max,y_max"
    first = put(tmp_path / "annotations" / "annotations_train.csv", header, "a,No finding,,,,")
    put(tmp_path / "annotations" / "annotations_test.csv", header, "b,No finding,,,,")
    picture(tmp_path / "train" / "a.png")
    with pytest.raises(InputError, match="several tables of one kind: annotations/annotations_test.csv, annotations/annotations_train.csv"):
        load_dataset("vindr", tmp_path)
    films, tables = read_dataset("vindr", first)
    assert [film.image_id for film in films] == ["a"] and films[0].image.parent.name == "train" and tables == (first,)


def test_sizes_come_from_the_table_of_the_same_part(tmp_path):
    put(tmp_path / "train.csv", "image_id,class_name,x_min,y_min,x_max,y_max", "a,Consolidation,0,0,10,10")
    put(tmp_path / "train_meta.csv", "image_id,dim0,dim1", "a,100,100")
    put(tmp_path / "test_meta.csv", "image_id,dim0,dim1", "a,50,50")
    films, tables = read_dataset("vindr", tmp_path)
    assert films[0].boxes_of(OPACITY) == (Box(0, 0, 0.1, 0.1),) and [table.name for table in tables] == ["train.csv", "train_meta.csv"]


def test_a_path_of_no_table_of_the_dataset_is_refused(tmp_path):
    put(tmp_path / "train-rle.csv", "ImageId,EncodedPixels", "a,-1")
    other = put(tmp_path / "notes.txt", "words")
    with pytest.raises(InputError, match="'notes.txt' is no table of the dataset 'siim'"):
        load_dataset("siim", other)


def test_a_byte_that_is_no_utf8_names_its_own_line(tmp_path):
    rows = b"ImageId,EncodedPixels\n" + b"a,-1\n" * 400 + "b\u00e9,-1\n".encode("latin-1") + b"c,-1\n" * 400
    (tmp_path / "train-rle.csv").write_bytes(rows)
    with pytest.raises(InputError, match="train-rle.csv, line 402: is not text in UTF-8"):
        load_dataset("siim", tmp_path)


def test_unknown_dataset_lists_the_known_ones(tmp_path):
    with pytest.raises(InputError, match="Known: films, vindr, vindr-vqa, nih, chestx-det, siim, rsna, open-i"):
        load_dataset("mimic", tmp_path)


@pytest.mark.parametrize("name", ["vindr", "vindr-vqa", "nih", "chestx-det", "siim", "rsna"])
def test_an_empty_folder_says_which_file_is_missing(tmp_path, name):
    with pytest.raises(InputError, match="must hold"):
        load_dataset(name, tmp_path)


@pytest.mark.parametrize("name, file, header", [("siim", "train-rle.csv", "ImageId,EncodedPixels"), ("films", "manifest.csv", MANIFEST)])
def test_a_table_without_rows_is_an_error(tmp_path, name, file, header):
    put(tmp_path / file, header)
    with pytest.raises(InputError, match="has no films"):
        load_dataset(name, tmp_path)


def test_a_normal_film_can_not_have_a_finding():
    with pytest.raises(ValueError, match="normal film must have no abnormal label"):
        LabelledFilm("a", "a", "test", labels={EFFUSION: True}, normal=True)


def test_the_shared_films_read_whole(shared):
    films = load_dataset("films", shared / "data" / "nih")
    assert len(films) == 12088 and sum(film.groups["resolution"] == "512" for film in films) == 1281
    assert sum(film.normal for film in films if film.groups["resolution"] == "512") == 576
    with_source = [box for film in films for box in film.boxes if box.source == "RSNA_2018"]
    assert len(with_source) == 1010


def test_reading_datasets_needs_none_of_the_heavy_packages():
    heavy = ("torch", "transformers", "datasets", "pydicom", "gradio", "matplotlib", "sklearn", "cv2")
    code = "import sys, cxr_auditor.evaluation.datasets, cxr_auditor.evaluation.runs, cxr_auditor.evaluation.cli"
    code += f"; print([name for name in {heavy} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
