"""What is drawn on a film: everything that the report says, told apart without colour, and never a crash."""

import io
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from reports import FixedParser, film, full_report, mention, report_of, unread_report

from cxr_auditor.errors import InputError
from cxr_auditor.findings import Finding
from cxr_auditor.images import Radiograph
from cxr_auditor.overlay import LONG_SIDE, draw_overlay, overlay_png
from cxr_auditor.overlay.draw import _INK, _PAPER
from cxr_auditor.overlay.layout import Rect, overlap, place
from cxr_auditor.overlay.marks import _NOTED, STYLES, marks, without_place
from cxr_auditor.schema import FlagKind, ReadingStatus

NOWHERE = {}


def difference(a: Image.Image, b: Image.Image) -> np.ndarray:
    """Per pixel, whether two pictures differ."""
    return (np.asarray(a) != np.asarray(b)).any(axis=2)


# What is said


def test_every_place_says_its_category_in_words():
    said = [label.text for mark in marks(full_report()) for label in mark.labels]
    assert said == [
        "1 URGENT MISSING - Pneumothorax (left)",
        "2 URGENT WRONG SIDE - Nodule / mass (left)",
        "3 CONTRADICTORY - Cardiomegaly (enlarged heart)",
        "N1 HEDGED - Lung opacity / consolidation (left)",
        "A1 AGREED - Pleural effusion (right)",
    ]


def test_each_place_of_a_two_sided_finding_says_its_own_side():
    boxes = [("pleural_effusion", [0.7, 0.1, 0.9, 0.4]), ("pleural_effusion", [0.7, 0.6, 0.9, 0.9])]
    said = [(mark.box.x0, label.text) for mark in marks(report_of(boxes, "Clear.")) for label in mark.labels]
    assert sorted(said) == [(0.1, "1 MISSING - Pleural effusion (right)"), (0.6, "1 MISSING - Pleural effusion (left)")]
    (across,) = marks(report_of({"pleural_effusion": [0.7, 0.1, 0.9, 0.9]}, "Clear."))
    assert across.labels[0].text == "1 MISSING - Pleural effusion (both sides)"


def test_a_claim_without_a_box_is_written_down():
    draft = "Small left pneumothorax."
    report = report_of(NOWHERE, draft, FixedParser(mention(draft, "pneumothorax", "present", "left pneumothorax", ("left",))))
    assert [label.text for label in without_place(report)] == ["1 URGENT UNSUPPORTED - Pneumothorax (left)"]
    bare = draw_overlay(film(), report_of(NOWHERE, draft))
    drawn = difference(draw_overlay(film(), report), bare)
    height = drawn.shape[0]
    assert drawn[int(height * 0.8) :].any() and not drawn[: int(height * 0.8)].any()  # in the lower left corner only


def test_without_a_draft_the_film_s_findings_are_shown():
    report = report_of({"pleural_effusion": [0.6, 0.1, 0.9, 0.4], "pneumothorax": [0.1, 0.6, 0.4, 0.9]})
    assert [label.text for mark in marks(report) for label in mark.labels] == [
        "U1 URGENT ON FILM - Pneumothorax (left)",
        "X1 ON FILM - Pleural effusion (right)",
    ]


@pytest.mark.parametrize(
    "second, places",
    [
        ([0.1, 0.6, 0.4, 0.9], 1),  # the same box
        ([0.105, 0.6, 0.4, 0.9], 1),  # a hair beside it
        ([0.12, 0.6, 0.4, 0.9], 1),  # nearly all of it
        ([0.1, 0.6, 0.4, 0.7], 2),  # a part of it
        ([0.5, 0.6, 0.8, 0.9], 2),  # elsewhere
    ],
)
def test_near_identical_boxes_are_drawn_once(second, places):
    drawn = marks(report_of([("pneumothorax", [0.1, 0.6, 0.4, 0.9]), ("nodule_mass", second)], "Clear."))
    assert len(drawn) == places and sum(len(mark.labels) for mark in drawn) == 2


def test_thin_boxes_that_lie_together_are_one_place():
    drawn = marks(report_of([("pneumothorax", [0.2, 0.6, 0.2, 0.9]), ("nodule_mass", [0.205, 0.6, 0.205, 0.9])], "Clear."))
    assert len(drawn) == 1


