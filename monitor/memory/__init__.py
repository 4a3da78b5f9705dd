"""What the program remembers so as not to work it out again: caches, each with a limit, a name and counts.

Pure. Nothing here knows what is remembered; who publishes the counts is `monitor.service`.
"""

from __future__ import annotations

from monitor.memory.caches import Asked, CacheUse, caches_of_functions, remembered

__all__ = ["Asked", "CacheUse", "caches_of_functions", "remembered"]
