"""Print what makes a shell complete the commands, options and words of `tierwatch`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

VARIABLE = "_TIERWATCH_COMPLETE"
"""The variable by which a shell's script asks `tierwatch` what may come next."""


class Shell(StrEnum):
    """For which shell."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


def completion(shell: Annotated[Shell, typer.Argument(help="The shell that completes.")]) -> None:
    """Print the script that makes a shell complete commands: `eval "$(tierwatch completion bash)"`."""
    from typer.completion import get_completion_script  # type: ignore[attr-defined]

    print(get_completion_script(prog_name="tierwatch", complete_var=VARIABLE, shell=shell.value))


def prepare() -> None:
    """Make ready to answer a shell."""
    from typer.completion import completion_init  # type: ignore[attr-defined]

    completion_init()
