"""Lines of the log: made harmless, without secrets, and one a minute for one cause.

What is worth a line is said where it happens.
"""

from __future__ import annotations

from monitor.log.lines import harmless, plain_traceback
from monitor.log.logger import Logger
from monitor.log.once_a_minute import OnceAMinute

__all__ = [
    "Logger",
    "OnceAMinute",
    "harmless",
    "plain_traceback",
]
