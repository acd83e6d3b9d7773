"""`second=...`: several readers named in one spec."""

import json

import numpy as np
import pytest

from cxr_auditor.errors import InputError
from cxr_auditor.findings import Finding, Side, Status
from cxr_auditor.images import load
from cxr_auditor.registry import make_reader
from cxr_auditor.schema import ReadingStatus
from cxr_auditor.second_notes import reader_missing


@pytest.fixture
def film():
    return load(np.random.default_rng(0).integers(30, 220, (16, 16)).repeat(16, 0).repeat(16, 1).astype("uint8"))


@pytest.fixture
def given(tmp_path):
    """Writes a reading and gives the spec of a reader that returns it."""

    def write(name, *findings):
        (tmp_path / name).write_text(json.dumps({"findings": findings}))
        return f"reference={tmp_path / name}"

    return write


def effusion(box, status="present"):
    return {"finding": "pleural_effusion", "status": status, "box": box}


def test_what_two_see_counts_what_one_sees_is_uncertain(film, given):
    one = given("a.json", effusion([0.6, 0.1, 0.9, 0.4]), {"finding": "cardiomegaly"})
    two = given("b.json", effusion([0.6, 0.12, 0.92, 0.4]))
    reading = make_reader(f"second={one}+{two}").read(film)
    status = {f.finding: f.status for f in reading.findings if Side.LEFT not in f.sides}
    assert status[Finding.PLEURAL_EFFUSION] is Status.PRESENT and status[Finding.CARDIOMEGALY] is Status.UNCERTAIN
    assert status[Finding.PNEUMOTHORAX] is Status.ABSENT
    assert any(note.startswith("Cardiomegaly") and "absent" in note for note in reading.notes)


def test_the_number_that_must_agree_is_stated(film, given):
    one, two = given("a.json", effusion([0.6, 0.1, 0.9, 0.4])), given("b.json")
    assert make_reader(f"second=1:{one}+{two}").read(film).findings[0].status is Status.PRESENT
    assert make_reader(f"second=2:{one}+{two}").read(film).findings[0].status is Status.UNCERTAIN


def test_a_member_that_fails_is_named_and_takes_nothing_away(film, given):
    reading = make_reader(f"second={given('a.json', effusion([0.6, 0.1, 0.9, 0.4]))}+reference").read(film)
    assert reading.status is ReadingStatus.OK and reading.findings[0].status is Status.PRESENT
    assert any("could not be used" in note for note in reading.notes) and reader_missing(reading.notes)


def test_a_member_that_can_not_be_set_up_is_a_member_that_fails(film, given, monkeypatch):
    monkeypatch.delenv("CXR_AUDITOR_TRUST_REMOTE_CODE", raising=False)
    reader = make_reader(f"second={given('a.json', effusion([0.6, 0.1, 0.9, 0.4]))}+cxr_llava=ECOFRI/CXR-LLAVA-v2")
    reading = reader.read(film)
    assert reading.status is ReadingStatus.OK and reading.findings[0].status is Status.PRESENT
    assert reading.reader == "reference + cxr_llava" and reader.scope == tuple(Finding)
    assert any(note.startswith("cxr_llava could not be used: This model runs Python code") for note in reading.notes)


def test_no_member_can_be_set_up(film, monkeypatch):
    monkeypatch.delenv("CXR_AUDITOR_TRUST_REMOTE_CODE", raising=False)
    reading = make_reader("second=cxr_llava+cxr_llava").read(film)
    assert reading.status is ReadingStatus.FAILED and "is not allowed" in reading.message


def test_all_members_fail(film):
    assert make_reader("second=reference+reference").read(film).status is ReadingStatus.FAILED


@pytest.mark.parametrize("spec", ["second", "second=lite", "second=5:lite+reference", "second=lite+nobody", "second=0:lite+reference"])
def test_impossible_members(spec):
    with pytest.raises(InputError):
        make_reader(spec)


def test_members_keep_their_servers():
    reader = make_reader("second=medgemma=some-model@http://127.0.0.1:9/v1+lite")
    assert "server:some-model" in reader.revision
