"""`medgemma`: the auditing checkpoints and the untuned base model. The reply is a JSON list of {label, box_2d}.

Frames: the tuned checkpoints give [y0, x0, y1, x1] in 0 to 1 of the film; the base gives them in 0 to 1000 of the film padded to a
square. A normal film must be stated (`no_finding`): an empty list is no answer of this family. The model's prose and its confidence are
not asked for: neither was ever trained.
"""

import json
from functools import cached_property, partial
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from .. import prompts
from ..chat.budget import longest_reply
from ..chat.ladder import ask
from ..chat.records import Decoding, ImagePart, Reply, Request
from ..chat.repair import Elements, Unreadable, read_elements
from ..errors import ReaderError
from ..findings import NO_FINDING, Finding
from ..geometry import Box, from_yxyx, unpad
from ..models import MEDGEMMA
from ..schema import ImageFinding, OtherStatement
from .family import ChatReader, Seen, box_or_note
from .labels import lookup
from .pictures import padded

if TYPE_CHECKING:
    from ..images import Radiograph

MOST_FINDINGS = 16
MOST_PLACES = 4
LABELS = [*(finding.value for finding in Finding), NO_FINDING]
_UNIT = {"type": "number", "minimum": 0, "maximum": 1, "multipleOf": 0.001}
_THOUSANDTH = {"type": "integer", "minimum": 0, "maximum": 1000}

TUNED_PROMPT, BASE_PROMPT = "medgemma_findings", "medgemma_base_findings"
FRAMES = {TUNED_PROMPT: "[y0, x0, y1, x1], 0 to 1 of the film", BASE_PROMPT: "[y0, x0, y1, x1], 0 to 1000 of the film padded to a square"}
"""The frame of the boxes in a reply, by the prompt that asks for them."""

STATED = "cxr-auditor.json"
"""Beside the weights of a model that `train sft` made: the prompt and the frame that it was tuned with."""

_OWNER = "google"
_BASES = frozenset({"medgemma-4b-it", "medgemma-4b-pt", "medgemma-27b-it", "medgemma-1.5-4b-it"})


