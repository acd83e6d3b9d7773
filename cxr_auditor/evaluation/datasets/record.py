"""The one record that every dataset reader gives."""

import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from ...errors import InputError
from ...findings import Finding
from ...geometry import Box


@dataclass(frozen=True)
class ArchiveMember:
    """An image that lies in a ZIP archive."""

    archive: Path
    member: str


ImageSource = Path | ArchiveMember
_UNREADABLE = (OSError, KeyError, EOFError, zipfile.BadZipFile, zlib.error, RuntimeError)
"""What zipfile raises of one member: missing, cut, damaged; RuntimeError for an encrypted one, and for a compression it does not know."""


def image_bytes(source: ImageSource) -> bytes:
    """The file's bytes. Raises InputError naming the file when it can't be read."""
    try:
        if isinstance(source, Path):
            return source.read_bytes()
        return _archive(source.archive).read(source.member)
    except _UNREADABLE as error:
        raise InputError(f"The image {source_name(source)} can't be read.", "Check that the dataset's folder is complete.") from error


def source_name(source: ImageSource) -> str:
    return source.name if isinstance(source, Path) else f"{source.archive.name}:{source.member}"


@lru_cache(maxsize=4)
def _archive(path: Path) -> zipfile.ZipFile:
    return zipfile.ZipFile(path)


@dataclass(frozen=True)
class LabelledBox:
    """Where somebody marked a finding. `votes`: readers whose marks were merged into this box, of `readers` who looked."""

    finding: Finding
    box: Box
    source: str
    votes: int = 1
    readers: int = 1


@dataclass(frozen=True)
class LabelledFilm:
    """One film and what is known about it.

    `labels`: True present, False absent; a finding that is not listed is not known (not labelled, or the readers disagree).
    `normal`: True only where the whole film was called normal; a film with nothing but findings outside the vocabulary is False.
    `boxes`: in normalized_y0x0y1x1; a box that is given again counts once. `searched`: findings whose boxes somebody looked for on this
    film, so that there is nothing where it has no box. `size`: (width, height) in pixels of the frame the boxes were drawn in, where known.
    `outside`: native labels without a place in the vocabulary. `votes`: per finding (readers who saw it, readers who looked).
    `second`: labels from another reading of the same film. `groups`: what figures are also given by (origin, resolution, view).
    `patient_id`: the image's own id where a dataset has no patients. `text`: the report, where there is one.
    """

    image_id: str
    patient_id: str
    source: str
    image: ImageSource | None = None
    labels: Mapping[Finding, bool] = field(default_factory=dict)
    normal: bool | None = None
    boxes: tuple[LabelledBox, ...] = ()
    size: tuple[int, int] | None = None
    outside: tuple[str, ...] = ()
    votes: Mapping[Finding, tuple[int, int]] = field(default_factory=dict)
    second: Mapping[Finding, bool] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)
    text: str | None = None
    searched: tuple[Finding, ...] = ()

    def __post_init__(self):
        if not self.image_id or not self.patient_id:
            raise ValueError(f"a film must have an image id and a patient id, but got {self.image_id!r} and {self.patient_id!r}")
        if self.normal and (self.outside or any(self.labels.values())):
            raise ValueError(f"a normal film must have no abnormal label, but {self.image_id!r} has one")
        object.__setattr__(self, "boxes", tuple(dict.fromkeys(self.boxes)))

    @property
    def present(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in Finding if self.labels.get(finding))

    def boxes_of(self, finding: Finding) -> tuple[Box, ...]:
        return tuple(marked.box for marked in self.boxes if marked.finding is finding)
