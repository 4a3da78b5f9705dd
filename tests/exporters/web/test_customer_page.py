"""A customer's page shows what is its own, to whoever may see it, and not a byte of anybody else's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette

from exporters.web import Gate, Views, build_app
from monitor.access import CustomerLink, Keys, LoggedInBy, Principal, Right, Role, may, new_token, seal_link
from monitor.model import SubjectKind
from monitor.service.customer_views import customer_views
from monitor.service.listed_clocks import ListedClocks
from monitor.store import Database, Listing, statements
from monitor.store.aggregating import recount
from monitor.store.schema import readings, subjects
from tests.support import snapshots
from tests.support.asgi import Reply, ask
from tests.support.cases import rules
from tests.support.listed_clocks import Listed
from tests.support.snapshots import AT

KEYS = Keys(b"k" * 32)
CLERK = Principal("clerk", frozenset({Role.VIEWER}), by=LoggedInBy.TOKEN)

NASTY = (
    "ACME", "acme", "ACME ", "ACMЕ", "ＡＣＭＥ", "ACME/Paris", "ACME%2FParis", "ACME?x", "ACME#x", "ACME;y", "a&b=c",
    "+", "%", "%00", "..%2f", "...", "~", "'", '"', "<b>ACME</b>", "{{7*7}}", "Œuvre", "Ŝtrasse", "ﬀ",
    "中国移动", "中國移動", "é", "é",
    "part", "ACME/eyJjIjoi", "-", "null", "None", "a" * 150,
)  # fmt: skip
"""Names that a careless comparison, path or page would take for one another or for something else."""


@dataclass
class World:
    """Whose records are in the store, with a word for each record that stands nowhere else."""

    records: list[tuple[str, Listed]] = field(default_factory=list)

    def words(self, customer: str) -> set[str]:
        """The words of the records of one customer: its ids, titles and circuits."""
        return {word for word, one in self.records if one.customer == customer}


@dataclass
class Desk:
    """The pages over a store of their own."""

    database: Database
    app: Starlette
    tokens: dict[str, Principal]

    def fill(self, world: World) -> None:
        with self.database.write() as connection:
            connection.execute(sa.delete(readings))
            connection.execute(sa.delete(subjects))
            if world.records:
                statements.put(connection, subjects, [_subject(word, one) for word, one in world.records])
                clocks = [
                    one.reading for _, one in world.records if one.kind is not SubjectKind.CIRCUIT or one.breached
                ]
                if clocks:
                    statements.put(connection, readings, clocks)
        self.database.kept.doubt()
        assert recount(self.database, lambda seconds: False)

    def token(self, principal: Principal) -> dict[str, str]:
        word = new_token()
        self.tokens[word] = principal
        return {"Authorization": f"Bearer {word}"}

    def own(self, customer: str) -> dict[str, str]:
        return self.token(Principal("p", frozenset({Role.CUSTOMER}), None, customer, LoggedInBy.TOKEN))

    def get(self, path: str, headers: dict[str, str] | None = None) -> Reply:
        return ask(self.app, path, headers=headers)


def _subject(word: str, one: Listed) -> dict[str, Any]:
    row = one.its_subject
    known = {"title": f"title-{word}", "circuit": f"line-{word}", "team": f"team-{word}", **row["attributes"]}
    is_circuit = one.kind is SubjectKind.CIRCUIT
    state = ("unavailable" if one.opened % 2 else "available") if is_circuit else None
    return row | {
        "attributes": known,
        "circuit_state": state,
        "since": one.reading["started_at"] if is_circuit else None,
    }


def link(customer: str, days: float = 1, keys: Keys = KEYS, of: str | None = None) -> str:
    """The path of a link; *of* is the name in the address, where it is another one."""
    token = seal_link(CustomerLink(customer, AT + timedelta(days=days)), keys)
    assert token is not None
    return f"{page(customer if of is None else of)}/{token}"


def page(customer: str) -> str:
    return f"/customers/{quote(customer, safe='')}"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    database, tokens = Database(f"sqlite:///{tmp_path_factory.mktemp('customers') / 'store.db'}"), {}
    views = Views(
        snapshots.example, lambda *_: None, lambda: AT, lambda: (True, "ready"),
        gate=Gate(token=lambda word: tokens.get(word), everybody=False, here=False),
        clocks=ListedClocks(Listing(database), rules(), lambda: AT).page,
        customers=customer_views(database, KEYS, "UTC", lambda: AT),
    )  # fmt: skip
    yield Desk(database, build_app(views), tokens)
    database.close()


RECORDS = st.lists(
    st.tuples(
        st.sampled_from(NASTY), st.sampled_from((SubjectKind.TICKET, SubjectKind.CIRCUIT, SubjectKind.CHANGE)),
        st.booleans(), st.none() | st.integers(1, 9), st.integers(0, 9),
    ),
    min_size=1, max_size=40,
)  # fmt: skip


def worlds(records: list[tuple[str, SubjectKind, bool, int | None, int]]) -> World:
    world = World()
    for number, (customer, kind, is_open, breached, opened) in enumerate(records):
        word = f"w{number:03}x"
        one = Listed(
            source=f"source-{word}", subject=f"id-{word}", kind=kind, customer=customer, open=is_open, opened=opened,
            deadline=opened + 60, breached=breached,
        )  # fmt: skip
        world.records.append((word, one))
    return world


@given(records=RECORDS, data=st.data())
@settings(max_examples=25)
def test_no_byte_of_a_page_is_anybody_elses(desk: Desk, records: list[Any], data: st.DataObject) -> None:
    """By link, by login and as staff see it; whole, in part, and in each language."""
    world = worlds(records)
    desk.fill(world)
    customer = data.draw(st.sampled_from([one.customer for _, one in world.records]))
    language = data.draw(st.sampled_from(("en", "zh", "both")))
    own, staff = desk.own(customer), desk.token(CLERK)
    addresses = [(page(customer), own), (page(customer), staff), (link(customer), {})]
    others = set.union(*(world.words(name) for name in NASTY)) - world.words(customer)
    shown = set()
    for address, headers in addresses:
        for part in ("", "&part"):
            reply = desk.get(f"{address}?language={language}{part}", headers)
            assert reply.status == 200
            found = set(re.findall(r"w\d{3}x", reply.body.decode()))
            assert found & others == set()
            shown |= found
    listed = {word for word, one in world.records if one.customer == customer and _is_listed(one)}
    assert shown == listed, "and all that is open, or a circuit, is on it"
    for name in {one.customer for _, one in world.records} - {customer}:
        for address, headers in ((page(name), own), (link(customer, of=name), {}), (page(name), {})):
            reply = desk.get(address, headers)
            assert reply.status in (401, 403)
            assert re.findall(rb"w\d{3}x", reply.body) == []


def _is_listed(one: Listed) -> bool:
    return one.kind is SubjectKind.CIRCUIT or one.open


@given(name=st.sampled_from(NASTY), other=st.sampled_from(NASTY) | st.text(max_size=8))
def test_a_name_is_compared_letter_for_letter(desk: Desk, name: str, other: str) -> None:
    """Another case, a likeness, an escape that is undone once more: each is another customer."""
    try:
        address = link(name, of=other)
    except UnicodeEncodeError:
        return
    expected = {200} if name == other else {403, 404}
    assert desk.get(address).status in expected
    assert desk.get(page(other), desk.own(name)).status in expected | ({404} if not other else set())


@pytest.mark.parametrize(
    "path",
    ["/customers/", "/customers//", "/customers//x", "/customers/%", "/customers/%ff", "/customers/A/",
     "/customers/A/x/y", "/Customers/A", "/customers%2FA", "/customers/A%2F..%2FB", "/customers/%41%00",
     "/customers/A%20", "/customers/../A",
     "/customers/%2e%2e/A", "//customers/A", "/customers\\A", "/customers/A;x", "/customers/%C0%80A", "/customers/Á"],
)  # fmt: skip
def test_whoever_sees_one_page_sees_no_other_by_another_spelling(desk: Desk, path: str) -> None:
    desk.fill(worlds([("A", SubjectKind.TICKET, True, None, 1), ("B", SubjectKind.TICKET, True, None, 1)]))
    raw = path.encode().decode("latin-1")
    for headers in (desk.own("A"), {}):
        reply = desk.get(raw, headers)
        assert reply.status in (401, 403, 404)
        assert b"w00" not in reply.body
    assert desk.get("/customers/%41", desk.own("A")).status == 200, "an escape that says the same is the same"


def test_who_may_open_which_page(desk: Desk) -> None:
    desk.fill(worlds([("A", SubjectKind.TICKET, True, None, 1)]))
    for role in Role:
        staff = desk.token(Principal("x", frozenset({role}), by=LoggedInBy.TOKEN))
        status = 403 if role is Role.CUSTOMER else 200
        assert desk.get("/customers/A", staff).status == status
        assert desk.get("/customers/nobody", staff).status == (403 if status == 403 else 404)
    assert desk.get("/customers/A").status == 401
    scoped = Principal("x", frozenset({Role.NOC}), frozenset({Right.ACKNOWLEDGE}), by=LoggedInBy.TOKEN)
    assert desk.get("/customers/A", desk.token(scoped)).status == 403
    assert desk.get("/customers/new", desk.own("new")).status == 200, "a customer of which nothing is stored yet"


def test_somebody_of_a_customer_has_the_own_page_only_and_is_led_there(desk: Desk) -> None:
    name = "中国 & Co/<b>"
    headers = desk.own(name)
    first = desk.get("/", headers)
    assert (first.status, first.headers["location"]) == (303, f"./customers/{quote(name, safe='')}")
    assert desk.get(page(name), headers).status == 200
    for path in ("/clocks", "/page", "/metrics", "/circuits/a/b", "/explain/a/b", "/subjects/a/b"):
        assert desk.get(path, headers).status == 403
    nameless = desk.token(Principal("x", frozenset({Role.CUSTOMER}), by=LoggedInBy.TOKEN))
    assert desk.get("/", nameless).status == 403


def test_a_link_holds_until_it_expires_or_its_secret_goes(desk: Desk) -> None:
    desk.fill(World())
    assert desk.get(link("A")).status == 200
    assert desk.get(link("A", days=0)).status == 403
    assert desk.get(link("A", keys=Keys(b"o" * 32))).status == 403
    assert desk.get(link("A")[:-1]).status == 403
    token = seal_link(CustomerLink("A", AT + timedelta(days=1)), Keys(b"n" * 32))
    both = customer_views(desk.database, Keys(b"m" * 32, b"n" * 32), "UTC", lambda: AT)
    assert both.opened is not None
    assert both.opened(str(token), "A") == CustomerLink("A", AT + timedelta(days=1))
    assert customer_views(desk.database, None, "UTC", lambda: AT).opened is None


def test_a_link_needs_no_login_and_gives_no_other_page(desk: Desk) -> None:
    address = link("A")
    for path in ("/", "/clocks", "/customers/A", f"/clocks/{address.rpartition('/')[2]}"):
        assert desk.get(path).status in (401, 404)


def test_it_links_to_nothing_and_is_kept_nowhere(desk: Desk) -> None:
    """Not even a cache of the customer's own house may keep it, and no address that it is opened from is told."""
    desk.fill(worlds([("A", kind, True, None, 1) for kind in (SubjectKind.TICKET, SubjectKind.CIRCUIT)]))
    for address, headers in ((link("A"), {}), ("/customers/A", desk.own("A")), ("/customers/A", desk.token(CLERK))):
        reply = desk.get(address, headers)
        text = reply.body.decode()
        links = [one for one in re.findall(r'<a\b[^>]*href="([^"]*)"', text) if not one.startswith("?language=")]
        assert links == []
        assert "team-" not in text
        assert "source-" not in text
        assert reply.headers["cache-control"] == "no-store"
        assert reply.headers["referrer-policy"] == "no-referrer"
        assert reply.headers["x-robots-tag"] == "noindex"
        assert "vary" in reply.headers


