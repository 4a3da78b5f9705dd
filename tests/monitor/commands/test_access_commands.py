"""`tierwatch user` and `tierwatch token`, each beside a store."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from monitor.access import Passwords, Role, hashed, is_token
from monitor.store import AccessTokens, Accounts, Database, Trail
from monitor.wallclock import now
from tests.support.command_line import CONFIG
from tests.support.program import command

PASSWORD = "correct horse battery staple"


class Tierwatch:
    """Runs the commands in a folder, and looks into its store."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.config = folder, folder / "tierwatch.yml"
        self.config.write_text(CONFIG, encoding="utf-8")
        (folder / "password").write_text(f"{PASSWORD}\n", encoding="utf-8")
        Database(f"sqlite:///{folder}/tierwatch.db").close()

    def __call__(self, *words: str, code: int = 0) -> str:
        done = command(*words, "--config", str(self.config), cwd=self.folder)
        assert done.returncode == code, done.stderr
        return done.stdout if code == 0 else done.stderr

    def looks(self, look: Callable[[Database], object]) -> object:
        database = Database(f"sqlite:///{self.folder}/tierwatch.db")
        try:
            return look(database)
        finally:
            database.close()


@pytest.fixture
def tierwatch(tmp_path: Path) -> Tierwatch:
    return Tierwatch(tmp_path)


def test_an_account_is_made_changed_disabled_and_listed(tierwatch: Tierwatch) -> None:
    file = str(tierwatch.folder / "password")
    assert "may log in" in tierwatch("user", "add", "Li.Na", "--role", "noc", "--password-file", file)
    account = tierwatch.looks(lambda database: Accounts(database).find("li.na"))
    assert account is not None
    assert Passwords().right(account.password, PASSWORD)  # type: ignore[attr-defined]
    assert "already" in tierwatch("user", "add", "li.na", "--role", "noc", "--password-file", file, code=1)
    tierwatch("user", "roles", "li.na", "--role", "viewer", "--role", "sla_manager")
    tierwatch("user", "disable", "li.na")
    (listed,) = json.loads(tierwatch("user", "list", "--json"))
    assert (listed["name"], listed["roles"]) == ("li.na", ["sla_manager", "viewer"])
    assert listed["disabled_at"] is not None
    tierwatch("user", "disable", "li.na", "--undo")
    assert tierwatch("user", "list") == "li.na: sla_manager, viewer\n"
    trail = tierwatch.looks(lambda database: [entry.detail["done"] for entry in Trail(database).entries(None, now())])
    assert trail == ["account added", "roles changed", "account disabled", "account enabled"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("user", "add", "a", "--role", "customer", "--password-file", "password"), "--customer"),
        (("user", "add", "a", "--role", "noc", "--customer", "Bank A", "--password-file", "password"), "customer"),
        (("user", "add", " ", "--role", "noc", "--password-file", "password"), "no name"),
        (("user", "add", "a", "--role", "noc", "--password-file", "short"), "12 characters"),
        (("user", "add", "a", "--role", "noc", "--password-file", "missing"), "missing"),
        (("user", "passwd", "nobody", "--password-file", "password"), "no account nobody"),
        (("user", "roles", "nobody", "--role", "noc"), "no account nobody"),
        (("user", "disable", "nobody"), "no account nobody"),
        (("token", "revoke", "t-0"), "no token t-0"),
        (("token", "create", "x", "--role", "noc", "--for", "20000d"), "--for"),
        (("token", "create", "x", "--role", "noc", "--for", "0h"), "--for"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_a_sentence(
    tierwatch: Tierwatch, words: tuple[str, ...], said: str
) -> None:
    (tierwatch.folder / "short").write_text("eleven char", encoding="utf-8")
    assert said in tierwatch(*words, code=1)


def test_a_token_is_printed_once_and_stored_as_a_hash(tierwatch: Tierwatch) -> None:
    word = tierwatch("token", "create", "grafana", "--role", "viewer", "--scope", "read", "--for", "90d").strip()
    assert is_token(word)
    (listed,) = json.loads(tierwatch("token", "list", "--json"))
    assert (listed["name"], listed["scopes"], listed["state"]) == ("grafana", ["read"], "holds")
    assert word not in tierwatch("token", "list")
    assert word.encode() not in (tierwatch.folder / "tierwatch.db").read_bytes()
    principal = tierwatch.looks(lambda database: AccessTokens(database).principal(word, now()))
    assert principal is not None
    assert principal.roles == {Role.VIEWER}  # type: ignore[attr-defined]
    assert hashed(word) not in tierwatch("token", "list", "--all")
    tierwatch("token", "revoke", listed["id"])
    assert "no token holds" in tierwatch("token", "list")
    assert "revoked" in tierwatch("token", "list", "--all")
