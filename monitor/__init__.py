"""From a source's ticket or circuit to a stored transition."""

from monitor.compiled import chosen

__version__ = "0.1.0"
CORE = chosen(__path__[0])
"""Which core runs in this process."""
