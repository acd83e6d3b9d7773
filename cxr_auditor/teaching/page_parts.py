"""Templates of teaching's own pages and pictures; every text in them is escaped."""

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from ..highlight import visible
from ..items import title
from .score import Share


def part(template: str, **values) -> Markup:
    """A template of the package's folder `templates`, filled in; every value is escaped unless it is Markup."""
    return Markup(_environment().get_template(template).render(**values))  # the template escapes


def share_words(share: Share) -> str:
    """A share as people read it.

    >>> share_words(Share(3, 4))
    '3 of 4 (75 %)'
    >>> share_words(Share(0, 0))
    '\u2013'
    """
    return f"{share.hits} of {share.of} ({_percent(share.value)})" if share.of else "\u2013"


def interval_words(share: Share) -> str:
    """Its 95 % interval.

    >>> interval_words(Share(3, 4))
    '30 to 95 %'
    """
    return f"{share.low * 100:.0f} to {_percent(share.high)}" if share.of else "\u2013"


def _percent(value: float) -> str:
    return f"{value * 100:.0f} %"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("cxr_auditor", "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"visible": visible, "share": share_words, "interval": interval_words}
    environment.globals["title"] = title
    return environment
