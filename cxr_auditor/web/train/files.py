"""What can be taken home from the Train tab, as files that the browser saves. None is written to the server's disk."""

from collections.abc import Mapping
from typing import Any

from ...errors import InputError
from ...teaching import keeping, progress_page, score
from ...teaching.records import Sitting
from ..downloads import parcel
from . import forms, summary
from .desk import Trainee, cases_of


def download(here: Trainee, sent: Mapping[str, Any]) -> dict[str, str]:
    """One file: a session's table or page, the progress over all sessions, or everything that is stored about the person."""
    key = sent["key"]
    match sent["what"]:
        case "session_csv":
            return parcel("cxr-session.csv", "text/csv", progress_page.session_csv(_session(here, key)).encode())
        case "session_page":
            return parcel("cxr-session.html", "text/html", _session_page(here, _session(here, key)).encode())
        case "progress_csv":
            return parcel("cxr-progress.csv", "text/csv", progress_page.progress_csv(_points(here)).encode())
        case "progress_page":
            page = progress_page.progress_page(here.person.name, _points(here))
            return parcel("cxr-progress.html", "text/html", page.encode())
        case "everything":
            return parcel("cxr-stored-about-me.json", "application/json", keeping.export_json(here.store, here.person).encode())
        case _:
            raise InputError("There is no such file.", "Choose one of those offered.")


def _session(here: Trainee, key: Any) -> Sitting:
    return here.sittings.open(here.person, forms.key_of(key))


def _session_page(here: Trainee, sitting: Sitting) -> str:
    return progress_page.session_page(sitting, summary.films(score.summary(sitting), cases_of(here, sitting)))


def _points(here: Trainee) -> tuple[score.Point, ...]:
    return score.progress(here.sittings.of(here.person))
