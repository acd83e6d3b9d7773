"""The user's own labelled drafts: JSON lines, one draft each, in one of two forms.

Statements: {"id", "text", "findings": [{"label", "status", "sides", "span", "start", "end"}]}, which is what `cxr-auditor parse` prints
with the text beside it. Without `start` and `end`, the span must stand in the text once.

Labels: {"id", "text", "labels": {label: status or "not_mentioned"}, "spans": {label: [words or [start, end]]}, "sides": {label: [side]}},
one status and one set of sides for the whole draft. What a label's weaker statements say is not in them, and so is not taught. A draft
is left out where a side is not labelled, or where a label's words stand in the text more often than they are listed.

"document" (the report or patient that several drafts belong to, in one file or more) may stand beside both; other fields are passed
over. An error names file, line and field, never the draft's words.
"""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from ...errors import InputError
from ...findings import NO_FINDING, Finding, Side, Status, ordered_sides
from ...schema import DraftStatus, Mention
from .given import Given, Reason

_LABELS = (*(finding.value for finding in Finding), NO_FINDING)
_NOT_MENTIONED = "not_mentioned"
FIELDS = ("label", "status", "sides", "span", "start", "end")


def labelled_drafts(source: str, path: Path) -> Iterator[Given]:
    """The drafts of a file, one at a time. Raises InputError naming file, line and field."""
    try:
        with path.open(encoding="utf-8") as handle:
            for number, line in enumerate(handle, start=1):
                if line.strip():
                    yield _Line(source, path.name, number).given(line)
    except UnicodeDecodeError as error:
        raise InputError(f"{path.name} is not UTF-8 text.", "Save it as UTF-8.") from error
    except OSError as error:
        raise InputError(f"{path.name} can't be opened ({error.strerror}).", "Check its path.") from error


