"""The page to print: whole, in order, escaped, and asking nothing of anybody."""

import logging
import re
import shutil
import subprocess
from html.parser import HTMLParser

import pytest
from reports import DRAFT, FixedParser, draft_parser, film, full_report, mention, reading, report_of, unread_report

from cxr_auditor import printable
from cxr_auditor.audit import audit_reading
from cxr_auditor.highlight import visible
from cxr_auditor.images import Radiograph
from cxr_auditor.printable import printable_html
from cxr_auditor.schema import DISCLAIMER, OtherMention, Outcome, ReadingStatus

VOID = {"meta", "img", "br"}


class Page(HTMLParser):
    """The page's elements and texts, with a check that every element is closed."""

    def __init__(self, html):
        super().__init__()
        self.open, self.elements, self.texts = [], [], []
        self.feed(html)
        assert not self.open

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append((tag, dict(attributes).get("class") or ""))

    def handle_endtag(self, tag):
        assert self.open.pop()[0] == tag

    def handle_data(self, data):
        self.texts.append((data, [name for name, _ in self.open], [cls for _, cls in self.open]))

    def text(self, tag=None, cls=None, without="\0"):
        """All text inside an element with that tag and class, but not inside one with the class `without`."""
        return "".join(
            data
            for data, tags, classes in self.texts
            if (tag is None or tag in tags)
            and (cls is None or any(cls in c.split() for c in classes))
            and not any(without in c for c in classes)
        )


@pytest.fixture(scope="module")
def page():
    return Page(printable_html(full_report(), DRAFT, film()))


def test_the_page_holds_every_part(page):
    text = page.text("body")
    assert "Urgent: look at this film again now." in text
    assert [src for tag, a in page.elements if tag == "img" and (src := a["src"])][0].startswith("data:image/png;base64,iVBOR")
    assert "Film read by fixed-reader (3)." in text and "Draft parsed by fixed-parser (7)." in text
    assert page.text("footer") == DISCLAIMER
    assert "PNG, 256 x 300 pixels, view not stated." in text


def test_flags_come_in_the_order_in_which_they_matter():
    draft = "Nodule in the right upper lobe. Right opacity. Heart is enlarged; heart size normal."
    parser = FixedParser(
        mention(draft, "nodule_mass", "present", "Nodule in the right upper lobe", ("right",)),
        mention(draft, "lung_opacity_consolidation", "present", "Right opacity", ("right",)),
        mention(draft, "cardiomegaly", "present", "Heart is enlarged"),
        mention(draft, "cardiomegaly", "absent", "heart size normal"),
    )
    boxes = {
        "lung_opacity_consolidation": [0.5, 0.6, 0.7, 0.9],
        "pleural_effusion": [0.7, 0.6, 0.9, 0.9],
        "cardiomegaly": [0.5, 0.4, 0.8, 0.7],
    }
    html = printable_html(report_of(boxes, draft, parser), draft, None)
    tags = re.findall(r"</span> (\d) ([A-Z][a-z ]+):", html)
    assert tags == [("1", "Unsupported"), ("2", "Missing"), ("3", "Wrong side"), ("4", "Contradictory")]  # the nodule is urgent
    assert html.index("URGENT") < html.index("1 Unsupported") and html.index("<h2>Flags") < html.index("<h2>Findings")


def test_the_table_has_a_row_for_every_unit(page):
    rows = "".join(page.text("tbody")).split("\n")
    cells = [re.sub(r"<[^>]+>", "|", row) for row in rows if row.strip()]
    assert len(cells) == len(full_report().units) == 6
    assert any("Nodule / mass" in row and "wrong side" in row for row in cells)


def test_the_draft_stands_whole_with_its_marks(page):
    assert page.text("div", "draft", without="chip") == DRAFT
    marked = [data for data, tags, _ in page.texts if "mark" in tags]
    assert marked == [
        "Right pleural effusion",
        "No pneumothorax",
        "Nodule in the right upper lobe",
        "Heart is enlarged",
        "heart size normal",
        "Possible left basal opacity",
        "Lines",
    ]
    chips = [data for data, _, classes in page.texts if any("chip" in c.split() for c in classes)]
    assert chips == ["✓", "1 URGENT missing", "2 URGENT wrong side", "3 contradictory", "3 contradictory", "N1 hedged", "N2 not checked"]


HOSTILE = """<script>alert(1)</script>"><img src=x onerror=alert(2)> {{ 7*7 }} {% raw %} & 'q' \x00\x1b"""


