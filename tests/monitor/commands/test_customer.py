"""`tierwatch customer`: who is known, and a link that opens the page of one customer and of no other."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote

import pytest

from monitor.access import Keys
from monitor.service.customer_views import customer_views
from monitor.store import Database, Trail, statements
from monitor.store.schema import readings, subjects
from monitor.wallclock import now
from tests.support.command_line import CONFIG
from tests.support.listed_clocks import Listed
from tests.support.program import command

SECRET = "a secret of thirty-two bytes, or more"
NAMES = ("ACME", "acme", "A/B <b>", "中国移动")
UNDER = "link_secret: {file: secret}\npage_url: https://sla.example/watch/\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "tierwatch.yml").write_text(f"{CONFIG}{UNDER}", encoding="utf-8")
    (tmp_path / "secret").write_text(SECRET, encoding="utf-8")
    (tmp_path / "secret").chmod(0o600)
    database = Database(f"sqlite:///{tmp_path}/tierwatch.db")
    clocks = [Listed(subject=f"T{number}", customer=name) for number, name in enumerate(NAMES)]
    with database.write() as connection:
        statements.put(connection, subjects, [one.its_subject for one in clocks])
        statements.put(connection, readings, [one.reading for one in clocks])
    database.close()
    return tmp_path


def test_a_link_opens_the_page_of_its_customer_and_is_in_the_trail_but_nowhere_else(folder: Path) -> None:
    done = command("customer", "link", "A/B <b>", "--days", "2", "--author", "li.na", cwd=folder)
    assert done.returncode == 0, done.stderr
    address = done.stdout.strip()
    home, _, rest = address.partition("/customers/")
    name, _, token = rest.partition("/")
    assert (home, unquote(name)) == ("https://sla.example/watch", "A/B <b>")
    database = Database(f"sqlite:///{folder}/tierwatch.db")
    try:
        for later, holds in ((timedelta(hours=47), True), (timedelta(hours=49), False)):
            opened = customer_views(database, Keys(SECRET.encode()), "UTC", lambda ahead=later: now() + ahead).opened
            assert opened is not None
            assert (getattr(opened(token, "A/B <b>"), "customer", "") == "A/B <b>") is holds
            assert not hasattr(opened(token, "ACME"), "customer")
        (entry,) = [one for one in Trail(database).entries(None, now() + timedelta(days=1)) if "A/B <b>" in str(one)]
        assert "li.na" in str(entry)
    finally:
        database.close()
    assert token not in done.stderr
    for file in folder.iterdir():
        assert token.encode() not in file.read_bytes()


def test_the_customers_are_listed_letter_for_letter(folder: Path) -> None:
    done = command("customer", "list", "--json", cwd=folder)
    assert [one["customer"] for one in json.loads(done.stdout)] == sorted(NAMES)
    assert {one["open_clocks"] for one in json.loads(done.stdout)} == {1}


@pytest.mark.parametrize("name", ["Acme", "ACME ", "", "..", "A\n", "x" * 2000])
def test_a_name_that_is_not_known_or_stands_in_no_address_gets_no_link(folder: Path, name: str) -> None:
    done = command("customer", "link", name, cwd=folder)
    assert (done.returncode, done.stdout) == (1, "")
