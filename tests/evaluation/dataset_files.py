"""Tiny dataset folders for the tests. Every value in them is made up."""

from pathlib import Path

import numpy as np
from PIL import Image

from cxr_auditor.evaluation.datasets import LabelledFilm


def put(path: Path, *lines: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def picture(path: Path, side: int = 8) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.zeros((side, side), dtype=np.uint8)).save(path)
    return path


def by_id(films) -> dict[str, LabelledFilm]:
    return {film.image_id: film for film in films}
