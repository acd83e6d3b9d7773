"""Figures as pure functions of arrays and boxes. They know no file, no reader and no report.

Everything that is counted per film takes the films' weights (how often a film was drawn), so that one bootstrap serves all of it.
NaN stands only where a figure is undefined (no positive film, no box); a finding that is present and never predicted scores 0.
"""

from .bootstrap import Counted, Estimate, bootstrap
from .localisation import FilmBoxes, average_precision, localise
from .presence import Presence, Zones, auroc, calibration_error, presence, reliability, sensitivity_at_specificity, zones

__all__ = [
    "Counted",
    "Estimate",
    "FilmBoxes",
    "Presence",
    "Zones",
    "auroc",
    "average_precision",
    "bootstrap",
    "calibration_error",
    "localise",
    "presence",
    "reliability",
    "sensitivity_at_specificity",
    "zones",
]
