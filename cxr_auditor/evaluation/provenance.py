"""What a run was made from, so that it can be repeated: data, code, settings, time."""

import hashlib
import json
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from ..version import __version__
from .datasets import LabelledFilm


def labels_hash(films: Sequence[LabelledFilm]) -> str:
    """SHA-256 over what is known of every film, in the order of their ids; the images are not part of it."""
    digest = hashlib.sha256()
    for film in sorted(films, key=lambda film: film.image_id):
        known = {finding.value: label for finding, label in film.labels.items()}
        boxes = [[box.finding.value, box.source, *box.box.as_list()] for box in film.boxes]
        second = {finding.value: label for finding, label in film.second.items()}
        row = [film.image_id, film.patient_id, film.normal, known, boxes, second, dict(film.groups), sorted(film.searched)]
        digest.update(json.dumps(row, sort_keys=True).encode())
    return digest.hexdigest()


def images_hash(images: Mapping[str, str]) -> str:
    """SHA-256 over the images' own, in the order of their ids."""
    return hashlib.sha256(json.dumps(images, sort_keys=True).encode()).hexdigest()


def file_hash(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def run_manifest(settings: dict, hashes: dict[str, str], seconds: dict[str, float]) -> dict:
    """The record of a run. `hashes`: SHA-256 by what was hashed; `seconds`: by stage."""
    return {
        "package": f"cxr-draft-auditor {__version__}",
        "python": platform.python_version(),
        "numpy": np.__version__,
        "machine": platform.machine(),
        "settings": settings,
        "sha256": hashes,
        "seconds": {stage: round(value, 2) for stage, value in seconds.items()},
    }
