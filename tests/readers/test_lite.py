"""The lite reader: zones, regions and boxes, the shipped weights, damaged assets, determinism, real films."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from cxr_auditor.assets import assets_folder
from cxr_auditor.errors import ReaderError
from cxr_auditor.findings import NO_FINDING, Finding, Side, Status
from cxr_auditor.geometry import box_sides
from cxr_auditor.images import Radiograph, load
from cxr_auditor.readers.lite import SETTINGS, WEIGHTS, LiteReader, settings_from, to_square
from cxr_auditor.readers.lite_regions import BoxRule, FindingRule, on_fine_grid, parts_of, peak_of, pooled, region_box, statements
from cxr_auditor.registry import make_reader

EFFUSION, HEART = Finding.PLEURAL_EFFUSION, Finding.CARDIOMEGALY
FLAT = {"mean": np.zeros((8, 8)), "spread": np.ones((8, 8)), "place": np.zeros((16, 16)), "trust": 1.0}
BOX = BoxRule(**FLAT, fraction=0.5, height=0.3, width=0.2, pull=0.0)
RULE = FindingRule(slope=1.0, offset=0.0, present=0.8, absent=0.2, box=BOX)
NIH = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "nih"


@pytest.fixture(scope="module")
def reader() -> LiteReader:
    return LiteReader()


def chest(height=512, width=512, seed=0) -> np.ndarray:
    """Two dark lungs on a grey body, with noise: enough for a network to answer something."""
    rng = np.random.default_rng(seed)
    film = np.full((512, 512), 150, np.float32)
    cv2.ellipse(film, (150, 250), (90, 170), 0, 0, 360, 60, -1)
    cv2.ellipse(film, (362, 250), (90, 170), 0, 0, 360, 60, -1)
    cv2.ellipse(film, (290, 330), (90, 70), 0, 0, 360, 190, -1)
    film += cv2.GaussianBlur(rng.normal(0, 60, film.shape).astype(np.float32), (0, 0), 12)
    return cv2.resize(film.clip(0, 255).astype(np.uint8), (width, height), interpolation=cv2.INTER_AREA)


def cells(*hot, low=-6.0, shape=(8, 8)) -> np.ndarray:
    """A map that is `low` but at (row, column, logit)."""
    grid = np.full(shape, low, np.float32)
    for row, column, logit in hot:
        grid[row, column] = logit
    return grid


# zones


@pytest.mark.parametrize(
    ("probability", "status"),
    [
        (0.0, Status.ABSENT),  # the very bottom
        (0.1999, Status.ABSENT),  # just under the border
        (0.2, Status.UNCERTAIN),  # the border of absent belongs to uncertain
        (0.5, Status.UNCERTAIN),  # between
        (0.7999, Status.UNCERTAIN),  # just under present
        (0.8, Status.PRESENT),  # the border of present belongs to present
        (1.0, Status.PRESENT),  # the very top
    ],
)
def test_zone(probability, status):
    assert RULE.zone(probability) is status


@pytest.mark.parametrize("logit", [-1e4, -3.0, 0.0, 3.0, 1e4])
def test_probability_is_the_sigmoid_and_never_overflows(logit):
    rule = FindingRule(slope=2.0, offset=1.0, present=1, absent=0, box=None)
    with np.errstate(over="ignore"):
        assert rule.probability(logit) == pytest.approx(1 / (1 + np.exp(-(2 * logit + 1.0))))


# regions and boxes


@pytest.mark.parametrize(
    ("finding", "logit", "grid", "expected"),
    [
        (EFFUSION, -3, cells((6, 1, -1)), [(Status.ABSENT, None)]),  # absent: a statement without a box
        (EFFUSION, 3, cells((6, 1, 7)), [(Status.PRESENT, Side.RIGHT)]),  # the image's left is the patient's right
        (EFFUSION, 3, cells((6, 6, 7)), [(Status.PRESENT, Side.LEFT)]),  # and the other way round
        (EFFUSION, 3, cells((6, 1, 7), (6, 6, 7)), [(Status.PRESENT, Side.LEFT), (Status.PRESENT, Side.RIGHT)]),  # both sides
        (EFFUSION, 3, cells((6, 1, 7), (6, 6, 4.5)), [(Status.PRESENT, Side.RIGHT), (Status.UNCERTAIN, Side.LEFT)]),  # second side unsure
        # a half is never surer than its film
        (EFFUSION, 0, cells((6, 1, 7), (6, 6, 7)), [(Status.UNCERTAIN, Side.LEFT), (Status.UNCERTAIN, Side.RIGHT)]),
        (HEART, 3, cells((5, 4, 7)), [(Status.PRESENT, None)]),  # the heart has no side
    ],
)
def test_statements(finding, logit, grid, expected):
    said = statements(finding, logit, grid, RULE)
    assert sorted((s.status, s.sides[0] if s.sides else None) for s in said) == sorted(expected, key=lambda pair: (pair[0], pair[1] or ""))
    assert all((s.box is None) == (s.status is Status.ABSENT) for s in said)


maps = hnp.arrays(np.float32, (8, 8), elements=st.floats(-20, 20, width=32))
rules = st.builds(
    BoxRule,
    mean=maps,
    spread=hnp.arrays(np.float32, (8, 8), elements=st.floats(0.5, 3, width=32)),
    place=hnp.arrays(np.float32, (16, 16), elements=st.floats(-4, 0, width=32)),
    trust=st.floats(0.1, 4),
    fraction=st.floats(0.05, 0.95),
    height=st.floats(0.05, 0.9),
    width=st.floats(0.05, 0.9),
    pull=st.floats(0, 1),
)


@settings(max_examples=100, deadline=None)
@given(maps, rules)
def test_a_box_of_a_half_has_that_half_s_side_and_area(grid, rule):
    for columns, side in ((slice(0, 32), Side.RIGHT), (slice(32, 64), Side.LEFT)):
        box = region_box(rule.evidence(grid), rule, columns)
        assert box.area > 0
        assert box_sides(box) == (side,)


@settings(max_examples=100, deadline=None)
@given(maps, rules)
def test_any_map_and_rule_give_a_legal_box(grid, rule):
    box = region_box(rule.evidence(grid), rule)
    assert 0 <= box.y0 <= box.y1 <= 1 and 0 <= box.x0 <= box.x1 <= 1


@settings(max_examples=100, deadline=None)
@given(maps, rules)
def test_an_unpulled_box_holds_the_peak_and_the_peak_is_in_the_first_part(grid, rule):
    rule = replace(rule, pull=0.0)
    evidence = rule.evidence(grid)
    leading, other = parts_of(EFFUSION, evidence)
    assert evidence[:, leading].max() == evidence.max() >= evidence[:, other].max()
    for columns in (leading, other):
        box, (y, x) = region_box(evidence, rule, columns), peak_of(evidence[:, columns])
        assert box.y0 <= y <= box.y1
        assert box.x0 <= columns.start / 64 + x / 2 <= box.x1


def test_evidence_is_distance_from_normal_and_place():
    place = np.where(np.arange(16) < 8, 0.0, -9.0) * np.ones((16, 1))
    rule = replace(BOX, mean=cells((1, 6, 5.0)), spread=np.full((8, 8), 2.0), place=place, trust=2.0)
    assert rule.evidence(cells((1, 6, 5.0)))[40, 10] == pytest.approx(0)  # like a normal film, in a usual place
    assert rule.evidence(cells((1, 6, 5.0)))[40, 50] == pytest.approx(-9)  # in an unusual place
    assert rule.evidence(cells((1, 6, 5.0)) + 3)[40, 10] == pytest.approx(2 * 3 / 2)  # three above normal


@settings(max_examples=50, deadline=None)
@given(maps)
def test_pooling_lies_between_mean_and_maximum(grid):
    assert grid.mean() - 1e-3 <= pooled(grid) <= grid.max() + 1e-3


def test_the_shape_of_the_fine_grid_keeps_places():
    assert peak_of(on_fine_grid(cells((1, 6, 5.0)))) == pytest.approx((1.5 / 8, 6.5 / 8), abs=1 / 64)


# the film on its way in


@pytest.mark.parametrize(
    ("height", "width"),
    [
        (128, 128),  # as the network wants it
        (64, 64),  # the smallest that is taken
        (64, 190),  # grows in one direction, shrinks in the other
        (3000, 1100),  # a strip
        (2500, 2048),  # a usual detector
    ],
)
def test_any_shape_becomes_a_square_of_the_same_grey(height, width):
    square = to_square(chest(height, width), 128)
    assert square.shape == (128, 128) and square.dtype == np.uint8
    assert square.mean() == pytest.approx(chest(height, width).mean(), abs=2)


def test_shrinking_averages():
    checkers = (np.indices((512, 512)).sum(0) % 2 * 255).astype(np.uint8)
    assert np.abs(to_square(checkers, 128).astype(int) - 128).max() <= 1


# the shipped reader


@pytest.mark.parametrize(("height", "width"), [(64, 64), (64, 190), (512, 512), (2048, 1500)])  # smallest, strip, square, detector
def test_a_reading_says_something_of_every_finding_in_scope(reader, height, width):
    reading = reader.read(Radiograph(chest(height, width)))
    assert reading.usable and reading.reader == "lite" and reading.silence_means_absent is False
    assert reading.revision == reader.revision and reading.scope == reader.scope
    assert set(reading.scores) == {*map(str, Finding), NO_FINDING}
    assert {finding.finding for finding in reading.findings} == set(reader.scope)
    for said in reading.findings:
        assert (said.box is None) == (said.status is Status.ABSENT)
        assert bool(said.sides) == (said.box is not None and said.finding.has_sides)
    for finding in reader.scope:
        assert max(said.score for said in reading.findings if said.finding is finding) == reading.scores[finding]


def test_the_same_film_gives_the_same_bytes(reader):
    film = Radiograph(chest(seed=3))
    first = reader.read(film).model_dump_json()
    assert all(reader.read(film).model_dump_json() == first for _ in range(3))
    assert LiteReader(assets_folder("lite")).read(film).model_dump_json() == first


def test_a_mirrored_film_has_its_boxes_on_the_other_side(reader):
    film = chest(seed=5)[:, :496]
    plain, mirrored = (reader.read(Radiograph(pixels)) for pixels in (film, film[:, ::-1]))
    assert plain.scores == pytest.approx(mirrored.scores, abs=0.02)
    turned = {Side.LEFT: Side.RIGHT, Side.RIGHT: Side.LEFT}
    expected = {(said.finding, turned[said.sides[0]]) for said in plain.findings if said.sides}
    assert expected and expected == {(said.finding, said.sides[0]) for said in mirrored.findings if said.sides}


def test_it_is_found_by_name():
    assert isinstance(make_reader("lite"), LiteReader)


def test_it_runs_without_torch():
    code = (
        "import sys; sys.modules['torch'] = None; import numpy as np; from cxr_auditor.images import Radiograph;"
        "from cxr_auditor.readers.lite import LiteReader; assert 'onnxruntime' not in sys.modules;"
        "print(LiteReader().read(Radiograph(np.zeros((64, 64), np.uint8))).status.value)"
    )
    root = Path(__file__).resolve().parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, env=environment)
    assert (done.returncode, done.stdout.strip()) == (0, "ok"), done.stderr


def test_a_reading_leaves_nothing_in_the_users_home(tmp_path):
    """onnxruntime's own telemetry would write a device id there, and send it."""
    code = (
        "import numpy as np; from cxr_auditor.images import Radiograph; from cxr_auditor.readers.lite import LiteReader;"
        "LiteReader().read(Radiograph(np.zeros((64, 64), np.uint8)))"
    )
    home = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache"), "USERPROFILE": str(tmp_path)}
    environment = {**os.environ, **home, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    environment.pop("ORT_DISABLE_TELEMETRY", None)
    subprocess.run([sys.executable, "-c", code], check=True, env=environment, cwd=tmp_path)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_the_weights_are_small():
    assert (assets_folder("lite") / WEIGHTS).stat().st_size < 10_000_000


# damaged assets


def _without(name):
    return lambda folder: (folder / name).unlink()


def _as(name, content):
    return lambda folder: (folder / name).write_bytes(content)


def _changed(**fields):
    def change(folder):
        path = folder / SETTINGS
        path.write_text(json.dumps(json.loads(path.read_text()) | fields))

    return change


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (_without(WEIGHTS), "lite.onnx is missing"),  # weights not copied
        (_without(SETTINGS), "lite.json is missing"),  # settings not copied
        (_as(WEIGHTS, b"version https://git-lfs"), "not those that lite.json was measured with"),  # a pointer instead of the weights
        (_as(SETTINGS, b"{"), "lite.json.* damaged"),  # truncated
        (_as(SETTINGS, b"[]"), "lite.json.* damaged"),  # not an object
        (_changed(format=99), "format must be 1"),  # of a later version
        (_changed(scope=["hernia"]), "hernia"),  # a finding nobody knows
        (_changed(rules={}), "pleural_effusion"),  # no calibration
    ],
)
def test_a_damaged_folder_is_named(tmp_path, damage, said):
    folder = tmp_path / "lite"
    shutil.copytree(assets_folder("lite"), folder)
    damage(folder)
    with pytest.raises(ReaderError, match=said) as error:
        LiteReader(folder)
    assert "assets/lite" in error.value.hint


