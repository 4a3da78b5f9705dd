"""Put the compiled core into a wheel, beside its sources: `make wheels`.

Hatchling runs it only where HATCH_BUILD_HOOK_ENABLE_CUSTOM=true is set. An editable installation stays pure.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompiledCore(BuildHookInterface):
    """Compiles the modules of its configuration in a folder that is deleted after the build."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Raises CalledProcessError where no compiler, mypy or setuptools is there, or a module does not compile."""
        if version != "standard":
            return
        self.folder = Path(tempfile.mkdtemp(prefix="tierwatch-core-"))
        root = Path(self.root)
        shutil.copytree(root / "monitor", self.folder / "monitor", ignore=shutil.ignore_patterns("__pycache__", "*.so"))
        program = root / ".ci" / "compiled" / "compiling.py"
        try:
            subprocess.run([sys.executable, str(program), *self.config["modules"]], cwd=self.folder, check=True)
        except BaseException:
            shutil.rmtree(self.folder)
            raise
        for built in self.folder.joinpath("monitor").rglob("*.so"):
            build_data["force_include"][str(built)] = built.relative_to(self.folder).as_posix()
        build_data["pure_python"] = False
        build_data["infer_tag"] = True

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        if version == "standard":
            shutil.rmtree(self.folder)
