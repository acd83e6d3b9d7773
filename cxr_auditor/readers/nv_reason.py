"""`nv_reason`: NV-Reason-CXR. The reply is `<think>...</think><answer>A, B</answer>` over the labels of CheXpert-14; no boxes, no sides.

The answer is trained to list every abnormality of its label set: of a complete answer, silence is (weak) evidence of absence, of one
that was cut off it is none. The side of a finding is never taken from the model's prose. The question is the command that the model
was trained on, as its card gives it.
"""

import re
from typing import TYPE_CHECKING

from .. import prompts
from ..chat.records import Decoding, Reply, Request
from ..chat.repair import Unreadable, split_reasoning
from ..findings import NO_FINDING, Finding
from ..models import NV_REASON
from ..schema import ImageFinding, OtherStatement
from .family import ChatReader, Seen
from .labels import lookup

if TYPE_CHECKING:
    from ..images import Radiograph

LONGEST_TRACE = 2048  # tokens of trace and answer together, as its publisher runs it
_ANSWER = re.compile(r"<answer>(.*?)(</answer>|$)", re.DOTALL | re.IGNORECASE)


class NvReasonReader(ChatReader):
    name = "nv_reason"
    card = NV_REASON
    longest_side = 1280  # the model takes pictures of any size, at one token for every 28 x 28 pixels
    report_prompt = "nv_reason_report"
    report_tokens = LONGEST_TRACE
    answer_tokens = LONGEST_TRACE

    def question(self, film: "Radiograph") -> tuple[Request, prompts.Prompt]:
        prompt = prompts.load("nv_reason_findings")
        return Request((self.turn(film, prompt.fill()),), Decoding(max_new_tokens=LONGEST_TRACE)), prompt

    def understand(self, reply: Reply, film: "Radiograph") -> Seen:
        names, complete = answer_of(reply.text, reply.truncated)
        if "<answer" not in reply.text.lower() and any(lookup(name) is None for name in names):
            raise Unreadable("it gives prose in place of an answer")
        seen, normal = Seen(complete=complete), False
        for name in names:
            meaning = lookup(name)
            if isinstance(meaning, Finding):
                seen.findings.append(ImageFinding(finding=meaning, evidence=name))
            elif meaning == NO_FINDING:
                normal = True
            else:
                seen.other.append(OtherStatement(term=name))
        known = [name for name in names if lookup(name) is not None]
        if not known:
            raise Unreadable("its answer names none of the labels it was trained on")
        if normal and seen.findings:
            seen.notes.append("The model also stated that there is no finding; the findings count.")
        return seen


def answer_of(text: str, truncated: bool) -> tuple[list[str], bool]:
    """The names in the answer, and whether all of it came. A name that may be cut in half is left out. Raises Unreadable.

    >>> answer_of("<think>fluid</think><answer>Edema, Pleural Effusion</answer>", False)
    (['Edema', 'Pleural Effusion'], True)
    """
    _, rest = split_reasoning(text)
    answers = _ANSWER.findall(rest) or ([] if "<think" in text and not rest else [(rest, "")])
    body, closed = answers[-1] if answers else ("", "")
    names = [name.strip(" .\n") for name in re.split(r"[,;\n]", body)]
    complete = bool(closed) or not truncated
    if not complete:
        names = names[:-1]
    names = [name for name in names if name]
    if not names:
        raise Unreadable("it was cut off before its answer" if truncated else "it gives no answer after its reasoning")
    return names, complete
