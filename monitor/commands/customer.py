"""List the customers that sources name, and make the link with which one of them sees its own page."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote

import typer

from monitor.access import CustomerLink, Keys, seal_link
from monitor.commands._access import AuthorOption, author_of
from monitor.commands.a_reader import ZoneOption, reader
from monitor.commands.console import ConfigOption, JsonOption, beside_program, configured, print_line, to_read
from monitor.errors import ConfigError
from monitor.text import json_line, visible

if TYPE_CHECKING:
    from monitor.listing import KnownCustomer
    from monitor.store import Database

app = typer.Typer(help="Pages of customers: whom sources name, and the link that shows one of them its own page.")

MOST_DAYS = 400
"""A link that lasts longer is forgotten by whoever made it."""

AT_ONCE = 500
"""Customers that are read at once."""


@app.callback(invoke_without_command=True)
def customer(context: typer.Context) -> None:
    """Pages of customers: whom sources name, and the link that shows one of them its own page."""
    if context.invoked_subcommand is None:
        print(context.get_help())


@app.command()
def link(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The customer, letter for letter as `list` shows it.")],
    days: Annotated[int, typer.Option(min=1, max=MOST_DAYS, help="For how many days it holds.")] = 30,
    author: AuthorOption = None,
    config: ConfigOption = Path("tierwatch.yml"),
    zone: ZoneOption = None,
) -> None:
    """Make a link to a customer's page, and print it. Whoever has it reads that page, and needs no login."""
    from monitor.net import Secrets
    from monitor.store import Action, Actions, Customers
    from monitor.wallclock import now

    checked = configured(config, Secrets.IF_THERE)
    if not checked.link_secrets:
        raise ConfigError("nothing signs links; add link_secret to the configuration, and read it again")
    if not checked.page_url:
        raise ConfigError("a link needs the address at which customers reach the page; add page_url")
    reads, at = reader(checked, zone), now()
    ends = (at + timedelta(days=days)).replace(microsecond=0)
    keys = Keys(*(secret.reveal().encode() for secret in checked.link_secrets))
    token = seal_link(CustomerLink(name, ends), keys)
    if token is None or not _in_an_address(name):
        raise ConfigError(f"the name {visible(name)[:40]} cannot stand in a link: it is too long, or no line of text")
    with beside_program(checked) as database:
        if not Customers(database).known(name):
            raise ConfigError(f"no source names a customer {visible(name)[:80]}; see `customer list`")
        until = f"{ends:%Y-%m-%dT%H:%M:%SZ}"
        Actions(database).note(
            Action.ACCESS_CHANGED, at, author_of(author), name, done="link to a customer's page made", until=until
        )
    typer.echo(f"holds until {reads.time(ends)}; whoever has it reads this page:", err=True)
    print(f"{checked.page_url.rstrip('/')}/customers/{quote(name, safe='')}/{token}")


@app.command("list")
def list_customers(
    config: ConfigOption = Path("tierwatch.yml"),
    as_json: JsonOption = False,
) -> None:
    """List the customers that sources name, with their circuits and open clocks."""
    with to_read(configured(config)) as database:
        found = _all(database)
        if as_json:
            rows = [{"customer": one.name, "circuits": one.circuits, "open_clocks": one.open_clocks} for one in found]
            print(json_line(rows, indent=2))
            return
        empty = True
        for one in found:
            empty = False
            print_line(f"{visible(one.name)}: {one.circuits} circuits, {one.open_clocks} open clocks")
        if empty:
            print("no source names a customer; map the attribute `customer`")


def _all(database: Database) -> Iterator[KnownCustomer]:
    from monitor.store import Customers

    after, store = "", Customers(database)
    while page := store.page(after, AT_ONCE):
        yield from page
        after = page[-1].name


def _in_an_address(name: str) -> bool:
    """Whether a browser asks for the page of that name as it is: it takes dots alone for another way."""
    return bool(name) and name not in (".", "..") and name.isprintable()
