"""The running program: poller, engine, delivery, watches. All threads live here.

What is decided is decided in pure rooms; what is remembered is in `monitor.store`.
"""

from __future__ import annotations

from monitor.service.program import Program
from monitor.service.retention import Retention
from monitor.service.stopping import Stopping
from monitor.service.systemd import Systemd

__all__ = [
    "Program",
    "Retention",
    "Stopping",
    "Systemd",
]
