"""Films and cases for the tests of teaching, all made here."""

import json
from pathlib import Path

import numpy as np
from image_files import film
from PIL import Image

from cxr_auditor.case_file import CaseFile, Difficulty
from cxr_auditor.reading_data import ReadingData
from cxr_auditor.teaching.new_case import NewCase, Stated

STATED = Stated("A teaching file", "CC0")
TRUTH = {"findings": [{"finding": "pneumothorax", "sides": ["right"], "box": [0.1, 0.1, 0.4, 0.4]}]}


def pixels(seed: int = 0, height: int = 120, width: int = 100) -> np.ndarray:
    """A film of its own for each seed."""
    own = film(height, width).copy()
    own[-4:, :8] = np.random.default_rng(seed).integers(60, 190, (4, 8))
    return own


def put_film(path: Path, seed: int = 0, **options) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels(seed)).save(path, **options)
    return path


def new_case(seed: int = 0, **values) -> NewCase:
    values = {"reading": ReadingData.model_validate(TRUTH), "teaches": "Trace the pleural line.", "stated": STATED} | values
    return NewCase(pixels=pixels(seed), **values)


def case_data(**changes) -> dict:
    """A case file's JSON; a value of None takes the field out."""
    whole = {
        "title": "A case",
        "teaches": "Trace the pleural line.",
        "difficulty": "easy",
        "film": "film.png",
        "source": "A teaching file",
        "licence": "CC0",
        "synthetic": True,
        "reading": TRUTH,
    }
    return {key: value for key, value in (whole | changes).items() if value is not None}


def put_case(library: Path, name: str = "one", seed: int = 0, **changes) -> Path:
    folder = library / name
    put_film(folder / "film.png", seed)
    (folder / "case.json").write_text(json.dumps(case_data(**changes)), encoding="utf-8")
    return folder


def plain_file(**changes) -> CaseFile:
    values = case_data() | {"difficulty": Difficulty.EASY, "reading": ReadingData.model_validate(TRUTH)}
    return CaseFile(**values | changes)


def everything(folder: Path) -> dict[str, bytes | None]:
    """Every path below a folder with its bytes, hidden ones too."""
    return {str(p.relative_to(folder)): p.read_bytes() if p.is_file() else None for p in sorted(folder.rglob("*"))}
