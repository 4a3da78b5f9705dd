"""Hold secrets: they can be used, named by their place and compared, and they are never shown.

A configuration never holds a secret, only where it is: `{env: NAME}`, `{file: PATH}`, or `{credential: NAME}` for what
systemd hands to the service. A message names that place.
Commands that send nothing do not read them: then a secret is not there, and whoever reveals it gets a ConfigError.
Nothing here logs, and no error of this module repeats what was written where a place was expected.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import Enum, auto
from functools import partial
from pathlib import Path
from typing import Annotated, Any, ClassVar, NoReturn
from urllib.parse import quote

from pydantic import BeforeValidator, ConfigDict, PlainValidator, ValidationInfo, WithJsonSchema
from pydantic_core import PydanticCustomError

from monitor.errors import ConfigError
from monitor.net.small_file import Unfit, bytes_of

LONGEST = 64_000
"""Bytes; a longer file holds no secret."""

_HOW = "write {env: NAME}, {file: PATH} or {credential: NAME}"


class Secrets(Enum):
    """Whether the secrets that a configuration names are read."""

    NEEDED = auto()
    """Each is read; one that is missing is a mistake. For what sends."""
    IF_THERE = auto()
    """Each is read; one that is missing is not there."""
    UNREAD = auto()
    """None is read. For what sends nothing."""


MISSING = "secret_missing"
"""The type of a mistake that is gone once the secret is at its place."""


class Secret:
    """A password or token, and where it came from. Not a dataclass: `asdict` and `repr` would show its value."""

    __slots__ = ("_value", "missing", "origin")
    _value: str
    origin: str
    missing: str
    """Why the value is not known, as a sentence; empty where it is. Such a secret cannot be checked or sent."""

    def __init__(self, value: str, origin: str, missing: str = "") -> None:
        object.__setattr__(self, "_value", value)
        object.__setattr__(self, "origin", origin)
        object.__setattr__(self, "missing", missing)

    def reveal(self) -> str:
        """The value itself, for the one header that needs it. Raises ConfigError where it is missing."""
        if self.missing:
            raise ConfigError(self.missing)
        return self._value

    def __repr__(self) -> str:
        return f"<secret in {self.origin}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._identity == other._identity

    def __hash__(self) -> int:
        return hash(self._identity)

    @property
    def _identity(self) -> tuple[str, str, str]:
        return self._value, self.origin, self.missing

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("a Secret does not change; read it again from its place")

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is not written to disk or sent to another process")

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: Any) -> Secret:
        return self


_NOTED: ContextVar[set[Secret] | None] = ContextVar("tierwatch_secrets_read", default=None)


@contextmanager
def noting_secrets(found: set[Secret]) -> Iterator[None]:
    """Add to *found* each secret that this thread reads in the block, so that messages can be kept free of them."""
    token = _NOTED.set(found)
    try:
        yield
    finally:
        _NOTED.reset(token)


def _read(written: Any, info: ValidationInfo) -> Secret:
    """Fetch the secret from the place that the configuration names. Raises ValueError with a sentence."""
    if isinstance(written, Secret):
        return written
    if not isinstance(written, Mapping):
        raise ValueError(f"a secret is not written into the configuration; {_HOW}")
    if set(written) == {"env"} and isinstance(written["env"], str):
        origin, fetch = f"${written['env']}", partial(_from_environment, written["env"])
    elif set(written) == {"file"} and isinstance(written["file"], str | Path):
        origin, fetch = f"file {Path(written['file']).name}", partial(_from_file, Path(written["file"]))
    elif set(written) == {"credential"} and isinstance(written["credential"], str):
        origin, fetch = f"credential {written['credential']}", partial(_from_credential, written["credential"])
    else:
        raise ValueError(f"is not the place of a secret; {_HOW}")
    wanted = (info.context or {}).get(Secrets, Secrets.NEEDED)
    if wanted is Secrets.UNREAD:
        return Secret("", origin, f"the secret in {origin} was not read, for this command sends nothing")
    try:
        read = Secret(_checked(fetch(), origin), origin)
    except ValueError as error:
        if wanted is Secrets.NEEDED:
            raise PydanticCustomError(MISSING, "{error}", {"error": error}) from None
        return Secret("", origin, str(error))
    noted = _NOTED.get()
    if noted is not None:
        noted.add(read)
    return read


def _from_environment(name: str) -> str:
    value = os.environ.get(name)
    if value is None:
        raise ValueError(f"the environment has no variable {name}; set it where tierwatch is started")
    return value


def _from_credential(name: str) -> str:
    """What `LoadCredential=` of the unit has put into the folder that only this service sees (man systemd.exec)."""
    if not name.isascii() or not name.isprintable() or "/" in name or name in ("", ".", ".."):
        raise ValueError(f"{name!r} is not the name of a credential; write the one that LoadCredential= gives it")
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if folder is None:
        raise ValueError(
            f"the credential {name} is there only where systemd starts the program; add LoadCredential= to the unit, or"
            " write {file: PATH}"
        )
    path = Path(folder) / name
    if not path.exists():
        raise ValueError(
            f"systemd gave the service no credential {name}; compare it with LoadCredential= in the unit, and look"
            " whether the file is there"
        )
    return _from_file(path)


def _from_file(path: Path) -> str:
    try:
        return bytes_of(path, LONGEST, noted=False).decode("utf-8-sig")
    except Unfit as error:
        raise ValueError(f"the file {path} {error}") from None
    except UnicodeDecodeError:  # it holds the bytes, so nothing is chained to it
        raise ValueError(f"the file {path} is not UTF-8 text; a secret is one line of text") from None


def _checked(value: str, origin: str) -> str:
    value = value.strip()  # editors end a file with a newline
    if not value:
        raise ValueError(f"the secret in {origin} is empty; put it there")
    if not value.isprintable():
        raise ValueError(f"the secret in {origin} has line breaks or control characters in it; it is one line of text")
    return value


SECRET_SCHEMA = {
    "type": "object",
    "maxProperties": 1,
    "properties": {"env": {"type": "string"}, "file": {"type": "string"}, "credential": {"type": "string"}},
}

SecretOption = Annotated[Secret, PlainValidator(_read), WithJsonSchema(SECRET_SCHEMA)]
"""A secret as an option of a plug-in."""


@dataclass(frozen=True, slots=True)
class Auth:
    """The login at a peer: a token, or a user name and a password.

    A token goes out as `Authorization: Bearer …`; with `header` it goes out bare, in the header of that name.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    token: SecretOption | None = None
    """A secret, sent as `Authorization: Bearer …` unless `header` names another header."""
    username: str | None = None
    """The user of basic authentication; with `password`."""
    password: SecretOption | None = None
    """A secret: the password of `username`."""
    header: str | None = None
    """The header in which the bare `token` is sent."""

    def __post_init__(self) -> None:
        if (self.token is None) == (self.username is None and self.password is None):
            raise ValueError("write either a token, or a username and a password")
        if (self.username is None) != (self.password is None):
            raise ValueError("write both a username and a password")
        if self.header is not None and (self.token is None or not _is_header_name(self.header)):
            raise ValueError("header is the name of the header that carries the token, such as X-API-Key")
        bearer = self.token if self.header is None else None
        if bearer is not None and not bearer.missing and not bearer.reveal().isascii():
            raise ValueError(f"the token in {bearer.origin} has characters that no bearer token has; check it")

    @property
    def missing(self) -> str:
        """Why the login is not known, as a sentence; empty where it is."""
        return next((one.missing for one in (self.token, self.password) if one is not None and one.missing), "")

    @property
    def headers(self) -> dict[str, bytes]:
        """The header to send. It holds the secret: for the wire only."""
        if self.token is not None:
            value = self.token.reveal()
            if self.header is not None:
                return {self.header: value.encode()}
            return {"Authorization": f"Bearer {value}".encode()}
        assert self.username is not None
        assert self.password is not None
        return {"Authorization": _basic(self.username, self.password)}

    @property
    def shown(self) -> str:
        """How a sentence names the login: by its place, never by its value."""
        if self.token is not None:
            return f"the token in {self.token.origin}"
        assert self.password is not None
        return f"the user {self.username!r} with the password in {self.password.origin}"


def _is_header_name(text: str) -> bool:
    return bool(text) and text.isascii() and text.replace("-", "").replace("_", "").isalnum()


def _basic(username: str, password: Secret) -> bytes:
    return b"Basic " + base64.b64encode(f"{username}:{password.reveal()}".encode())


def _mapping(written: Any) -> Any:
    # pydantic's own message would repeat what was written, and that may be a password
    if isinstance(written, Auth | Mapping):
        return written
    raise ValueError(f"write token, or username and password, each secret as a place: {_HOW}")


AuthOption = Annotated[Auth, BeforeValidator(_mapping)]
"""`auth:` as an option of a plug-in."""


def redact(text: str, secrets: Iterable[Secret]) -> str:
    """The text with the place of each secret where its value stood, also where it stood URL-encoded or escaped."""
    for secret in sorted(secrets, key=lambda secret: (-len(secret.reveal()), secret.origin)):
        value = secret.reveal()
        for form in (value, repr(value)[1:-1], quote(value), quote(value, safe="")):
            text = text.replace(form, f"<{secret.origin}>")
    return text
