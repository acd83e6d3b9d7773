"""The judge: what a reader saw x what a parser read -> flags, notes and the findings table. Pure, deterministic, names no model.

How sides meet. A statement with sides is about those sides. An absence without a side is about both. A positive statement without
a side ("pleural effusion") says "somewhere" and never makes a disagreement about a side by itself: it is laid on the sides that
the draft asserts elsewhere (an impression repeats the findings), else on those that the film shows, but on none that the same party
denies by name; where nobody names a side the finding is one unit.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from .findings import NO_FINDING, Finding, Side, Status, ordered_sides, sides_phrase
from .geometry import Box
from .schema import (
    AuditLists,
    Comparison,
    DraftReading,
    DraftStatus,
    Flag,
    FlagKind,
    ImageFinding,
    ImageReading,
    Mention,
    Note,
    NoteKind,
    Outcome,
    Reason,
    Span,
    Unit,
    Verdict,
    contradiction,
)

MATRIX: dict[tuple[Status | None, Status | None], Verdict] = {
    # (film, draft); film None: nobody looked, draft None: silent
    (Status.PRESENT, Status.PRESENT): Verdict.SUPPORTED,
    (Status.PRESENT, Status.UNCERTAIN): Verdict.HEDGED,
    (Status.PRESENT, Status.ABSENT): Verdict.MISSING,
    (Status.PRESENT, None): Verdict.MISSING,
    (Status.UNCERTAIN, Status.PRESENT): Verdict.SUPPORTED,
    (Status.UNCERTAIN, Status.UNCERTAIN): Verdict.BOTH_UNSURE,
    (Status.UNCERTAIN, Status.ABSENT): Verdict.POSSIBLE,
    (Status.UNCERTAIN, None): Verdict.POSSIBLE,
    (Status.ABSENT, Status.PRESENT): Verdict.UNSUPPORTED,
    (Status.ABSENT, Status.UNCERTAIN): Verdict.UNCONFIRMED,
    (Status.ABSENT, Status.ABSENT): Verdict.AGREED_ABSENT,
    (Status.ABSENT, None): Verdict.NOT_MENTIONED,
    (None, Status.PRESENT): Verdict.UNCONFIRMED,
    (None, Status.UNCERTAIN): Verdict.UNCONFIRMED,
    (None, Status.ABSENT): Verdict.NOT_CHECKED,
    (None, None): Verdict.NOT_CHECKED,
}

_KIND_ORDER = {kind: i for i, kind in enumerate(FlagKind)}
_NOTE_ORDER = {kind: i for i, kind in enumerate(NoteKind)}
_POSITIVE = (Status.PRESENT, Status.UNCERTAIN)


def compare(reading: ImageReading, draft: DraftReading) -> Comparison:
    """Says where film and draft disagree. The same records give the same answer whatever the order of their parts."""
    flags: list[Flag] = []
    notes: list[Note] = []
    units: list[Unit] = []
    if reading.usable:
        for finding in Finding:
            if finding in reading.scope:
                judged = _Judged(finding, reading, draft)
                flags += judged.flags
                notes += judged.notes
                units += judged.units
            else:
                units += _unchecked_unit(finding, draft)
    notes += _not_checked(reading, draft)
    flags.sort(key=lambda flag: (flag.finding.rank, _KIND_ORDER[flag.kind], flag.sides, flag.reason))
    notes.sort(key=lambda n: (len(Finding) if n.finding is None else n.finding.rank, _NOTE_ORDER[n.kind], n.sides, n.message))
    lists = AuditLists(
        missing_findings=_labels(flag.finding for flag in flags if flag.kind is FlagKind.MISSING),
        unsupported_claims=_labels(flag.finding for flag in flags if flag.kind is FlagKind.UNSUPPORTED),
        urgent_review_flags=_labels(
            [flag.finding for flag in flags if flag.urgent]
            + [f.finding for f in reading.findings if f.finding.urgent and f.status is Status.PRESENT]
        ),
    )
    return Comparison(outcome=_outcome(reading, draft, flags, lists), audit=lists, flags=flags, notes=notes, units=units)


def _labels(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    wanted = set(findings)
    return tuple(finding for finding in Finding if finding in wanted)


def _outcome(reading, draft, flags, lists) -> Outcome:
    if not reading.usable or draft.status not in (DraftStatus.OK, DraftStatus.NONE):
        return Outcome.NOT_AUDITED
    if lists.urgent_review_flags:
        return Outcome.URGENT_REVIEW
    if draft.status is DraftStatus.NONE:
        return Outcome.NO_DRAFT
    return Outcome.REVIEW if flags else Outcome.AGREEMENT


def _strongest(statuses: Iterable[Status]) -> Status | None:
    return max(statuses, key=lambda status: status.strength, default=None)


@dataclass(frozen=True)
class _Place:
    """What one party says of one place: a side, or the finding as a whole (`side` None)."""

    side: Side | None
    film: Status | None
    draft: Status | None
    regions: tuple[ImageFinding, ...]
    mentions: tuple[Mention, ...]

    @property
    def verdict(self) -> Verdict:
        return MATRIX[self.film, self.draft]

    @property
    def sides(self) -> tuple[Side, ...]:
        return (self.side,) if self.side else ()


class _Judged:
    """One finding of the scope, judged."""

    def __init__(self, finding: Finding, reading: ImageReading, draft: DraftReading):
        self.finding = finding
        self.unlisted = Status.ABSENT if reading.silence_means_absent else None
        self.regions = tuple(f for f in reading.findings if f.finding is finding)
        self.mentions = draft.mentions(finding)
        self.normal = tuple(m.place for m in draft.mentions(NO_FINDING))
        self.flags: list[Flag] = []
        self.notes: list[Note] = []
        self.units: list[Unit] = []
        self.places = self._places()
        if draft.usable:
            self._judge()
        else:
            self._film_only()

    # Units

    def _places(self) -> list[_Place]:
        home = _positive_sides(self.mentions) or _positive_sides(self.regions)
        said, seen = _not_denied(home, self.mentions), _not_denied(home, self.regions)
        if home and not seen:
            seen = _not_denied(frozenset(Side), self.regions)  # what is on the film somewhere is not lost
        places = []
        for side in Side:
            regions = tuple(r for r in self.regions if _about(r, side, seen))
            mentions = tuple(m for m in self.mentions if _about(m, side, said))
            if _positive(regions) or _positive(mentions):
                places.append(_Place(side, self._film(regions), _strongest(m.status for m in mentions), regions, mentions))
        if not places:
            places.append(_Place(None, self._film_whole(), _strongest(m.status for m in self.mentions), self.regions, self.mentions))
        return places

    def _film(self, regions) -> Status | None:
        return _strongest(r.status for r in regions) or self.unlisted

    def _film_whole(self) -> Status | None:
        if _positive(self.regions):
            return _strongest(r.status for r in self.regions)
        return Status.ABSENT if _denies_both(self.regions) else self.unlisted

    # Verdicts

    def _film_only(self) -> None:
        for place in self.places:
            verdict = Verdict.FILM_ONLY if place.film in _POSITIVE else Verdict.NOT_CHECKED if place.film is None else Verdict.FILM_CLEAR
            self.units.append(Unit(finding=self.finding, sides=place.sides, image=place.film, draft=None, verdict=verdict))

    def _judge(self) -> None:
        wrong_side = self._wrong_side()
        for place in self.places:
            verdict = Verdict.WRONG_SIDE if place in wrong_side else place.verdict
            self.units.append(Unit(finding=self.finding, sides=place.sides, image=place.film, draft=place.draft, verdict=verdict))
        if wrong_side:
            self._flag_wrong_side(wrong_side)
        self._flag_missing([p for p in self.places if p.verdict is Verdict.MISSING and p not in wrong_side])
        self._flag_unsupported([p for p in self.places if p.verdict is Verdict.UNSUPPORTED and p not in wrong_side])
        self._flag_contradiction()
        for verdict, kind in _NOTED.items():
            noted = [p for p in self.places if p.verdict is verdict and p not in wrong_side]
            if noted:
                self._note(kind, noted)

    def _wrong_side(self) -> list[_Place]:
        """The two places of a side mix-up: the film shows it on one side only, the draft asserts it on the other only."""
        shown = [p for p in self.places if p.side and p.film is Status.PRESENT]
        claimed = [p for p in self.places if p.side and p.draft is Status.PRESENT]
        if len(shown) != 1 or len(claimed) != 1 or shown[0].side is claimed[0].side:
            return []
        if shown[0].draft in _POSITIVE or claimed[0].film in _POSITIVE:
            return []
        return [shown[0], claimed[0]]

    def _flag_wrong_side(self, places: list[_Place]) -> None:
        shown, claimed = places
        message = f"{self.finding.display}: the film shows it on the {shown.side.value}, the draft says {claimed.side.value}."
        self._flag(FlagKind.WRONG_SIDE, Reason.OTHER_SIDE, [shown], message, _spans(shown.mentions + claimed.mentions))

    def _flag_missing(self, places: list[_Place]) -> None:
        claimed = ordered_sides(side for p in self.places if p.draft in _POSITIVE and p.side for side in p.sides)
        asserted = _spans(m for m in self.mentions if m.status in _POSITIVE)
        for reason, group in (
            (Reason.DENIED, [p for p in places if p.draft is Status.ABSENT]),
            (Reason.OMITTED, [p for p in places if p.draft is None]),
        ):
            if not group:
                continue
            what = self._name(group)
            if reason is Reason.DENIED:
                spans = _spans(m for p in group for m in p.mentions) + self.normal
                message = f"{what} is on the film; the draft denies it."
            elif self.normal:
                reason, spans = Reason.CALLED_NORMAL, self.normal
                message = f"{what} is on the film; the draft calls the film normal."
            elif claimed:
                spans = asserted
                message = f"{what} is on the film; the draft mentions it on the {sides_phrase(claimed)} only."
            else:
                spans = ()
                message = f"{what} is on the film; the draft does not mention it."
            self._flag(FlagKind.MISSING, reason, group, message, spans)

    def _flag_unsupported(self, places: list[_Place]) -> None:
        if not places:
            return
        message = f"The draft claims {_lower(self._name(places))}; the film does not show it."
        if self.finding.urgent:
            message += " Look again before you delete it."
        spans = _spans(m for p in places for m in p.mentions if m.status is Status.PRESENT)
        self._flag(FlagKind.UNSUPPORTED, Reason.NOT_ON_FILM, places, message, spans)

    def _flag_contradiction(self) -> None:
        clash = contradiction(self.mentions)
        if clash:
            within = [(p, {m.status for m in p.mentions if m in clash}) for p in self.places]
            disputed = [p for p, said in within if {Status.PRESENT, Status.ABSENT} <= said]
            places = disputed or [p for p, said in within if said]
            message = f"The draft both asserts and denies {_lower(self.finding.display)}."
            self._flag(FlagKind.CONTRADICTORY, Reason.ASSERTED_AND_DENIED, places, message, _spans(clash))

    # Evidence

    def _name(self, places: list[_Place]) -> str:
        sides = sides_phrase(side for p in places for side in p.sides)
        return f"{self.finding.display} ({sides})" if sides else self.finding.display

    def _flag(self, kind, reason, places, message, spans) -> None:
        self.flags.append(
            Flag(
                kind=kind,
                finding=self.finding,
                sides=ordered_sides(side for p in places for side in p.sides),
                urgent=self.finding.urgent,
                reason=reason,
                boxes=_boxes(r for p in places for r in p.regions if r.status is Status.PRESENT),
                spans=_unique(spans),
                message=message,
            )
        )

    def _note(self, kind: NoteKind, places: list[_Place]) -> None:
        looked = all(p.film is not None for p in places)
        name = self._name(places)
        message = {
            NoteKind.HEDGED: f"{name} is on the film; the draft hedges.",
            NoteKind.BOTH_UNSURE: f"{name}: the film and the draft both leave it open.",
            NoteKind.POSSIBLE: f"{name}: the film leaves it open; the draft {_stance(places)}.",
            NoteKind.UNCONFIRMED: f"{name} is in the draft; the film does not {'confirm it' if looked else 'settle it'}.",
        }[kind]
        self.notes.append(
            Note(
                kind=kind,
                finding=self.finding,
                sides=ordered_sides(side for p in places for side in p.sides),
                boxes=_boxes(r for p in places for r in p.regions if r.status in _POSITIVE),
                spans=_unique(_spans(m for p in places for m in p.mentions)),
                message=message,
            )
        )


_NOTED = {
    Verdict.HEDGED: NoteKind.HEDGED,
    Verdict.BOTH_UNSURE: NoteKind.BOTH_UNSURE,
    Verdict.POSSIBLE: NoteKind.POSSIBLE,
    Verdict.UNCONFIRMED: NoteKind.UNCONFIRMED,
}


def _positive(statements) -> bool:
    return any(statement.status in _POSITIVE for statement in statements)


def _positive_sides(statements) -> frozenset[Side]:
    """Sides with a sided assertion; where there is none, sides with a sided hedge."""
    for status in _POSITIVE:
        sides = frozenset(side for s in statements if s.status is status for side in s.sides)
        if sides:
            return sides
    return frozenset()


def _not_denied(home: frozenset[Side], statements) -> frozenset[Side]:
    """The sides of `home` that these statements don't deny by name; all where they deny both: in a contradiction the assertion counts."""
    denied = {side for s in statements if s.status is Status.ABSENT for side in s.sides}
    return home if denied == set(Side) else home - denied


