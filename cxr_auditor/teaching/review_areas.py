"""Where to look on a frontal chest film, and in which order: the review areas as boxes.

The order is a radiologist's: the middle of the chest, the heart, the lungs from above with side against side, the pleura down to the
costophrenic angles, and last, on purpose, the places where misses are most common.
"""

from dataclasses import dataclass

from pydantic import ValidationError

from ..case_file import Case
from ..findings import Finding, Side
from ..geometry import Box


@dataclass(frozen=True)
class Chest:
    """Landmarks of one upright film, in fractions of its height (y) and width (x).

    `right_wall` and `left_wall` are the chest's inner borders where it is widest; the patient's right has the smaller x. `apex`, `carina`
    and `dome` (the higher diaphragm's) are heights, `base` lies just below the costophrenic angles.
    """

    midline: float
    right_wall: float
    left_wall: float
    apex: float
    carina: float
    dome: float
    base: float
    heart: Box


ATLAS = Chest(midline=0.5, right_wall=0.14, left_wall=0.86, apex=0.13, carina=0.35, dome=0.68, base=0.83, heart=Box(0.44, 0.37, 0.76, 0.73))
"""A standard PA film in full inspiration that is cut close to the chest."""


@dataclass(frozen=True)
class ReviewArea:
    """One place of the search, lit as `boxes`, and what is looked for there."""

    title: str
    sentence: str
    boxes: tuple[Box, ...]


def chest_of(case: Case) -> Chest | None:
    """The landmarks of a film that this project drew, from the body it was drawn of; None for any other film."""
    if case.seed is None or case.generator is None:
        return None
    from ..phantom.anatomy import anatomy
    from ..phantom.grid import Grid
    from ..phantom.planted import Planted, heart_box

    try:
        planted = [Planted.model_validate(one) for one in case.generator["planted"]]
    except (KeyError, TypeError, ValidationError):  # the settings of somebody else's generator
        return None
    hearts = [one.extent for one in planted if one.finding is Finding.CARDIOMEGALY]
    body = anatomy(case.seed, large_heart=hearts[0] if hearts else None)
    grid = Grid(256, body)

    def at(x: float, y: float) -> tuple[float, float]:
        """Centimetres of the body -> (x, y) on the film."""
        column, row = (grid.to_pixels([[x, y]])[0] + 0.5) / grid.size
        return min(max(float(column), 0.0), 1.0), min(max(float(row), 0.0), 1.0)

    dome = min(body.dome_right, body.dome_left)
    return Chest(
        midline=at(0, body.carina)[0],
        right_wall=at(-body.half_width, dome)[0],
        left_wall=at(body.half_width, dome)[0],
        apex=at(0, body.apex)[1],
        carina=at(0, body.carina)[1],
        dome=at(0, dome)[1],
        base=at(0, dome + 0.75 * (body.base - dome))[1],
        heart=heart_box(grid),
    )


def review_areas(chest: Chest) -> tuple[ReviewArea, ...]:
    """The areas in reading order."""
    lung = chest.dome - chest.apex
    width = chest.left_wall - chest.right_wall
    upper, middle = chest.apex + lung / 3, chest.apex + lung * 2 / 3

    def lungs(y0: float, y1: float) -> tuple[Box, ...]:
        return tuple(_box(y0, *_across(chest, side, 0.0, 0.41), y1) for side in Side)

    def walls(y0: float, y1: float, reach: float) -> tuple[Box, ...]:
        return tuple(_box(y0, *_across(chest, side, -0.03, reach), y1) for side in Side)

    return (
        ReviewArea(
            "Airway and mediastinum",
            "Is the trachea in the middle? Are the mediastinum and both hila no wider and no denser than they should be?",
            (_box(chest.apex - 0.08, chest.midline - 0.15 * width, chest.midline + 0.15 * width, chest.carina + 0.2 * lung),),
        ),
        ReviewArea(
            "Heart",
            "Measure it: on a PA film the heart takes no more than half of the chest's inner width. Look through it, too.",
            (_box(chest.heart.y0 - 0.02, chest.heart.x0 - 0.02, chest.heart.x1 + 0.02, chest.heart.y1 + 0.02),),
        ),
        ReviewArea(
            "Upper zones",
            "Compare right with left, between the ribs: a difference in grey is a finding until it is explained.",
            lungs(chest.apex, upper),
        ),
        ReviewArea("Mid zones", "Follow the vessels outward from each hilum: what does not branch is not a vessel.", lungs(upper, middle)),
        ReviewArea(
            "Lower zones",
            "The lungs darken toward the diaphragm; a base that grows whiter is not normal. Look behind the heart.",
            lungs(middle, chest.dome + 0.4 * (chest.base - chest.dome)),
        ),
        ReviewArea(
            "Pleura and costophrenic angles",
            "Go down the chest wall: do vessels reach it, and is there a line along the lung? Are both angles sharp?",
            walls(upper, chest.dome, 0.13) + walls(chest.dome, chest.base, 0.24),
        ),
        ReviewArea(
            "Apices and edges",
            "Last, on purpose: both apices behind the clavicles, the ribs and shoulders, and what lies below the diaphragm.",
            tuple(_box(chest.apex - 0.04, *_across(chest, side, 0.12, 0.44), chest.apex + 0.25 * lung) for side in Side)
            + tuple(_box(chest.apex, *_across(chest, side, -0.14, 0.1), upper) for side in Side)
            + (_box((chest.dome + chest.base) / 2, chest.right_wall, chest.left_wall, chest.base + 0.06),),
        ),
    )


def _across(chest: Chest, side: Side, first: float, last: float) -> tuple[float, float]:
    """The x of a strip on one side, from `first` to `last` of the chest's width inward of its wall."""
    width = chest.left_wall - chest.right_wall
    if side is Side.RIGHT:
        return chest.right_wall + first * width, chest.right_wall + last * width
    return chest.left_wall - last * width, chest.left_wall - first * width


def _box(y0: float, x0: float, x1: float, y1: float) -> Box:
    """A box as far as it lies on the film."""
    return Box(*(round(min(max(value, 0.0), 1.0), 4) for value in (y0, x0, y1, x1)))
