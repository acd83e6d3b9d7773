"""Was the lite reader trained on the films that it is measured on? It learnt from NIH ChestX-ray14 but for patients held out."""

import re

from ..errors import InputError
from ..registry import READERS, parse_spec
from .datasets import known_dataset, known_datasets
from .split import Split

LITE = "lite"


def readers_in(spec: str) -> set[str]:
    """Names of the readers behind a spec: of a composite those of its members.

    >>> sorted(readers_in("second=2:lite+medgemma@http://localhost:8000/v1+radvlm"))
    ['lite', 'medgemma', 'radvlm']
    """
    name, _, members = spec.strip().partition("=")
    if name in READERS and READERS[name].composite:
        return {reader for member in re.sub(r"^\d+:", "", members).split("+") if member.strip() for reader in readers_in(member)}
    return {parse_spec(spec).name}


def default_split(dataset: str, spec: str) -> Split:
    """The patients whom the lite reader's recipe held out where it takes part and they are known; else all."""
    return Split.VALIDATION if known_dataset(dataset).nih_patients and LITE in readers_in(spec) else Split.ALL


def check_split(dataset: str, split: Split) -> None:
    """Raises InputError for a part of the patients where the dataset's ids are not NIH's: a hash of them holds nobody out."""
    for known in known_datasets(dataset):
        if split is not Split.ALL and not known.nih_patients:
            raise InputError(
                f"--split {split} parts NIH's patients as the lite reader's training did, but {known.title} does not name NIH's patients.",
                "Leave --split out, or take the dataset 'films' or 'nih'.",
            )


def training_overlap(dataset: str, split: Split, spec: str) -> str:
    """What a page must say of a lite reader that learnt, or may have learnt, from the films at hand; "" where it did not."""
    learnt = [known for known in known_datasets(dataset) if known.of_nih]
    if not learnt or LITE not in readers_in(spec) or split is Split.VALIDATION:
        return ""
    known = learnt[0]
    if known.nih_patients:
        return "The lite reader was trained on the films of NIH's development patients, which are among these: the figures flatter it."
    return (
        f"The films of {known.title} come from NIH ChestX-ray14, which the lite reader was trained on, and their ids do not tell which: "
        "it may have been trained on these films, and the figures may flatter it."
    )
