"""Write the log of the running program to standard error: as text, or as JSON with one object a line."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager, suppress
from enum import StrEnum
from io import StringIO
from typing import Annotated, Any, TextIO, cast

import typer

from monitor.text import json_line


class _StandardError:
    """Standard error, for as long as it takes anything: a terminal that was closed must end no thread of ours."""

    def write(self, text: str) -> int:
        with suppress(OSError):
            sys.stderr.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError):
            sys.stderr.flush()


_STANDARD_ERROR = _StandardError()


class LogFormat(StrEnum):
    """In which form lines of the log are written."""

    TEXT = "text"
    JSON = "json"


class LogLevel(StrEnum):
    """From which severity on lines of the log are written."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"

    @property
    def number(self) -> int:
        return logging.getLevelNamesMapping()[self.upper()]


FormatOption = Annotated[
    LogFormat, typer.Option("--log-format", envvar="TIERWATCH_LOG_FORMAT", help="The form of the log.")
]
LevelOption = Annotated[
    LogLevel, typer.Option("--log-level", envvar="TIERWATCH_LOG_LEVEL", help="The least severity that is logged.")
]


def log_to_stderr(form: LogFormat = LogFormat.TEXT, level: LogLevel = LogLevel.INFO) -> None:
    """Configure structlog and Python's own log, so that every line has the form and no line repeats within a minute."""
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    with _without_rich():
        import structlog

    from monitor.log import OnceAMinute, harmless, plain_traceback

    sparing = OnceAMinute()
    named = (structlog.processors.add_log_level, structlog.processors.TimeStamper(fmt="iso", utc=True))
    as_json = (_traceback_as_field, structlog.processors.JSONRenderer(serializer=json_line))
    as_text = structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(),
        pad_event_to=0,
        exception_formatter=plain_traceback,  # others print what variables hold: links, secrets
    )
    others = logging.StreamHandler()
    others.setLevel(max(logging.WARNING, level.number))  # others log addresses below a warning
    others.addFilter(sparing)
    if form is LogFormat.JSON:
        others.setFormatter(
            structlog.stdlib.ProcessorFormatter(
                foreign_pre_chain=(structlog.stdlib.add_logger_name, harmless, *named),
                processors=(structlog.stdlib.ProcessorFormatter.remove_processors_meta, *as_json),
            )
        )
    logging.getLogger().addHandler(others)
    structlog.configure(
        processors=[
            sparing,
            harmless,
            *named,
            structlog.processors.StackInfoRenderer(),
            *(as_json if form is LogFormat.JSON else (as_text,)),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level.number),
        logger_factory=lambda *_: structlog.PrintLogger(cast(TextIO, _STANDARD_ERROR)),
    )


@contextmanager
def _without_rich() -> Iterator[None]:
    """Let structlog find no rich: it would import that for tracebacks which we do not print, a twentieth of a start."""
    if "rich" in sys.modules:
        yield
        return
    sys.modules["rich"] = None  # type: ignore[assignment]  # an import of it fails then, as where it is not installed
    try:
        yield
    finally:
        del sys.modules["rich"]


def _traceback_as_field(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A processor of structlog: the exception as text under `exception`, without the values of variables."""
    from monitor.log import plain_traceback

    found = event.pop("exc_info", None)
    if isinstance(found, BaseException):
        found = (type(found), found, found.__traceback__)
    elif found and not isinstance(found, tuple):
        found = sys.exc_info()
    if found and found[0] is not None:
        written = StringIO()
        plain_traceback(written, found)
        event["exception"] = written.getvalue()
    return event