def test_weights_that_are_no_network(tmp_path):
    import hashlib

    folder = tmp_path / "lite"
    shutil.copytree(assets_folder("lite"), folder)
    (folder / WEIGHTS).write_bytes(b"noise")
    _changed(sha256=hashlib.sha256(b"noise").hexdigest())(folder)
    with pytest.raises(ReaderError, match="can't be loaded by onnxruntime"):
        LiteReader(folder)


def test_no_onnxruntime(monkeypatch, tmp_path):
    folder = tmp_path / "lite"
    shutil.copytree(assets_folder("lite"), folder)
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ReaderError, match="onnxruntime") as error:
        LiteReader(folder)
    assert "pip install" in error.value.hint


# card


def test_the_card_is_what_the_figures_say():
    from cxr_auditor.training.lite.card import CARD, card

    folder = assets_folder("lite")
    assert (folder / CARD).read_text() == card(folder)


def test_what_is_in_scope_was_measured_well_enough(reader):
    measured = json.loads((assets_folder("lite") / "figures.json").read_text())["findings"]
    good = {name for name, row in measured.items() if row["auroc"]["all"]["value"] >= 0.70 and name != NO_FINDING}
    assert {str(finding) for finding in reader.scope} == good


def test_settings_keep_the_zones_in_order():
    rules = settings_from(json.loads((assets_folder("lite") / SETTINGS).read_text())).rules
    assert all(0 <= rule.absent <= rule.present <= 1 for rule in rules.values())


# real films


@pytest.mark.skipif(not NIH.is_dir(), reason="needs ../shared/data/nih")
def test_real_films_are_told_apart(reader):
    """Twenty clear films of validation patients each: no shipped figure, but the right direction."""
    from cxr_auditor.training.lite.data import read_manifest

    films = [film for film in read_manifest(NIH) if film.validation and film.group == "512"]
    normal = [film for film in films if film.rsna_class == "Normal"][:20]
    opaque = [film for film in films if film.rsna_class == "Lung Opacity"][:20]
    means = [
        np.mean([reader.read(load(NIH / film.file)).scores["lung_opacity_consolidation"] for film in group]) for group in (normal, opaque)
    ]
    assert means[1] > means[0] + 0.05
