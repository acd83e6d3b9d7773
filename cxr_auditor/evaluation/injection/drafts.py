"""Drafts with known errors as records, and as JSON lines on disk."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from ...findings import Finding, Side, Status
from ...geometry import Box
from ...schema import FlagKind, NoteKind
from ..kept import read_lines, save_lines
from .plan import ErrorType, Injected, Plan, Say, faithful_plan, inject, possible_errors
from .truth import TrueFinding, Truth
from .writer import Stated, Style, Wording, write_stated


@dataclass(frozen=True)
class Draft:
    """One written draft. `errors` is empty for a faithful one; `intended` is what it was meant to say.

    `stated`: where it says it, in the order of the text; known of a draft that was just written, and not kept on disk.
    """

    draft_id: str
    truth: Truth
    text: str
    style: Style
    intended: tuple[Say, ...]
    errors: tuple[Injected, ...] = ()
    stated: tuple[Stated, ...] = field(default=(), compare=False)

    @property
    def error(self) -> ErrorType | None:
        return self.errors[0].error if self.errors else None


def write_drafts(truths: Iterable[Truth], seed: int, wording: Wording = Wording.HELD_OUT) -> Iterator[Draft]:
    """For each film a faithful draft and one draft with each type of error that the film allows.

    The draft of a film depends on the wording, the seed and its id alone. A film of which nothing is known gives none.
    """
    for truth in truths:
        if not truth.findings and not truth.absent:
            continue
        random = Random(f"{seed}-{truth.case_id}-faithful")
        yield _written(f"{truth.case_id}-faithful", truth, faithful_plan(truth, random), (), random, wording)
        for error, findings in possible_errors(truth).items():
            random = Random(f"{seed}-{truth.case_id}-{error}")
            plan, injected = inject(faithful_plan(truth, random), truth, error, random.choice(findings), random)
            yield _written(f"{truth.case_id}-{error}", truth, plan, (injected,), random, wording)


def _written(draft_id: str, truth: Truth, plan: Plan, errors: tuple[Injected, ...], random: Random, wording: Wording) -> Draft:
    text, style, stated = write_stated(plan, random, wording)
    return Draft(draft_id, truth, text, style, plan.says, errors, stated)


def save_drafts(drafts: Iterable[Draft], path: Path) -> None:
    """Writes JSON lines, all of them or none."""
    save_lines(path, (json.dumps(_as_json(draft), ensure_ascii=False) for draft in drafts))


def load_drafts(path: Path) -> list[Draft]:
    """Drafts that `save_drafts` wrote. Raises InputError naming the file and line."""
    drafts: list[Draft] = []
    read_lines(path, lambda line: drafts.append(_from_json(line)), "a draft")
    return drafts


def _as_json(draft: Draft) -> dict:
    truth = draft.truth
    return {
        "id": draft.draft_id,
        "case_id": truth.case_id,
        "patient_id": truth.patient_id,
        "style": draft.style,
        "draft": draft.text,
        "errors": [
            {"type": e.error, "finding": e.finding, "sides": e.sides, "expected": e.expected, "urgent": e.urgent} for e in draft.errors
        ],
        "intended": [{"label": say.label, "status": say.status, "sides": say.sides, "outright": say.outright} for say in draft.intended],
        "truth": [
            {"finding": f.finding, "status": f.status, "sides": f.sides, "boxes": [b.as_list() for b in f.boxes]} for f in truth.findings
        ],
        "absent": truth.absent,
    }


def _from_json(data: dict) -> Draft:
    findings = tuple(
        TrueFinding(Finding(f["finding"]), Status(f["status"]), _sides(f["sides"]), tuple(Box.of(box) for box in f["boxes"]))
        for f in data["truth"]
    )
    truth = Truth(data["case_id"], data["patient_id"], findings, tuple(Finding(name) for name in data["absent"]))
    errors = tuple(Injected(ErrorType(e["type"]), Finding(e["finding"]), _kind(e["expected"]), _sides(e["sides"])) for e in data["errors"])
    intended = tuple(Say(_label(say["label"]), Status(say["status"]), _sides(say["sides"]), say["outright"]) for say in data["intended"])
    return Draft(data["id"], truth, data["draft"], Style(data["style"]), intended, errors)


def _sides(names) -> tuple[Side, ...]:
    return tuple(Side(name) for name in names)


def _label(name: str) -> Finding | str:
    return Finding(name) if name in set(Finding) else name


def _kind(name: str) -> FlagKind | NoteKind:
    return FlagKind(name) if name in set(FlagKind) else NoteKind(name)