class _Line:
    """One line on its way to a draft; knows what an error must name."""

    def __init__(self, source: str, file: str, number: int):
        self.source, self.where = source, f"{file}, line {number}"

    def wrong(self, field: str, problem: str, hint: str = "") -> NoReturn:
        raise InputError(f"{self.where}, field {field!r}: {problem}.", hint)

    def given(self, line: str) -> Given:
        try:
            values = json.loads(line)
        except json.JSONDecodeError as error:
            raise InputError(f"{self.where}: is not JSON ({error.msg}, column {error.colno}).", "Write one JSON object a line.") from error
        if not isinstance(values, dict):
            raise InputError(f"{self.where}: is not a JSON object.", 'Write {"id": ..., "text": ..., "findings": [...]}.')
        name, text = values.get("id"), values.get("text")
        if not isinstance(name, str | int) or isinstance(name, bool):
            self.wrong("id", "a name or a number is needed")
        if not isinstance(text, str) or not text.strip():
            self.wrong("text", "the draft's text is needed", "Join texts and labels into one line first.")
        document = values.get("document", f"{self.source}/{name}")
        for field, value in (("id", name), ("text", text), ("document", document)):
            if any("\ud800" <= character <= "\udfff" for character in str(value)):
                self.wrong(field, "holds half of a character that JSON writes in two", "Write the file anew, in UTF-8.")
        if not isinstance(document, str | int) or isinstance(document, bool):
            self.wrong("document", "must be a name or a number")
        if ("findings" in values) == ("labels" in values):
            self.wrong("findings", "exactly one of 'findings' and 'labels' is needed", "Statements or labels, not both.")
        by_label = "labels" in values
        said, reason = self._labels(values, text) if by_label else (self._statements(values["findings"], text), None)
        if self._one_of(DraftStatus, values.get("status", DraftStatus.OK), "status") is not DraftStatus.OK:
            reason = Reason.NOT_READ
        return Given(self.source, str(name), str(document), text, said, self.where, reason, sides_by_label=by_label)

    def _statements(self, findings: Any, text: str) -> tuple[Mention, ...]:
        if not isinstance(findings, list):
            self.wrong("findings", "must be a list of statements")
        return tuple(self._statement(one, f"findings[{place}]", text) for place, one in enumerate(findings))

    def _statement(self, one: Any, field: str, text: str) -> Mention:
        if not isinstance(one, dict):
            self.wrong(field, "must be an object")
        for name in one:
            if name not in FIELDS:
                self.wrong(f"{field}.{name}", "is not known", f"Known: {', '.join(FIELDS)}.")
        label = self._label(one.get("label"), f"{field}.label")
        status = self._one_of(Status, one.get("status"), f"{field}.status")
        sides = self._sides(one.get("sides"), label, f"{field}.sides")
        span, start, end = one.get("span"), one.get("start"), one.get("end")
        if start is None and end is None:
            found = self._found(span, f"{field}.span", text)
            if len(found) > 1:
                self.wrong(f"{field}.span", f"stands in {len(found)} places of the text", "Give its place: start and end.")
            place = found[0]
        else:
            place = self._place([start, end], f"{field}.start", text)
            if text[slice(*place)] != span:
                self.wrong(f"{field}.span", f"does not stand at the text's characters {start} to {end}")
        return self._mention(label, status, sides, place, field, text)

    def _labels(self, values: dict, text: str) -> tuple[tuple[Mention, ...], Reason | None]:
        """The statements, and why they can't be used where a side or the place of a label's words can't be told."""
        labels, spans, sides = (values.get(name, {}) for name in ("labels", "spans", "sides"))
        for name, table in (("labels", labels), ("spans", spans), ("sides", sides)):
            if not isinstance(table, dict):
                self.wrong(name, "must be an object with a field for each label")
            for label in table:
                self._label(label, f"{name}.{label}")
        said, reason = [], None
        for label, told in labels.items():
            if told == _NOT_MENTIONED:
                continue
            status = self._one_of(Status, told, f"labels.{label}", _NOT_MENTIONED)
            sided = label != NO_FINDING and Finding(label).has_sides and status is not Status.ABSENT
            own = self._sides(sides[label], label, f"sides.{label}") if sided and label in sides else ()
            if sided and label not in sides:
                reason = Reason.SIDES
            field = f"spans.{label}"
            if not isinstance(spans.get(label), list) or not spans[label]:
                self.wrong(field, "the words that make the statement are needed", "Presence without words can't be taught.")
            places = [self._place(span, field, text) for span in spans[label] if not isinstance(span, str)]
            for span, times in Counter(span for span in spans[label] if isinstance(span, str)).items():
                found = self._found(span, field, text)
                reason = reason if len(found) == times else Reason.PLACE
                places += found
            said += [self._mention(label, status, own, place, field, text) for place in places]
        return tuple(said), reason

    def _label(self, label: Any, field: str) -> str:
        if label not in _LABELS:
            self.wrong(field, "is no known label", f"Known: {', '.join(_LABELS)}.")
        return label

    def _one_of(self, kind, value: Any, field: str, *others: str):
        if value not in list(kind):
            self.wrong(field, f"must be one of {_listed([*kind, *others])}")
        return kind(value)

    def _sides(self, sides: Any, label: str, field: str) -> tuple[Side, ...]:
        if not isinstance(sides, list) or any(side not in list(Side) for side in sides):
            self.wrong(field, f"must be a list of {_listed(Side)}, empty where none is stated")
        if sides and (label == NO_FINDING or not Finding(label).has_sides):
            self.wrong(field, f"{label} has no side")
        return ordered_sides(sides)

    def _found(self, span: Any, field: str, text: str) -> list[tuple[int, int]]:
        """Every place of the words."""
        if not isinstance(span, str) or not span.strip():
            self.wrong(field, "words of the text are needed")
        found, start = [], text.find(span)
        while start >= 0:
            found.append((start, start + len(span)))
            start = text.find(span, start + 1)
        if not found:
            self.wrong(field, "does not stand in the text", "Spans are verbatim: letter by letter, line breaks too.")
        return found

    def _place(self, span: Any, field: str, text: str) -> tuple[int, int]:
        if not isinstance(span, list) or len(span) != 2 or not all(isinstance(value, int) for value in span):
            self.wrong(field, "must be words of the text, or the characters [start, end) where they stand")
        start, end = span
        if not 0 <= start < end <= len(text) or not text[start:end].strip():
            self.wrong(field, f"characters {start} to {end} are no words of the text, which has {len(text)}")
        return start, end

    def _mention(self, label: str, status: Status, sides: tuple, place: tuple[int, int], field: str, text: str) -> Mention:
        if label == NO_FINDING and status is not Status.PRESENT:
            self.wrong(field, "no_finding is a statement that stands or is not listed; its status must be present")
        start, end = place
        return Mention(label=label, status=status, sides=sides, span=text[start:end], start=start, end=end)


def _listed(names) -> str:
    return ", ".join(map(str, names))
