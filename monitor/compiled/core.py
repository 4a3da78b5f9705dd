"""Say whether the compiled core runs or its source, and never run a core that was compiled from another source.

It looks once, while `monitor` is imported and before any module of the core is. Where one source differs from what was
compiled, every module is loaded from its source: the readings are the same, and it is slower (decision 0106).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.machinery import SOURCE_SUFFIXES, FileFinder, ModuleSpec, SourceFileLoader
from types import ModuleType
from typing import NamedTuple

from monitor.compiled.copies import COMPILED_FROM


class Core(NamedTuple):
    """Which core runs. `differs` says why a compiled one that is installed does not; empty where that is not so."""

    compiled: bool
    differs: str = ""

    @property
    def name(self) -> str:
        return "compiled" if self.compiled else "pure Python"

    @property
    def sentence(self) -> str:
        """What to do about a compiled core that is not used."""
        return (
            f"tierwatch: the compiled core is not used, for {self.differs}; the sources run, which is slower;"
            " install the wheel again (pip install --force-reinstall --no-deps WHEEL)"
        )


class SourcesOnly:
    """Finds the modules of `monitor` by their sources, and no compiled ones."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not name.startswith("monitor.") or path is None:
            return None
        for folder in path:
            found = FileFinder(folder, (SourceFileLoader, SOURCE_SUFFIXES)).find_spec(name)
            if found is not None and found.loader is not None:
                return found
        raise ModuleNotFoundError(f"{name} has no source; install tierwatch again", name=name)


def chosen(folder: str) -> Core:
    """The core that runs in this process; *folder* is that of the package `monitor`.

    From here on the modules of a compiled core that is not to be used are found by their sources.
    """
    try:
        module = __import__(COMPILED_FROM, fromlist=["SOURCES"])
    except ModuleNotFoundError as error:
        if error.name == COMPILED_FROM:
            return Core(False)
        differs = f"it cannot be loaded ({error})"
    except ImportError as error:
        differs = f"it cannot be loaded ({error})"
    else:
        changed = changed_sources(folder, module.SOURCES)
        if not changed:
            return Core(True)
        others = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
        differs = f"it was made from another monitor/{changed[0]}{others} than is installed"
    sys.meta_path.insert(0, SourcesOnly())
    return Core(False, differs)


def changed_sources(folder: str, sources: dict[str, str]) -> list[str]:
    """Which of the *sources* (digests by path) are others in *folder*, or are gone; the first by name first."""
    from hashlib import sha256

    changed = []
    for path, digest in sorted(sources.items()):
        try:
            with open(f"{folder}/{path}", "rb") as file:
                found = sha256(file.read()).hexdigest()
        except OSError:
            found = ""
        if found != digest:
            changed.append(path)
    return changed
