"""The example cases: which body, which findings, which draft. `write_examples` draws them into a folder."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image
from pydantic import ValidationError

from ..case_file import CASE_FILE, Difficulty
from ..errors import InputError
from ..examples import ExampleFile
from ..findings import Finding
from ..reading_data import EntryData, ReadingData
from ..schema import Record
from .draw import Film, draw
from .planted import Planted

FILM_FILE = "film.jpg"
SIZE = 1024
SOURCE = "Synthetic films of CXR Draft Auditor"
LICENCE = "Apache-2.0"


class Recipe(Record):
    """A case before its film is drawn. `name` is its folder's, and its place in the teaching order."""

    name: str
    title: str
    teaches: str
    difficulty: Difficulty
    draft: str
    seed: int
    planted: tuple[Planted, ...] = ()


def plant(finding: str, side: str | None = None, extent: float = 0.5, zone: str = "middle") -> Planted:
    return Planted(finding=finding, side=side, extent=extent, zone=zone)


EXAMPLES = (
    Recipe(
        name="01-normal",
        title="Normal film, normal draft",
        teaches="Agreement: the draft says that nothing is wrong, and nothing is.",
        difficulty=Difficulty.EASY,
        draft=(
            "PA chest. The lungs are clear and well expanded. No pleural effusion or pneumothorax. "
            "The cardiomediastinal silhouette is within normal limits. No acute cardiopulmonary abnormality."
        ),
        seed=11,
    ),
    Recipe(
        name="02-faithful",
        title="Effusion, faithfully described",
        teaches="Agreement: finding and side match the film, and what is denied is not there.",
        difficulty=Difficulty.EASY,
        draft=(
            "There is a moderate left pleural effusion with blunting of the costophrenic angle. The right lung is clear. "
            "Heart size is normal. No pneumothorax."
        ),
        seed=4,
        planted=(plant("pleural_effusion", "left", 0.4),),
    ),
    Recipe(
        name="03-omitted-pneumothorax",
        title="Pneumothorax that the draft leaves out",
        teaches="An urgent omission: silence about a pneumothorax is the most costly kind of miss. Trace the pleural line at the apex.",
        difficulty=Difficulty.MEDIUM,
        draft="Heart size is normal. No focal consolidation. No pleural effusion. The bony thorax is unremarkable.",
        seed=5,
        planted=(plant("pneumothorax", "right", 0.5),),
    ),
    Recipe(
        name="04-denied-heart",
        title="Large heart called normal",
        teaches="A denial that the film refutes: measure the heart against the chest before writing that its size is normal.",
        difficulty=Difficulty.MEDIUM,
        draft="The lungs are clear. Heart size is normal. No pleural effusion. No pneumothorax.",
        seed=3,
        planted=(plant("cardiomegaly", None, 0.5),),
    ),
    Recipe(
        name="05-over-called",
        title="Consolidation that is not on the film",
        teaches="An unsupported claim: crossing ribs and vessels at the base are easily taken for an infiltrate.",
        difficulty=Difficulty.MEDIUM,
        draft=(
            "Patchy airspace consolidation in the right lower lobe, consistent with pneumonia. No pleural effusion. "
            "No pneumothorax. The heart is not enlarged."
        ),
        seed=2,
    ),
    Recipe(
        name="06-wrong-side",
        title="Right is written as left",
        teaches="One wrong-side flag rather than a miss and a false call. The image's left is the patient's right; check the marker.",
        difficulty=Difficulty.EASY,
        draft="Consolidation in the left lower zone with air bronchograms, likely pneumonia. No effusion. Normal heart size.",
        seed=6,
        planted=(plant("lung_opacity_consolidation", "right", 0.6, "lower"),),
    ),
    Recipe(
        name="07-one-side-missed",
        title="Effusions on both sides, one reported",
        teaches="Satisfaction of search: after the first finding, look at the same place on the other side.",
        difficulty=Difficulty.MEDIUM,
        draft="Moderate right pleural effusion. No pneumothorax. Heart size within normal limits.",
        seed=8,
        planted=(plant("pleural_effusion", "right", 0.45), plant("pleural_effusion", "left", 0.2)),
    ),
    Recipe(
        name="08-hedged",
        title="A nodule, hedged",
        teaches="The claim is supported, but a well-defined nodule deserves a plain word: the note marks the hedge.",
        difficulty=Difficulty.MEDIUM,
        draft=(
            "Possible nodular density in the left upper lobe; a nodule cannot be excluded. No pleural effusion. No pneumothorax. "
            "Cardiac silhouette is normal in size."
        ),
        seed=7,
        planted=(plant("nodule_mass", "left", 0.35, "upper"),),
    ),
    Recipe(
        name="09-contradictory",
        title="A draft at odds with itself",
        teaches="The body of the draft asserts what its impression denies; both places are marked.",
        difficulty=Difficulty.MEDIUM,
        draft=(
            "FINDINGS: Small right pleural effusion. The left lung is clear. Heart size is normal.\n"
            "IMPRESSION: No pleural effusion. No pneumothorax."
        ),
        seed=9,
        planted=(plant("pleural_effusion", "right", 0.25),),
    ),
    Recipe(
        name="10-denied-mass",
        title="Large heart reported, mass denied",
        teaches="Two findings: the heart is reported, the urgent mass denied. A correct finding does not make up for a missed one.",
        difficulty=Difficulty.MEDIUM,
        draft="The heart is enlarged. No pulmonary nodule or mass. No pleural effusion or pneumothorax.",
        seed=10,
        planted=(plant("cardiomegaly", None, 0.3), plant("nodule_mass", "right", 0.6, "upper")),
    ),
    Recipe(
        name="11-urgent-claim",
        title="An urgent claim without support",
        teaches="A pneumothorax is called that the film does not show: flagged urgent too, so that you look again before deleting it.",
        difficulty=Difficulty.EASY,
        draft="Small left apical pneumothorax. Lungs otherwise clear. No pleural effusion. Heart size normal.",
        seed=12,
    ),
)


