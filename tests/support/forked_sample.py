"""What `tests/test_forking.py` has forked: says how it was started, or waits to be killed."""

from __future__ import annotations

import os
import resource
import sys
import threading


def main() -> None:
    if sys.argv[1:] == ["wait"]:
        threading.Event().wait()
    print(
        os.getcwd(), dict(os.environ), resource.getrlimit(resource.RLIMIT_NOFILE)[0], sys.argv, repr(sys.stdin.read())
    )
    print(sorted(int(name) for name in os.listdir("/dev/fd"))[3:])
    print("an error", file=sys.stderr)
    sys.exit(7)