def test_categories_differ_in_line_as_well_as_in_colour():
    flags = [STYLES[kind.value.lower()] for kind in FlagKind]
    patterns = [style.pattern for style in [*flags, STYLES["supported"], _NOTED]]
    assert len(set(patterns)) == len(patterns)
    assert len({style.colour for style in [*STYLES.values(), _NOTED]}) == len(STYLES) + 1


def luminance(colour):
    """WCAG 2 relative luminance of "#rrggbb"."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("colour", [*(style.colour for style in STYLES.values()), _NOTED.colour, _INK])
def test_words_have_the_contrast_of_wcag_aa(colour):
    assert (luminance(colour) + 0.05) / (luminance(_PAPER) + 0.05) >= 4.5


# What is drawn


@pytest.mark.parametrize(
    "height, width",
    [
        (3000, 2500),  # a full film
        (2500, 3000),
        (1280, 1280),
        (300, 256),  # smaller than the picture may be
        (64, 192),  # the smallest and longest film
        (192, 64),
    ],
)
def test_the_picture_keeps_its_shape_and_limit(height, width):
    picture = draw_overlay(film(height, width), full_report(film(height, width)))
    assert picture.mode == "RGB" and max(picture.size) <= LONG_SIDE
    footer = max(34, round(max(picture.width, picture.height) * 0.036))
    assert abs((picture.height - footer) / picture.width - height / width) < 0.06 * height / width


def test_the_film_is_not_changed_and_the_same_report_is_the_same_picture():
    radiograph = film()
    before = radiograph.pixels.copy()
    assert overlay_png(radiograph, full_report()) == overlay_png(radiograph, full_report())
    assert np.array_equal(radiograph.pixels, before)


def test_boxes_lie_where_the_report_says_and_nothing_else_is_touched():
    bare, drawn = (draw_overlay(film(480, 480), report_of(boxes)) for boxes in (NOWHERE, {"pleural_effusion": [0.5, 0.25, 0.75, 0.5]}))
    changed = difference(bare, drawn)
    side = bare.width
    rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
    assert abs(rows[-1] - 0.75 * side) < 6 and abs(columns[0] - 0.25 * side) < 6
    inside = changed[int(0.55 * side) : int(0.7 * side), int(0.3 * side) : int(0.45 * side)]
    assert not inside.any()


@pytest.mark.parametrize("box", [[0.6, 0.3, 0.6, 0.3], [1, 0, 1, 0], [0, 0.5, 0, 0.5]])  # inside, and at the film's edges
def test_a_box_without_area_is_drawn_large_enough_to_be_seen(box):
    drawn = np.asarray(draw_overlay(film(480, 480), report_of({"pleural_effusion": box}))).astype(int)
    colour = [int(STYLES["film"].colour[i : i + 2], 16) for i in (1, 3, 5)]
    y, x = (round(edge * (drawn.shape[1] - 1)) for edge in box[:2])
    around = drawn[max(0, y - 12) : y + 13, max(0, x - 12) : x + 13]
    rows, columns = np.nonzero((np.abs(around - colour) < 3).all(axis=2))
    assert np.ptp(rows) >= 9 and np.ptp(columns) >= 9


def test_an_urgent_place_has_a_second_line():
    def ring(label):
        """Changed pixels on a path from well outside to well inside the box's left edge."""
        bare, drawn = (draw_overlay(film(480, 480), report_of(boxes)) for boxes in (NOWHERE, {label: [0.5, 0.25, 0.75, 0.5]}))
        row = difference(bare, drawn)[round(0.65 * bare.width), int(0.2 * bare.width) : int(0.3 * bare.width)]
        return int((np.diff(np.flatnonzero(row)) > 1).sum()) + 1  # runs of changed pixels

    assert (ring("pleural_effusion"), ring("pneumothorax")) == (1, 2)


def test_right_and_left_are_marked_but_not_on_what_is_no_frontal_film():
    frontal = draw_overlay(film(), report_of(NOWHERE))
    lateral = draw_overlay(film(), unread_report(ReadingStatus.NOT_A_FRONTAL, "A lateral film."))
    corner = np.asarray(frontal)[:20, :20]
    assert (corner == 6).any() and difference(frontal, lateral)[:20, :20].any() and difference(frontal, lateral)[:20, -20:].any()


