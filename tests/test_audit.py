"""The pipeline, with readers and parsers that misbehave."""

import hashlib
import json
import sys

import numpy as np
import pytest

from cxr_auditor import audit
from cxr_auditor.audit import audit_reading, parse_draft, read_film
from cxr_auditor.errors import InputError, ParserError, ReaderError
from cxr_auditor.findings import Finding
from cxr_auditor.images import Radiograph
from cxr_auditor.schema import DraftReading, DraftStatus, ImageFinding, ImageReading, Mention, Outcome, ReadingStatus


class FixedReader:
    name, revision, scope, silence_means_absent = "fixed", "1", tuple(Finding), True

    def __init__(self, *findings, error=None):
        self.findings, self.error, self.films = findings, error, []

    def read(self, film):
        self.films.append(film)
        if self.error:
            raise self.error
        return ImageReading(reader=self.name, revision=self.revision, findings=self.findings)


class FixedParser:
    name, revision = "fixed", "1"

    def __init__(self, result=None, error=None):
        self.result, self.error, self.texts = result, error, []

    def parse(self, text):
        self.texts.append(text)
        if self.error:
            raise self.error
        return self.result


@pytest.fixture(scope="module")
def film():
    """Grey with structure, so that nothing takes it for a blank image."""
    pixels = np.random.default_rng(0).integers(30, 220, (16, 16)).repeat(16, 0).repeat(16, 1).astype("uint8")
    return Radiograph(pixels=pixels, kind="array", sha256="0" * 64)


def test_the_report_holds_what_the_contract_names(film):
    reader = FixedReader(ImageFinding(finding="pneumothorax", box=[0.1, 0.6, 0.4, 0.9]))
    report = json.loads(audit(film, "No pneumothorax. Heart size normal.", reader=reader).to_json())
    assert {"schema_version", "disclaimer", "box_format", "outcome", "reading", "draft", "audit", "flags", "notes", "provenance"} <= set(
        report
    )
    assert report["outcome"] == "urgent_review" and report["box_format"] == "normalized_y0x0y1x1"
    assert report["audit"] == {"missing_findings": ["pneumothorax"], "unsupported_claims": [], "urgent_review_flags": ["pneumothorax"]}
    (flag,) = report["flags"]
    assert (flag["kind"], flag["finding"], flag["sides"], flag["urgent"], flag["reason"]) == (
        "MISSING",
        "pneumothorax",
        ["left"],
        True,
        "denied",
    )
    assert flag["boxes"] == [[0.1, 0.6, 0.4, 0.9]]
    text = "No pneumothorax. Heart size normal."
    assert all(text[s["start"] : s["end"]] == s["text"] for s in flag["spans"]) and flag["spans"]
    assert report["provenance"]["draft_sha256"] == hashlib.sha256(text.encode()).hexdigest()
    assert report["provenance"]["image_sha256"] == film.sha256


ADDRESS = "http://op:hunter2@127.0.0.1:9/v1"


def test_a_servers_address_is_no_part_of_a_report(film, monkeypatch):
    monkeypatch.setattr("cxr_auditor.chat.server.PAUSES", ())
    pytest.importorskip("openai", reason="a model on a server is asked through openai")
    report = audit(film, "No effusion.", f"medgemma=m@{ADDRESS}", f"nemotron=m@{ADDRESS}")
    assert report.reading.status is ReadingStatus.FAILED and report.reading.reader == report.provenance.reader == "medgemma"
    assert "nemotron failed" in report.draft.parser
    assert "hunter2" not in report.to_json() and "127.0.0.1" not in report.to_json()


def test_nor_of_one_whose_reader_or_parser_can_not_be_set_up(film, monkeypatch):
    def refuse(text):
        raise ReaderError("Too little memory.") if text.startswith("medgemma") else ParserError("Too little memory.")

    for name in ("make_reader", "make_parser"):
        monkeypatch.setattr(sys.modules[read_film.__module__], name, refuse)
    report = audit(film, "No effusion.", f"medgemma@{ADDRESS}", f"nemotron@{ADDRESS}")
    assert (report.reading.reader, report.draft.parser) == ("medgemma", "nemotron")
    assert "hunter2" not in report.to_json()


