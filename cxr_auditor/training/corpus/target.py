"""One labelled film -> what a reader is taught to say of it, or the reason why it can't teach."""

import json
from collections import Counter
from collections.abc import Sequence
from enum import StrEnum

from ... import prompts
from ...evaluation.datasets import LabelledFilm
from ...findings import NO_FINDING, Finding
from ...geometry import Box
from ...readers.medgemma import LABELS
from ...schema import ImageFinding
from .regions import regions
from .settings import Settings, Unboxed

PROMPT = "medgemma_findings"


class Reason(StrEnum):
    """Why a film is not in the corpus."""

    NOT_FRONTAL = "not a frontal film"
    NO_IMAGE = "no image"
    UNREADABLE = "an image that can't be used"
    DISPUTED = "two readings of the film disagree"
    OUTSIDE = "only disease outside the vocabulary"
    NOT_NORMAL = "no finding, yet not known to be normal"
    PARTIAL = "not every finding is known"
    UNBOXED = "a finding without a box"
    AGAIN = "the same film again"
    TEST_PATIENT = "its patient is in the test set"
    MOST = "enough films of its findings"
    NORMALS = "enough normal films"


def teach(film: LabelledFilm, settings: Settings, tally: Counter) -> tuple[ImageFinding, ...] | Reason:
    """The findings of the target, in canonical order; none for a normal film. `tally` counts what became of the boxes."""
    if film.groups.get("view", "PA").upper() not in ("PA", "AP"):
        return Reason.NOT_FRONTAL
    if film.image is None:
        return Reason.NO_IMAGE
    if _disputed(film):
        return Reason.DISPUTED
    if not film.present and not film.normal:
        return Reason.OUTSIDE if film.outside else Reason.NOT_NORMAL
    if len(film.labels) < len(Finding) and not settings.partial:
        return Reason.PARTIAL
    boxes: Counter = Counter()
    found = regions(film, settings.without, boxes)
    if any(one.box is None for one in found) and not _may_lack_boxes(found, settings.unboxed):
        return Reason.UNBOXED
    tally.update(boxes)
    return found


def _disputed(film: LabelledFilm) -> bool:
    """Whether another reading contradicts the labels, or somebody drew a box for a finding that the labels call absent.

    A film that most readers call normal, while one of them saw a finding, is disputed too: it is no film to learn silence from.
    """
    contradicted = any(film.labels.get(finding, seen) != seen for finding, seen in film.second.items())
    outvoted = bool(film.normal) and any(seen for seen, _ in film.votes.values())
    return contradicted or outvoted or any(film.labels.get(marked.finding) is False for marked in film.boxes)


def _may_lack_boxes(found: Sequence[ImageFinding], unboxed: Unboxed) -> bool:
    return unboxed is Unboxed.KEEP or (unboxed is Unboxed.URGENT and any(one.finding.urgent for one in found))


def served_prompt() -> tuple[prompts.Prompt, str]:
    """The served reader's prompt, and its text as the model gets it."""
    prompt = prompts.load(PROMPT)
    return prompt, prompt.fill(labels=", ".join(LABELS))


def target_text(found: Sequence[ImageFinding]) -> str:
    """The reply that the served reader understands as these findings; without any, the statement that there is none.

    >>> target_text([ImageFinding(finding=Finding.CARDIOMEGALY, box=Box(0.4, 0.25, 0.875, 1))])
    '[{"label": "cardiomegaly", "box_2d": [0.4, 0.25, 0.875, 1]}]'
    """
    elements = [{"label": one.finding.value, "box_2d": _numbers(one.box)} for one in found]
    return json.dumps(elements or [{"label": NO_FINDING, "box_2d": None}])


def _numbers(box: Box | None) -> list[float] | None:
    """0 and 1 without a decimal point: every character of a target is a token to learn."""
    return None if box is None else [int(value) if value in (0, 1) else value for value in box.as_list()]
