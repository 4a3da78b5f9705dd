"""Write lines of the log without importing structlog before there is a line.

Structlog imports rich and pygments, a sixth of the start of a command, and most commands write no line. What only the
running program imports has structlog's own logger.
"""

from __future__ import annotations

from typing import Any


class Logger:
    """The methods of structlog's logger that we use: an event, a past-tense phrase, and its fields."""

    def info(self, event: str, **fields: Any) -> None:
        _structlog().info(event, **fields)

    def warning(self, event: str, **fields: Any) -> None:
        _structlog().warning(event, **fields)

    def exception(self, event: str, **fields: Any) -> None:
        """The same for an error, with the traceback of the exception that is being handled."""
        _structlog().exception(event, **fields)


def _structlog() -> Any:
    import structlog

    return structlog.get_logger()
