"""The running program: poller, engine, delivery, watches. All threads live here.

What is decided is decided in pure rooms; what is remembered is in `monitor.store`.
"""

from __future__ import annotations

from monitor.service.escalator import read_rota, remarks, ways_out
from monitor.service.gc_pause import in_one_go
from monitor.service.log_lines import harmless, plain_traceback
from monitor.service.program import Program

__all__ = [
    "Program",
    "harmless",
    "in_one_go",
    "plain_traceback",
    "read_rota",
    "remarks",
    "ways_out",
]
