"""What can go wrong in a teaching session beside what is wrong with the input."""

from ..errors import AuditorError


class AccessError(AuditorError):
    """What was asked for is not this person's, or is not there: it never says which, and tells nothing about anybody else's."""


class StoreError(AuditorError):
    """The database could not do its work (gone, full, locked by another program). What was committed before is kept."""

    retryable = True
