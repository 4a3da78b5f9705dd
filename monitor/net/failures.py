"""Name what can go wrong with one request: the metric label `reason`, and the sentence for it."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum


class Failed(StrEnum):
    """Why a request brought no usable answer. `docs/reference/reasons.md` lists these words."""

    TIMEOUT = "timeout"
    """No connection, or no whole answer, came in time."""
    STOPPED = "stopped"
    """tierwatch stops, so the request was given up; nothing is wrong with the peer."""
    NETWORK = "network"
    """There is no connection, or the host's name is not known."""
    TLS = "tls"
    """The certificate or the encryption of the connection is not accepted."""
    CUT_SHORT = "cut_short"
    """The body ended before it was whole."""
    UNREADABLE = "unreadable"
    """The answer cannot be decompressed, or states a length that no answer has."""
    NOT_JSON = "not_json"
    """The answer is not JSON."""
    TOO_LARGE = "too_large"
    """The answer or its headers are longer than is read."""
    REDIRECTED = "redirected"
    """The answer points to another host, which is not followed."""
    UNAUTHORIZED = "unauthorized"
    """The peer refused the login, or wants one (401)."""
    FORBIDDEN = "forbidden"
    """The login may not do this (403)."""
    NOT_FOUND = "not_found"
    """Nothing is at the address (404)."""
    THROTTLED = "throttled"
    """The peer was asked too often (429)."""
    SERVER_ERROR = "server_error"
    """The fault is on the side of the peer (500 and above)."""
    REFUSED = "refused"
    """The peer did not accept the request (another status from 400 on)."""
    UNEXPECTED = "unexpected"
    """The answer is none to such a request."""
    UNUSABLE = "unusable"
    """The request cannot be made: an address, a proxy or a file is wrong."""
    OTHER = "other"
    """None of the others."""


class Failure(Exception):
    """What went wrong with a request: the cause of every error that `Fetch` raises."""

    def __init__(
        self, reason: Failed, sentence: str, *, retryable: bool, again: bool = False, after: timedelta | None = None
    ) -> None:
        super().__init__(sentence)
        self.reason, self.sentence = reason, sentence
        self.retryable, self.again, self.after = retryable, again, after


def reason_of(error: BaseException) -> str:
    """The one-word reason of an error, for a metric's label."""
    return error.__cause__.reason.value if isinstance(error.__cause__, Failure) else Failed.OTHER.value
