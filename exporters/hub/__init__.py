"""Notify subscribers of violated promises, in the shape of TMF623: what is sent, for whom, and the signed request.

It judges nothing and opens no store; who is notified of what, and when again, is decided by the service.
"""

from __future__ import annotations

from exporters.hub.notification import notification
from exporters.hub.query import Wanted, read_query
from exporters.hub.sender import Answered, Sender, key_of

__all__ = [
    "Answered",
    "Sender",
    "Wanted",
    "key_of",
    "notification",
    "read_query",
]
