"""Whether a film can be a frontal chest radiograph at all: its own tags, and statistics that no real film comes near.

This keeps out photographs, blanks and pages; it does not recognise a chest. Every limit lies far outside what 1,281 NIH films at 512 px
and 3,603 at 64 to 128 px show (their extremes stand beside each, and this module's test checks films against the limits).
"""

import numpy as np

from .film import Radiograph

_COLOURFUL = 8.0  # grey levels from the picture's own tint; a film is grey, and a scan's or a JPEG's colour noise stays under 3
_TINTED = 90.0  # grey levels; a film base or a sepia scan stays under 60
_FAINT = 16  # grey levels between the 1st and the 99th percentile; films 79 and more
_PAPER, _PAGE = 240, 0.8  # from this level on it is white paper; share of a page that is; films up to 0.53 (with black counted in)


def frontal_problem(film: Radiograph) -> str | None:
    """Why the film can't be a frontal chest radiograph, as a sentence for a person; None where nothing speaks against it."""
    if film.declared:
        return film.declared
    if film.view == "LL":
        return "The file says that this is a lateral film; only frontal (PA or AP) chest films are audited."
    if film.colourfulness > _COLOURFUL or film.tint > _TINTED:
        return "This is a colour picture, not a chest X-ray film."
    below = np.cumsum(np.bincount(film.pixels.ravel(), minlength=256)) / film.pixels.size
    low, high = np.searchsorted(below, (0.01, 0.99))
    if high - low < _FAINT:
        return "The image is blank: it shows next to no contrast."
    if 1 - below[_PAPER - 1] > _PAGE:
        return "This is a page or a drawing, not a chest X-ray film: nearly all of it is white."
    return None
