"""Report headings: those of the table, and any other short start of a line that ends with a colon.

In a section that asks nothing of the film (a history, a technique, a comparison) a heading that no table knows ("Airways:", "FILM AS SEEN
TODAY:") opens the report, unless one of its words belongs to such a section ("Surgical history:", "Date:"). In the report it changes
nothing, but for one that tells of the patient or gives advice.
"""

from typing import NamedTuple

from .items import UNKNOWN, unlisted
from .lexicon import ENTRY, Lexicon
from .text import Folded

REPORT = frozenset({"image", "conclusion", "organ"})
_LONGEST = 9  # tokens of an unknown heading
# fmt: off
_NO_HEADING_BEFORE = frozenset({
    "is", "are", "of", "from", "with", "was", "were", "on", "in", "consistent", "compatible", "suggest", "suggestive", "suspicious", ".",
})
# fmt: on
_INSIDE = frozenset({"/", "&", "-", "(", ")", ","})
_JOINTS = frozenset({"/", "&", "and"})
_MARKS = frozenset({"*", "#", "_", "-"})
_IN_NO_TITLE = frozenset({"cue", "verb", "pronoun", "with", "stop"})  # "Known to have:" is no title
_IN_A_TITLE = frozenset({"show", "shows", "evaluation", "assessment", "appearance", "appearances"})


class Place(NamedTuple):
    """Where a heading might stand."""

    section: str
    fresh: bool  # at the start of a line, or right behind another heading
    begun: bool  # the sentence before has not ended
    first: bool  # nothing stands before it in the draft


class Headings:
    """Recognises headings. Their kinds: image, conclusion, skip, compare, advice as in the table, and organ: an unknown one that opens the
    report, though a heading of its own for the findings may still follow."""

    def __init__(self, tables: Lexicon):
        self.known = tables.sections
        self._words, self._root, self._complaints = tables.heading_words, tables.root, tables.groups["complaint"]

    def at(self, words, i: int, place: Place, folded: Folded) -> tuple[str, int] | None:
        """(kind of the section that begins at word i, index behind the heading), or None."""
        if place.fresh:
            i = _behind_marks(words, i)
        if i < len(words) and words[i][0] in self.known:
            found = self._listed(words, i, place)
            if found:
                return found
        if place.fresh or (place.section not in REPORT and not place.begun):
            return self._unlisted(words, i, place, folded)
        return None

    def _listed(self, words, i, place):
        node, found, j, n = self.known, None, i, len(words)
        while j < n and words[j][0] in node:
            node = node[words[j][0]]
            j += 1
            if ENTRY in node:
                found = (node[ENTRY], j)
        if not found:
            return None
        (kind, bare), j = found
        behind = _behind_colon(words, j)
        if behind:
            return kind, behind
        if bare and kind in REPORT and place.section not in REPORT:
            return kind, j  # "INDICATION cough FINDINGS clear lungs"
        alone = j >= n or words[j][0] == "\n"
        if place.fresh and (bare or (alone and kind not in REPORT)) and (j >= n or words[j][0] not in _NO_HEADING_BEFORE):
            return kind, j
        return None

    def _unlisted(self, words, i, place, folded):
        j, limit = i, min(len(words), i + _LONGEST)
        while j < limit and (words[j][0][0].isalnum() or words[j][0] in _INSIDE):
            j += 1
        behind = _behind_colon(words, j)
        alone = not behind and place.section not in REPORT and place.fresh and j < len(words) and words[j][0] == "\n"
        if j == i or not (behind or alone):
            return None
        names = [word for word, _, _ in words[i:j]]
        kind = self._kind(names, place)
        shouted = folded.shouted(words[i][1], words[j - 1][2])
        titled = any(self._words.get(name) == "image" for name in names)
        if alone:  # "CXR AP SITTING" on a line of its own
            return (kind, j) if kind == "image" and shouted and titled else None
        if not kind or not (place.fresh or shouted or (titled and folded.one_case)):
            return None
        return ("organ" if kind == "image" and not (titled or shouted) else kind), behind

    def _kind(self, names: list[str], place: Place) -> str:
        """What an unlisted heading begins; "" where it is none."""
        if names[0] == "compared" or self._root.get(names[0], {}).get(ENTRY, UNKNOWN).kind == "prep":
            return ""  # "Since the previous film: new effusion"
        kinds = {self._words.get(name, "") for name in names}
        entries = {name: self._root.get(name, {}).get(ENTRY) or unlisted(name) for name in names}
        about = {entry.kind for entry in entries.values() if entry.organ != "film"}
        names_finding = not about.isdisjoint({"finding", "other"})
        within_report = place.section in REPORT
        if place.section == "advice" or (within_report and (names_finding or "subject" in about)):
            return ""
        if "image" in kinds and not _JOINTS.isdisjoint(names):
            return "image"  # "Comparison and findings:"
        if within_report:
            if "advice" in kinds:
                return "advice"
            if place.first and not kinds.isdisjoint({"top", "compare"}):
                return "compare" if "compare" in kinds else "skip"
            return "skip" if "skip" in kinds and "image" not in kinds else ""
        if "skip" in kinds:
            return "skip"
        if "compare" in kinds:
            return "compare"
        if (
            not kinds.isdisjoint({"same", "top"})
            or not self._complaints.isdisjoint(names)
            or (place.section == "compare" and "number" in about)
        ):
            return place.section
        if names_finding or any(entry.kind in _IN_NO_TITLE and name not in _IN_A_TITLE for name, entry in entries.items()):
            return ""
        return "advice" if "advice" in kinds else "organ" if "subject" in about else "image"


def _behind_marks(words, i: int) -> int:
    """Behind "- ", "**", "1. ", "2) " at the start of a line."""
    n = len(words)
    while i < n and words[i][0] in _MARKS:
        i += 1
    if i + 1 < n and words[i][0].isdigit() and words[i + 1][0] in (".", ")"):
        i += 2
    return i


def _behind_colon(words, j: int) -> int:
    """Behind the colon that ends a heading at word j ("Findings:", "**Findings**:"); 0 where there is none."""
    n = len(words)
    while j < n and words[j][0] == "*":
        j += 1
    if j == n or words[j][0] != ":":
        return 0
    j += 1
    while j < n and words[j][0] == "*":
        j += 1
    return j
