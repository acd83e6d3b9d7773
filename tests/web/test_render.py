"""HTML from reports: every text escaped, green only where it is earned, and who spoke."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxr_auditor.audit import audit_reading
from cxr_auditor.findings import Finding
from cxr_auditor.images import Radiograph
from cxr_auditor.items import report_items
from cxr_auditor.schema import DraftReading, DraftStatus, ImageFinding, ImageReading, OtherStatement, Outcome, ReadingStatus
from cxr_auditor.web import render
from cxr_auditor.web.audit import render as audit_render
from cxr_auditor.web.report import render as report_render

BAD = "<img src=x onerror=alert(1)>&\"'"
FILM = Radiograph(pixels=np.zeros((64, 80), np.uint8), kind="PNG", sha256="ab" * 32)


class FailingParser:
    name, revision = "p", "1"

    def parse(self, text):
        return DraftReading(parser="p", status=DraftStatus.FAILED, message=BAD)


def audited(reading: ImageReading, draft: str = "", parser="rules"):
    report = audit_reading(FILM, reading, draft, parser=parser)
    return report, report_items(report)


def reading(*findings, **fields) -> ImageReading:
    return ImageReading(reader="lite", findings=findings, **fields)


EFFUSION = ImageFinding(finding=Finding.PLEURAL_EFFUSION, box=[0.6, 0.1, 0.9, 0.4])
UNREAD = {status: ImageReading(reader="lite", status=status, message="Why not.") for status in set(ReadingStatus) - {ReadingStatus.OK}}


@pytest.mark.parametrize(
    ("report", "kind"),
    [
        # every way to an outcome, and the banner it gets
        pytest.param(audited(reading(), "No pleural effusion."), "agreement", id="agreement"),
        pytest.param(audited(reading(EFFUSION), "No pleural effusion."), "review", id="review"),
        pytest.param(audited(reading(), "Right pneumothorax."), "urgent_review", id="urgent"),
        pytest.param(audited(reading(EFFUSION)), "no_draft", id="no draft"),
        pytest.param(audited(UNREAD[ReadingStatus.FAILED], "No effusion."), "not_audited", id="reader failed"),
        pytest.param(audited(UNREAD[ReadingStatus.NOTHING_USABLE], "No effusion."), "not_audited", id="nothing usable"),
        pytest.param(audited(UNREAD[ReadingStatus.NOT_A_FRONTAL], "No effusion."), "not_audited", id="no frontal film"),
        pytest.param(audited(reading(EFFUSION), "No effusion.", FailingParser()), "not_audited", id="draft not read"),
    ],
)
def test_each_outcome_has_its_banner_and_only_agreement_is_green(report, kind):
    html = report_render.outcome(*report, run=1)
    assert f"b-{kind}" in html
    assert ("b-agreement" in html) == (report[0].outcome is Outcome.AGREEMENT)


def test_the_three_failures_are_told_apart():
    banners = [report_render.outcome(*audited(unread, "No effusion."), run=1) for unread in UNREAD.values()]
    assert len({re.search(r'class="headline">([^<]+)<', banner).group(1) for banner in banners}) == 3


def test_agreement_says_what_was_not_checked():
    report, items = audited(reading(scope=(Finding.PLEURAL_EFFUSION,)), "No pleural effusion. Old rib fracture. No pneumothorax.")
    assert report.outcome is Outcome.AGREEMENT
    html = report_render.outcome(report, items, run=1)
    assert "Not checked:" in html and "Pneumothorax" in html and "Nodule / mass" in html
    assert "2 statements of the draft" in html


def test_a_reference_is_never_taken_for_a_reader():
    report, items = audited(ImageReading(reader="reference"), "No effusion.")
    assert "no reader looked" in report_render.outcome(report, items, run=1)
    assert "no reader looked" in report_render.details(report, items, reused=False)


def test_texts_of_models_and_drafts_are_escaped_everywhere():
    finding = EFFUSION.model_copy(update={"evidence": BAD})
    seen = reading(finding, notes=(BAD,), reasoning=BAD, revision=BAD, other=(OtherStatement(term=BAD, evidence=BAD),))
    report, items = audited(seen, f"{BAD} No effusion. {BAD}", "rules")
    pages = [
        report_render.outcome(report, items, run=1),
        report_render.evidence(report, items, f"{BAD} No effusion. {BAD}", None, False)["html"],
        report_render.details(report, items, reused=False),
        report_render.outcome(*audited(UNREAD[ReadingStatus.FAILED].model_copy(update={"message": BAD})), run=1),
        report_render.outcome(*audited(seen, "x", FailingParser()), run=1),
        render.problem(render.Problem(BAD, BAD, BAD)),
        audit_render.progress("film", BAD, 1.0, True),
        audit_render.film_line(Radiograph(pixels=FILM.pixels, kind=BAD, notes=(BAD,)), BAD),
        audit_render.ready(BAD, BAD),
    ]
    assert [page for page in pages if "<img" in page] == []
    assert all("&lt;img" in page for page in pages[1:])


def test_cards_come_urgent_first_and_marks_carry_their_boxes():
    nodule = ImageFinding(finding=Finding.NODULE_MASS, box=[0.2, 0.6, 0.3, 0.7])
    report, items = audited(reading(EFFUSION, nodule), "The heart is enlarged.")
    evidence = report_render.evidence(report, items, "The heart is enlarged.", None, False)
    cards = re.findall(r'class="cxr-card k-(\w+)( is-urgent)?', evidence["html"])
    assert cards == [("missing", " is-urgent"), ("missing", ""), ("unsupported", "")]
    assert [(mark["kind"], mark["urgent"], mark["boxes"]) for mark in evidence["marks"]] == [
        ("missing", True, [[0.2, 0.6, 0.3, 0.7]]),
        ("missing", False, [[0.6, 0.1, 0.9, 0.4]]),
    ]


@given(st.text(max_size=300))
def test_the_marked_draft_is_the_draft(draft):
    """Any text: what stands on the page, markup taken away, is what was typed."""
    from html import unescape

    from cxr_auditor.highlight import visible

    report, items = audited(reading(EFFUSION), draft)
    html = report_render.evidence(report, items, draft, None, False)["html"]
    if not draft.strip():
        assert "draft-text" not in html
        return
    body = re.search(r'class="draft-text" dir="auto">(.*?)</div>', html, re.S).group(1)
    assert unescape(re.sub(r"<[^>]*>", "", body)) == visible(draft)


def test_the_film_goes_to_the_browser_whole_up_to_a_size():
    import base64
    import io

    from PIL import Image

    rng = np.random.default_rng(0)
    for shape, shown in (((90, 70), (70, 90)), ((64, 5120), (2560, 32))):
        film = Radiograph(pixels=rng.integers(0, 255, shape, np.uint8), sha256="cd")
        value = render.film(film)
        picture = Image.open(io.BytesIO(base64.b64decode(value["src"].partition(",")[2])))
        assert picture.size == shown and value["key"] == "cd"
        if shown == (70, 90):
            assert np.array_equal(np.asarray(picture), film.pixels)
