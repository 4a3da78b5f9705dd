"""Share what the commands of accounts, tokens and links have in common."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from monitor.access import Role, unfit_password
from monitor.errors import ConfigError
from monitor.text import length, one_line, shown

AuthorOption = Annotated[str | None, typer.Option(help="Who does this. Default: the user of this machine.")]
RoleOption = Annotated[
    list[Role], typer.Option("--role", help="A role, repeatable; docs/access.md says what each may.")
]
CustomerOption = Annotated[
    str | None, typer.Option(help="The one customer whose things are seen, as the source names it; with role customer.")
]
PasswordFileOption = Annotated[
    Path | None, typer.Option("--password-file", help="A file with the password. Default: it is asked for.")
]

LONGEST_NAME = 200


def author_of(given: str | None) -> str:
    """Who does this."""
    from monitor.store import operator

    return operator() if given is None else name_of(given, "--author")


def name_of(given: str, what: str) -> str:
    """A name of one line. Raises ConfigError."""
    name = one_line(given).strip()
    if not name or len(name) > LONGEST_NAME:
        raise ConfigError(f"{what} {given[:40]!r} is no name; write one of 1 to {LONGEST_NAME} characters")
    return name


def check_roles(roles: Sequence[Role], customer: str | None) -> None:
    """Raises ConfigError where the role and the customer do not belong together."""
    if (Role.CUSTOMER in roles) != (customer is not None) or (customer is not None and len(set(roles)) > 1):
        raise ConfigError("the role customer stands alone and goes with --customer, and no other role does")


def password_from(file: Path | None) -> str:
    """The password, from a file or asked for twice; never from the command line. Raises ConfigError."""
    from monitor.net import Unfit, bytes_of

    if file is None:
        password = str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    else:
        try:
            password = bytes_of(file, 10_000, noted=False).decode("utf-8-sig").rstrip("\r\n")
        except Unfit as error:
            raise ConfigError(f"the file {file} {error}") from None
        except UnicodeDecodeError:
            raise ConfigError(f"the file {file} is not UTF-8 text; a password is one line of text") from None
    if unfit := unfit_password(password):
        raise ConfigError(unfit)
    return password


def lasting(given: str, now: datetime, longest: timedelta) -> datetime:
    """The end of what begins now and lasts as long as *given* says. Raises ConfigError."""
    try:
        asked = length(given)
    except ValueError as error:
        raise ConfigError(f"--for: {error}") from error
    if not timedelta(0) < asked <= longest:
        raise ConfigError(f"--for {given} is not between a moment and {shown(longest)}; write another, such as 90d")
    return now + asked
