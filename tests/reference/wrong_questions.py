"""Wrong questions of an assistant, each asked beside a small database, and the sentence of the refusal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from monitor.commands.assistant_tools import asked
from monitor.commands.mcp import tool_named
from monitor.errors import ConfigError
from tests.reference.refusals import Refusal, refusal
from tests.support.cases import at, ticket
from tests.support.command_line import Site

WHY = (
    "An assistant asks [`tierwatch mcp`](../assistants.md) what no tool can answer; the sentence is its answer, and the"
    " server goes on."
)
NOW = at(5)

QUESTIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("explain", {"subject": "INC42", "config": "other.yml"}),
    ("explain", {"subject": 42}),
    ("explain", {"subject": "x" * 401}),
    ("explain", {}),
    ("clocks", {"tier": "platinum"}),
    ("clocks", {"after": "page 2"}),
    ("close_ticket", {"subject": "INC42"}),
)


def refusals(folder: Path) -> Iterator[Refusal]:
    """What each question is refused for."""
    folder.mkdir()
    site = Site(folder)
    site.hear(NOW, ticket("INC42", at(0), "opened", tier="gold"))
    for name, given in QUESTIONS:
        with pytest.raises(ConfigError) as caught:
            asked(tool_named(name), given, site.config, NOW, False)
        written = json.dumps({one: value if len(str(value)) < 80 else "…" for one, value in given.items()})
        yield refusal(f"{name} {written}", caught.value, folder)
