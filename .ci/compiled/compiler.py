"""Say whether this Python can build extension modules; if not, what is missing, and exit code 1."""

from __future__ import annotations

import shutil
import sys
import sysconfig
from pathlib import Path


def missing() -> str:
    """What is missing, as a sentence; empty where nothing is."""
    compiler = (sysconfig.get_config_var("CC") or "cc").split()[0]
    if shutil.which(compiler) is None:
        return f"there is no C compiler ({compiler}); on Debian and Ubuntu: apt-get install gcc libc6-dev"
    header = Path(sysconfig.get_paths()["include"], "Python.h")
    if not header.is_file():
        return f"there is no {header}; on Debian and Ubuntu: apt-get install python3-dev"
    return ""


if __name__ == "__main__":
    said = missing()
    if said:
        print(said)
    sys.exit(1 if said else 0)
