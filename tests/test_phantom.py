"""The synthetic films: the same call draws the same film, and what is planted is where its box says."""

import json
from functools import cache

import numpy as np
import pytest
from pydantic import ValidationError

from cxr_auditor.errors import InputError
from cxr_auditor.findings import Finding, Side
from cxr_auditor.geometry import Box
from cxr_auditor.phantom import Difficulty, Film, Planted, Zone, draw, starter_library, truth
from cxr_auditor.phantom.__main__ import main, planted
from cxr_auditor.phantom.anatomy import anatomy
from cxr_auditor.reading_data import load_reading

SIZE = 256  # small films: the geometry is the same, the drawing ten times faster


def plant(finding: str, side: str | None = None, extent: float = 0.6, zone: str = "middle") -> Planted:
    return Planted(finding=finding, side=side, extent=extent, zone=zone)


@cache
def clean_film(seed: int) -> Film:
    return draw(seed, size=SIZE)


def inside(box: Box, margin: float = 0.0) -> tuple[slice, slice]:
    """Rows and columns of a box widened by a share of the film."""
    y0, x0 = (max(0, int((v - margin) * SIZE)) for v in (box.y0, box.x0))
    y1, x1 = (int((v + margin) * SIZE) + 1 for v in (box.y1, box.x1))
    return slice(y0, y1), slice(x0, x1)


def test_same_call_same_film():
    first, second = (draw(5, [plant("pneumothorax", "left")], 128) for _ in range(2))
    assert first.findings == second.findings
    assert np.array_equal(first.pixels, second.pixels)
    assert not np.array_equal(first.pixels, draw(6, [plant("pneumothorax", "left")], 128).pixels)


def test_film_looks_exposed():
    pixels = clean_film(4).pixels
    assert pixels.dtype == np.uint8 and pixels.shape == (SIZE, SIZE)
    assert 60 < pixels.mean() < 200 and pixels.std() > 40
    assert pixels.max() > 220 and pixels.min() < 10


# finding, zone, whether it whitens the film inside its box (free air blackens it)
CHANGES = [
    ("pleural_effusion", "middle", True),  # fluid is as dense as the heart
    ("pneumothorax", "middle", False),  # air without lung
    ("lung_opacity_consolidation", "upper", True),  # bounded by the fissure on the right
    ("lung_opacity_consolidation", "middle", True),
    ("lung_opacity_consolidation", "lower", True),
    ("nodule_mass", "upper", True),
    ("nodule_mass", "lower", True),
]


@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize(("finding", "zone", "whiter"), CHANGES)
def test_finding_lies_in_its_box_on_its_side(finding, zone, whiter, side):
    film, clean = draw(4, [plant(finding, side, zone=zone)], SIZE), clean_film(4)
    (found,) = film.findings
    assert found.finding == finding and found.sides == (side,)
    change = film.pixels.astype(float) - clean.pixels
    change -= np.median(change)  # the film's window follows its content
    within = np.zeros(change.shape, bool)
    within[inside(found.box, margin=0.02)] = True
    assert np.abs(change[within]).mean() > 4 * np.abs(change[~within]).mean()
    assert (change[inside(found.box)].mean() > 0) == whiter


def test_free_air_is_black_beyond_a_fine_white_line():
    film = draw(4, [plant("pneumothorax", "left")], 512)
    change = film.pixels.astype(float) - draw(4, size=512).pixels
    box = film.findings[0].box
    change = change[int(box.y0 * 512) : int(box.y1 * 512), int(box.x0 * 512) : int(box.x1 * 512)] - np.median(change)
    assert np.percentile(change, 25) < -4  # a quarter of the box at least is free air
    assert 0.001 < (change > 3).mean() < 0.05  # the pleura, seen edge-on


def test_large_heart_is_measured_on_the_film():
    film, clean = draw(3, [plant("cardiomegaly")], SIZE), clean_film(3)
    (found,) = film.findings
    body = anatomy(3, large_heart=0.6)
    chest = 2 * body.half_width / body.field
    assert found.sides == () and found.box.width / chest > 0.55
    assert anatomy(3).heart_ratio < 0.5
    assert film.pixels[inside(found.box)].mean() > clean.pixels[inside(found.box)].mean() + 5


@pytest.mark.parametrize(("finding", "side"), [(one, Side.LEFT if one.has_sides else None) for one in Finding])
def test_extent_orders_the_boxes(finding, side):
    areas = [truth(8, [plant(finding, side, extent)], SIZE)[0].box.area for extent in (0.1, 0.5, 0.9)]
    assert areas == sorted(areas) and areas[2] > areas[0]


