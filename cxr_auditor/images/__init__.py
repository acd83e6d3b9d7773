"""Files, arrays and pictures -> `Radiograph`: limits, orientation, de-identification. Imports numpy; Pillow and pydicom when asked."""

from .film import LIMITS, Limits, Radiograph
from .frontal import frontal_problem
from .load import load

__all__ = ["LIMITS", "Limits", "Radiograph", "frontal_problem", "load"]
