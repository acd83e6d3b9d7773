"""Labelled chest films, one small reader per dataset, all giving `LabelledFilm` records. Nothing is downloaded."""

from .catalogue import DATASETS, dataset_root, known_dataset, known_datasets, load_dataset, read_dataset
from .record import ArchiveMember, LabelledBox, LabelledFilm, image_bytes

__all__ = [
    "DATASETS",
    "ArchiveMember",
    "LabelledBox",
    "LabelledFilm",
    "dataset_root",
    "image_bytes",
    "known_dataset",
    "known_datasets",
    "load_dataset",
    "read_dataset",
]
