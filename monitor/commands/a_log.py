"""Open a log for the commands that read one from a file: `replay` and `backtest`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

from monitor.config import plugins
from monitor.errors import ConfigError
from monitor.history import Collector, SourceMapping
from monitor.report import Log, Progress, Shares, read_log, shares_of


@dataclass(frozen=True, slots=True)
class LogFile:
    """A file, the collector that reads it, and how its words are mapped."""

    path: Path
    source: str
    collector: Collector
    mapping: SourceMapping

    def read(self, now: datetime, progress: Progress) -> Log:
        """The whole log. Raises ConfigError when nothing of it could be read."""
        log = read_log(self.collector, self.source, now, progress)
        return log if log.events else self._nothing(log)

    def shares(self, now: datetime, progress: Progress) -> Shares:
        """The log in shares that can be judged apart. Raises ConfigError when nothing of it could be read."""
        log = shares_of(self.collector, self.source, now, progress)
        return self._nothing(log) if isinstance(log, Log) else log

    def _nothing(self, log: Log) -> NoReturn:
        why = ", ".join(f"{count} {reason}" for reason, count in log.rejected.items()) or "it is empty"
        hint = "; give --zone, the zone of its times" if "time_without_zone" in log.rejected else ""
        raise ConfigError(f"{self.path}: no event could be read ({why}){hint}")


def log_file(command: str, path: Path, source: str, zone: str | None) -> LogFile:
    """The log at *path* as the collector *source* reads it. Raises ConfigError."""
    module = plugins.load("monitor.collectors", source)
    if "path" not in plugins.options(module):
        raise ConfigError(f"--source {source} reads no file; use servicenow_audit or jsonl_file")
    if not path.is_file():
        raise ConfigError(f"{path}: there is no such file; check the path")
    given: dict[str, Any] = {"path": path}
    if zone is not None and "zone" in plugins.options(module):
        given["zone"] = zone
    options = plugins.checked_options(module, given, f"{command} {path}")
    mapping = replace(getattr(module, "MAPPING", SourceMapping()), zone=getattr(options, "zone", None))
    return LogFile(path, source, module.build(options), mapping)
