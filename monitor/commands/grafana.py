"""Put tierwatch's dashboards and alert rules into a Grafana."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.commands._grafana_files import DATA_SOURCE, Influx
from monitor.commands.console import language, print_line
from monitor.errors import ConfigError
from monitor.messages import DEFAULT, Message, message, spoken, text

if TYPE_CHECKING:
    from monitor.commands._grafana_api import Did
    from monitor.net import Fetch

PLACES = "env:NAME, file:PATH, or - for standard input"

app = typer.Typer(help="Put the dashboards and alert rules into a Grafana.")


@app.callback(invoke_without_command=True)
def grafana(context: typer.Context) -> None:
    """Put the dashboards and alert rules into a Grafana."""
    if context.invoked_subcommand is None:
        print(context.get_help())


@app.command()
def install(
    url: Annotated[str, typer.Option(envvar="GRAFANA_URL", help="The address of Grafana.")],
    token: Annotated[
        str, typer.Option(help=f"Where the token of a service account is: {PLACES}.", metavar="PLACE")
    ] = "env:GRAFANA_TOKEN",
    folder: Annotated[str, typer.Option(help="The title of the folder, where it is made.")] = "tierwatch",
    folder_uid: Annotated[str, typer.Option(help="The uid of the folder.")] = "tierwatch",
    prometheus: Annotated[
        str | None,
        typer.Option(help="The address of the Prometheus that scrapes tierwatch: sees to a data source, too."),
    ] = None,
    datasource: Annotated[
        str, typer.Option(help="The uid of that data source, which the alert rules ask.")
    ] = DATA_SOURCE,
    rules: Annotated[bool, typer.Option("--rules", help="Put the alert rules there, too; no contact points.")] = False,
    influxdb: Annotated[
        Influx | None, typer.Option(help="Put the dashboard for an InfluxDB there, too, in its language.")
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace dashboards that somebody changed in Grafana, too.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and write nothing.")] = False,
    ca_file: Annotated[Path | None, typer.Option(help="The certificate authority to trust.")] = None,
    files: Annotated[
        Path | None, typer.Option(help="The folder with the folder dashboards. Default: the one of this version.")
    ] = None,
    language_option: Annotated[str | None, typer.Option("--language", help="en, zh or both. Default: en.")] = None,
) -> None:
    """See to the folder, the dashboards and what else is asked for; what is as it should be stays untouched."""
    from monitor.commands import _grafana_files as found
    from monitor.commands._grafana_api import Grafana
    from monitor.wallclock import now

    languages = spoken(language(language_option, DEFAULT))
    at, prometheus_at = _address(url, "--url"), None if prometheus is None else _address(prometheus, "--prometheus")
    place = found.folder(files)
    boards = found.boards(place, influxdb)
    group = found.rules(place, datasource) if rules else None
    fetch = _fetch(token, ca_file)
    try:
        there = Grafana(at, fetch, now, dry_run)
        _tell(languages, "folder", folder, there.folder(folder_uid, folder))
        if prometheus_at is not None:
            name = "Prometheus (tierwatch)"
            _tell(languages, "data-source", name, there.data_source(datasource, name, prometheus_at))
        for board in boards:
            _tell(languages, "dashboard", board.title, there.dashboard(board, folder_uid, overwrite=overwrite))
        if group is not None:
            _tell(languages, "rules", group.name, there.rules(group, folder_uid))
    finally:
        fetch.close()


def _tell(languages: tuple[str, ...], kind: str, name: str, did: Did) -> None:
    what = message(f"grafana-thing-{kind}")
    said: Message = message(f"grafana-did-{did}", what=what, name=name)
    print_line(" ".join(dict.fromkeys(text(said, one) for one in languages)))


def _address(written: str, option: str) -> str:
    """An address without a slash at its end. Raises ConfigError."""
    from pydantic import TypeAdapter, ValidationError

    from monitor.net import Address

    try:
        address: str = TypeAdapter(Address).validate_python(written)
    except ValidationError as error:
        raise ConfigError(f"{option} {_sentence(error)}") from None  # the error holds the address, and maybe a password
    return address.rstrip("/")


def _fetch(token: str, ca_file: Path | None) -> Fetch:
    """What asks Grafana. Raises ConfigError where there is no token at that place."""
    from pydantic import TypeAdapter, ValidationError

    from monitor.errors import ExportError
    from monitor.net import AuthOption, Fetch, Network, Secret

    how, _, where = token.partition(":")
    place: Any = {how: where}
    if token == "-":
        place = Secret(sys.stdin.readline().strip(), "standard input")
        if not place.reveal():
            raise ConfigError("--token - reads the token from standard input, and there was none; pipe it in")
    elif how not in ("env", "file") or not where:
        raise ConfigError(
            "--token is where the token is, for everybody on this machine can read the words of a command; write"
            f" {PLACES}"
        )
    try:
        auth = TypeAdapter(AuthOption).validate_python({"token": place})
    except ValidationError as error:
        raise ConfigError(f"--token: {_sentence(error)}") from None
    if ca_file is not None and not ca_file.is_file():
        raise ConfigError(f"--ca-file {ca_file} is no file; name the file with the certificate")
    return Fetch("grafana", ExportError, auth=auth, network=Network(ca_file=ca_file))


def _sentence(error: Any) -> str:
    """What a check of pydantic says, without what was written."""
    return str(error.errors(include_input=False, include_url=False)[0]["msg"]).removeprefix("Value error, ")
