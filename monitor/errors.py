"""Name what can go wrong, each as a sentence for the person on call.

A message says where, what, and what to do or what happens next. It never holds a secret or a full URL query.
An exception that is none of these is a defect of ours and is logged with its traceback.
"""

from __future__ import annotations

from datetime import datetime


class TierwatchError(Exception):
    """The root of the five; `retryable` says whether the same act may succeed later without an edit."""

    retryable = False

    def __init__(self, message: str, *, retryable: bool | None = None, retry_at: datetime | None = None) -> None:
        super().__init__(message)
        if retryable is not None:
            self.retryable = retryable
        self.retry_at = retry_at


class ConfigError(TierwatchError):
    """A configuration, policy, calendar or mapping that cannot be used. Stops the start, is refused on reload."""


class SourceError(TierwatchError):
    """A ticket system or circuit endpoint that did not answer as it should."""

    retryable = True


class StoreError(TierwatchError):
    """The database refused or lost something."""

    retryable = True


class ExportError(TierwatchError):
    """A number could not be published."""

    retryable = True


class DeliveryError(TierwatchError):
    """A receiver did not take a page."""

    retryable = True