def _about(statement, side: Side, home: frozenset[Side]) -> bool:
    """Whether a statement is about a side; `home` is where a positive statement without a side is laid."""
    if statement.sides:
        return side in statement.sides
    return statement.status is Status.ABSENT or side in home


def _denies_both(statements) -> bool:
    denied = {side for s in statements if s.status is Status.ABSENT for side in (s.sides or tuple(Side))}
    return denied == set(Side)


def _spans(mentions: Iterable[Mention]) -> tuple[Span, ...]:
    return _unique(m.place for m in mentions)


def _unique(spans: Iterable[Span]) -> tuple[Span, ...]:
    return tuple(sorted(dict.fromkeys(spans), key=lambda span: (span.start, span.end)))


def _boxes(regions: Iterable[ImageFinding]) -> tuple[Box, ...]:
    return tuple(sorted({r.box for r in regions if r.box is not None}))


def _lower(name: str) -> str:
    return name[0].lower() + name[1:]


def _stance(places) -> str:
    return "denies it" if any(p.draft is Status.ABSENT for p in places) else "does not mention it"


# What nobody checked


def _unchecked_unit(finding: Finding, draft: DraftReading) -> list[Unit]:
    mentions = draft.mentions(finding)
    if not mentions:
        return []
    status = _strongest(m.status for m in mentions)
    sides = ordered_sides(side for m in mentions if m.status is status for side in m.sides)
    return [Unit(finding=finding, sides=sides, image=None, draft=status, verdict=Verdict.NOT_CHECKED)]


def _not_checked(reading: ImageReading, draft: DraftReading) -> list[Note]:
    """One note for each thing in the draft that the film could not be asked about."""
    notes = []
    for finding in Finding:
        mentions = draft.mentions(finding)
        if not mentions or (reading.usable and finding in reading.scope):
            continue
        why = "this reader can't see it" if reading.usable else "the film was not read"
        message = f"{finding.display} is in the draft but was not checked: {why}."
        notes.append(Note(kind=NoteKind.NOT_CHECKED, finding=finding, spans=_spans(mentions), message=message))
        clash = contradiction(mentions)
        if clash:
            message = f"The draft both asserts and denies {_lower(finding.display)}."
            notes.append(Note(kind=NoteKind.CONTRADICTORY, finding=finding, spans=_spans(clash), message=message))
    terms: dict[str, list[Span]] = {}
    for other in draft.other:
        terms.setdefault(other.term, []).append(other.place)
    for term, spans in terms.items():
        message = f"{term[:1].upper() + term[1:]} is in the draft but outside what is checked."
        notes.append(Note(kind=NoteKind.NOT_CHECKED, finding=None, spans=_unique(spans), message=message))
    return notes
