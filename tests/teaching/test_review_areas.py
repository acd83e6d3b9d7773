"""Where to look: in a radiologist's order, on the film, and where the film's own anatomy is known, on that."""

import pytest
from case_films import put_case

from cxr_auditor.case_file import load_case
from cxr_auditor.examples import example_cases
from cxr_auditor.findings import Finding, Side
from cxr_auditor.geometry import Box, box_sides, intersection
from cxr_auditor.teaching.review_areas import ATLAS, chest_of, review_areas

ORDER = [
    "Airway and mediastinum",
    "Heart",
    "Upper zones",
    "Mid zones",
    "Lower zones",
    "Pleura and costophrenic angles",
    "Apices and edges",
]
CHESTS = {"atlas": ATLAS} | {case.name: chest_of(case) for case in example_cases()}


@pytest.fixture(params=CHESTS)
def areas(request):
    return review_areas(CHESTS[request.param])


def test_the_order_is_a_radiologists(areas):
    assert [area.title for area in areas] == ORDER
    assert all(area.boxes and area.sentence.count(".") + area.sentence.count("?") >= 1 for area in areas)


def test_paired_areas_lie_on_both_sides_alike(areas):
    for area in areas[2:6]:
        sides = [box_sides(box) for box in area.boxes]
        assert sides.count((Side.LEFT,)) == sides.count((Side.RIGHT,)) == len(sides) / 2


def test_zones_follow_each_other_from_above(areas):
    upper, middle, lower = (area.boxes for area in areas[2:5])
    for one, two in ((upper, middle), (middle, lower)):
        assert all(a.y1 == b.y0 and a.y0 < b.y0 for a, b in zip(one, two, strict=True))


def test_no_box_of_an_area_covers_another_one(areas):
    for area in areas:
        boxes = area.boxes
        assert all(intersection(a, b) < 1e-9 for i, a in enumerate(boxes) for b in boxes[:i]), area.title


@pytest.mark.parametrize("case", [case for case in example_cases() if case.reading.findings], ids=lambda case: case.name)
def test_the_search_comes_by_every_finding(case):
    """Somewhere in the search most of the finding is lit: who follows it has looked at the right place."""
    areas = review_areas(chest_of(case))
    for found in case.reading.findings:
        lit = max(sum(intersection(found.box, box) for box in area.boxes) / found.box.area for area in areas)
        assert lit > (0.35 if found.finding is Finding.PNEUMOTHORAX else 0.45), found.finding


def test_the_heart_is_the_drawn_one():
    case = next(case for case in example_cases() if case.name == "04-denied-heart")
    (heart,) = (found.box for found in case.reading.findings)
    assert all(abs(a - b) < 0.01 for a, b in zip(chest_of(case).heart.as_list(), heart.as_list(), strict=True))


@pytest.mark.parametrize(
    "settings",
    [
        {},  # a film that was not drawn
        {"seed": 3},  # a seed without settings
        {"seed": 3, "generator": {"planted": [{"finding": "cardiomegaly", "grade": 2}]}},  # another program's settings
        {"seed": 3, "generator": {"model": "other"}},
    ],
)
def test_a_film_of_other_makers_has_no_known_anatomy(tmp_path, settings):
    assert chest_of(load_case(put_case(tmp_path, **settings), "")) is None


def test_boxes_end_at_the_films_edge():
    narrow = review_areas(type(ATLAS)(0.5, 0.0, 1.0, 0.0, 0.3, 0.9, 1.0, Box(0.4, 0.0, 1.0, 1.0)))
    assert all(0 <= value <= 1 for area in narrow for box in area.boxes for value in box.as_list())
