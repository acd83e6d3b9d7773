"""An audit as one page to print: self-contained HTML that asks nothing of any other host."""

import base64
import logging
from functools import cache
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from .errors import AuditorError
from .highlight import segments, visible
from .items import report_items
from .overlay import overlay_png
from .schema import AuditReport, DraftStatus, Outcome
from .table import rows
from .text import headline, not_looked_at

if TYPE_CHECKING:
    from .images import Radiograph

_log = logging.getLogger(__name__)


def printable_html(report: AuditReport, draft: str | None, film: "Radiograph | None") -> str:
    """The report as an HTML page for A4: film with boxes, marked draft, flags, notes, findings table, what produced it.

    `draft` is the text that was audited; its marks are looked up in it, so another text raises ValueError. Without `film`, or where
    drawing it fails, the page says so and holds everything else.
    """
    picture, trouble = _picture(report, film)
    items = report_items(report)
    draft = draft or ""
    return _template().render(
        report=report,
        items=items,
        headline=headline(report),
        reasons=[message for message in (report.reading.message, report.draft.message) if message],
        not_audited=report.outcome is Outcome.NOT_AUDITED,
        segments=segments(draft, [(span, item) for item in items.all for span in item.spans]),
        has_draft=bool(draft.strip()),
        picture=picture,
        trouble=trouble,
        rows=rows(report),
        unseen=not_looked_at(report),
        made=_made(report),
    )


def _picture(report: AuditReport, film: "Radiograph | None") -> tuple[str, str]:
    """(data address of the film with its boxes, why there is none)."""
    if film is None:
        return "", "The film is not part of this page."
    try:
        return "data:image/png;base64," + base64.b64encode(overlay_png(film, report)).decode(), ""
    except AuditorError as error:
        return "", f"The film could not be drawn: {error}"
    except Exception as error:  # whatever drawing trips over, the audit itself is not lost; the page and the log say it
        _log.error("drawing the film failed with %s", type(error).__name__)
        return "", "The film could not be drawn; everything else on this page holds. Please report this fault."


def _made(report: AuditReport) -> list[str]:
    """Sentences on what produced the report."""
    source = report.provenance
    seconds = ", ".join(f"{what} {value:.2f} s" for what, value in sorted(source.seconds.items()))
    return [
        f"Film read by {_named(source.reader, source.reader_revision)}.",
        *([f"Draft parsed by {_named(source.parser, source.parser_revision)}."] if report.draft.status is not DraftStatus.NONE else []),
        *report.reading.notes,
        *report.draft.notes,
        f"Made by {source.package}{f' ({seconds})' if seconds else ''}.",
        *(f"Prompt {name}: {digest}." for name, digest in sorted(source.prompts.items())),
        *([f"Film SHA-256 {source.image_sha256}."] if source.image_sha256 else []),
        *([f"Draft SHA-256 {source.draft_sha256}."] if source.draft_sha256 else []),
    ]


def _named(name: str, revision: str) -> str:
    return f"{name} ({revision})" if revision else name


@cache
def _template():
    environment = Environment(
        loader=PackageLoader(__package__, "templates"),
        autoescape=True,
        finalize=lambda value: visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("printable.html")
