"""Films, messages and templates -> HTML, through templates that escape every text. Nothing here knows Gradio."""

import base64
import io
from dataclasses import dataclass
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from ..highlight import visible
from ..images import Radiograph
from ..schema import DISCLAIMER

SHOWN_SIDE = 2560
"""Longest side, in pixels, of the picture that the browser gets; the audit sees the whole film."""

NO_FILM: dict[str, Any] = {"src": "", "key": ""}


@dataclass(frozen=True)
class Problem:
    """An error in plain words: what was wrong, what to do, what stays."""

    message: str
    hint: str = ""
    kept: str = ""


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader(__package__, "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["visible"] = visible
    environment.globals["disclaimer"] = DISCLAIMER
    return environment


def page_part(template: str, **values) -> Markup:
    """A template of the folder `templates`, filled in; every value is escaped unless it is Markup."""
    return Markup(_environment().get_template(template).render(**values))  # the template escapes


def film(radiograph: Radiograph) -> dict[str, Any]:
    """What the viewer takes: the film as a picture of at most SHOWN_SIDE pixels a side, in a data address."""
    from PIL import Image

    picture = Image.fromarray(radiograph.pixels)
    picture.thumbnail((SHOWN_SIDE, SHOWN_SIDE), Image.Resampling.LANCZOS)
    return {"src": data_address(picture, "PNG"), "key": radiograph.sha256}


def data_address(picture, kind: str) -> str:
    """A Pillow picture as a data: address."""
    buffer = io.BytesIO()
    picture.save(buffer, kind, **({"compress_level": 3} if kind == "PNG" else {"quality": 80}))
    return f"data:image/{kind.lower()};base64,{base64.b64encode(buffer.getvalue()).decode()}"


def problem(error: Problem) -> Markup:
    return banner("problem", error.message, [error.hint, error.kept], alert=True)


_UNSAID = {"alert": False, "counts": (), "undecided": (), "unseen": (), "unchecked": 0, "run": 0}


def banner(kind: str, said: str, lines: list[str], **rest) -> Markup:
    """A banner of one headline and lines of text; `rest` are the template's other fields."""
    return page_part("banner.html", kind=kind, headline=said, lines=[line for line in lines if line], **_UNSAID | rest)
