"""The roots of the errors that a user may see. Each says what was wrong, what is accepted and how to mend it."""


class AuditorError(Exception):
    """Root of the errors that are meant for a person. `hint` says what to do; `retryable` whether the same call may succeed later."""

    retryable = False

    def __init__(self, message: str, hint: str = ""):
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __reduce__(self):  # crosses process boundaries (GPU workers) whole
        return type(self), (self.message, self.hint)

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class InputError(AuditorError, ValueError):
    """What the user gave can't be used: an unreadable image, an unknown name, a malformed reading file."""


class ReaderError(AuditorError):
    """A reader could not do its work (weights missing, memory, server gone)."""


class ParserError(AuditorError):
    """A draft parser could not do its work."""
