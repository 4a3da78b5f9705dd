"""Why a clock stands where it stands, for the page, the terminal and JSON.

Pure. The page itself is in `exporters.web`.
"""

from __future__ import annotations

from monitor.explain.call_sentences import WHY
from monitor.explain.subject import as_lines, explain, seconds, text, untold

__all__ = [
    "WHY",
    "as_lines",
    "explain",
    "seconds",
    "text",
    "untold",
]