def box_schema(coordinate: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": coordinate, "minItems": 4, "maxItems": 4}


def findings_schema(coordinate: dict[str, Any]) -> dict[str, Any]:
    """At least one element: a finding, or the statement that there is none."""
    element = {
        "type": "object",
        "properties": {"label": {"enum": LABELS}, "box_2d": {"anyOf": [{"type": "null"}, box_schema(coordinate)]}},
        "required": ["label", "box_2d"],
        "additionalProperties": False,
    }
    return {"type": "array", "items": element, "minItems": 1, "maxItems": MOST_FINDINGS}


def is_base(model: str) -> bool:
    """Whether a model is one of Google's own checkpoints, hence speaks in thousandths of a padded square.

    What stands beside the weights in a folder says so, else the exact name does: Google's id, or a folder or a server's model called as
    in the id. Whatever else there is has been tuned. Raises ReaderError where the model was tuned with a prompt that is not asked here.

    >>> is_base("google/medgemma-1.5-4b-it"), is_base("alex-feeel/medgemma-cxr-auditor-v2"), is_base("medgemma-4b-it-mine")
    (True, False, False)
    """
    prompt = _stated_prompt(Path(model) / STATED)
    if prompt is not None:
        return prompt == BASE_PROMPT
    owner, _, name = PurePath(model).as_posix().lower().rpartition("/")
    return name in _BASES and (owner in ("", _OWNER) or owner.startswith((".", "/")) or Path(model).is_dir())


def _stated_prompt(path: Path) -> str | None:
    """The prompt that a folder says its model was tuned with; None where it says nothing."""
    try:
        stated = json.loads(path.read_text("utf-8"))
        prompt, frame = stated["prompt"]["name"], stated["frame"]
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ReaderError(f"{STATED} beside the model's weights is not readable.", "Copy or tune the model again.") from error
    if prompt not in FRAMES or frame != FRAMES[prompt]:
        raise ReaderError(
            f"The model was tuned with the prompt {prompt!r} and boxes in {frame!r}, which this reader does not ask for.",
            f"It asks with {' or '.join(FRAMES)}. A parser's model goes behind --parser nemotron=FOLDER.",
        )
    return prompt


class MedGemmaReader(ChatReader):
    name = "medgemma"
    card = MEDGEMMA
    longest_side = 1792  # twice what the model's own processor makes of it
    report_prompt = "medgemma_report"

    @cached_property
    def base(self) -> bool:
        return is_base(self.chat.name)

    def question(self, film: "Radiograph") -> tuple[Request, prompts.Prompt]:
        prompt = prompts.load(BASE_PROMPT if self.base else TUNED_PROMPT)
        schema = findings_schema(_THOUSANDTH if self.base else _UNIT)
        turn = self.turn(film, prompt.fill(labels=", ".join(LABELS)))
        return Request((turn,), Decoding(max_new_tokens=longest_reply(schema)), schema), prompt

    def understand(self, reply: Reply, film: "Radiograph") -> Seen:
        elements = read_elements(reply.text, ("label", "box_2d"))
        seen = Seen(notes=_repaired(elements), complete=elements.complete)
        normal = False
        for element in elements.objects:
            label = element.get("label")
            meaning = lookup(label) if isinstance(label, str) else None
            box = box_or_note(element.get("box_2d"), partial(self.box, film=film), str(meaning or "unknown"), seen.notes)
            if isinstance(meaning, Finding):
                seen.findings.append(ImageFinding(finding=meaning, box=box))
            elif meaning == NO_FINDING:
                normal = True
            elif isinstance(label, str) and label.strip():
                seen.other.append(OtherStatement(term=label.strip(), box=box))
                seen.notes.append("The model used a label outside its vocabulary; it is shown and not judged.")
        if not seen.findings and not normal:
            raise Unreadable("it states neither a known finding nor that there is none")
        if seen.findings and normal:
            seen.notes.append("The model also stated that there is no finding; the findings count.")
        return seen

    def box(self, values, film: "Radiograph") -> Box:
        """Four numbers of this model as a box of the film. ValueError where they can't be in its frame."""
        if not self.base:
            return from_yxyx(values, width=1, height=1)  # thousandths lie far outside and are refused
        if max(values, default=0) <= 1.5:
            raise ValueError("thousandths that are all 0 or 1 come from another frame")
        return unpad(from_yxyx(values, width=1000, height=1000), width=film.width, height=film.height)

    def picture(self, film: "Radiograph") -> ImagePart:
        return super().picture(film) if not self.base else padded(film, self.longest_side)

    def locate(self, film: "Radiograph", sentence: str) -> list[Box]:
        """Where a sentence of the draft points, asked in the base model's native way (thousandths of a padded square)."""
        schema = {"type": "array", "items": _place(), "minItems": 0, "maxItems": MOST_PLACES}
        prompt = prompts.load("medgemma_locate").fill(sentence=prompts.as_data(sentence))
        turn = self.turn(film, prompt)
        turn = type(turn)(turn.role, (padded(film, self.longest_side), *(part for part in turn.parts if isinstance(part, str))))
        request = Request((turn,), Decoding(max_new_tokens=longest_reply(schema)), schema)
        return self.grounded(ask(self.chat, request, lambda reply: _places(reply, film)))


def _place() -> dict[str, Any]:
    properties = {"box_2d": box_schema(_THOUSANDTH)}
    return {"type": "object", "properties": properties, "required": ["box_2d"], "additionalProperties": False}


def _places(reply: Reply, film: "Radiograph") -> list[Box]:
    def convert(values):
        return unpad(from_yxyx(values, width=1000, height=1000), width=film.width, height=film.height)

    elements = read_elements(reply.text, ("box_2d",)).objects
    boxes = [box_or_note(element.get("box_2d"), convert, "place", []) for element in elements]
    if elements and not any(boxes):
        raise Unreadable("none of its boxes is a place on the film")
    return [box for box in boxes if box is not None]


def _repaired(elements: Elements) -> list[str]:
    return [f"The model's reply was repaired: {repair}." for repair in elements.repairs]
