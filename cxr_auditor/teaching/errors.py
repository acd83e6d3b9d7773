"""What can go wrong in a teaching session beside what is wrong with the input."""

from ..errors import AuditorError, InputError
from .records import Turn


class AccessError(AuditorError):
    """What was asked for is not this person's, or is not there: it never says which, and tells nothing about anybody else's."""


class OtherDraft(InputError):
    """A draft that would go over one that its writer has not seen: nothing is overwritten. `turn` holds the draft that is kept."""

    def __init__(self, turn: Turn):
        super().__init__("This draft was written on elsewhere in the meantime.", "Both texts are in the box now: look through them.")
        self.turn = turn


class StoreError(AuditorError):
    """The database could not do its work (gone, full, locked by another program). What was committed before is kept."""

    retryable = True