def test_a_film_that_was_not_audited_never_looks_clean():
    nothing_found, unread = draw_overlay(film(), report_of(NOWHERE, "Clear.")), draw_overlay(film(), unread_report())
    changed = difference(nothing_found, unread)
    middle = slice(changed.shape[1] // 3, 2 * changed.shape[1] // 3)
    assert changed[:40, middle].mean() > 0.2


def test_boxes_are_not_drawn_on_another_film():
    other = Radiograph(pixels=film().pixels, sha256="0" * 64)
    with pytest.raises(InputError, match="another film"):
        draw_overlay(other, full_report())


def test_the_file_is_a_png():
    picture = Image.open(io.BytesIO(overlay_png(film(), full_report())))
    assert picture.format == "PNG" and picture.size == draw_overlay(film(), full_report()).size


# Properties

edges = st.sampled_from([0.0, 1e-9, 0.004, 0.5, 0.996, 1.0]) | st.floats(0, 1)
boxes = st.tuples(edges, edges, edges, edges).map(lambda v: [min(v[0], v[2]), min(v[1], v[3]), max(v[0], v[2]), max(v[1], v[3])])
FILMS = [film(64, 192), film(192, 64), film(100, 90)]


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(FILMS), st.lists(st.tuples(st.sampled_from([f.value for f in Finding]), boxes), max_size=6), st.booleans())
def test_any_legal_box_can_be_drawn(radiograph, found, drafted):
    """Zero-area, hair-thin, at the edge, the whole film, many at one place."""
    picture = draw_overlay(radiograph, report_of(found, "Clear." if drafted else None))
    assert max(picture.size) <= LONG_SIDE


canvases = st.tuples(st.integers(250, 1280), st.integers(250, 1280)).map(lambda size: Rect(0, 0, *size))


@settings(max_examples=60, deadline=None)
@given(canvases, st.lists(st.tuples(boxes, st.integers(60, 240), st.integers(14, 40)), min_size=1, max_size=4))
def test_labels_stay_on_the_picture_and_apart_while_there_is_room(canvas, wanted):
    """Four labels of at most 240 x 40 pixels always find room on 250 x 250, whatever lies where."""
    taken = []
    for (y0, x0, y1, x1), width, height in wanted:
        box = Rect(x0 * canvas.width, y0 * canvas.height, x1 * canvas.width, y1 * canvas.height)
        taken.append(place((width, height), box, taken, canvas))
    assert all(r.x0 >= 0 and r.y0 >= 0 and r.x1 <= canvas.x1 and r.y1 <= canvas.y1 for r in taken)
    assert not any(overlap(a, b) for a, b in combinations(taken, 2))


SMALL = Rect(700, 500, 730, 530)


@pytest.mark.parametrize(
    "others",
    [
        [Rect(700, 550, 730, 580)],  # another nodule right below, as wide
        [Rect(700, 460, 730, 490), Rect(700, 550, 730, 580)],  # above and below
        [Rect(600, 400, 1000, 900)],  # within an effusion
        [Rect(0, 0, 1000, 1000)],  # within a box as large as the film
    ],
)
def test_a_label_hides_no_small_box_and_little_of_a_large_one(others):
    canvas, taken, boxes = Rect(0, 0, 1000, 1000), [], [SMALL, *others]
    for box in boxes:
        taken.append(place((320, 40), box, taken, canvas, boxes))
    small = [box for box in boxes if box.width < 50]
    assert not any(overlap(label, box) for label in taken for box in small)
    assert all(overlap(label, box) <= 0.1 * box.width * box.height for label in taken for box in boxes)
    assert not any(overlap(a, b) for a, b in combinations(taken, 2))


def test_two_nodules_beside_each_other_stay_in_sight():
    """What is drawn where nothing is said of the second place differs only outside the first box."""
    one, two = [0.5, 0.7, 0.53, 0.73], [0.55, 0.7, 0.58, 0.73]
    both = np.asarray(draw_overlay(film(), report_of([("nodule_mass", one), ("nodule_mass", two)])))
    alone = np.asarray(draw_overlay(film(), report_of([("nodule_mass", one)])))
    height, width = alone.shape[:2]
    height = round(height / 1.04)
    inside = np.s_[round(0.51 * height) : round(0.52 * height), round(0.71 * width) : round(0.72 * width)]
    assert np.array_equal(both[inside], alone[inside])


def test_a_label_without_room_covers_as_little_as_it_can():
    canvas = Rect(0, 0, 100, 20)
    full = [Rect(0, 0, 60, 20)]
    placed = place((60, 20), Rect(90, 5, 95, 10), full, canvas)
    assert overlap(placed, full[0]) == 20 * 20 and placed.x1 == 100
