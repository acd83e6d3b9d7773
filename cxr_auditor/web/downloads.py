"""The report as files to keep. They are built when asked for and handed to the browser; none is written to the server's disk."""

import base64

from ..errors import InputError
from ..overlay import overlay_png
from ..printable import printable_html
from .session import Session


def report_json(session: Session) -> dict[str, str]:
    """The contract's JSON."""
    return parcel("cxr-audit-report.json", "application/json", _report(session).to_json().encode())


def overlay(session: Session) -> dict[str, str]:
    """The film with its boxes drawn in."""
    return parcel("cxr-audit-overlay.png", "image/png", overlay_png(session.film, _report(session)))


def printable(session: Session) -> dict[str, str]:
    """One page to print."""
    return parcel("cxr-audit-report.html", "text/html", printable_html(_report(session), session.draft, session.film).encode())


def _report(session: Session):
    if session.report is None:
        raise InputError("There is no report to download.", "Run the audit first.")
    return session.report


def parcel(name: str, kind: str, data: bytes) -> dict[str, str]:
    """What the browser saves. The names are fixed: a file name of the visitor's may name a patient."""
    return {"name": name, "kind": kind, "base64": base64.b64encode(data).decode()}
