"""Name the commands, and import the module of one when somebody asks for that command.

A command starts the sooner the less it imports: `check-config` needs no database and `explain` no web server.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

_ORDER = (
    "run", "check-config", "explain", "would-tell", "unknown", "quarantine", "alerts", "acknowledge", "silence",
    "oncall", "drill", "audit",
    "report", "availability", "correct", "retire", "replay", "backtest", "diff-policy", "diff-upgrade", "publications",
    "shipped", "schema", "clock", "store", "user", "token", "customer", "trail", "influx", "grafana", "mcp",
    "completion", "demo",
)  # fmt: skip
"""The commands in the order of their use: each day, at times, to prepare a change, to look after the installation."""

_GROUPS = (
    "oncall",
    "drill",
    "silence",
    "alerts",
    "clock",
    "store",
    "user",
    "token",
    "customer",
    "trail",
    "influx",
    "grafana",
    "quarantine",
)
"""Commands with commands of their own: `app` in the module of that name. Others are the function of that name."""

_MODULES = {"token": "access_token"}
"""Commands whose module has another name, for the standard library has one of theirs."""


def module_of(name: str) -> str:
    """The module of a command, in this room."""
    return _MODULES.get(name, name.replace("-", "_"))


class CommandsOnDemand(TyperGroup):
    """The commands of `tierwatch`: those that `monitor.cli` has itself, and the modules of this room."""

    def __init__(self, *, commands: Mapping[str, Any], **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = _Commands(commands)


class _Commands(MutableMapping[str, Any]):
    """Commands by their names, in the order of the help. Looking one up imports its module."""

    def __init__(self, present: Mapping[str, Any]) -> None:
        self._made = dict(present)
        self._names = dict.fromkeys((*_ORDER, *present))

    def __getitem__(self, name: str) -> Any:
        if name not in self._names:
            raise KeyError(name)
        if name not in self._made:
            self._made[name] = _made(name)
        return self._made[name]

    def __setitem__(self, name: str, command: Any) -> None:
        self._names[name] = None
        self._made[name] = command

    def __delitem__(self, name: str) -> None:
        del self._names[name]
        self._made.pop(name, None)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def _made(name: str) -> Any:
    """The command of a module, as Typer makes it below a group."""
    module = import_module(f"monitor.commands.{module_of(name)}")
    group = typer.Typer(add_completion=False)
    if name in _GROUPS:
        group.add_typer(module.app, name=name)
    else:
        group.callback()(lambda: None)  # with one command and no callback Typer would make no group
        group.command(name)(getattr(module, name.replace("-", "_")))
    made: Any = typer.main.get_command(group)
    return made.commands[name]
