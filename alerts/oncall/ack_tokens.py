"""Make and read the links with which a person acknowledges a page: signed, and good until they expire.

Pure. Its form is that of `monitor/access/signing.py`. The one surprise: a link says who was told, not who opened it;
and some mail scanners open every link. Whoever serves it acknowledges on POST only.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from monitor.access import Keys, NotSealed, opened, sealed
from monitor.messages import Message, message

_PURPOSE = b"tierwatch acknowledgement 1\n"  # a signature of something else is not one of these


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What a link acknowledges: a stage of an alert, or a wave of a root cause.

    `person` is the one who was told; empty in pages that everybody reads, and then whoever acknowledges has to say.
    """

    alert: str
    stage: str
    expires_at: datetime
    wave: int = 0
    person: str = ""


class Refusal(StrEnum):
    """Why a token acknowledges nothing."""

    MALFORMED = "malformed"
    """It is no token, for example because a mail program cut it off."""
    FORGED = "forged"
    """It was changed, or is signed with a secret that is no longer accepted."""
    EXPIRED = "expired"
    """It is older than links last."""

    @property
    def sentence(self) -> Message:
        """For the person who opened the link. Says nothing of what was in it."""
        return message(f"oncall-link-{self}")


def sign(acknowledgement: Acknowledgement, keys: Keys) -> str:
    """The token for a link, in letters that need no escaping. Expiry is kept in whole seconds, never later than it is.

    Raises ValueError where the token would be too long to be read again.
    """
    said = {
        "a": acknowledgement.alert,
        "s": acknowledgement.stage,
        "w": acknowledgement.wave,
        "p": acknowledgement.person,
        "e": int(acknowledgement.expires_at.timestamp()),
    }
    token = sealed(said, _PURPOSE, keys)
    if token is None:
        raise ValueError("what is to be acknowledged has a name that is too long for a link")
    return token


def verify(token: str, now: datetime, keys: Keys) -> Acknowledgement | Refusal:
    """What a token acknowledges at *now*, or why nothing. Whether it was forged is known before anything is read."""
    said = opened(token, _PURPOSE, keys)
    if isinstance(said, NotSealed):
        return Refusal(said.value)
    try:
        found = _read(said)
    except (ValueError, TypeError, KeyError, OverflowError, OSError):
        return Refusal.MALFORMED  # signed by us, and yet by another version
    return found if now < found.expires_at else Refusal.EXPIRED


def _read(said: Any) -> Acknowledgement:
    alert, stage, person, wave = said["a"], said["s"], said["p"], said["w"]
    if not all(isinstance(part, str) for part in (alert, stage, person)) or type(wave) is not int:
        raise TypeError
    return Acknowledgement(alert, stage, datetime.fromtimestamp(said["e"], UTC), wave, person)
