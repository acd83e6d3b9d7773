"""What is learnt: questions as the served reader or parser asks them, each with the reply that is taught."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from ... import prompts
from ...chat.local import LocalModel
from ...chat.records import Request
from ...chat.settings import Source
from ...errors import InputError
from ...evaluation.provenance import file_hash
from ...parsers.nemotron import question
from ..corpus import corpus_manifest
from ..corpus.splits import TRAIN, VALIDATION
from ..corpus.target import served_prompt
from ..corpus.write import FORMAT as FILMS
from ..corpus.write import MANIFEST
from ..drafts.build import FORMAT as DRAFTS
from .films import read_films
from .places import MODEL
from .settings import Settings


class Lesson(Protocol):
    """One question and the reply to learn. Making the request may read an image: InputError where that can't be used."""

    target: str

    @property
    def request(self) -> Request: ...


@dataclass(frozen=True)
class Lessons:
    """A checked corpus: prompt as served, files as written, images there. `sha256` is the manifest's."""

    kind: Literal["films", "drafts"]
    manifest: dict
    sha256: str
    train: tuple[Lesson, ...]
    validation: tuple[Lesson, ...]

    @property
    def served_as(self) -> str:
        """What asks the tuned model, as in `--reader NAME=FOLDER` or `--parser NAME=FOLDER`."""
        return "--reader medgemma" if self.kind == "films" else "--parser nemotron"


def tuned_model(settings: Settings) -> LocalModel:
    """What the served reader or parser will ask: the merged model, by its place. While it is trained, the model in training is there."""
    return LocalModel(Source(str(settings.out / MODEL)))


def open_lessons(settings: Settings) -> Lessons:
    """Raises InputError: another prompt than the served one, a split that was changed or is missing, an image that is not there."""
    folder = settings.corpus
    manifest = _manifest(folder)
    kind = "films" if manifest["format"] == FILMS else "drafts"
    _check_prompt(manifest["prompt"], kind)
    for name, sha256 in manifest["sha256"].items():
        if not (folder / name).is_file() or file_hash(folder / name) != sha256:
            raise InputError(f"{name} is missing or not the one that the corpus was built with.", "Copy or build the whole corpus again.")
    names = [name for name in (TRAIN, VALIDATION) if f"{name}.jsonl" in manifest["sha256"]]
    if TRAIN not in names:
        raise InputError("The corpus holds nothing to train on.", "Build it again with smaller shares for validation and test.")
    if kind == "films":
        splits = read_films(settings, manifest, names, tuned_model(settings))
    else:
        from ..drafts import read_drafts

        splits = {name: tuple(read_drafts(folder, name)) for name in names}
    return Lessons(kind, manifest, file_hash(folder / MANIFEST), splits[TRAIN], splits.get(VALIDATION, ()))


def _manifest(folder: Path) -> dict:
    try:
        return corpus_manifest(folder, DRAFTS, "train drafts")
    except InputError:
        return corpus_manifest(folder)  # whose error is the one to show: most corpora are of films


def _check_prompt(built_with: dict, kind: str) -> None:
    prompt, text = served_prompt() if kind == "films" else _drafts_prompt()
    if (built_with["sha256"], built_with["text"]) != (prompt.sha256, text):
        raise InputError(
            f"The corpus was built with another wording of the prompt {prompt.name!r} (sha256 {built_with['sha256'][:12]}) than is asked "
            f"now ({prompt.sha256[:12]}).",
            "A model answers best to the wording that it was tuned on: build the corpus again.",
        )


def _drafts_prompt() -> tuple[prompts.Prompt, str]:
    prompt, _ = question("")
    return prompt, prompt.text
