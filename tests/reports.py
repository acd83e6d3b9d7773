"""Reports for the tests of what is drawn and printed, judged by the real judge."""

import numpy as np

from cxr_auditor.audit import audit_reading
from cxr_auditor.findings import Finding
from cxr_auditor.images import Radiograph
from cxr_auditor.schema import AuditReport, DraftReading, ImageFinding, ImageReading, Mention, OtherMention, ReadingStatus

DRAFT = (
    "Right pleural effusion. No pneumothorax. Nodule in the right upper lobe. Heart is enlarged; heart size normal.\n"
    "Possible left basal opacity. Lines in place."
)
BOXES = {
    "pneumothorax": [0.08, 0.58, 0.45, 0.9],  # missing: denied
    "pleural_effusion": [0.65, 0.1, 0.9, 0.42],  # agreed
    "cardiomegaly": [0.5, 0.35, 0.82, 0.75],  # contradictory
    "lung_opacity_consolidation": [0.5, 0.6, 0.75, 0.85],  # hedged
    "nodule_mass": [0.3, 0.7, 0.36, 0.76],  # wrong side
}


def film(height=300, width=256) -> Radiograph:
    """Grey with structure and no black or white in it."""
    pixels = np.random.default_rng(0).integers(60, 180, (height // 16 + 1, width // 16 + 1)).repeat(16, 0).repeat(16, 1)
    return Radiograph(pixels=pixels[:height, :width].astype(np.uint8), kind="PNG", sha256="f" * 64)


def mention(draft, label, status, words, sides=()) -> Mention:
    start = draft.index(words)
    return Mention(label=label, status=status, span=words, start=start, end=start + len(words), sides=sides)


class FixedParser:
    """Says of DRAFT what a person would; of any other text, what it is given."""

    name, revision = "fixed-parser", "7"

    def __init__(self, *mentions, other=()):
        self.mentions, self.other = mentions, other

    def parse(self, text):
        return DraftReading(parser=self.name, revision=self.revision, findings=self.mentions, other=self.other)


def draft_parser() -> FixedParser:
    lines = mention(DRAFT, "pneumothorax", "present", "Lines")
    return FixedParser(
        mention(DRAFT, "pleural_effusion", "present", "Right pleural effusion", ("right",)),
        mention(DRAFT, "pneumothorax", "absent", "No pneumothorax"),
        mention(DRAFT, "nodule_mass", "present", "Nodule in the right upper lobe", ("right",)),
        mention(DRAFT, "cardiomegaly", "present", "Heart is enlarged"),
        mention(DRAFT, "cardiomegaly", "absent", "heart size normal"),
        mention(DRAFT, "lung_opacity_consolidation", "uncertain", "Possible left basal opacity", ("left",)),
        other=(OtherMention(term="lines", status="present", span=lines.span, start=lines.start, end=lines.end),),
    )


def reading(boxes=BOXES, **fields) -> ImageReading:
    """A reading with one present finding per box; `boxes` maps labels to boxes or is a list of (label, box)."""
    pairs = boxes.items() if isinstance(boxes, dict) else boxes
    found = tuple(ImageFinding(finding=Finding(label), box=box) for label, box in pairs)
    return ImageReading(**{"reader": "fixed-reader", "revision": "3", "findings": found} | fields)


def full_report(radiograph=None) -> AuditReport:
    """Every kind of flag but UNSUPPORTED, an agreed finding and two notes."""
    return audit_reading(radiograph or film(), reading(), DRAFT, draft_parser())


def report_of(boxes, draft=None, parser=None, **fields) -> AuditReport:
    return audit_reading(film(), reading(boxes, **fields), draft, parser or FixedParser())


def unread_report(status=ReadingStatus.FAILED, message="The reader ran out of memory.") -> AuditReport:
    return report_of({}, status=status, message=message)
