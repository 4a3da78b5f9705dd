"""Measure `clock.read` in a process of its own: by the source, and by the compiled modules where they are installed.

`python -m tests.bench.core MODULE` runs a module of the bench with every module of the project taken from its source,
also where a compiled one lies beside it.
"""

from __future__ import annotations

import json
import runpy
import subprocess
import sys
from importlib.machinery import (
    EXTENSION_SUFFIXES,
    SOURCE_SUFFIXES,
    ExtensionFileLoader,
    FileFinder,
    SourceFileLoader,
)
from importlib.util import find_spec
from pathlib import Path
from zipimport import zipimporter

ROOT = Path(__file__).parents[2]
CALENDAR = "24x7"


def speeds() -> dict[str, float]:
    """Histories a second: `pure`, and `compiled` where the compiled modules are installed."""
    found = {"pure": _read("tests.bench.core", "tests.bench.clock_read")}
    if compiled():
        found["compiled"] = _read("tests.bench.clock_read")
    return found


def compiled() -> bool:
    """Whether an import gives the compiled module of the clock."""
    spec = find_spec("monitor.clock.ticket_clock")
    return spec is not None and (spec.origin or "").endswith(tuple(EXTENSION_SUFFIXES))


def prefer_source() -> None:
    """Let imports from now on take a module's source before anything compiled of the same name."""
    finder = FileFinder.path_hook((SourceFileLoader, SOURCE_SUFFIXES), (ExtensionFileLoader, EXTENSION_SUFFIXES))
    sys.path_hooks[:] = [zipimporter, finder]
    sys.path_importer_cache.clear()


def _read(*modules: str) -> float:
    first, *rest = modules
    ran = subprocess.run([sys.executable, "-m", first, *rest], cwd=ROOT, capture_output=True, text=True, check=True)
    said = json.loads(ran.stdout.splitlines()[-1])["clock_read"]
    return float(said[CALENDAR])


def main() -> None:
    prefer_source()
    for name in [name for name in sys.modules if name.partition(".")[0] in ("monitor", "alerts", "exporters")]:
        del sys.modules[name]
    runpy.run_module(sys.argv[1], run_name="__main__")


if __name__ == "__main__":
    main()
