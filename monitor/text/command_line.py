"""Write commands that can be pasted: as the program was called, with the configuration in use, quoted for a shell.

Pure. Who runs the program says how it was called (`monitor.commands.console`).
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CommandLine:
    """How this program is called. `program` are its words, such as `python -m monitor.cli`; `config` is a path."""

    program: tuple[str, ...] = ("tierwatch",)
    config: str = "tierwatch.yml"

    def says(self, *words: str, about: str | None = None, options: Sequence[str] = ()) -> str:
        """The command of these words with `--config`; *about* is its argument, which may begin with a dash."""
        dashed = about is not None and about.startswith("-")
        before = () if about is None or dashed else (about,)
        behind = ("--", about) if about is not None and dashed else ()
        return shlex.join((*self.program, *words, *before, *options, "--config", self.config, *behind))


AS_INSTALLED = CommandLine()
"""What a shell finds by its name, in the folder of a configuration with the usual name."""
