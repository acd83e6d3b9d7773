"""Adding to a library: everything or nothing, nothing overwritten, nothing of a patient kept."""

import json
from dataclasses import replace

import numpy as np
import pytest
from case_films import STATED, everything, new_case, pixels, put_case, put_film
from image_files import PATIENT, dicom
from PIL import Image

from cxr_auditor.errors import InputError
from cxr_auditor.teaching.cases import load_library, summary, table
from cxr_auditor.teaching.library import add_cases, encode_png
from cxr_auditor.teaching.new_case import film_pixels


def test_cases_are_numbered_and_go_on_where_the_library_stopped(tmp_path):
    library = tmp_path / "library"
    assert add_cases(library, [new_case(1), new_case(2)]).names == ("case-0001", "case-0002")
    (library / "case-0009").mkdir()
    assert add_cases(library, [new_case(3)]).names == ("case-0010",)
    first = load_library(library)[0]
    assert np.array_equal(np.asarray(Image.open(first.film_path)), pixels(1))
    assert (first.title, first.source, first.licence, first.synthetic) == ("case-0001", STATED.source, STATED.licence, False)


def test_a_film_that_the_library_has_is_left_out(tmp_path):
    library = tmp_path / "library"
    add_cases(library, [new_case(1)])
    added = add_cases(library, [new_case(1), new_case(2), new_case(2)])
    assert (added.names, added.known) == (("case-0002",), 2)


def broken_after(count, error):
    for seed in range(count):
        yield new_case(seed + 10)
    raise error


@pytest.mark.parametrize("error", [InputError("bad film"), KeyboardInterrupt(), RuntimeError("a bug")])  # an interrupt is no exception
@pytest.mark.parametrize("before", [False, True])  # into a new library, and into a filled one
def test_a_failed_import_leaves_nothing(tmp_path, error, before):
    library = tmp_path / "library"
    if before:
        add_cases(library, [new_case(1)])
    was = everything(tmp_path)
    with pytest.raises(type(error)):
        add_cases(library, broken_after(3, error))
    assert everything(tmp_path) == was


def test_a_disk_that_fails_at_the_last_step_leaves_nothing(tmp_path, monkeypatch):
    library = tmp_path / "library"
    add_cases(library, [new_case(1)])
    was, moved = everything(tmp_path), []
    rename = type(tmp_path).rename

    def second_fails(self, target):
        moved.append(target)
        if len(moved) == 2:
            raise OSError(28, "No space left on device")
        return rename(self, target)

    monkeypatch.setattr(type(tmp_path), "rename", second_fails)
    with pytest.raises(InputError, match="can't be written to: No space left on device"):
        add_cases(library, [new_case(2), new_case(3)])
    assert len(moved) == 2 and everything(tmp_path) == was


def test_a_taken_name_is_refused_and_nothing_overwritten(tmp_path):
    put_case(tmp_path / "library", "synthetic-101")
    was = everything(tmp_path)
    with pytest.raises(InputError, match="library already holds synthetic-101"):
        add_cases(tmp_path / "library", [new_case(5), new_case(6, name="synthetic-101")])
    assert everything(tmp_path) == was


@pytest.mark.parametrize("where", ["file", "no/such/parent"])  # a file in the way; nowhere to make it
def test_a_folder_that_can_not_be_is_named(tmp_path, where):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(InputError, match="--out"):
        add_cases(tmp_path / where, [new_case()])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file"]


def test_nothing_but_pixels_is_kept(tmp_path):
    library = tmp_path / "library"
    add_cases(library, [new_case(7), replace(new_case(), pixels=film_pixels(dicom(), "film"))])
    for name, content in everything(library).items():
        assert PATIENT not in name and PATIENT.encode() not in (content or b"")
    png = Image.open(library / "case-0002" / "film.png")
    assert (png.format, png.mode, png.info) == ("PNG", "L", {}) and not png.getexif()


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (dicom(ViewPosition="LL"), "mine.dcm: The file says that this is a lateral film"),
        (dicom()[:900], "mine.dcm: "),  # cut short
    ],
)
def test_what_is_no_frontal_film_is_no_case(source, message):
    with pytest.raises(InputError) as caught:
        film_pixels(source, "mine.dcm")
    assert caught.value.message.startswith(message)


def test_the_same_pixels_are_the_same_file():
    assert encode_png(pixels(1)) == encode_png(pixels(1)) != encode_png(pixels(2))


def test_exif_is_gone_and_the_film_upright(tmp_path):
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, PATIENT  # turned by a quarter; a description
    path = put_film(tmp_path / "turned.jpg", exif=exif)
    assert PATIENT.encode() in path.read_bytes()
    own = film_pixels(path, "turned.jpg")
    assert own.shape == (100, 120) and PATIENT.encode() not in encode_png(own)


def test_the_table_shows_findings_with_their_sides(tmp_path):
    twice = [{"finding": "pleural_effusion", "sides": [side]} for side in ("left", "right")]
    heart = {"finding": "cardiomegaly", "status": "uncertain"}
    put_case(tmp_path, "a", reading={"findings": [*twice, heart, {"finding": "pneumothorax", "status": "absent"}]})
    put_case(tmp_path, "b", reading={"findings": []}, synthetic=False, difficulty="hard")
    cases = load_library(tmp_path)
    lines = [line.split() for line in table(cases).splitlines()]
    assert lines[0] == ["name", "findings", "sides", "difficulty", "source", "synthetic"]
    assert lines[1] == ["a", "pleural_effusion,", "cardiomegaly?", "both,", "-", "easy", "A", "teaching", "file", "yes"]
    assert lines[2] == ["b", "none", "-", "hard", "A", "teaching", "file", "no"]
    shown = json.loads(json.dumps(summary(cases[0])))
    assert shown["findings"][0] == {"finding": "pleural_effusion", "status": "present", "sides": ["left", "right"]}
    assert len(shown["findings"]) == 2 and shown["licence"] == "CC0"


@pytest.mark.parametrize(("make", "message"), [(False, "does not exist"), (True, "holds no case")])
def test_a_folder_without_cases_is_no_library(tmp_path, make, message):
    folder = tmp_path / "library"
    if make:
        folder.mkdir()
    with pytest.raises(InputError, match=message):
        load_library(folder)
