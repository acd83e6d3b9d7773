"""What can go wrong in tuning beside what the user gave."""

from ...errors import AuditorError


class TrainingError(AuditorError):
    """A tuning run could not do its work: a package is missing, the device is too small, a module did not learn."""
