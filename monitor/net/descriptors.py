"""Know how many files and connections this process may open, and raise the limit as far as the system allows.

Alerting is served first; the page gets the descriptors that are left.
"""

from __future__ import annotations

import os
import resource

ENOUGH = 8192
"""As many descriptors as are asked for; more would only be memory."""

_OWN = 128
_EACH = 8


def raise_limit() -> int:
    """Raise the soft limit towards the hard one; gives what holds now."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = ENOUGH if hard == resource.RLIM_INFINITY else min(ENOUGH, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        except (OSError, ValueError):
            return soft
        return wanted
    return limit()


def limit() -> int:
    """How many descriptors this process may have."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return ENOUGH if soft == resource.RLIM_INFINITY else soft


def needed(peers: int) -> int:
    """How many are kept for the database, the log and the connections to so many sources and channels."""
    return _OWN + _EACH * peers


def spare(peers: int) -> int:
    """How many are left for others, beside those that are open and those that are needed; may be less than none."""
    return limit() - _open() - needed(peers)


def _open() -> int:
    try:
        return len(os.listdir("/proc/self/fd"))
    except OSError:
        return 64
