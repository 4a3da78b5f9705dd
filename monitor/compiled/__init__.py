"""Which build of the core runs, the compiled one or its sources, and what compiled values need beside that.

It is loaded before every other room and imports none. Nothing here knows what the core does.
"""

from __future__ import annotations

from monitor.compiled.copies import let_copy
from monitor.compiled.core import chosen

__all__ = ["chosen", "let_copy"]