@pytest.mark.parametrize(
    "spec",
    [
        "=m@http://op:hunter2@host/v1",  # no name
        "medgemma=@http://op:hunter2@host/v1",  # no model
        "medgemma@op:hunter2@host/v1",  # no scheme
        "http://op:hunter2@host/v1",  # the address alone
        "http://op:hunter2@http://host/v1",  # the address in the name's place
    ],
)
def test_an_error_about_a_spec_repeats_no_address(film, spec):
    with pytest.raises(InputError) as caught:
        audit(film, None, reader=spec)
    assert "hunter2" not in str(caught.value)


def test_same_input_same_bytes_but_for_the_seconds(film):
    def once():
        report = json.loads(audit(film, "Left effusion.", reader=FixedReader()).to_json())
        assert set(report["provenance"].pop("seconds")) == {"reading", "parsing", "comparing"}
        return json.dumps(report)

    assert once() == once()


def test_a_failing_reader_is_a_failed_reading_and_never_green(film):
    reader = FixedReader(error=ReaderError("The weights are missing.", "Install them."))
    report = audit(film, "Normal chest.", reader=reader)
    assert report.reading.status is ReadingStatus.FAILED and report.reading.message == "The weights are missing. Install them."
    assert report.outcome is Outcome.NOT_AUDITED and report.flags == ()


def test_a_failing_parser_keeps_the_film_and_flags_nothing(film):
    reader = FixedReader(ImageFinding(finding="pneumothorax", box=[0.1, 0.6, 0.4, 0.9]))
    report = audit(film, "No pneumothorax.", reader=reader, parser=FixedParser(error=ParserError("The server is gone.")))
    assert report.draft.status is DraftStatus.FAILED and report.outcome is Outcome.NOT_AUDITED and report.flags == ()
    assert report.audit.urgent_review_flags == (Finding.PNEUMOTHORAX,) and len(report.reading.findings) == 1


@pytest.mark.parametrize("fault", [TypeError("a bug"), ZeroDivisionError()])
def test_a_programmers_error_is_never_relabelled(film, fault):
    with pytest.raises(type(fault)):
        audit(film, "Normal.", reader=FixedReader(error=fault))


@pytest.mark.parametrize("draft", [None, "", "  \n\t "])
def test_no_draft_is_no_draft(film, draft):
    parser = FixedParser()
    report = audit(film, draft, reader=FixedReader(ImageFinding(finding="cardiomegaly")), parser=parser)
    assert report.outcome is Outcome.NO_DRAFT and report.flags == () and parser.texts == []
    assert report.provenance.draft_sha256 is None


def test_words_that_do_not_stand_in_the_draft_are_dropped_and_noted():
    true = Mention(label="pneumothorax", status="absent", span="No pneumothorax", start=0, end=15)
    invented = Mention(label="nodule_mass", status="present", span="a large mass", start=3, end=15)
    reading = parse_draft("No pneumothorax.", FixedParser(DraftReading(parser="fixed", findings=[true, invented])))
    assert reading.findings == (true,) and "1 statement(s) dropped" in reading.notes[0]


def test_a_film_that_is_no_chest_film_is_not_shown_to_the_reader():
    reader = FixedReader()
    blank = Radiograph(pixels=np.full((200, 200), 128, "uint8"))
    reading = read_film(blank, reader)
    assert reading.status is ReadingStatus.NOT_A_FRONTAL and reading.message and reader.films == []
    assert audit_reading(blank, reading, "Normal chest.").outcome is Outcome.NOT_AUDITED


def test_a_revised_draft_needs_no_second_look(film):
    reader = FixedReader()
    reading = read_film(film, reader)
    audit_reading(film, reading, "Left effusion.")
    audit_reading(film, reading, "No effusion.")
    assert len(reader.films) == 1


def test_unknown_names_are_bad_input(film):
    with pytest.raises(InputError, match="lite"):
        audit(film, "x", reader="nobody")
    with pytest.raises(InputError, match="rules"):
        audit(film, "x", reader=FixedReader(), parser="nobody")


@pytest.mark.parametrize("draft", [5, b"No pneumothorax.", ["x"]])
def test_a_draft_is_a_text(film, draft):
    with pytest.raises(TypeError, match="a draft must be a text"):
        audit(film, draft, reader=FixedReader())
