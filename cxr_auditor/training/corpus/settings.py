"""What a corpus depends on beside its data."""

from dataclasses import dataclass
from enum import StrEnum
from math import isfinite

from ...errors import InputError
from ...evaluation.datasets.agreement import Votes


class Unboxed(StrEnum):
    """What becomes of a film with a finding that nobody drew a box for: the target then says null for its place.

    keep: it stays. urgent: it stays where an urgent finding is on it. drop: it is left out.
    """

    KEEP = "keep"
    URGENT = "urgent"
    DROP = "drop"


def check_shares(validation: float, test: float) -> None:
    """Raises InputError for shares of held-out splits that leave nothing to train on."""
    if not (0 <= validation < 1 and 0 <= test < 1 and validation + test < 1):
        raise InputError(
            f"The shares of validation and test must be 0 or more and below 1 in all, but are {validation:g} and {test:g}.",
            "0.1 each is usual.",
        )


@dataclass(frozen=True)
class Settings:
    """The choices that shape a corpus; all of them stand in its manifest.

    `normals`: normal films for each film with a finding. `most`: films of one finding beyond which no further film that shows only such
    findings is taken (0: no limit); an urgent film is always taken. `partial`: whether a film may teach although some of the five
    findings are unknown on it (their silence is then taught as absence). `without`: sources of boxes that are not used. `validation`,
    `test`: shares of the films. `at_once`: rows of a table held in memory at a time.
    """

    votes: Votes = Votes.MAJORITY
    unboxed: Unboxed = Unboxed.KEEP
    partial: bool = False
    without: tuple[str, ...] = ()
    normals: float = 1.0
    most: int = 0
    validation: float = 0.1
    test: float = 0.1
    seed: int = 20261122
    at_once: int = 2000

    def __post_init__(self):
        check_shares(self.validation, self.test)
        for name in ("normals", "most"):
            if not isfinite(getattr(self, name)) or getattr(self, name) < 0:
                raise InputError(
                    f"{name} must be a number of at least 0, but is {getattr(self, name):g}.",
                    "normals: 0 takes no normal film, a large number takes all. most: 0 sets no limit.",
                )
        if self.at_once < 1:
            raise InputError(f"at_once must be at least 1, but is {self.at_once}.", "2000 rows are a good start.")
