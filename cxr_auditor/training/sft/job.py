"""What `jobs/tune.sh` does on a rented machine: corpus -> sft -> evaluate. All it is given is checked before the first step."""

import json
import shlex
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from ...errors import InputError
from .errors import TrainingError
from .settings import Settings, read_settings

RECORD = "job.json"
"""In RESULTS: the options that the corpus there was built with."""

_OURS = ("--data", "--out", "--dry-run")
Call = Callable[[Sequence[str], Path], int]


@dataclass(frozen=True)
class Job:
    """A job as its environment describes it; every path is absolute. `judged`: a data set to judge on, by name, or nothing."""

    results: Path
    settings_file: Path
    settings: Settings
    data: Mapping[str, Path]
    options: tuple[str, ...]
    judged: Mapping[str, Path]
    limit: int

    @property
    def corpus(self) -> Path:
        return self.results / self.settings.corpus

    @property
    def model(self) -> Path:
        """Where the merged model will be."""
        from .places import MODEL

        return self.results / self.settings.out / MODEL


def read_job(environment: Mapping[str, str], here: Path) -> Job:
    """The job that the variables describe; relative paths are seen from `here`. InputError names the variable that can't be used."""
    results = here / environment.get("RESULTS", "/results")
    settings_file = here / environment.get("SETTINGS", "sft.toml")
    data = _data_sets(environment, "DATA", here)
    if not data:
        raise InputError("DATA names no data set.", 'Write DATA="NAME=FOLDER".')
    judged = _data_sets(environment, "EVALUATE", here)
    if len(judged) > 1:
        raise InputError("EVALUATE names more than one data set.", "Judge on one at a time.")
    for name in judged:
        _check_apart(data, name)
    options = tuple(_words(environment, "CORPUS_OPTIONS"))
    for word in options:
        if word.partition("=")[0] in _OURS:
            raise InputError(f"CORPUS_OPTIONS can't hold {word.partition('=')[0]}.", "The job gives it.")
    limit = environment.get("LIMIT", "1000")
    if not limit.isdecimal():
        raise InputError(f"LIMIT must be a number of films, but is {limit!r}.", "0 takes all.")
    return Job(results, settings_file, read_settings(settings_file), data, options, judged, int(limit))


def run_job(job: Job, *, dry_run: bool, call: Call | None = None) -> None:
    """Prints each step and, but for a dry run, takes it. Raises InputError before the first one, TrainingError where one fails.

    `call`: runs a command line in a folder and returns its exit status.
    """
    there = (job.corpus / "manifest.json").is_file()
    if there:
        _check_corpus(job)
    if not dry_run:
        for name, folder in {**job.data, **job.judged}.items():
            if not folder.exists():
                raise InputError(
                    f"The folder {str(folder)!r} of the data set {name!r} is not there.", "Mount it, or mend DATA or EVALUATE."
                )
        job.results.mkdir(parents=True, exist_ok=True)
        if not there:
            (job.results / RECORD).write_text(json.dumps(_record(job)) + "\n", encoding="utf-8")
    for words, folder in _steps(job, build=not there):
        print("+ " + shlex.join(words), flush=True)
        status = 0 if dry_run else (call or _call)(words, folder)
        if status:
            raise TrainingError(f"The job ended at a step that failed with exit status {status}.", "Its own words stand above.")
    print(f"Serve it: CXR_AUDITOR_READER={shlex.quote(f'medgemma={job.model}')} python -m cxr_auditor serve", flush=True)


def _call(words: Sequence[str], folder: Path) -> int:
    return subprocess.run(words, cwd=folder).returncode


