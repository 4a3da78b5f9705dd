"""Make, revoke and list the tokens with which programs are let in, beside a running program."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.access import Right, new_token
from monitor.commands._access import (
    AuthorOption,
    CustomerOption,
    RoleOption,
    author_of,
    check_roles,
    lasting,
    name_of,
)
from monitor.commands.a_reader import Reader, ZoneOption, reader
from monitor.commands.console import ConfigOption, JsonOption, beside_program, configured, print_line, to_read
from monitor.text import json_line

if TYPE_CHECKING:
    from monitor.store import AccessToken

app = typer.Typer(help="Tokens of programs: which program is let in, for what, until when.")

LONGEST = timedelta(days=3660)


@app.callback(invoke_without_command=True)
def token(context: typer.Context) -> None:
    """Tokens of programs: which program is let in, for what, until when."""
    if context.invoked_subcommand is None:
        print(context.get_help())


@app.command()
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The program that gets it: what the trail calls it.")],
    role: RoleOption,
    scope: Annotated[
        list[Right] | None, typer.Option("--scope", help="A right, repeatable: of its roles' rights only these.")
    ] = None,
    period: Annotated[str, typer.Option("--for", help="How long it holds: 90d, 365d.")] = "365d",
    customer: CustomerOption = None,
    author: AuthorOption = None,
    config: ConfigOption = Path("tierwatch.yml"),
    zone: ZoneOption = None,
) -> None:
    """Make a token, and print it: this once, for only its hash is stored."""
    from monitor.store import AccessToken, AccessTokens
    from monitor.wallclock import now

    check_roles(role, customer)
    checked = configured(config)
    reads = reader(checked, zone)
    at, word = now(), new_token()
    ends = lasting(period, at, LONGEST)
    scopes = None if scope is None else frozenset(scope)
    made = AccessToken(
        f"t-{uuid.uuid4().hex[:8]}", "", name_of(name, "NAME"), frozenset(role), scopes, customer, at,
        author_of(author), ends,
    )  # fmt: skip
    with beside_program(checked) as database:
        AccessTokens(database).add(made, word)
    typer.echo(f"{made.id}: holds until {reads.time(ends)}; it is shown this once:", err=True)
    print(word)


@app.command("list")
def list_tokens(
    everything: Annotated[bool, typer.Option("--all", help="Also list those that hold no more.")] = False,
    config: ConfigOption = Path("tierwatch.yml"),
    zone: ZoneOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the tokens that hold, the newest first; never the tokens themselves."""
    from monitor.store import AccessTokens
    from monitor.wallclock import now

    at, checked = now(), configured(config)
    reads = reader(checked, zone)
    with to_read(checked) as database:
        found = [one for one in AccessTokens(database).all() if everything or one.holds(at)]
    if as_json:
        print(json_line([_as_json(one, at) for one in found], indent=2))
        return
    for one in found:
        print_line(_line(one, at, reads))
    if not found:
        print("no token holds; make one with `token create NAME --role ROLE`")


@app.command()
def revoke(
    name: Annotated[str, typer.Argument(metavar="ID", help="The token's id, as `tierwatch token list` shows it.")],
    author: AuthorOption = None,
    config: ConfigOption = Path("tierwatch.yml"),
) -> None:
    """Let a token let nobody in any more, from now on."""
    from monitor.store import AccessTokens
    from monitor.wallclock import now

    with beside_program(config) as database:
        found = AccessTokens(database).revoke(name, now(), author_of(author))
    print_line(f"{found.id}: the token of {found.name} is revoked")


def _line(one: AccessToken, now: datetime, reads: Reader) -> str:
    scopes = "" if one.scopes is None else f", only {', '.join(sorted(one.scopes)) or 'nothing'}"
    used = "never used" if one.used_at is None else f"used about {reads.time(one.used_at)}"
    of = f" of {one.customer}" if one.customer else ""
    ends = "" if one.expires_at is None else f", until {reads.time(one.expires_at)}"
    return (
        f"{one.id} {one.shown}… {one.name}: {', '.join(sorted(one.roles))}{of}{scopes};"
        f" {_state(one, now)}{ends}; {used}"
    )


def _state(one: AccessToken, now: datetime) -> str:
    return "holds" if one.holds(now) else "revoked" if one.revoked_at is not None else "expired"


def _as_json(one: AccessToken, now: datetime) -> dict[str, object]:
    return {
        "id": one.id,
        "shown": one.shown,
        "name": one.name,
        "roles": sorted(one.roles),
        "scopes": None if one.scopes is None else sorted(one.scopes),
        "customer": one.customer,
        "state": _state(one, now),
        "created_at": _written(one.created_at),
        "created_by": one.created_by,
        "expires_at": _written(one.expires_at),
        "used_at": _written(one.used_at),
    }


def _written(at: datetime | None) -> str | None:
    return None if at is None else f"{at:%Y-%m-%dT%H:%M:%SZ}"
