"""Synthetic chest films: a simple body, filmed by the Beer-Lambert law, with findings whose boxes and sides are known."""

from .draw import Film, draw, truth
from .library import Difficulty, StarterCase, starter_library
from .planted import Planted, Zone

__all__ = ["Difficulty", "Film", "Planted", "StarterCase", "Zone", "draw", "starter_library", "truth"]
