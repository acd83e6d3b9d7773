"""A written corpus of drafts, one example at a time."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from ...chat.records import Decoding, Request, user
from ...errors import InputError
from ...parsers.nemotron import schema_for
from ...schema import Mention
from ..corpus.read import corpus_manifest, split_lines
from .build import FORMAT
from .target import target_text

COMMAND = "train drafts"
_AGAIN = f"Build the corpus again with `cxr-auditor {COMMAND}`."


@dataclass(frozen=True)
class DraftExample:
    """A draft, what it states in the order of the text, the question about it as served, and the reply that is taught."""

    draft_id: str
    source: str
    document: str
    text: str
    said: tuple[Mention, ...]
    question: str
    target: str

    @property
    def request(self) -> Request:
        """What the served parser asks of a local model."""
        return Request((user(self.question),), Decoding(thinking=False), schema_for(self.text))


def drafts_manifest(folder: Path) -> dict:
    """What the corpus was built of, and how. InputError where the folder holds no corpus of drafts."""
    return corpus_manifest(folder, FORMAT, COMMAND)


def read_drafts(folder: Path, split: str) -> Iterator[DraftExample]:
    """The examples of a split. Raises InputError naming file and line of what is no example."""
    drafts_manifest(folder)
    for where, line in split_lines(folder, split):
        yield _example(line, where)


def _example(line: str, where: str) -> DraftExample:
    try:
        values = json.loads(line)
        said = tuple(Mention.model_validate_json(json.dumps(one)) for one in values["findings"])
        (message,) = values["messages"]
        names = (values[name] for name in ("id", "source", "document", "text"))
        example = DraftExample(*names, said, message["content"], values["target"])
    except (json.JSONDecodeError, KeyError, TypeError, ValueError, ValidationError) as error:
        raise InputError(f"{where}: is no example of a corpus of drafts ({type(error).__name__}).", _AGAIN) from error
    if any(example.text[one.start : one.end] != one.span for one in said) or example.target != target_text(said):
        raise InputError(f"{where}: its target does not say what its findings say.", _AGAIN)
    return example
