"""Keep lines of the log harmless, without secrets, and at most one a minute for each cause.

The code that does something also logs it; nothing here decides what is worth a line.
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
