"""Passwords: which are taken, how they are kept, and a check that works as hard for a name that nobody has."""

import secrets
import unicodedata
from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from ..errors import InputError

SHORTEST, LONGEST = 10, 500  # characters


class Passwords:
    """argon2id with the library's parameters, unless a `hasher` with others is given."""

    def __init__(self, hasher: PasswordHasher | None = None):
        self._hasher = hasher or PasswordHasher()

    @cached_property
    def _decoy(self) -> str:
        return self._hasher.hash(secrets.token_hex(16))

    def new(self, password: str) -> str:
        """The hash of a password that is being chosen. Raises InputError if it is too short, too long or of one character only."""
        password = _same(password)
        if not SHORTEST <= len(password) <= LONGEST:
            hint = f"It must have at least {SHORTEST} characters and at most {LONGEST}; three or four words are easy to keep in mind."
            raise InputError(f"The password has {len(password)} character{'' if len(password) == 1 else 's'}.", hint)
        if len(set(password)) == 1:
            raise InputError("The password is one character over and over.", "Choose one that nobody guesses: three or four words.")
        return self.hash(password)

    def hash(self, password: str) -> str:
        """What is kept of a password that was chosen before."""
        return self._hasher.hash(_same(password))

    def fits(self, kept: str | None, given: str) -> bool:
        """Whether `given` is the password of which `kept` is the hash. Without a hash it is not, after just as much work."""
        given, decoy = _same(given), self._decoy
        try:
            self._hasher.verify(kept or decoy, given if len(given) <= LONGEST else "")
        except VerifyMismatchError:
            return False
        return kept is not None

    def outdated(self, kept: str) -> bool:
        """Whether the hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(kept)


def _same(password: str) -> str:
    """One form for a password, however the keyboard puts its letters together; half surrogate pairs have no bytes to be hashed."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "replace").decode("utf-8")