def test_nodule_measures_one_to_six_centimetres():
    for extent, diameter in ((0.0, 1.0), (1.0, 6.0)):
        box = truth(8, [plant("nodule_mass", "right", extent)], 1024)[0].box
        assert box.width * anatomy(8).field == pytest.approx(diameter, rel=0.25)


def test_findings_together_are_all_listed_in_canonical_order():
    wanted = [plant("cardiomegaly"), plant("nodule_mass", "left", 0.3, "upper"), plant("pleural_effusion", "right", 0.3)]
    found = draw(9, wanted, SIZE).findings
    assert [one.finding for one in found] == [Finding.PLEURAL_EFFUSION, Finding.NODULE_MASS, Finding.CARDIOMEGALY]
    assert found == truth(9, wanted, SIZE) == truth(9, wanted[::-1], SIZE)


def test_fluid_under_free_air_has_a_straight_level():
    fluid = plant("pleural_effusion", "right", 0.3)
    alone = truth(9, [fluid], SIZE)[0].box
    below_air = truth(9, [fluid, plant("pneumothorax", "right", 0.4)], SIZE)[0].box
    assert below_air.y0 > alone.y0 + 0.03  # no meniscus climbs the wall


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"finding": "pneumothorax"}, "must be left or right"),  # no side
        ({"finding": "cardiomegaly", "side": "left"}, "the heart has none"),  # the heart has no side
        ({"finding": "nodule_mass", "side": "left", "extent": 1.5}, "less than or equal to 1"),  # beyond the scale
        ({"finding": "fracture", "side": "left"}, "pleural_effusion"),  # not in the vocabulary
        ({"finding": "nodule_mass", "side": "left", "size": 3}, "Extra inputs"),  # unknown field
    ],
)
def test_impossible_findings_are_not_planted(values, message):
    with pytest.raises(ValidationError, match=message):
        Planted.model_validate(values)


def test_one_finding_once_per_side():
    with pytest.raises(InputError, match="once per side"):
        draw(1, [plant("nodule_mass", "left", 0.2), plant("nodule_mass", "left", 0.4)], SIZE)


@pytest.mark.parametrize(("seed", "size"), [(-1, 256), (1, 63), (1, 5000)])
def test_seed_and_size_have_limits(seed, size):
    with pytest.raises(InputError, match=f"but got {seed} and {size}"):
        draw(seed, size=size)


def test_starter_library_covers_what_is_taught():
    cases = starter_library()
    assert len(cases) >= 40
    assert len({case.name for case in cases}) == len({case.seed for case in cases}) == len(cases)
    assert {case.difficulty for case in cases} == set(Difficulty)
    planted_places = {(one.finding, one.side) for case in cases for one in case.planted}
    assert planted_places == {(f, side) for f in Finding for side in (Side if f.has_sides else [None])}
    assert {one.zone for case in cases for one in case.planted if one.finding is Finding.NODULE_MASS} == set(Zone)
    normal = sum(not case.planted for case in cases) / len(cases)
    assert 0.15 < normal < 0.4
    assert all(case.teaches.endswith((".", "?", "!")) for case in cases)


@pytest.mark.parametrize("case", starter_library(), ids=lambda case: case.name)
def test_starter_case_shows_what_it_plants(case):
    found = case.model_copy(update={"size": SIZE}).truth()
    assert sorted((one.finding, *one.sides) for one in found) == sorted((one.finding, *filter(None, [one.side])) for one in case.planted)


def test_command_draws_a_film_and_prints_its_reading(tmp_path, capsys):
    out = tmp_path / "film.png"
    wanted = ["--plant", "nodule_mass:right:0.8:upper", "--plant", "cardiomegaly"]
    assert main(["film", "--seed", "7", "--size", "128", *wanted, "--out", str(out)]) == 0
    reading = load_reading(capsys.readouterr().out)
    assert [(one.finding, one.sides) for one in reading.findings] == [(Finding.NODULE_MASS, (Side.RIGHT,)), (Finding.CARDIOMEGALY, ())]
    assert out.stat().st_size > 1000


@pytest.mark.parametrize("text", ["pneumothorax", "lesion:left", "nodule_mass:left:big", "nodule_mass:left:0.4:top"])
def test_command_names_a_bad_finding(text, capsys, tmp_path):
    assert main(["film", "--plant", text, "--out", str(tmp_path / "film.png")]) == 2
    error = capsys.readouterr().err
    assert repr(text) in error and "FINDING[:SIDE" in error and error.count("\n") == 1
    with pytest.raises(InputError):
        planted(text)


def test_reading_printed_by_the_command_is_plain_json(tmp_path, capsys):
    main(["film", "--size", "128", "--out", str(tmp_path / "film.png")])
    assert json.loads(capsys.readouterr().out) == {"findings": []}
