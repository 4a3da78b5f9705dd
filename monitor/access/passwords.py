"""Hash passwords by argon2id and check them, with the same work whether or not there is such an account.

The parameters are those that RFC 9106 recommends second (64 MiB, three passes, four lanes). A hash names its own, so
that raising them later changes nothing that is stored until its owner logs in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argon2 import Parameters

SHORTEST_PASSWORD = 12
"""Characters of a password (NIST SP 800-63B asks for eight at least); nothing is asked about their kinds."""

LONGEST_PASSWORD = 1024
"""Characters; a longer one would cost work for nothing."""


class Passwords:
    """Hashes passwords and checks them. One check takes about a tenth of a second of processor time, and 64 MiB."""

    def __init__(self, parameters: Parameters | None = None) -> None:
        """*parameters* are others than those of today."""
        import argon2  # here, for most commands check no password
        from argon2 import profiles

        self._hasher = argon2.PasswordHasher.from_parameters(parameters or profiles.RFC_9106_LOW_MEMORY)
        self._wrong = (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError)
        self._nobodys = ""

    def hash(self, password: str) -> str:
        """What is stored of a password."""
        return self._hasher.hash(password.encode("utf-8", "replace"))

    def right(self, stored: str | None, password: str) -> bool:
        """Whether a password is that of the hash; without one it is wrong, after the same work."""
        if len(password) > LONGEST_PASSWORD:
            return False
        if not self._nobodys:
            self._nobodys = self.hash("nobody has this password")
        try:
            self._hasher.verify(stored or self._nobodys, password.encode("utf-8", "replace"))
        except self._wrong:
            return False
        return bool(stored)

    def outdated(self, stored: str) -> bool:
        """Whether a hash was made with other parameters than those of today."""
        return self._hasher.check_needs_rehash(stored)


def unfit_password(password: str) -> str:
    """Why a password cannot be taken, as a sentence; empty where it can."""
    if len(password) < SHORTEST_PASSWORD:
        return f"a password has {SHORTEST_PASSWORD} characters at least; choose a longer one"
    if len(password) > LONGEST_PASSWORD:
        return f"a password has {LONGEST_PASSWORD} characters at most; choose a shorter one"
    return ""
