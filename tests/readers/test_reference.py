"""A reading given as data: what is accepted, what is refused and how the refusal reads."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxr_auditor.cli import reading_line
from cxr_auditor.errors import InputError, ReaderError
from cxr_auditor.examples import example_cases
from cxr_auditor.findings import Finding, Side, Status
from cxr_auditor.images import Radiograph, load
from cxr_auditor.readers.reference import ReferenceReader, load_reading
from cxr_auditor.reading_data import MAX_BYTES
from cxr_auditor.registry import make_reader
from cxr_auditor.schema import ImageFinding, ImageReading, OtherStatement, ReadingStatus


def reading_of(*findings: dict, **fields):
    return load_reading(json.dumps({"findings": list(findings), **fields}))


def some_film() -> Radiograph:
    return Radiograph(pixels=np.zeros((64, 64), np.uint8), sha256="0" * 64)


# the reader


@pytest.mark.parametrize("case", example_cases(), ids=lambda case: case.name)
def test_every_example_has_its_reading(case):
    reading = make_reader("reference").read(load(case.film_path))
    assert reading == case.reading
    assert reading.reader == "reference" and reading.status is ReadingStatus.OK and reading.silence_means_absent


def test_other_films_have_none():
    with pytest.raises(ReaderError) as caught:
        ReferenceReader().read(some_film())
    assert "only for the project's example films" in caught.value.message
    assert "lite" in caught.value.hint and "--reading" in caught.value.hint


def test_a_reading_file_speaks_for_any_film(tmp_path):
    path = tmp_path / "reading.json"
    path.write_text(json.dumps({"scope": ["pneumothorax", "nodule_mass"], "findings": [{"finding": "pneumothorax", "sides": ["left"]}]}))
    reader = make_reader(f"reference={path}")
    assert reader.scope == (Finding.PNEUMOTHORAX, Finding.NODULE_MASS)
    reading = reader.read(some_film())
    assert reader.revision == reading.revision and reading.revision.startswith("sha256:")
    assert reading.findings[0].sides == (Side.LEFT,)


def test_a_missing_reading_file_fails_at_once():
    with pytest.raises(InputError, match="nowhere.json can't be read"):
        make_reader("reference=./nowhere.json")


# what is accepted


def test_defaults():
    reading = reading_of({"finding": "nodule_mass"})
    assert reading.scope == tuple(Finding)
    (found,) = reading.findings
    assert (found.status, found.sides, found.box, found.score) == (Status.PRESENT, (), None, None)


ALONE = {"finding": "no_finding", "status": "present", "sides": [], "box": None}


@pytest.mark.parametrize("findings", [[], [{"finding": "no_finding"}], [ALONE]])
def test_nothing_found_is_an_empty_list(findings):
    assert reading_of(*findings).findings == ()


def test_a_printed_line_is_read_with_its_scores():
    found = {"finding": "cardiomegaly", "status": "uncertain", "sides": [], "box": None, "score": 0.4}
    line = {"image": "film.png", "status": "ok", "findings": [found], "scores": {"cardiomegaly": 0.4, "no_finding": 0.1}}
    reading = load_reading(json.dumps(line) + "\n")
    assert reading.findings[0].score == 0.4 and reading.scores == {"cardiomegaly": 0.4, "no_finding": 0.1}
    assert any("names no scope" in note for note in reading.notes)


def test_what_read_prints_is_read_back_whole():
    given = ImageReading(
        reader="lite",
        scope=(Finding.PNEUMOTHORAX, Finding.CARDIOMEGALY),
        silence_means_absent=False,
        findings=(ImageFinding(finding=Finding.PNEUMOTHORAX, status=Status.UNCERTAIN, box=[0.1, 0.1, 0.4, 0.4], score=0.3),),
        other=(OtherStatement(term="pacemaker"),),
        scores={"pneumothorax": 0.3},
        notes=("The film is small.",),
    )
    back = load_reading(json.dumps({"image": "film.png", **reading_line(given)}))
    assert back == given.model_copy(update={"reader": "reference", "revision": back.revision})


def test_a_named_reader_is_told():
    reading = reading_of(reader="other-system", revision="7", silence_means_absent=False)
    assert reading.reader == "reference" and not reading.silence_means_absent
    assert reading.notes == ("Reading given as data; it names other-system 7 as its reader.",)


# box, stated sides, sides that count, whether a note is due
SIDES = [
    ([0.1, 0.1, 0.5, 0.4], ["right"], (Side.RIGHT,), False),  # image left is the patient's right
    ([0.1, 0.1, 0.5, 0.4], ["left"], (Side.RIGHT,), True),  # geometry wins, and says so
    ([0.1, 0.1, 0.5, 0.4], [], (Side.RIGHT,), False),  # nothing stated
    ([0.1, 0.1, 0.5, 0.9], ["left"], (Side.LEFT,), False),  # a box over both lungs is compatible with one
    (None, ["left", "right"], (Side.LEFT, Side.RIGHT), False),  # no box to decide by
]


@pytest.mark.parametrize(("box", "stated", "sides", "noted"), SIDES)
def test_a_box_decides_the_side(box, stated, sides, noted):
    reading = reading_of({"finding": "pleural_effusion", "sides": stated, "box": box})
    assert reading.findings[0].sides == sides
    assert [note for note in reading.notes if "the box decides" in note] == (
        ["Pleural effusion: stated left, but its box lies on the patient's right; the box decides."] if noted else []
    )


def test_the_order_of_the_entries_leaves_no_trace():
    entries = [
        {"finding": "pleural_effusion", "sides": ["left"], "box": [0.6, 0.1, 0.9, 0.4]},
        {"finding": "cardiomegaly", "sides": ["left"]},
        {"finding": "pneumothorax", "status": "absent"},
    ]
    assert reading_of(*entries) == reading_of(*reversed(entries))
    assert reading_of(*entries).revision != reading_of(*entries[1:]).revision


def test_a_side_of_the_heart_is_left_out_and_noted():
    reading = reading_of({"finding": "cardiomegaly", "sides": ["left"]})
    assert reading.findings[0].sides == () and "Cardiomegaly (enlarged heart) has no side" in reading.notes[0]


def test_a_byte_order_mark_is_no_obstacle(tmp_path):
    path = tmp_path / "reading.json"
    path.write_bytes(b'\xef\xbb\xbf{"findings": []}')
    assert load_reading(path).findings == ()


@given(st.permutations([{"finding": f.value} for f in Finding]))
def test_order_does_not_matter_to_the_findings(entries):
    assert [found.finding for found in reading_of(*entries).findings] == list(Finding)


# what is refused: text, words of the message
REFUSED = [
    ("{", "must be one JSON object, but EOF"),  # truncated
    ('{"findings": []}{"findings": []}', "trailing characters"),  # two lines of `read`
    ('{"findings": ' + "[" * 4000, "recursion limit"),  # a stack bomb
    ("{}", "findings: must be given"),  # nothing said is not nothing found
    ('{"findings": null}', "findings: must be a valid array, but got None"),
    ('{"findings": [3]}', "findings[0]: must be an object, but got 3"),
    ('{"findings": [], "size": 3}', "size: is not a field"),  # unknown field
    ('{"findings": [], "scope": []}', "scope: "),  # a reading that looked for nothing
    ('{"findings": [], "scope": ["lungs"]}', "scope[0]: must be one of pleural_effusion, pneumothorax"),
    ('{"findings": [{"finding": "effusion"}]}', "findings[0].finding: must be one of pleural_effusion"),  # unknown label, known ones listed
    ('{"findings": [{"finding": "effusion"}]}', "no_finding, but got 'effusion'"),
    ('{"findings": [{"finding": "nodule_mass", "status": "maybe"}]}', "findings[0].status: must be 'present', 'uncertain' or 'absent'"),
    ('{"findings": [{"finding": "nodule_mass", "sides": ["l"]}]}', "findings[0].sides[0]: must be 'left' or 'right', but got 'l'"),
    ('{"findings": [{"finding": "nodule_mass", "sides": "left"}]}', "findings[0].sides: must be a valid array, but got 'left'"),
    ('{"findings": [{"finding": "nodule_mass", "box": [0, 0, 1]}]}', "findings[0].box: box must be four numbers"),
    ('{"findings": [{"finding": "nodule_mass", "box": [10, 20, 300, 400]}]}', "findings[0].box: box y0 must be a number"),  # pixels
    ('{"findings": [{"finding": "nodule_mass", "box": [0.5, 0, 0.2, 1]}]}', "findings[0].box: box must be (y0, x0, y1, x1) with y0 <= y1"),
    ('{"findings": [{"finding": "nodule_mass", "box": [NaN, 0, 1, 1]}]}', "findings[0].box: box y0 must be a number"),
    ('{"findings": [], "scores": {"pneumothorax": NaN}}', "scores.pneumothorax: must be a finite number"),
    ('{"findings": [{"finding": "nodule_mass", "score": 2}]}', "findings[0].score: must be less than or equal to 1, but got 2"),
    ('{"findings": [{"finding": "no_finding"}, {"finding": "nodule_mass"}]}', "findings[0]: no_finding must stand alone"),
    ('{"findings": [{"finding": "no_finding", "status": "absent"}]}', "findings[0]: no_finding must stand alone"),
    ('{"findings": [{"finding": "nodule_mass"}], "scope": ["pneumothorax"]}', "findings[0].finding: must lie in the reading's scope"),
    ('{"image": "a", "status": "failed", "message": "no memory", "findings": [], "scores": {}}', "but is 'failed': no memory"),
]


@pytest.mark.parametrize(("text", "words"), REFUSED)
def test_a_malformed_reading_names_the_field(text, words, tmp_path):
    path = tmp_path / "given.json"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        load_reading(path)
    assert words in caught.value.message and "given.json" in caught.value.message
    assert len(caught.value.message) < 400 and "\n" not in caught.value.message
    assert caught.value.hint


def test_unreadable_files_are_named(tmp_path):
    with pytest.raises(InputError, match="Is a directory"):
        load_reading(tmp_path)
    (tmp_path / "latin.json").write_bytes('{"findings": [], "é": 1}'.encode("latin-1"))
    with pytest.raises(InputError, match="UTF-8, but byte 18"):
        load_reading(tmp_path / "latin.json")
    (tmp_path / "huge.json").write_bytes(b" " * (MAX_BYTES + 1))
    with pytest.raises(InputError, match="at most 1000000 bytes"):
        load_reading(tmp_path / "huge.json")
