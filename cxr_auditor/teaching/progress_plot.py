"""What a trainee found and falsely called, session by session, as small pictures: one SVG a finding."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from ..findings import Finding
from .page_parts import part
from .score import Point, Share

WIDTH, HEIGHT = 300, 120
"""Of a picture, in its own units."""

_LEFT, _RIGHT, _TOP, _BOTTOM = 34, 10, 10, 20
_LABEL = 28  # half the width of a date


@dataclass(frozen=True)
class Spot:
    """A share in the picture: its place, and the ends of its 95 % interval."""

    x: float
    y: float
    low: float
    high: float
    words: str


@dataclass(frozen=True)
class Curve:
    """One finding. `found` and `false` have a spot for each session that says something about it; `days` are those of the first and the
    last session of all, with their places.
    """

    finding: Finding
    found: tuple[Spot, ...]
    false: tuple[Spot, ...]
    days: tuple[tuple[float, str], ...]


def curves(points: Sequence[Point]) -> tuple[Curve, ...]:
    """A curve for each finding that any session says something about; sessions stand side by side in the order of `points`."""
    keys = list(dict.fromkeys(point.key for point in points))
    step = (WIDTH - _LEFT - _RIGHT) / max(1, len(keys))
    places = {key: _LEFT + step * (i + 0.5) for i, key in enumerate(keys)}
    ends = (*points[:1], *points[-1:])
    days = tuple(dict.fromkeys((min(max(places[p.key], _LABEL), WIDTH - _LABEL), f"{p.at:%Y-%m-%d}") for p in ends))
    found = []
    for finding in Finding:
        mine = [point for point in points if point.finding is finding]
        if mine:
            hits = tuple(_spot(places[p.key], p.found, p, "found") for p in mine if p.found.of)
            false = tuple(_spot(places[p.key] + 5, p.false, p, "called falsely") for p in mine if p.false.of)
            found.append(Curve(finding, hits, false, days))
    return tuple(found)


def picture(curve: Curve) -> Markup:
    """A curve as SVG. What was found: a line with discs; what was falsely called: a broken line with squares."""
    levels = [(_height(share), f"{share:.0%}") for share in (0.0, 0.5, 1.0)]
    return part("progress_plot.svg", curve=curve, width=WIDTH, height=HEIGHT, left=_LEFT, right=WIDTH - _RIGHT, levels=levels)


def _spot(x: float, share: Share, point: Point, what: str) -> Spot:
    words = f"{point.at:%Y-%m-%d}: {what} {share.hits} of {share.of}"
    return Spot(x, _height(share.value), _height(share.low), _height(share.high), words)


def _height(share: float) -> float:
    return _TOP + (1 - share) * (HEIGHT - _TOP - _BOTTOM)
