"""Run pytest from a test, as this suite runs, on the text of a test: what the suite's own plug-ins do shows there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run(folder: Path, text: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Write the test into *folder*, run it, and give how that ended."""
    test = folder / "test_it.py"
    test.write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-p", "no:cacheprovider", "-c", "pyproject.toml"]
    return subprocess.run(
        [*command, *options, str(test)], cwd=ROOT, capture_output=True, text=True, timeout=280, check=False
    )
