"""`radvlm`: RadVLM, a LLaVA-OneVision. It answers in sentences; boxes stand in them as [x0, y0, x1, y1] in 0 to 1 of the film.

The weights come from PhysioNet into a folder of the user's. The questions are commands of the model's interface: it was trained on them.
A film without abnormalities is stated in a sentence of its own, so a reply without a box, a list or that sentence is no answer.
"""

import re
from functools import partial
from typing import TYPE_CHECKING

from .. import prompts
from ..chat.ladder import ask
from ..chat.records import Decoding, Reply, Request
from ..chat.repair import Unreadable
from ..findings import NO_FINDING, Finding
from ..geometry import Box, from_xyxy
from ..models import RADVLM
from ..schema import ImageFinding, OtherStatement
from .family import ChatReader, Seen, box_or_note
from .labels import lookup, mentions_finding

if TYPE_CHECKING:
    from ..images import Radiograph

LONGEST_ANSWER = 1500  # tokens, as its publisher runs it
_BOX = re.compile(r"\[\s*([-+\d.eE]+(?:\s*,\s*[-+\d.eE]+)*)\s*\]")
_CUT_BOX = re.compile(r"\[[^\]]*$")
_NORMAL = re.compile(
    r"\b(?:no|not|without|free of)\s(?:[a-z-]+\s){0,6}(?:abnormalit(?:y|ies)|lesions?|findings?|patholog(?:y|ies)|anomal(?:y|ies))\b"
    r"|\b(?:x-?ray|radiograph|image|film|lungs|chest|study)\s(?:[a-z-]+\s){0,3}(?:normal|unremarkable|clear)\b",
    re.IGNORECASE,
)
_ARTICLE = re.compile(r"(?:^|\s)(?:an?|the|some)\s+", re.IGNORECASE)
_PLACE = re.compile(
    r"\s+(?:(?:is|are)\s+)?(?:located|found|seen|visible|at the coordinates|with coordinates|at|in)\b.*$", re.IGNORECASE | re.DOTALL
)


class RadVlmReader(ChatReader):
    name = "radvlm"
    card = RADVLM
    image_first = False
    report_prompt = "radvlm_report"

    def question(self, film: "Radiograph") -> tuple[Request, prompts.Prompt]:
        prompt = prompts.load("radvlm_findings")
        return self._request(film, prompt.fill()), prompt

    def understand(self, reply: Reply, film: "Radiograph") -> Seen:
        text = reply.text.strip()
        seen, normal = Seen(complete=not reply.truncated), False
        places = _named_boxes(text)
        if not places:
            names = _listed(text)
            places = [(name, None) for name in names] if any(lookup(name) for name in names) else []
        if not places and not (_NORMAL.search(text) and seen.complete and not mentions_finding(text)):
            raise Unreadable("it names no abnormality and does not say that there is none")
        for name, values in places:
            meaning = lookup(name)
            box = box_or_note(values, partial(from_xyxy, width=1, height=1), str(meaning or "unknown"), seen.notes)
            if isinstance(meaning, Finding):
                seen.findings.append(ImageFinding(finding=meaning, box=box, evidence=name))
            elif meaning == NO_FINDING:
                normal = True
            else:
                seen.other.append(OtherStatement(term=name, box=box))
        if normal and seen.findings:
            seen.notes.append("The model also stated that there is no finding; the findings count.")
        return seen

    def locate(self, film: "Radiograph", sentence: str) -> list[Box]:
        """Phrase grounding: where a sentence of the draft points."""
        return self._boxes(film, prompts.load("radvlm_locate").fill(sentence=prompts.as_data(sentence)))

    def locate_region(self, film: "Radiograph", region: str) -> list[Box]:
        """Region grounding: where an anatomical structure lies, "right lung"."""
        return self._boxes(film, prompts.load("radvlm_region").fill(region=prompts.as_data(region.lower())))

    def _boxes(self, film: "Radiograph", text: str) -> list[Box]:
        return self.grounded(ask(self.chat, self._request(film, text), _boxes_of))

    def _request(self, film: "Radiograph", text: str) -> Request:
        return Request((self.turn(film, text),), Decoding(max_new_tokens=LONGEST_ANSWER))


def _named_boxes(text: str) -> list[tuple[str, list[str]]]:
    """(name, numbers) of every box: the name is what the words before its group of boxes are about."""
    found, end, name = [], 0, ""
    for match in _BOX.finditer(_CUT_BOX.sub("", text)):
        words = text[end : match.start()]
        if re.search(r"[A-Za-z]{3,}", words.replace("and", "")):
            name = _subject(words)
        if name:
            found.append((name, match.group(1).split(",")))
        end = match.end()
    return found


def _subject(words: str) -> str:
    """ "...are these: a Pleural effusion located at the coordinates" -> "Pleural effusion"."""
    clause = _PLACE.sub("", re.split(r"[:;.]", words)[-1].strip()).split()
    for start in range(len(clause)):
        if lookup(" ".join(clause[start:])) is not None:
            return " ".join(clause[start:]).strip(" ,")
    return _ARTICLE.split(" ".join(clause))[-1].strip(" ,")


def _listed(text: str) -> list[str]:
    """The names of a sentence that ends in a list: "...: a, b and c."."""
    _, colon, names = text.rpartition(":")
    if not colon:
        return []
    return [_ARTICLE.sub("", name.strip()) for name in re.split(r",|\band\b", names.strip(" .\n")) if name.strip()]


def _boxes_of(reply: Reply) -> list[Box]:
    notes: list[str] = []
    numbers = [match.group(1).split(",") for match in _BOX.finditer(reply.text)]
    boxes = [box_or_note(values, partial(from_xyxy, width=1, height=1), "place", notes) for values in numbers]
    if not any(boxes):
        raise Unreadable("it gives no place on the film")
    return [box for box in boxes if box is not None]
