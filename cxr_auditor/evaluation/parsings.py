"""A model's readings of drafts, kept so that a run that was stopped does not ask it twice."""

import hashlib
import json
from pathlib import Path

from ..registry import Parser
from ..schema import DraftReading
from .kept import read_lines, writing


class KeptParser:
    """Reads like `parser`, and asks a model once about each draft: `path` holds its readings by parser, revision, what it asks (`asks`,
    where a parser has it: prompt and decoding) and the draft's SHA-256.

    A reading that names no prompt is by the rules, alone or for a model that failed. It is not kept: the rules are quick, their code
    changes while their revision stands, and the model is to be asked again. What a kept reading has of the rules is as old as it is.
    """

    def __init__(self, parser: Parser, path: Path):
        """Raises InputError where the file is no such one."""
        self._parser, self._path = parser, path
        self._asks: str = getattr(parser, "asks", "")
        self._kept: dict[tuple[str, str, str, str], DraftReading] = {}
        read_lines(path, self._take, "a kept reading of a draft")

    @property
    def name(self) -> str:
        return self._parser.name

    @property
    def revision(self) -> str:
        return self._parser.revision

    def parse(self, text: str) -> DraftReading:
        draft = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        kept = self._kept.get((self.name, self.revision, self._asks, draft))
        if kept is not None:
            return kept
        reading = self._parser.parse(text)
        if reading.prompts:
            about = {"parser": self.name, "revision": self.revision, "asks": self._asks, "sha256": draft}
            line = about | {"reading": reading.model_dump(mode="json")}
            with writing(self._path), self._path.open("a", encoding="utf-8") as handle:
                handle.write(json.dumps(line) + "\n")
            self._kept[self.name, self.revision, self._asks, draft] = reading
        return reading

    def _take(self, line: dict) -> None:
        self._kept[line["parser"], line["revision"], line["asks"], line["sha256"]] = DraftReading.model_validate(line["reading"])
