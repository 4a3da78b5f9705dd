"""Make, change, disable and list the accounts with which people log in, beside a running program."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from monitor.access import Passwords
from monitor.commands._access import (
    AuthorOption,
    CustomerOption,
    PasswordFileOption,
    RoleOption,
    author_of,
    check_roles,
    name_of,
    password_from,
)
from monitor.commands.console import ConfigOption, JsonOption, beside_program, print_line, to_read
from monitor.text import json_line

app = typer.Typer(help="Accounts of people: who logs in with a password, and with which roles.")

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The name with which somebody logs in.")]


@app.callback(invoke_without_command=True)
def user(context: typer.Context) -> None:
    """Accounts of people: who logs in with a password, and with which roles."""
    if context.invoked_subcommand is None:
        print(context.get_help())


@app.command()
def add(
    name: NameArgument,
    role: RoleOption,
    customer: CustomerOption = None,
    password_file: PasswordFileOption = None,
    author: AuthorOption = None,
    config: ConfigOption = Path("tierwatch.yml"),
) -> None:
    """Make an account. The password is asked for, or read from a file."""
    from monitor.store import Account, Accounts
    from monitor.wallclock import now

    check_roles(role, customer)
    who, by = name_of(name, "NAME"), author_of(author)
    hashed = Passwords().hash(password_from(password_file))
    with beside_program(config) as database:
        Accounts(database).add(Account(who, frozenset(role), now(), customer, password=hashed), by)
    print_line(f"{who}: may log in now")


@app.command()
def passwd(
    name: NameArgument,
    password_file: PasswordFileOption = None,
    author: AuthorOption = None,
    config: ConfigOption = Path("tierwatch.yml"),
) -> None:
    """Give an account another password, and end its sessions."""
    from monitor.store import Accounts
    from monitor.wallclock import now

    by = author_of(author)
    hashed = Passwords().hash(password_from(password_file))
    with beside_program(config) as database:
        Accounts(database).set_password(name, hashed, now(), by)
    print_line(f"{name}: has another password; its sessions have ended")


@app.command()
def roles(
    name: NameArgument,
    role: RoleOption,
    customer: CustomerOption = None,
    author: AuthorOption = None,
    config: ConfigOption = Path("tierwatch.yml"),
) -> None:
    """Give an account other roles, and end its sessions."""
    from monitor.store import Accounts
    from monitor.wallclock import now

    check_roles(role, customer)
    with beside_program(config) as database:
        Accounts(database).set_roles(name, frozenset(role), customer, now(), author_of(author))
    print_line(f"{name}: has the roles {', '.join(sorted(set(role)))}; its sessions have ended")


@app.command()
def disable(
    name: NameArgument,
    undo: Annotated[bool, typer.Option("--undo", help="Let it log in again.")] = False,
    author: AuthorOption = None,
    config: ConfigOption = Path("tierwatch.yml"),
) -> None:
    """Let an account log in no more, and end its sessions."""
    from monitor.store import Accounts
    from monitor.wallclock import now

    with beside_program(config) as database:
        if undo:
            Accounts(database).enable(name, now(), author_of(author))
        else:
            Accounts(database).disable(name, now(), author_of(author))
    print_line(f"{name}: may log in again" if undo else f"{name}: is disabled; its sessions have ended")


@app.command("list")
def list_users(config: ConfigOption = Path("tierwatch.yml"), as_json: JsonOption = False) -> None:
    """List every account with its roles."""
    from monitor.store import Accounts

    with to_read(config) as database:
        found = Accounts(database).all()
    if as_json:
        listed = [
            {
                "name": one.name,
                "roles": sorted(one.roles),
                "customer": one.customer,
                "created_at": one.created_at.isoformat(),
                "disabled_at": one.disabled_at and one.disabled_at.isoformat(),
            }
            for one in found
        ]
        print(json_line(listed, indent=2))
        return
    for one in found:
        of = f" of {one.customer}" if one.customer else ""
        print_line(f"{one.name}: {', '.join(sorted(one.roles))}{of}{'; disabled' if one.disabled_at else ''}")
    if not found:
        print("there is no account; make one with `user add NAME --role ROLE`")
