"""Sessions and progress as tables, pictures and pages to print."""

import csv
import io
from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest
from sittings import EFFUSION, NODULE, film, sitting, turn

from cxr_auditor.findings import Finding, Side, Status
from cxr_auditor.teaching import progress_plot
from cxr_auditor.teaching.progress_page import progress_csv, progress_page, session_csv, session_page, truths
from cxr_auditor.teaching.records import Turn
from cxr_auditor.teaching.score import Point, Share, progress

SVG = "{http://www.w3.org/2000/svg}"


LEFT_EFFUSION, MASS = (EFFUSION, Side.LEFT), (NODULE, Side.RIGHT)
SITTING = sitting(
    turn(1, film(LEFT_EFFUSION), "Right pleural effusion."),
    turn(2, film(MASS, LEFT_EFFUSION), "Possible right mass. Left pleural effusion. Possible cardiomegaly."),
    turn(3, film(), "Normal chest."),
    turn(4, film(MASS), "No nodule. The heart is enlarged. Normal heart size."),
    Turn(number=5, case="case-5", truth=film(MASS)),
).model_copy(update={"name": "ada <i>"})


def test_a_session_as_a_table():
    rows = [tuple(row.values()) for row in csv.DictReader(io.StringIO(session_csv(SITTING)))]
    assert [row[1:] for row in rows] == [
        ("1", "pleural_effusion", "left", "wrong_side", "no", "60.0"),
        ("1", "pleural_effusion", "right", "false_call", "no", "60.0"),
        ("2", "pleural_effusion", "left", "caught", "no", "60.0"),
        ("2", "nodule_mass", "right", "hedged", "yes", "60.0"),
        ("2", "cardiomegaly", "", "false_hedge", "no", "60.0"),
        ("3", "", "", "normal", "no", "60.0"),
        ("4", "nodule_mass", "right", "missed", "yes", "60.0"),
        ("4", "cardiomegaly", "", "false_call", "no", "60.0"),
        ("4", "cardiomegaly", "", "contradictory", "no", "60.0"),
    ]


def test_what_the_truth_leaves_open_is_no_normal_film():
    possible, unlooked = film((*MASS, Status.UNCERTAIN)), film(scope=(Finding.PNEUMOTHORAX,))
    told = session_csv(sitting(turn(1, possible, "Normal chest."), turn(2, unlooked, "Normal chest."), turn(3, film(), "Normal chest.")))
    assert [row["result"] for row in csv.DictReader(io.StringIO(told))] == ["left_open", "left_open", "normal"]


def test_progress_as_a_table_leaves_empty_what_cannot_be_counted():
    rows = {row["finding"]: row for row in csv.DictReader(io.StringIO(progress_csv(progress([SITTING]))))}
    assert (rows["nodule_mass"]["found"], rows["nodule_mass"]["on_films"]) == ("1", "2")
    assert float(rows["nodule_mass"]["found_low"]) < 0.5 < float(rows["nodule_mass"]["found_high"])
    assert (rows["pneumothorax"]["on_films"], rows["pneumothorax"]["found_low"]) == ("0", "")


def test_a_page_says_what_the_session_was_and_escapes_names():
    page = session_page(SITTING, {4: "data:image/jpeg;base64,AAAA"})
    assert "ada &lt;i&gt;" in page and "<i>" not in page
    assert page.index("URGENT") < page.index("Pleural effusion, left, case 1 (said of the other side)")
    assert page.count("<figure>") == 1 and "Content-Security-Policy" in page
    assert truths(SITTING)[2] == "Pleural effusion, left; Nodule / mass, right" and truths(SITTING)[3] == "none of the five findings"
    assert 5 not in truths(SITTING)


def points(*shares: tuple[int, int]) -> tuple[Point, ...]:
    """A finding over sessions, each with (found, of)."""
    days = [datetime(2026, 11, day, tzinfo=UTC) for day in range(1, len(shares) + 1)]
    return tuple(
        Point(key=f"k{day.day}", at=day, finding=Finding.PNEUMOTHORAX, found=Share(*share), false=Share(0, 0))
        for day, share in zip(days, shares, strict=True)
    )


def test_a_curve_rises_with_what_was_found_and_stays_in_the_picture():
    [curve] = progress_plot.curves(points((0, 4), (2, 4), (0, 0), (4, 4)))
    assert curve.finding is Finding.PNEUMOTHORAX and curve.false == ()
    assert [spot.words for spot in curve.found] == [
        "2026-11-01: found 0 of 4",
        "2026-11-02: found 2 of 4",
        "2026-11-04: found 4 of 4",
    ]
    assert [day for _, day in curve.days] == ["2026-11-01", "2026-11-04"]
    ys, xs = [spot.y for spot in curve.found], [spot.x for spot in curve.found]
    assert ys == sorted(ys, reverse=True) and xs == sorted(xs)
    assert xs[2] - xs[1] == pytest.approx(2 * (xs[1] - xs[0]))  # a session that says nothing keeps its place
    for spot in curve.found:
        assert 0 <= spot.high <= spot.y <= spot.low <= progress_plot.HEIGHT and 0 <= spot.x <= progress_plot.WIDTH


def test_the_picture_says_in_words_and_shapes_what_it_shows():
    [curve] = progress_plot.curves(points((1, 4), (3, 4)))
    svg = ElementTree.fromstring(str(progress_plot.picture(curve)).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))
    assert "2026-11-02: found 3 of 4" in svg.attrib["aria-label"]
    assert len(svg.findall(f"{SVG}circle")) == 2 and len(svg.findall(f"{SVG}polyline")) == 1 and svg.findall(f"{SVG}rect") == []
    assert "<svg" in progress_page("ada", points((1, 4))) and progress_plot.curves(()) == ()
