"""`cxr_llava`: CXR-LLaVA writes a report, and this project's own rules read it, as they read a draft.

Its publisher's code asks for six findings; the scope are those of them that are audited. What the report does not mention is unknown.
A side that the report names is prose and decides nothing. The film is padded to a square first: the model's own code would cut off the
sides of the chest.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from .. import prompts
from ..chat.own_code import OwnCodeModel
from ..chat.records import Decoding, Request, user
from ..chat.server import ServerModel
from ..chat.settings import Source
from ..errors import ReaderError
from ..findings import NO_FINDING, Finding, Status
from ..models import CXR_LLAVA
from ..parsers.rules import RulesParser
from ..parsers.rules.parser import MAX_CHARACTERS
from ..schema import DraftReading, ImageFinding, ImageReading, OtherStatement, ReadingStatus
from .pictures import padded

if TYPE_CHECKING:
    from ..images import Radiograph

SIDE = 1024  # pixels; its own processor makes 512 of it
LONGEST_REPORT = 512  # tokens, the most that its code allows


class CxrLlavaReader:
    name = "cxr_llava"
    scope = (Finding.PLEURAL_EFFUSION, Finding.PNEUMOTHORAX, Finding.LUNG_OPACITY_CONSOLIDATION, Finding.CARDIOMEGALY)
    silence_means_absent = False

    def __init__(self, model: str = "", server: str = ""):
        """In this process the model's own code runs, which the user must allow by name; a server needs no such trust."""
        self.chat = ServerModel(server, model) if server else None
        self._own = None if server else OwnCodeModel(Source.named(model or CXR_LLAVA.model, CXR_LLAVA.revision))
        self._rules = RulesParser()

    @property
    def revision(self) -> str:
        return (self.chat or self._own).revision

    def read(self, film: "Radiograph") -> ImageReading:
        """Raises ReaderError where the model can't be asked or its report is longer than the rules read."""
        report, used = self._report(film)
        if len(report) > MAX_CHARACTERS:
            raise ReaderError(
                f"The model wrote {len(report):,} characters where a report was asked for; at most {MAX_CHARACTERS:,} are read.",
                "Try again, or choose another model.",
            )
        return reading_of(self._rules.parse(report), report, revision=self.revision, prompts=used)

    def write_report(self, film: "Radiograph") -> str:
        """A report in the model's words, for practice. Raises ReaderError."""
        report, _ = self._report(film)
        if not report:
            raise ReaderError("The model wrote no report.", "Choose another model.")
        return report

    def ask(self, film: "Radiograph", history: Sequence[tuple[str, str]], question: str) -> Iterator[str]:
        """The answer to one question. The model's own code takes no earlier turns, so `history` stays unused; nor does it stream."""
        asked = prompts.as_data(question)
        if self.chat is not None:
            return self.chat.stream(Request((user(padded(film, SIDE), asked),), Decoding(max_new_tokens=LONGEST_REPORT)))
        return iter((self._own.answer(asked, padded(film, SIDE).open()),))

    def _report(self, film: "Radiograph") -> tuple[str, dict[str, str]]:
        """The report, and the prompts that were used (the model's own code has its own)."""
        picture = padded(film, SIDE)
        if self.chat is None:
            return self._own.report(picture.open()), {}
        prompt = prompts.load("cxr_llava_report")
        reply = self.chat.reply(Request((user(picture, prompt.fill()),), Decoding(max_new_tokens=LONGEST_REPORT)))
        return reply.text, {prompt.name: prompt.sha256}


def reading_of(report: DraftReading, text: str, *, revision: str, prompts: dict[str, str]) -> ImageReading:
    """The rules' reading of a report as a reading of the film: the strongest statement about a finding counts, without its side."""
    common = {
        "reader": CxrLlavaReader.name,
        "revision": revision,
        "scope": CxrLlavaReader.scope,
        "silence_means_absent": CxrLlavaReader.silence_means_absent,
        "prompts": prompts,
        "reasoning": text or None,
    }
    if not (report.usable and (report.findings or report.other)):
        message = "The model wrote a report in which no statement about the film was recognised."
        return ImageReading(**common, status=ReadingStatus.NOTHING_USABLE, message=message)
    findings, other = [], [OtherStatement(term=one.term, status=one.status, evidence=one.span) for one in report.other]
    for finding in Finding:
        mention = max(report.mentions(finding), key=lambda one: one.status.strength, default=None)
        if mention is None:
            continue
        if finding in CxrLlavaReader.scope:
            findings.append(ImageFinding(finding=finding, status=mention.status, evidence=mention.span))
        else:
            other.append(OtherStatement(term=finding.display, status=mention.status, evidence=mention.span))
    normal = report.mentions(NO_FINDING)
    if normal:  # "no acute abnormality" denies what is not mentioned otherwise
        unsaid = [finding for finding in CxrLlavaReader.scope if not report.mentions(finding)]
        findings += [ImageFinding(finding=finding, status=Status.ABSENT, evidence=normal[0].span) for finding in unsaid]
    return ImageReading(**common, findings=tuple(findings), other=tuple(other))
