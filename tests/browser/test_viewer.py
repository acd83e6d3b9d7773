"""The viewer: what its tools do to the picture, and how flag, box and words light each other."""

import pytest
from PIL import ImageChops, ImageStat


@pytest.fixture
def audited(desk):
    desk.choose("06-wrong-side")
    desk.run()
    desk.page.mouse.move(2, 2)
    return desk


def difference(a, b) -> float:
    """Mean absolute difference of two pictures, 0 to 255."""
    return ImageStat.Stat(ImageChops.difference(a, b)).mean[0]


def mean(picture) -> float:
    return ImageStat.Stat(picture).mean[0]


def test_invert_zoom_window_and_reset_change_the_picture_and_bring_it_back(audited):
    desk = audited
    first = desk.picture()
    middle = (first.width // 3, first.height // 3, 2 * first.width // 3, 2 * first.height // 3)
    desk.page.click("[data-do=boxes]")
    plain = desk.picture()
    assert difference(first, plain) > 0.2  # the boxes are gone
    desk.page.click("[data-do=invert]")
    assert mean(desk.picture().crop(middle)) == pytest.approx(255 - mean(plain.crop(middle)), abs=6)
    desk.page.click("[data-do=invert]")
    desk.page.click("[data-do=in]")
    assert desk.viewer["zoom"] == "1.25" and difference(desk.picture(), plain) > 2
    desk.page.click("[data-do=fit]")
    desk.page.locator("[data-level=centre]").fill("60")
    assert mean(desk.picture().crop(middle)) > mean(plain.crop(middle)) + 20  # a lower level is brighter
    desk.page.click("[data-do=reset]")
    assert difference(desk.picture(), first) < 0.5


def test_wheel_zooms_about_the_pointer_and_drag_moves(audited):
    desk = audited
    stage = desk.page.locator(".stage").bounding_box()
    x, y = stage["x"] + stage["width"] * 0.5, stage["y"] + stage["height"] * 0.5
    desk.page.mouse.move(x, y)
    desk.page.mouse.wheel(0, -600)
    desk.page.wait_for_function("Number(document.querySelector('.cxr-viewer').dataset.zoom) > 1.5")
    before = desk.page.locator(".film").get_attribute("style")
    desk.page.mouse.down()
    desk.page.mouse.move(x + 60, y + 30, steps=4)
    desk.page.mouse.up()
    assert desk.page.locator(".film").get_attribute("style") != before


def test_a_drag_sets_window_and_level(audited):
    desk = audited
    stage = desk.page.locator(".stage").bounding_box()
    x, y = stage["x"] + stage["width"] * 0.5, stage["y"] + stage["height"] * 0.15
    for how in ("shift", "right button", "tool"):
        if how == "tool":
            desk.page.click("[data-do=window]")
        desk.page.mouse.move(x, y)
        if how == "shift":
            desk.page.keyboard.down("Shift")
        desk.page.mouse.down(button="right" if how == "right button" else "left")
        desk.page.mouse.move(x + 80, y - 60, steps=5)
        desk.page.mouse.up(button="right" if how == "right button" else "left")
        desk.page.keyboard.up("Shift")
        assert int(desk.viewer["width"]) == pytest.approx(255 + 80, abs=8), how
        assert int(desk.viewer["centre"]) == pytest.approx(128 - 30, abs=5), how
        desk.page.click("[data-do=reset]")


def test_r_and_l_stand_on_the_patients_sides(audited):
    stage = audited.page.locator(".stage").bounding_box()
    right, left = (audited.page.locator(f".side-{side}") for side in "rl")
    assert right.inner_text() == "R" and left.inner_text() == "L"
    assert right.bounding_box()["x"] < stage["x"] + stage["width"] / 2 < left.bounding_box()["x"]


def test_boxes_lie_where_the_report_says(audited):
    """The drawn rectangle against the reading's box, through the film's own place on the screen."""
    from desk import example_number

    from cxr_auditor.examples import example_cases

    [finding] = example_cases()[example_number("06-wrong-side")].reading.findings
    film = audited.page.locator(".film").bounding_box()
    line = audited.page.locator(".box .line").first.bounding_box()
    assert line["x"] == pytest.approx(film["x"] + finding.box.x0 * film["width"], abs=3)
    assert line["y"] == pytest.approx(film["y"] + finding.box.y0 * film["height"], abs=3)
    assert line["height"] == pytest.approx(finding.box.height * film["height"], abs=5)


def test_flag_box_and_words_light_each_other(audited):
    row = "#details tr[data-refs]:has(.v-wrong_side)"
    ways = [("hover", ".cxr-card"), ("hover", "mark.k-wrong_side"), ("hover", ".box .casing"), ("hover", row)]
    ways += [("focus", ".cxr-card"), ("focus", "mark.k-wrong_side"), ("focus", ".box")]
    for how, start in ways:
        assert audited.lit() == {"cards": 0, "boxes": 0, "words": 0}
        getattr(audited.page.locator(start).first, how)()
        lit = audited.lit()
        assert lit["cards"] == 1 and lit["boxes"] >= 1 and lit["words"] >= 1, (how, start)
        audited.page.evaluate("document.activeElement.blur()")
        audited.page.mouse.move(2, 2)


def test_a_flags_boxes_can_be_hidden_alone_and_come_back_with_reset(audited):
    boxes = audited.page.locator(".box.k-wrong_side")
    assert boxes.count() == 1
    eye = audited.page.locator(".cxr-card .eye").first
    eye.click()
    assert boxes.count() == 0 and eye.get_attribute("aria-pressed") == "false"
    audited.page.click("[data-do=reset]")
    assert boxes.count() == 1 and eye.get_attribute("aria-pressed") == "true"


def test_zoom_stays_over_a_revision(audited):
    audited.page.click("[data-do=in]")
    audited.write("Right pleural effusion.")
    audited.run()
    assert audited.viewer["zoom"] == "1.25"
