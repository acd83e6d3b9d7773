"""The example cases as a row of pictures to choose from."""

from functools import cache
from typing import Any

from markupsafe import Markup
from PIL import Image

from ...examples import example_cases
from ..render import data_address, page_part

_THUMB = 144  # pixels: sharp at 96 on most screens


@cache
def gallery() -> Markup:
    """Buttons, one for each case, in teaching order; nothing where there are no cases."""
    cases: list[dict[str, Any]] = []
    for case in example_cases():
        with Image.open(case.film_path) as picture:
            small = picture.convert("L")
        small.thumbnail((_THUMB, _THUMB), Image.Resampling.BILINEAR)
        cases.append({"title": case.title, "teaches": case.teaches, "picture": data_address(small, "JPEG")})
    return page_part("gallery.html", cases=cases)
