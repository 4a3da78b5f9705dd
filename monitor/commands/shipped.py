"""Print a shipped policy as its file stands, so that a policy of your own can begin as a copy of it."""

from __future__ import annotations

from typing import Annotated

import typer


def shipped(
    name: Annotated[str, typer.Argument(help="Which one; without it, the names of all are listed.")] = "",
) -> None:
    """List the policies that ship, or print one of them: `tierwatch shipped operator-template > policy.yml`."""
    from monitor.config import load_policy, policy_text, shipped_policies

    if name:
        typer.echo(policy_text(name), nl=False)
        return
    for one in shipped_policies():
        policy = load_policy(one)
        typer.echo(f"{policy.label}: {policy.title.en} {policy.title.zh}")
