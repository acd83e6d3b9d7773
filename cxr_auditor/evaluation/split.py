"""Which patients' films are taken."""

from enum import StrEnum

from .datasets import LabelledFilm


class Split(StrEnum):
    """validation: those whom the lite reader's recipe holds out by a hash of the patient's id; development: the others."""

    ALL = "all"
    VALIDATION = "validation"
    DEVELOPMENT = "development"

    def takes(self, film: LabelledFilm) -> bool:
        if self is Split.ALL:
            return True
        from ..training.lite.data import is_validation

        return is_validation(film.patient_id) == (self is Split.VALIDATION)
