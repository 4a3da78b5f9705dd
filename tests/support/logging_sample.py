"""Write to the log as `tierwatch` and as others do; its words are the form of the log and its level."""

from __future__ import annotations

import logging
import sys

import structlog

from monitor.commands.log_output import LogFormat, LogLevel, log_to_stderr


def _fails() -> None:
    secret = "hidden"  # noqa: F841 (no traceback may show it)
    raise ValueError("no\x1b way")


def main() -> None:
    log_to_stderr(LogFormat(sys.argv[1]), LogLevel(sys.argv[2]))
    log = structlog.get_logger()
    log.info("poll_done", source="desk", number=3, customer="北京\x1b[31m\nforged level=error")
    log.warning("poll_failed", source="desk")
    logging.getLogger("somebody").info("https://example.test/?key=hidden")
    logging.getLogger("somebody").warning("it %s", "broke")
    for logger in (log, logging.getLogger("somebody")):
        try:
            _fails()
        except ValueError:
            logger.exception("defect")
