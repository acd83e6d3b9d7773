"""A written corpus, one example at a time."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ...errors import InputError
from ...evaluation.datasets import ArchiveMember, LabelledBox, LabelledFilm
from ...evaluation.datasets.record import ImageSource
from ...findings import Finding
from ...schema import ImageFinding
from .splits import SPLITS
from .target import target_text
from .write import FORMAT, MANIFEST


@dataclass(frozen=True)
class Example:
    """A film and the reply that is taught for it. `sha256` is the image file's; `searched`: findings whose boxes somebody looked for."""

    image_id: str
    dataset: str
    patient: str
    image: ImageSource
    sha256: str
    findings: tuple[ImageFinding, ...]
    searched: tuple[Finding, ...]
    target: str

    @property
    def labelled(self) -> LabelledFilm:
        """The film as evaluation knows films. Every finding that is not taught is absent."""
        present = {found.finding for found in self.findings}
        return LabelledFilm(
            image_id=f"{self.dataset}/{self.image_id}",
            patient_id=self.patient,
            source=self.dataset,
            image=self.image,
            labels={finding: finding in present for finding in Finding},
            normal=not present,
            boxes=tuple(LabelledBox(found.finding, found.box, "corpus") for found in self.findings if found.box),
            searched=self.searched,
        )


def corpus_films(folder: Path, split: str) -> tuple[tuple[LabelledFilm, ...], str]:
    """The films of a split, labelled, and the data sets that they come from, as "nih+siim". Raises as `read_corpus` does, and where the
    split is empty."""
    examples = tuple(read_corpus(folder, split))
    if not examples:
        raise InputError(f"The corpus has no film in its split {split!r}.", "Build it with --test, or with --test-list.")
    return tuple(example.labelled for example in examples), "+".join(sorted({example.dataset for example in examples}))


def corpus_prompt(folder: Path) -> str:
    """The prompt that every film of the corpus is shown with."""
    return corpus_manifest(folder)["prompt"]["text"]


def read_corpus(folder: Path, split: str, folders: Mapping[str, Path] | None = None) -> Iterator[Example]:
    """The examples of a split. `folders`: where the data sets lie, by name, when not where the manifest says.

    Raises InputError naming file and line of what is no example; blank lines are passed over.
    """
    places = {source["name"]: Path(source["folder"]) for source in corpus_manifest(folder)["sources"]} | dict(folders or {})
    for where, line in split_lines(folder, split):
        yield _example(line, places, where)


def split_lines(folder: Path, split: str) -> Iterator[tuple[str, str]]:
    """(file and line for an error to name, the line) of a written split. InputError where there is no such split."""
    if split not in SPLITS:
        raise InputError(f"There is no split {split!r}.", f"It must be one of {', '.join(SPLITS)}.")
    path = folder / f"{split}.jsonl"
    try:
        with path.open(encoding="utf-8") as handle:
            for number, line in enumerate(handle, start=1):
                if line.strip():
                    yield f"{path.name}, line {number}", line
    except OSError as error:
        raise InputError(f"{path.name} can't be opened ({error.strerror}).", "Is the corpus complete?") from error


def corpus_manifest(folder: Path, form: str = FORMAT, command: str = "train corpus") -> dict:
    """What the corpus was built of, and how. InputError where the folder holds no corpus of the format that the command builds."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"The folder {folder.name!r} holds no readable {MANIFEST}.", f"Build one with `cxr-auditor {command}`.") from error
    if not isinstance(manifest, dict) or manifest.get("format") != form:
        raise InputError(f"{MANIFEST} must have the format {form!r}.", "Build the corpus again with this version.")
    return manifest


def _example(line: str, places: Mapping[str, Path], where: str) -> Example:
    try:
        values = json.loads(line)
        findings = tuple(ImageFinding.model_validate_json(json.dumps(one)) for one in values["findings"])
        place = places[values["dataset"]] / values["image"]
        image = ArchiveMember(place, values["member"]) if "member" in values else place
        searched = tuple(Finding(name) for name in values["searched"])
        where_from = (values["id"], values["dataset"], values["patient"], image, values["sha256"])
        example = Example(*where_from, findings, searched, values["target"])
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{where}: is no example of a corpus ({type(error).__name__}).", "Build the corpus again.") from error
    if example.target != target_text(findings):
        raise InputError(f"{where}: its target does not say what its findings say.", "Build the corpus again.")
    return example
