"""What a corpus of drafts depends on beside its labelled drafts."""

from dataclasses import dataclass

from ...errors import InputError
from ..corpus.settings import check_shares


@dataclass(frozen=True)
class Settings:
    """The choices that shape a corpus; all of them stand in its manifest.

    `films`: simulated films that drafts are written about (0: labelled drafts only). `balance`: the most written drafts of a kind of
    statement, as a multiple of the rarest kind's; a draft with any rarer kind stays (0: all stay). `validation`, `test`: shares of the
    documents, and of the simulated films.
    """

    films: int = 2000
    balance: float = 2.0
    validation: float = 0.1
    test: float = 0.1
    seed: int = 20261122

    def __post_init__(self):
        check_shares(self.validation, self.test)
        for name in ("films", "balance"):
            if getattr(self, name) < 0:
                raise InputError(f"{name} must be at least 0, but is {getattr(self, name):g}.", "0 writes no draft; 0 balances nothing.")
