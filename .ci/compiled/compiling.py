"""Compile modules of the core in this folder, which is a copy of the repository: `python compiling.py MODULE...`.

All of them become one library, `monitor/_core__mypyc`, with a small file beside each source that leads to it. It holds
the digests of the sources, too: those of the modules, and of all modules of ours that they import (what is compiled
relies on their types).
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path

FOLDER = Path("monitor")
DIGESTS = FOLDER / "_compiled_from.py"


def source(module: str) -> Path | None:
    """The file of a module or of a package; None for what is no module of ours."""
    path = Path(*module.split("."))
    return next((each for each in (path.with_suffix(".py"), path / "__init__.py") if each.is_file()), None)


def imported(file: Path) -> Iterator[str]:
    """The modules that a file imports anywhere, and what may be modules among the names that it imports."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def sources(modules: Sequence[str]) -> set[Path]:
    """The files of *modules*, of what they import, and of the packages that hold these."""
    found: set[Path] = set()
    ahead = list(modules)
    while ahead:
        name = ahead.pop()
        if not name.startswith("monitor."):
            continue
        file = source(name)
        ahead.append(name.rpartition(".")[0])
        if file is not None and file not in found:
            found.add(file)
            ahead += imported(file)
    return found


def main(modules: Sequence[str]) -> None:
    from mypyc.build import mypycify
    from setuptools import setup

    digests = {
        file.relative_to(FOLDER).as_posix(): sha256(file.read_bytes()).hexdigest() for file in sorted(sources(modules))
    }
    DIGESTS.write_text(f"SOURCES: dict[str, str] = {digests!r}\n", encoding="utf-8")
    Path("mypy.ini").write_text("[mypy]\nstrict = True\n", encoding="utf-8")
    files = [str(source(module)) for module in modules]
    extensions = mypycify(
        ["--config-file", "mypy.ini", *files, str(DIGESTS)], opt_level="2", debug_level="0", group_name="monitor._core"
    )
    sys.argv = ["compiling.py", "--quiet", "build_ext", "--inplace"]
    setup(name="tierwatch-core", packages=[], py_modules=[], ext_modules=extensions)


if __name__ == "__main__":
    main(sys.argv[1:])
