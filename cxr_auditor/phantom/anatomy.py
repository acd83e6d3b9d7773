"""The body that is filmed: a few dozen lengths drawn from a seed.

Frame of the body: centimetres; x grows to the image's right (the patient's left) from the midline, y downward from the film's upper
edge, z from front to back. `m` is the distance from the midline outward, the same for both lungs.
"""

from dataclasses import dataclass

import numpy as np

from ..findings import Side


@dataclass(frozen=True)
class Anatomy:
    """Lengths in cm, angles in radians."""

    field: float  # side of the square film
    half_width: float  # of the chest's inside where it is widest
    depth: float  # half the depth of the lungs
    apex: float  # y of the lungs' upper end
    dome_right: float  # y of the diaphragm's highest point
    dome_left: float
    habitus: float  # 0 slim to 1 large
    breast: float  # largest depth of breast tissue, 0 for none
    heart_ratio: float  # cardiothoracic ratio
    knob: float  # radius of the aortic arch
    rotation: float  # of the patient about the long axis
    tilt: float  # of the film in its plane
    offset: float  # of the midline from the film's middle
    rib_drop: float  # how far a rib descends from back to front
    bubble: float  # half-width of the stomach's gas
    marker: str  # "L" or "R"
    cone: tuple[float, float, float, float]  # unexposed borders: top, right, bottom, left
    latitude: float  # of the film: how many units of attenuation it spans

    @property
    def dome(self) -> dict[Side, float]:
        return {Side.RIGHT: self.dome_right, Side.LEFT: self.dome_left}

    @property
    def base(self) -> float:
        """y below which no air of the lungs lies."""
        return max(self.dome_right, self.dome_left) + 6.5

    @property
    def carina(self) -> float:
        return self.apex + 0.43 * (self.dome_right - self.apex)

    @property
    def arch(self) -> float:
        """y of the middle of the aortic arch."""
        return self.carina - 2.6

    @property
    def heart_width(self) -> float:
        return self.heart_ratio * 2 * self.half_width

    def shift(self, z):
        """How far the patient's rotation moves what lies at depth z to the image's right."""
        return z * np.tan(self.rotation)


def sign(side: Side) -> int:
    """x = sign * m. The patient's right lies on the image's left."""
    return -1 if side is Side.RIGHT else 1


def anatomy(seed: int, *, large_heart: float | None = None) -> Anatomy:
    """The body of a seed. `large_heart` in [0, 1] sets the cardiothoracic ratio from 0.56 to 0.65; else it is normal (0.40 to 0.47)."""
    rng = np.random.default_rng([seed, 0])
    habitus = float(rng.beta(1.6, 2.4))
    half_width = rng.uniform(12.4, 15.2)
    apex = rng.uniform(3.6, 4.8)
    inspiration = half_width * rng.uniform(1.26, 1.56)
    cone = np.where(rng.random(4) < 0.2, rng.uniform(0.3, 1.2, 4), 0.0)
    ratio = rng.uniform(0.40, 0.47)
    return Anatomy(
        field=2 * half_width * rng.uniform(1.25, 1.36),
        half_width=half_width,
        depth=rng.uniform(7.2, 8.6) + 0.6 * habitus,
        apex=apex,
        dome_right=apex + inspiration,
        dome_left=apex + inspiration + rng.uniform(0.3, 2.3),
        habitus=habitus,
        breast=float(rng.uniform(1.2, 3.4)) if rng.random() < 0.45 else 0.0,
        heart_ratio=ratio if large_heart is None else 0.56 + 0.09 * large_heart,
        knob=rng.uniform(1.45, 2.0),
        rotation=np.radians(rng.normal(0, 2.0)),
        tilt=np.radians(rng.normal(0, 1.0)),
        offset=rng.normal(0, 0.35),
        rib_drop=rng.uniform(7.5, 10.0),
        bubble=rng.uniform(1.4, 3.2),
        marker="L" if rng.random() < 0.6 else "R",
        cone=tuple(float(v) for v in cone),
        latitude=rng.uniform(0.9, 1.15),
    )
