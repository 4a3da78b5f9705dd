"""The site with its logins and a database of its own, on loopback; passwords are hashed with the least work."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests
from argon2 import profiles
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from exporters.web import Server, Views, allowed, build_app
from monitor.access import LoggedInBy, Passwords, Right, Role
from monitor.config import load
from monitor.net import Secrets
from monitor.report import TrailEntry
from monitor.service.logins import LoginMemory, Logins
from monitor.store import Account, Accounts, Database, Trail
from tests.support import snapshots
from tests.support.command_line import CONFIG

PASSWORD = "correct horse battery staple"


@dataclass
class LoginSite:
    """A running site. Its time is that of the machine, moved on by `later`."""

    database: Database
    url: str = ""
    later: timedelta = timedelta(0)
    memory: LoginMemory = field(default_factory=LoginMemory)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.later

    def account(self, name: str, *roles: Role, customer: str | None = None) -> None:
        assert self.memory.passwords is not None
        hashed = self.memory.passwords.hash(PASSWORD)
        account = Account(name, frozenset(roles), self.now(), customer, password=hashed)
        Accounts(self.database).add(account, "root")

    def get(self, path: str, **options: Any) -> requests.Response:
        return requests.get(self.url + path, timeout=60, allow_redirects=False, **options)

    def trail(self) -> list[TrailEntry]:
        return list(Trail(self.database).entries(None, datetime(2100, 1, 1, tzinfo=UTC)))

    def form(self, session: requests.Session, path: str = "login") -> str:
        """The word of a form on that page."""
        found = re.search(r'name="form_word" value="([^"]*)"', session.get(self.url + path, timeout=60).text)
        assert found is not None
        return found[1]

    def login(self, session: requests.Session, name: str, password: str = PASSWORD, **fields: str) -> requests.Response:
        """Send the form to log in, as a browser does."""
        sent = {"form_word": self.form(session), "name": name, "password": password, **fields}
        return session.post(f"{self.url}login", sent, allow_redirects=False, timeout=60)


@contextmanager
def login_site(folder: Path, access: str) -> Iterator[LoginSite]:
    """A site with these lines under `access:`, and one address more: /api/may/RIGHT, which says who may."""
    path = folder / "tierwatch.yml"
    path.write_text(f"{CONFIG}{access}", encoding="utf-8")
    database = Database(f"sqlite:///{folder}/store.db")
    site = LoginSite(database)
    site.memory.passwords = Passwords(profiles.CHEAPEST)
    logins = Logins(load(path, Secrets.NEEDED), database, site.memory, site.now)
    views = Views(snapshots.example, lambda *_: None, lambda: snapshots.AT, lambda: (True, "ready"))
    app = build_app(replace(views, gate=logins.gate(), login=logins.actions()))
    app.router.routes.insert(0, Route("/api/may/{right}", _may, methods=["GET", "POST"]))
    server = Server(app, "127.0.0.1", 0)
    server.start()
    site.url = server.url
    try:
        yield site
    finally:
        server.stop()
        database.close()


def _may(request: Request) -> Response:
    principal = allowed(request, Right(request.path_params["right"]))
    return JSONResponse({"name": principal.name, "by": principal.by, "nobody": principal.by is LoggedInBy.NOBODY})