def test_nothing_of_a_user_or_a_model_is_markup():
    draft = f"Left effusion {HOSTILE}"
    parser = FixedParser(
        mention(draft, "pleural_effusion", "uncertain", f"effusion {HOSTILE}"),
        other=(OtherMention(term=HOSTILE, status="present", span=HOSTILE, start=14, end=len(draft)),),
    )
    parser.name = parser.revision = HOSTILE
    odd = Radiograph(pixels=film().pixels, kind=HOSTILE, notes=(HOSTILE,))
    spoiled = reading({}, reader=HOSTILE, revision=HOSTILE, status=ReadingStatus.FAILED, message=HOSTILE, notes=(HOSTILE,))
    html = printable_html(audit_reading(odd, spoiled, draft, parser), draft, odd)
    page = Page(html)
    assert {tag for tag, _ in page.elements} <= {tag for tag, _ in Page(printable_html(full_report(), DRAFT, film())).elements}
    assert not any(name.startswith("on") for _, attributes in page.elements for name in attributes)
    assert page.text("div", "draft", without="chip") == visible(draft)
    assert "\x00" not in html and "\x1b" not in html and html.count("<script") == 0 and "{{ 7*7 }}" in html


def test_the_page_asks_nothing_of_anybody(page):
    html = printable_html(full_report(), DRAFT, film())
    assert "default-src 'none'; img-src data:; style-src 'unsafe-inline'" in html
    assert not re.search(r"https?:|@import|url\(|<link|<script|<iframe", html)
    addresses = [value for _, attributes in page.elements for name, value in attributes.items() if name in ("src", "href")]
    assert addresses and all(address.startswith("data:") for address in addresses)


@pytest.mark.parametrize(
    "report, draft, outcome, said",
    [
        (full_report(), DRAFT, Outcome.URGENT_REVIEW, "Urgent"),
        (report_of({"cardiomegaly": [0.5, 0.4, 0.8, 0.7]}, "Clear."), "Clear.", Outcome.REVIEW, "Film and draft disagree."),
        (report_of({}, "Clear."), "Clear.", Outcome.AGREEMENT, "Film and draft agree on what was checked."),
        (report_of({}), None, Outcome.NO_DRAFT, "No draft was given."),
        (report_of({}), "", Outcome.NO_DRAFT, "No draft was given."),
        (unread_report(), None, Outcome.NOT_AUDITED, "The reader ran out of memory."),  # why, and what that means
        (unread_report(), None, Outcome.NOT_AUDITED, "The draft was not compared with the film."),
    ],
)
def test_every_outcome_has_its_page(report, draft, outcome, said):
    assert report.outcome is outcome
    page = Page(printable_html(report, draft, film()))
    assert said in page.text("body") and page.text("footer") == DISCLAIMER


def test_what_the_reader_can_not_see_is_named():
    html = printable_html(report_of({}, "Clear.", scope=("pneumothorax", "pleural_effusion", "cardiomegaly")), "Clear.", None)
    assert "Not checked by this reader: Lung opacity / consolidation, Nodule / mass." in html


def test_without_the_film_the_page_says_so():
    page = Page(printable_html(full_report(), DRAFT, None))
    assert "The film is not part of this page." in page.text("body") and not [tag for tag, _ in page.elements if tag == "img"]


def test_another_film_is_not_printed_with_the_report():
    page = Page(printable_html(full_report(), DRAFT, Radiograph(pixels=film().pixels, sha256="0" * 64)))
    assert "The film could not be drawn: The report is about another film" in page.text("body") and "1 Missing" in page.text("body")


def test_a_failure_to_draw_loses_nothing_but_the_drawing(monkeypatch, caplog):
    def broken(film, report):
        raise ZeroDivisionError(DRAFT)

    monkeypatch.setattr(printable, "overlay_png", broken)
    with caplog.at_level(logging.DEBUG):
        page = Page(printable_html(full_report(), DRAFT, film()))
    assert "The film could not be drawn" in page.text("body") and "1 Missing: Pneumothorax, left" in page.text("body")
    assert page.text("div", "draft", without="chip") == DRAFT
    assert "ZeroDivisionError" in caplog.text and "pneumothorax" not in caplog.text.lower()


def test_another_draft_is_not_marked_with_this_report_s_words():
    with pytest.raises(ValueError, match="must be the draft's own text"):
        printable_html(full_report(), "An edited draft.", film())


def test_the_same_report_is_the_same_page():
    report = full_report()
    assert printable_html(report, DRAFT, film()) == printable_html(report, DRAFT, film())


CHROMIUM = next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None)


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_it_prints_on_one_page(tmp_path):
    tall = film(2200, 1800)
    report = audit_reading(tall, reading(), DRAFT, draft_parser())
    (tmp_path / "report.html").write_text(printable_html(report, DRAFT, tall), encoding="utf-8")
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer", f"--user-data-dir={tmp_path / 'profile'}"]
    command += [f"--print-to-pdf={tmp_path / 'report.pdf'}", (tmp_path / "report.html").as_uri()]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    pdf = (tmp_path / "report.pdf").read_bytes()
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf)) == 1
    assert re.search(rb"/MediaBox\s*\[0 0 59[45][\d.]* 84[12]", pdf)  # A4 in points