def encode(film: Film) -> bytes:
    """Grey JPEG."""
    buffer = io.BytesIO()
    Image.fromarray(film.pixels).save(buffer, "JPEG", quality=90, optimize=True)
    return buffer.getvalue()


def true_reading(film: Film) -> ReadingData:
    """What was planted, as people write a reading; all five findings were thought of."""
    return ReadingData(scope=tuple(Finding), findings=tuple(EntryData(finding=f.finding, sides=f.sides, box=f.box) for f in film.findings))


def generator_settings(planted: Sequence[Planted], size: int) -> dict[str, Any]:
    """What `redraw` takes beside the seed, as plain JSON."""
    return {"size": size, "planted": [one.model_dump(mode="json", exclude_defaults=True) for one in planted]}


def case_file(recipe: Recipe, film: Film) -> ExampleFile:
    """The case as it is written beside its film: the truth is what was planted."""
    return ExampleFile(
        title=recipe.title,
        teaches=recipe.teaches,
        difficulty=recipe.difficulty,
        film=FILM_FILE,
        draft=recipe.draft,
        source=SOURCE,
        licence=LICENCE,
        synthetic=True,
        seed=recipe.seed,
        generator=generator_settings(recipe.planted, SIZE),
        reading=true_reading(film),
    )


def redraw(seed: int, generator: dict) -> Film:
    """The film that a case file's seed and generator settings stand for. InputError where they are no settings of this generator."""
    try:
        planted = [Planted.model_validate(one) for one in generator["planted"]]
        return draw(seed, planted, generator["size"])
    except (KeyError, TypeError, ValidationError) as error:
        hint = "Take them from a case file that this project wrote."
        raise InputError('The generator settings must be {"size": pixels, "planted": [...]}.', hint) from error


def write_examples(out: Path) -> list[Path]:
    """Draws every example into `out`/NAME/: the film and its case file. Returns the folders."""
    folders = []
    for recipe in EXAMPLES:
        film = draw(recipe.seed, recipe.planted, SIZE)
        folder = out / recipe.name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / FILM_FILE).write_bytes(encode(film))
        (folder / CASE_FILE).write_text(case_file(recipe, film).to_json(), encoding="utf-8")
        folders.append(folder)
    return folders