def _steps(job: Job, *, build: bool) -> list[tuple[list[str], Path]]:
    """(command line, folder to run it in). The settings' paths are seen from RESULTS, those of CORPUS_OPTIONS from where the job is."""
    program = [sys.executable, "-m", "cxr_auditor"]
    steps = []
    if build:
        data = [word for name, folder in job.data.items() for word in ("--data", f"{name}={folder}")]
        steps.append(([*program, "train", "corpus", *data, "--out", str(job.corpus), *job.options], Path.cwd()))
    steps.append(([*program, "train", "sft", str(job.settings_file)], job.results))
    judged = [["--dataset", name, "--data", str(folder)] for name, folder in job.judged.items()]
    has_test_films = _leaves_test_films(job.options) if build else _has_test_films(job.corpus)
    if not judged and has_test_films:
        judged = [["--corpus", str(job.corpus)]]
    for films in judged:
        films += ["--limit", str(job.limit), "--no-plots"]
        for title, model in (("base", job.settings.model), ("tuned", str(job.model))):
            out = str(job.results / "evaluation" / title)
            steps.append(([*program, "evaluate", "reader", *films, "--reader", f"medgemma={model}", "--out", out], job.results))
    return steps


def _has_test_films(corpus: Path) -> bool:
    from ..corpus import corpus_manifest

    return corpus_manifest(corpus).get("splits", {}).get("test", {}).get("films", 0) > 0


def _leaves_test_films(options: Sequence[str]) -> bool:
    """Whether the corpus that is built with these options has a test split."""
    words = [part for word in options for part in word.split("=", 1)]
    if "--test-list" in words:
        return True
    return not any(float(share) == 0 for option, share in pairwise(words) if option == "--test" and _is_number(share))


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _words(environment: Mapping[str, str], name: str) -> list[str]:
    """A variable's words as a shell would part them; nothing in them is carried out."""
    try:
        return shlex.split(environment.get(name, ""))
    except ValueError as error:
        raise InputError(f"{name} can't be read ({error}).", "Close every quotation mark.") from error


def _data_sets(environment: Mapping[str, str], variable: str, here: Path) -> dict[str, Path]:
    from ..corpus.licences import POPULATIONS

    found: dict[str, Path] = {}
    for word in _words(environment, variable):
        name, equals, folder = word.partition("=")
        if not (name and equals and folder):
            raise InputError(f"{variable}: {word} is no NAME=FOLDER.", "Separate several by blanks.")
        if name not in POPULATIONS:
            raise InputError(f"{variable}: there is no data set named {name!r}.", f"Known: {', '.join(POPULATIONS)}.")
        if name in found:
            raise InputError(f"{variable} names {name!r} twice.", "Name each once.")
        found[name] = here / folder
    return found


def _check_apart(data: Mapping[str, Path], judged: str) -> None:
    """InputError where the films to judge on may be among those that are learnt from."""
    from ..corpus.licences import DRAWN_FROM_NIH, POPULATIONS

    for name in data:
        one, other = POPULATIONS[name], POPULATIONS[judged]
        if one == other or {one, other} <= DRAWN_FROM_NIH:
            shown = f"{name} and {judged} show films of the same patients" if name != judged else f"the model learns from {name}"
            raise InputError(f"EVALUATE: {shown}.", "Judge it on another data set.")


def _record(job: Job) -> dict[str, list[str]]:
    return {"corpus_options": list(job.options)}


def _check_corpus(job: Job) -> None:
    """InputError where the corpus that is there is not the one that the job would build."""
    from ...evaluation.datasets import dataset_root
    from ..corpus import corpus_manifest
    from ..corpus.same import table_hashes

    hint = "Choose another RESULTS, or delete the corpus to build it again."
    built = {source["name"]: source["sha256"] for source in corpus_manifest(job.corpus)["sources"]}
    if set(built) != set(job.data):
        raise InputError(f"The corpus that is there was built of {', '.join(built)}, and DATA names {', '.join(job.data)}.", hint)
    for name, folder in job.data.items():
        if folder.exists() and table_hashes(dataset_root(folder)) != built[name]:
            raise InputError(f"The corpus that is there was built of other tables than those of {name!r} in DATA.", hint)
    try:
        record = json.loads((job.results / RECORD).read_text("utf-8"))
    except FileNotFoundError:
        record = _record(job) if not job.options else None  # a corpus that was brought along
    except ValueError:
        record = None
    if record != _record(job):
        raise InputError("The corpus that is there was not built with these CORPUS_OPTIONS.", hint)
