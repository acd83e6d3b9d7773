"""Films as lessons: the served reader's question about each, and its labels as evaluation knows them."""

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ...chat.records import ChatModel, Request
from ...errors import InputError
from ...evaluation.datasets import ArchiveMember, image_bytes
from ...evaluation.datasets.record import ImageSource
from ...readers.medgemma import MedGemmaReader
from ..corpus import Example, read_corpus
from .settings import Settings

if TYPE_CHECKING:
    from ...images import Radiograph


@dataclass(frozen=True)
class FilmLesson:
    """A film of the corpus and the reader that will ask about it."""

    example: Example
    reader: MedGemmaReader

    @property
    def target(self) -> str:
        return self.example.target

    @property
    def film(self) -> "Radiograph":
        """The image as the reader gets it. InputError naming the film where it can't be used or is another one than in the corpus."""
        from ...images import load

        one = self.example
        try:
            film = load(image_bytes(one.image))
        except InputError as error:
            raise InputError(f"Film {one.image_id!r} of {one.dataset!r}: {error.message}", error.hint) from error
        if film.sha256 != one.sha256:
            raise InputError(
                f"The image of film {one.image_id!r} is not the one that the corpus was built with.", "Build the corpus again."
            )
        return film

    @property
    def request(self) -> Request:
        """What the served reader asks. Raises as `film` does."""
        return self.reader.question(self.film)[0]


def read_films(settings: Settings, manifest: dict, names: Sequence[str], model: ChatModel) -> dict[str, tuple[FilmLesson, ...]]:
    """The splits `names` of the corpus. Raises InputError for a line that is no example and for images that are not there."""
    known = [source["name"] for source in manifest["sources"]]
    for name in settings.data:
        if name not in known:
            raise InputError(f"[data] names {name!r}, which the corpus was not built of.", f"It was built of {', '.join(known)}.")
    reader = MedGemmaReader(chat=model)
    splits = {name: tuple(FilmLesson(one, reader) for one in read_corpus(settings.corpus, name, settings.data)) for name in names}
    _check_images([lesson.example for lessons in splits.values() for lesson in lessons])
    return splits


def _check_images(examples: Sequence[Example]) -> None:
    members: dict[Path, frozenset[str]] = {}
    missing = [example for example in examples if not _is_there(example.image, members)]
    if missing:
        raise InputError(
            f"{len(missing)} of {len(examples)} images are not there; the first is that of film {missing[0].image_id!r} "
            f"of {missing[0].dataset!r}.",
            "Say where the data sets lie now: [data] in the settings, NAME = FOLDER.",
        )


def _is_there(image: ImageSource, members: dict[Path, frozenset[str]]) -> bool:
    """`members`: what each archive holds, kept from one film to the next."""
    if not isinstance(image, ArchiveMember):
        return image.is_file()
    if image.archive not in members:
        try:
            with zipfile.ZipFile(image.archive) as archive:
                members[image.archive] = frozenset(archive.namelist())
        except (OSError, zipfile.BadZipFile):
            members[image.archive] = frozenset()  # every film of it counts as missing
    return image.member in members[image.archive]