def test_it_is_sent_again_only_when_it_has_changed(desk: Desk) -> None:
    world = worlds([("A", SubjectKind.TICKET, True, None, 1)])
    desk.fill(world)
    whole = desk.get(link("A"))
    tag = {"If-None-Match": whole.headers["etag"]}
    again = desk.get(f"{link('A')}?part", tag)
    assert (again.status, again.body) == (304, b"")
    desk.fill(World(world.records * 0 + [(word, replace(one, deadline=99)) for word, one in world.records]))
    changed = desk.get(f"{link('A')}?part", tag)
    assert changed.status == 200
    assert changed.headers["etag"] != tag["If-None-Match"]
    other = desk.get(f"{link('A')}?part&language=zh", {"If-None-Match": changed.headers["etag"]})
    assert other.status == 200, "another language is another page"
    desk.fill(World([*worlds([("B", SubjectKind.TICKET, True, None, 1)] * 2).records[1:], *_moved(world)]))
    assert desk.get(f"{link('A')}?part", {"If-None-Match": changed.headers["etag"]}).status == 304, "of others nothing"


def _moved(world: World) -> list[tuple[str, Listed]]:
    return [(word, replace(one, deadline=99)) for word, one in world.records]


def test_empty_states_say_what_will_appear(desk: Desk) -> None:
    desk.fill(World())
    for language, said in (("en", "will stand here"), ("zh", "显示在此处")):
        text = desk.get(f"{link('nobody yet')}?language={language}").body.decode()
        assert text.count(said) == 3


def test_nobody_who_reads_one_customer_may_read_all() -> None:
    bounded = Principal("x", frozenset(Role), customer="A", by=LoggedInBy.PASSWORD)
    assert not may(bounded, Right.READ)
