"""Frozen records that travel between readers, parsers, judge and page. Illegal states can't be built.

Every record can be written with `model_dump_json()` and read back with `model_validate_json()`. Order is canonical on construction:
findings by the vocabulary's order, then place, so that the same content is the same record whatever order it came in.
"""

from .base import BoxField, Label, Probability, Record, Scope, Sides
from .draft import DraftReading, DraftStatus, Mention, OtherMention, Span, Statement, contradiction
from .film import ImageFinding, ImageReading, OtherStatement, ReadingStatus
from .report import (
    DISCLAIMER,
    SCHEMA_VERSION,
    AuditLists,
    AuditReport,
    Comparison,
    Evidence,
    Flag,
    FlagKind,
    ImageFacts,
    Note,
    NoteKind,
    Outcome,
    Provenance,
    Reason,
    Unit,
    Verdict,
)

__all__ = [
    "AuditLists",
    "AuditReport",
    "BoxField",
    "Comparison",
    "DISCLAIMER",
    "DraftReading",
    "DraftStatus",
    "Evidence",
    "Flag",
    "FlagKind",
    "ImageFacts",
    "ImageFinding",
    "ImageReading",
    "Label",
    "Mention",
    "Note",
    "NoteKind",
    "OtherMention",
    "OtherStatement",
    "Outcome",
    "Probability",
    "Provenance",
    "ReadingStatus",
    "Reason",
    "Record",
    "SCHEMA_VERSION",
    "Scope",
    "Sides",
    "Span",
    "Statement",
    "Unit",
    "Verdict",
    "contradiction",
]
