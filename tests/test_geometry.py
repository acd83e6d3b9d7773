import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxr_auditor.findings import Side
from cxr_auditor.geometry import Box, box_sides, from_xywh, from_xyxy, from_yxyx, iou, unpad

fractions = st.floats(0, 1, allow_nan=False)


@st.composite
def boxes(draw):
    y, x = sorted([draw(fractions), draw(fractions)]), sorted([draw(fractions), draw(fractions)])
    return Box(y[0], x[0], y[1], x[1])


@pytest.mark.parametrize(
    "values, why",
    [
        ([0, 0, 1.001, 1], "outside the image"),
        ([-0.1, 0, 1, 1], "outside the image"),
        ([0.6, 0, 0.5, 1], "upside down"),
        ([0, 0.6, 1, 0.5], "left and right swapped"),
        ([0, 0, float("nan"), 1], "not a number"),
        ([0, 0, 1], "three values"),
        (["0", 0, 1, 1], "text"),
        ([True, 0, 1, 1], "truth value"),
        ("0011", "a string of four"),
        (None, "nothing"),
    ],
)
def test_an_impossible_box_cannot_be_built(values, why):
    with pytest.raises(ValueError, match="must be"):
        Box.of(values)


SIDES = [
    # x0, x1, patient's sides
    (0.10, 0.40, {"right"}),  # the image's left is the patient's right
    (0.60, 0.90, {"left"}),
    (0.05, 0.95, {"left", "right"}),  # across the chest
    (0.40, 0.60, set()),  # on the midline: can't be told
    (0.35, 0.55, {"right"}),  # mainly right
    (0.30, 0.30, {"right"}),  # no width
    (0.50, 0.50, set()),
    (0.00, 0.50, {"right"}),  # up to the midline
    (0.50, 1.00, {"left"}),
]


@pytest.mark.parametrize("x0, x1, sides", SIDES)
def test_side_of_a_box(x0, x1, sides):
    assert {side.value for side in box_sides(Box(0.2, x0, 0.8, x1))} == sides


@given(boxes())
def test_mirrored_boxes_have_mirrored_sides(box):
    mirror = Box(box.y0, 1 - box.x1, box.y1, 1 - box.x0)
    swap = {Side.LEFT: Side.RIGHT, Side.RIGHT: Side.LEFT}
    near_a_threshold = box.width < 1e-6 or min(abs(box.x0 - 0.35), abs(box.x1 - 0.65), abs(box.x1 - 0.35), abs(box.x0 - 0.65)) < 1e-9
    share = (min(box.x1, 0.5) - min(box.x0, 0.5)) / box.width if box.width else 0.5
    if near_a_threshold or min(abs(share - 0.7), abs(share - 0.3)) < 1e-6:
        return
    assert {swap[side] for side in box_sides(box)} == set(box_sides(mirror))


@given(boxes(), boxes())
def test_iou_is_a_symmetric_share(a, b):
    assert 0 <= iou(a, b) <= 1 + 1e-9
    assert iou(a, b) == pytest.approx(iou(b, a))


@given(boxes(), st.integers(64, 4000), st.integers(64, 4000))
def test_every_frame_leads_back(box, width, height):
    y0, x0, y1, x1 = box.as_list()
    for back in (
        from_xyxy([x0 * width, y0 * height, x1 * width, y1 * height], width=width, height=height),
        from_yxyx([y0 * 1000, x0 * 1000, y1 * 1000, x1 * 1000], width=1000, height=1000),
        from_xywh([x0 * width, y0 * height, (x1 - x0) * width, (y1 - y0) * height], width=width, height=height),
    ):
        assert back.as_list() == pytest.approx(box.as_list(), abs=1e-9)


@given(boxes(), st.integers(64, 4000), st.integers(64, 4000))
def test_padding_to_a_square_is_undone(box, width, height):
    side = max(width, height)
    left, top = (side - width) / 2, (side - height) / 2
    padded = Box(
        (box.y0 * height + top) / side, (box.x0 * width + left) / side, (box.y1 * height + top) / side, (box.x1 * width + left) / side
    )
    assert unpad(padded, width=width, height=height).as_list() == pytest.approx(box.as_list(), abs=1e-6)


@pytest.mark.parametrize(
    "values, width, height",
    [
        ([0, 0, 500, 400], 1, 1),  # pixels given as fractions
        ([0, 0, 1200, 900], 1000, 1000),  # larger than its frame
        ([0, 0, 1, 1], 0, 10),  # no frame
        ([0, 0, float("inf"), 1], 1, 1),
        ([10, 10, 5, 20], 100, 100),  # inverted
    ],
)
def test_a_box_of_another_frame_is_an_error_not_a_guess(values, width, height):
    with pytest.raises(ValueError):
        from_xyxy(values, width=width, height=height)


def test_a_hair_outside_is_pulled_in():
    assert from_xyxy([-1, 0, 1003, 1000], width=1000, height=1000) == Box(0, 0, 1, 1)
