"""The one way out: HTTP with one total deadline, credentials, connections, descriptors.

Nothing else opens a connection, but for notifiers that speak no HTTP.
"""

from __future__ import annotations

from monitor.net.credentials import AuthOption, Secret, SecretOption, redact
from monitor.net.deadline import Deadline, Ended, dial
from monitor.net.fetch import (
    CUT_SHORT,
    STOPPED,
    Address,
    Answer,
    Dated,
    Failure,
    Fetch,
    Network,
    clean,
    reason_of,
    witnessed,
)

__all__ = [
    "CUT_SHORT",
    "STOPPED",
    "Address",
    "Answer",
    "AuthOption",
    "Dated",
    "Deadline",
    "Ended",
    "Failure",
    "Fetch",
    "Network",
    "Secret",
    "SecretOption",
    "clean",
    "dial",
    "reason_of",
    "redact",
    "witnessed",
]
