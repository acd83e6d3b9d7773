"""A flagged draft, put right: what to strike and what to add. Deterministic, and checked by the parser and the judge that flagged it.

The least change comes first: another side in place of the wrong one, one item out of a list of denials, the words that must go. Where
what is left would still be flagged, or would no longer say what was right, whole sentences go; where even that fails, the whole draft.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise

from ..audit import parse_draft
from ..compare import compare
from ..findings import NO_FINDING, Finding, Side, Status, ordered_sides
from ..schema import AuditReport, DraftReading, FlagKind, Mention
from .draft_sentences import Sentence, draft_sentences
from .plain_words import FRAMES, plain_sentence
from .small_edits import Edit, with_other_side, with_qualifiers, without_item

_POSITIVE = (Status.PRESENT, Status.UNCERTAIN)


class Change(StrEnum):
    """What becomes of a piece of the draft."""

    KEPT = "kept"
    STRUCK = "struck"
    ADDED = "added"


@dataclass(frozen=True)
class Piece:
    text: str
    change: Change


@dataclass(frozen=True)
class Correction:
    """The draft in pieces: kept and struck ones are the draft as it was, kept and added ones the corrected draft.

    `holds`: read and judged again, it raises no flag.
    """

    pieces: tuple[Piece, ...]
    holds: bool = True

    @property
    def text(self) -> str:
        return "".join(piece.text for piece in self.pieces if piece.change is not Change.STRUCK)


def corrected(draft: str, report: AuditReport, parser: str = "rules") -> Correction:
    """The draft with everything put right that `report`, its audit with this parser, flags. A draft without a flag is kept as it is."""
    if not report.flags:
        return _applied(draft, [])
    plan = _Plan(draft, report, parser)
    for least in (True, False):
        correction = _applied(draft, plan.edits(least))
        if plan.fulfilled_by(correction.text):
            return correction
    correction = _applied(draft, plan.anew())
    return replace(correction, holds=plan.unflagged(parse_draft(correction.text, parser)))


def _applied(draft: str, edits: Iterable[Edit]) -> Correction:
    pieces, at = [], 0
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        pieces += [
            Piece(draft[at : edit.start], Change.KEPT),
            Piece(draft[edit.start : edit.end], Change.STRUCK),
            Piece(edit.new, Change.ADDED),
        ]
        at = edit.end
    pieces.append(Piece(draft[at:], Change.KEPT))
    return Correction(tuple(piece for piece in pieces if piece.text))


class _Plan:
    """What is wrong in the draft and what would be right."""

    def __init__(self, draft: str, report: AuditReport, parser: str):
        self.draft, self.report, self.parser = draft, report, parser
        self.sentences = draft_sentences(draft)
        self.flagged = {flag.finding for flag in report.flags}
        self.swapped = {flag.finding for flag in report.flags if flag.kind is FlagKind.WRONG_SIDE}
        self.wrong = [m for m in report.draft.findings if self._is_wrong(m)]
        self.right = [m for m in report.draft.findings if m not in self.wrong]

    # The truth, as the report has it

    def _film(self, finding: Finding, side: Side | None) -> Status | None:
        """What the film shows on a side, or anywhere; no unit stands for a side that nobody names."""
        units = [u for u in self.report.units if u.finding is finding]
        here = [u.image for u in units if side is None or not u.sides or side in u.sides]
        unnamed = Status.ABSENT if self.report.reading.silence_means_absent else None
        return max(filter(None, here), key=lambda status: status.strength, default=unnamed)

    def _truths(self, finding: Finding) -> Iterator[tuple[Status, tuple[Side, ...]]]:
        """The film in statements; none where it settles nothing."""
        units = [u for u in self.report.units if u.finding is finding]
        for status in _POSITIVE:
            shown = [u for u in units if u.image is status]
            if shown:
                yield status, ordered_sides(side for u in shown for side in u.sides)
        if all(u.image is Status.ABSENT for u in units):
            yield Status.ABSENT, ()

    def _is_wrong(self, m: Mention) -> bool:
        """Whether the film refutes a statement about a flagged finding; where the film can't decide a contradiction, the denial goes."""
        if m.label == NO_FINDING:
            return any(m.place in flag.spans for flag in self.report.flags)
        if m.label not in self.flagged:
            return False
        film = [self._film(m.label, side) for side in m.sides or (None,)]
        if m.status in _POSITIVE:
            return Status.ABSENT in film
        contradicted = m.label in self.report.draft.contradictions
        return Status.PRESENT in film or (contradicted and any(status is not Status.ABSENT for status in film))

    def _about(self, finding: Finding) -> list[Mention]:
        """The wrong statements that flags about a finding stand on."""
        places = {span for flag in self.report.flags if flag.finding is finding for span in flag.spans}
        return [m for m in self.wrong if m.label == finding or (m.label == NO_FINDING and m.place in places)]

    # Edits

    def edits(self, least: bool) -> list[Edit]:
        small = {s: self._small(s) if least else None for s in self.sentences if self._in(s, self.wrong)}
        struck = [s for s, edits in small.items() if edits is None]
        mended = [m for s, edits in small.items() if edits is not None for m in self._in(s, self.wrong)]
        turned = [m for m in mended if m.sides and m.status in _POSITIVE]  # with the other side in place of their own
        added: dict[Sentence, list[str]] = {s: self._restated(s) for s in struck}
        for finding in Finding:
            if finding in self.flagged:
                self._add_truth(finding, struck, turned, added)
        self._fill_lines(struck, added)
        edits = [edit for found in small.values() if found for edit in found]
        for sentence, words in added.items():
            if sentence in struck:
                start, end = self._extent(sentence)
                edits.append(Edit(start, end, " ".join(words)))
            elif words:
                edits.append(Edit(sentence.end, sentence.end, self._after(sentence) + " ".join(words)))
        return edits

    def _add_truth(self, finding: Finding, struck: list[Sentence], turned: list[Mention], added: dict[Sentence, list[str]]) -> None:
        needed = self._needed(finding, [m for m in self.right if not any(s in struck for s in self._of(m))], turned)
        if not needed:
            return
        lines: dict[int, Sentence] = {}
        for m in self._about(finding):
            for sentence in self._of(m):
                lines.setdefault(sentence.line, sentence)
        for sentence in list(lines.values()) or [self._anchor(finding)]:
            added.setdefault(sentence, [])
            added[sentence] += [words for words in needed if words not in added[sentence]]

    def _needed(self, finding: Finding, kept: list[Mention], turned: list[Mention]) -> list[str]:
        """Sentences for what is true of a finding and no statement that stays says."""
        mine = [m for m in kept if m.label == finding]
        said = [m for m in mine if m.status in _POSITIVE]
        told = {side for m in said for side in m.sides}
        told |= {side for m in turned if m.label == finding for side in Side if side not in m.sides}
        needed = []
        for status, sides in self._truths(finding):
            if status is Status.ABSENT:
                missing = not any(m.status is Status.ABSENT and not m.sides for m in mine)
                needed += [plain_sentence(finding, status)] if missing else []
            elif told and set(sides) - told:
                needed.append(plain_sentence(finding, status, set(sides) - told))
            elif not told and not said:
                needed.append(plain_sentence(finding, status, sides))
        return needed

    def _fill_lines(self, struck: list[Sentence], added: dict[Sentence, list[str]]) -> None:
        """No line of the draft is left empty: it then says again what is true."""
        for line in {s.line for s in struck}:
            mine = [s for s in self.sentences if s.line == line]
            if all(s in struck and not added[s] for s in mine):
                about = [f for f in Finding if any(s in self._of(m) for m in self._about(f) for s in mine)]
                added[mine[0]] += [plain_sentence(f, status, sides) for f in about for status, sides in self._truths(f)]

    def _small(self, sentence: Sentence) -> list[Edit] | None:
        """The sentence put right from within; None where it must go."""
        wrong, others = self._in(sentence, self.wrong), self._in(sentence, self.right)
        if all(m.label in self.swapped and m.sides for m in wrong):
            edits = [with_other_side(self._text(sentence), m) for m in wrong]
        elif others and all(m.status is Status.ABSENT for m in wrong + others):
            edits = [without_item(self.draft, m, wrong + others) for m in wrong]
        else:
            return None
        return edits if all(edits) and all(one.end <= two.start for one, two in pairwise(edits)) else None

    def _restated(self, sentence: Sentence) -> list[str]:
        """What a sentence that goes says rightly about other things, in its own words where they hold without it."""
        mine = [m for m in self._in(sentence, self.right) if m.label not in self.flagged and m.start >= sentence.start]
        words = [self._own_words(sentence, m) for m in mine]
        for other in self.report.draft.other:
            if sentence.start <= other.start < sentence.end:
                words.append(_capital(FRAMES[other.status].format(other.span)))
        return list(dict.fromkeys(words))

    def _own_words(self, sentence: Sentence, m: Mention) -> str:
        for words in (with_qualifiers(self._text(sentence), m.start - sentence.start, m.span), m.span):
            for frame in FRAMES.values():
                text = _capital(frame.format(words))
                if {(n.label, n.status, n.sides) for n in parse_draft(text, self.parser).findings} == {(m.label, m.status, m.sides)}:
                    return text
        return plain_sentence(m.label, m.status, m.sides) if m.label != NO_FINDING else _capital(f"{m.span}.")

    def anew(self) -> list[Edit]:
        """The whole draft struck, and the film in plain words."""
        shown = [f for f in Finding if f in self.report.reading.scope]
        words = [plain_sentence(f, status, sides) for f in shown for status, sides in self._truths(f)]
        return [Edit(0, len(self.draft), " ".join(words))]

    # Places

    def _text(self, sentence: Sentence) -> str:
        return self.draft[sentence.start : sentence.end]

    def _in(self, sentence: Sentence, mentions: list[Mention]) -> list[Mention]:
        return sorted((m for m in mentions if sentence.overlaps(m.start, m.end)), key=lambda m: (m.start, m.end))

    def _of(self, m: Mention) -> list[Sentence]:
        return [s for s in self.sentences if s.overlaps(m.start, m.end)]

    def _extent(self, sentence: Sentence) -> tuple[int, int]:
        """The sentence, and what of a wrong statement reaches out of it (into a heading)."""
        wrong = self._in(sentence, self.wrong)
        own = [m for m in wrong if self._of(m) == [sentence]]
        return min([sentence.start, *(m.start for m in own)]), max([sentence.end, *(m.end for m in own)])

    def _anchor(self, finding: Finding) -> Sentence:
        """Where something that the draft leaves out belongs: after what it says of the finding, else after the last that it says."""
        said = [m for m in self.report.draft.findings if m.label == finding] or list(self.report.draft.findings)
        end = len(self.draft.rstrip())
        places = [s for m in said for s in self._of(m)] or self.sentences or [Sentence(end, end, 0)]  # the last: headings alone
        return max(places, key=lambda s: s.end)

    def _after(self, sentence: Sentence) -> str:
        return " " if self.draft[sentence.end - 1] in ".!?;:" else "\n"

    # The check

    def unflagged(self, parsed: DraftReading) -> bool:
        """Whether the judge has nothing to say of a text that was read; what can't be read is judged by nobody."""
        return parsed.usable and not compare(self.report.reading, parsed).flags

    def fulfilled_by(self, text: str) -> bool:
        """Whether the text would not be flagged and still says what the draft said rightly about the other findings."""
        parsed = parse_draft(text, self.parser)
        said = {(m.label, m.status, m.sides) for m in parsed.findings}
        kept = {(m.label, m.status, m.sides) for m in self.right if m.label not in self.flagged}
        others = {other.term for other in self.report.draft.other} <= {other.term for other in parsed.other}
        return kept <= said and others and self.unflagged(parsed)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
