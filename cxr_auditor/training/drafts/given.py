"""Drafts whose statements are known, before anything was made of them: written by the error injection, or labelled by the user."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import islice

from ...evaluation.injection import Draft, Stated, Truth, Wording, sample_truths, write_drafts
from ...findings import Finding, Status
from ...schema import Mention
from .settings import Settings

DEVELOPMENT, HELD_OUT = "written", "written-held-out"
"""Names of the sources of written drafts: of the development wording, and of the held-out one, which is for the test split alone."""

FAITHFUL = "faithful"


class Reason(StrEnum):
    """Why a draft is not in the corpus."""

    NOT_READ = "labelled by a reading that failed"
    PLACE = "words of a label that stand in several places"
    CHANGED = "its prompt would not show it letter by letter"
    MANY = "more statements than the served reply holds"
    QUOTE = "a statement that no served quotation stands for"
    SIDES = "a statement whose side is not labelled"
    UNNAMED = "a side that the served parser does not find in the sentence"
    EMPTY = "no statement where the served parser expects one"
    NEAR = "nearly the wording of another draft"
    SURPLUS = "enough statements of its kinds"


@dataclass(frozen=True)
class Given:
    """One draft and all that it states about the labels. Drafts of one `document` stay together, in whatever labelled file they are.

    `where`: file and line, for an error to name. `reason`: why its labels can't be used. `sides_by_label`: a label's sides are those of
    the whole draft, each of its statements being about some of them, and those of denials are not known. `style`, `error`: of a written
    draft.
    """

    source: str
    draft_id: str
    document: str
    text: str
    said: tuple[Mention, ...]
    where: str = ""
    reason: Reason | None = None
    sides_by_label: bool = False
    style: str | None = None
    error: str | None = None


def written_drafts(settings: Settings) -> Iterator[Given]:
    """Faithful and faulty drafts about simulated films: the first films in the development wording, the others in the held-out one."""
    own = round(settings.films * (1 - settings.test))
    films = _films(settings)
    for draft in write_drafts(islice(films, own), settings.seed, Wording.DEVELOPMENT):
        yield _given(DEVELOPMENT, draft)
    for draft in write_drafts(films, settings.seed, Wording.HELD_OUT):
        yield _given(HELD_OUT, draft)


def _films(settings: Settings) -> Iterator[Truth]:
    """Simulated films, every second one without a finding: else no statement would be rarer than that a film is normal."""
    for number, film in enumerate(sample_truths(settings.films, settings.seed)):
        yield film if number % 2 else replace(film, findings=(), absent=tuple(Finding))


def _given(source: str, draft: Draft) -> Given:
    said = tuple(_mention(stated, draft.text) for stated in draft.stated)
    error = draft.error.value if draft.error else FAITHFUL
    return Given(source, draft.draft_id, draft.truth.case_id, draft.text, said, style=draft.style.value, error=error)


def _mention(stated: Stated, text: str) -> Mention:
    say = stated.say
    return Mention(
        label=say.label, status=say.status, sides=say.sides, span=text[stated.start : stated.end], start=stated.start, end=stated.end
    )


def positive(mention: Mention) -> bool:
    """Whether a statement says that something may be there whose side matters."""
    return mention.status is not Status.ABSENT and isinstance(mention.label, Finding) and mention.label.has_sides
