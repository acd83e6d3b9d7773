"""Sessions built by hand for the tests of what is computed from them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cxr_auditor.audit import audit_reading
from cxr_auditor.case_file import Case, Difficulty
from cxr_auditor.findings import Finding, Side, Status
from cxr_auditor.schema import ImageFinding, ImageReading
from cxr_auditor.teaching.records import Sitting, Turn, Wish

START = datetime(2026, 11, 2, 9, tzinfo=UTC)


def film(*findings, scope=tuple(Finding)) -> ImageReading:
    """A truth: each finding as (finding, side or None[, status])."""
    entries = [
        ImageFinding(finding=one[0], sides=(one[1],) if one[1] else (), status=one[2] if len(one) > 2 else Status.PRESENT)
        for one in findings
    ]
    return ImageReading(reader="truth", findings=entries, scope=scope)


def turn(number: int, truth: ImageReading, draft: str, case: str = "", day: int = 0, seconds: float = 60) -> Turn:
    """A committed case, judged by the real pipeline with the rules parser."""
    return Turn(
        number=number,
        case=case or f"case-{number}",
        truth=truth,
        draft=draft,
        seconds=seconds,
        committed=START + timedelta(days=day, minutes=number),
        report=audit_reading(None, truth, draft),
    )


def sitting(*turns: Turn, key: str = "k", day: int = 0) -> Sitting:
    started = START + timedelta(days=day)
    return Sitting(
        key=key, person=1, name="ada", wish=Wish(size=max(1, len(turns))), reader=None, parser="rules", started=started, turns=turns
    )


def case(name: str, reading: ImageReading, difficulty: str = "easy") -> Case:
    """A case without its files."""
    return Case(
        name=name,
        folder=Path("."),
        title=name,
        teaches="t",
        difficulty=Difficulty(difficulty),
        film="film.png",
        source="s",
        licence="l",
        synthetic=True,
        reading=reading,
    )


EFFUSION, PNEUMOTHORAX, OPACITY, NODULE, HEART = Finding
LEFT, RIGHT = Side.LEFT, Side.RIGHT
