"""The rules parser: draft text -> DraftReading."""

from ...errors import InputError
from ...findings import NO_FINDING, Finding, Side, Status
from ...schema import DraftReading, DraftStatus, Mention, OtherMention
from .agree import settle
from .lexicon import lexicon
from .scope import Scope
from .sentences import Reader
from .text import Folded

MAX_CHARACTERS = 200_000
VERSION = "1"
_STATUS = {status.value: status for status in Status}
_SIDES = {
    frozenset(): (),
    frozenset({"left"}): (Side.LEFT,),
    frozenset({"right"}): (Side.RIGHT,),
    frozenset({"left", "right"}): (Side.LEFT, Side.RIGHT),
}
_UNREADABLE = (
    "No English word was recognised in the draft. The rules parser reads plain English report text, for example "
    '"Small left pleural effusion. No pneumothorax."'
)


class RulesParser:
    """Deterministic, in linear time, without a model. Language: English (British and American). Limit: 200,000 characters."""

    name = "rules"

    def __init__(self):
        self._tables = lexicon()
        self._reader = Reader(self._tables)
        self.revision = f"{VERSION}+{self._tables.digest}"

    def parse(self, text: str) -> DraftReading:
        """Spans are `text[start:end]`. Raises InputError where the text is longer than MAX_CHARACTERS."""
        if len(text) > MAX_CHARACTERS:
            raise InputError(
                f"The draft must be at most {MAX_CHARACTERS:,} characters long, but got {len(text):,}.",
                "Give one report at a time, as plain text.",
            )
        if not text.strip():
            return self._reading(status=DraftStatus.NONE)
        folded = Folded(text)
        sentences, recognised = self._reader.sentences(folded)
        if not recognised:
            return self._reading(status=DraftStatus.NOTHING_USABLE, message=_UNREADABLE)
        scope = Scope(self._tables)
        for sentence in sentences:
            scope.read(sentence)
        claims = settle(scope.claims)
        findings, other = [], []
        for claim in claims:
            start, end = folded.place(claim.start, claim.end)
            span, status = text[start:end], _STATUS[claim.status]
            for label in claim.labels:
                if label == NO_FINDING and status is not Status.PRESENT:
                    continue  # "a normal film" that is asked about, denied or doubted is no statement
                sides = _SIDES[claim.sides] if label != NO_FINDING and Finding(label).has_sides else ()
                findings.append(Mention(label=label, status=status, sides=sides, span=span, start=start, end=end))
            if not claim.labels:
                other.append(OtherMention(term=claim.term, status=status, span=span, start=start, end=end))
        return self._reading(findings=findings, other=other)

    def _reading(self, **content) -> DraftReading:
        return DraftReading(parser=self.name, revision=self.revision, **content)
