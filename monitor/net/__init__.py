"""Outgoing HTTP: one total deadline for a request, credentials, connections, descriptors. And small files of people.

Nothing else opens an outgoing connection, except notifiers that do not use HTTP.
"""

from __future__ import annotations

from monitor.net.credentials import (
    MISSING,
    SECRET_SCHEMA,
    AuthOption,
    Secret,
    SecretOption,
    Secrets,
    noting_secrets,
    redact,
)
from monitor.net.deadline import Deadline, Ended, dial
from monitor.net.failures import Failed, Failure, reason_of
from monitor.net.fetch import (
    Answer,
    Dated,
    Fetch,
    clean,
    witnessed,
)
from monitor.net.network import Address, Network
from monitor.net.small_file import FilesRead, Unfit, bytes_of, noting, text_of

__all__ = [
    "MISSING",
    "SECRET_SCHEMA",
    "Address",
    "Answer",
    "AuthOption",
    "Dated",
    "Deadline",
    "Ended",
    "Failed",
    "Failure",
    "Fetch",
    "FilesRead",
    "Network",
    "Secret",
    "SecretOption",
    "Secrets",
    "Unfit",
    "bytes_of",
    "clean",
    "dial",
    "noting",
    "noting_secrets",
    "reason_of",
    "redact",
    "text_of",
    "witnessed",
]
