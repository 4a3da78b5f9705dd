"""A list that changes at every request, one without end and one full of poison, beside a calm source (A1, A4).

The real program. The gold ticket in each but the endless one breaches at one instant. The machine that runs the tests
may be slow, so the pages of the hostile sources are measured against the page of the calm one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from tests.support.hostile_bytes import KINDS, VALUE
from tests.support.installations import configuration, promise, written
from tests.support.loopback import Loopback, Reply, Request, as_json
from tests.support.peers import busy, until
from tests.support.program import tierwatch, wait_for
from tests.support.tmf621_server import Tmf621Server, ticket
from tests.support.webhook import listening

BUDGET = timedelta(seconds=60)
AHEAD = timedelta(seconds=30)
WITHIN = timedelta(seconds=2)
SOURCE = "{{type: tmf621, every: 1s, at_most: 2s, options: {{url: '{url}', page_size: 50}}}}"


def at_every_request(server: Tmf621Server, random: Random) -> None:
    """Before each answer one ticket leaves, one comes, one moves and two change places; `GOLD` stays among them."""
    number = 0

    def change(query: Mapping[str, str]) -> None:
        nonlocal number
        number += 1
        names = list(server.tickets)
        gone = random.choice([name for name in names if name != "GOLD"])
        names.remove(gone)
        del server.tickets[gone]
        fresh = ticket(f"N{number}", opened=datetime.now(UTC), tier="standard")
        server.tickets[f"N{number}"] = fresh
        names.insert(random.randrange(len(names)), f"N{number}")
        names.insert(random.choice((0, len(names))), names.pop(random.randrange(len(names))))
        one, other = random.randrange(len(names)), random.randrange(len(names))
        names[one], names[other] = names[other], names[one]
        server.tickets = {name: server.tickets[name] for name in names}

    server.before_page = change


def without_end() -> Callable[[Request], Reply]:
    """Each answer is full and begins with the last ticket of the one before; of 20,000 tickets."""

    def answer(request: Request) -> Reply:
        offset = min(int(request.query.get("offset", 0)), 20_000)
        opened = datetime.now(UTC)
        return as_json([ticket(f"E{offset + n}", opened=opened, tier="standard") for n in range(50)])

    return answer


def poisonous(gold: bytes) -> bytes:
    kind = KINDS["tmf621"]
    bad = [kind.record(f"BAD{n}").replace(VALUE, poison) for n, poison in enumerate(kind.poison.values())]
    nothing = [b"null", b"[]", b'"x"', b"1", b"{}", b'{"id": "\\ud800"}', b'{"id": ' + b"9" * 5000 + b"}"]
    return kind.body([*bad, *nothing, gold, *bad, *nothing])


def test_a_gold_breach_is_paged_within_two_seconds_of_a_calm_source_s(tmp_path: Path) -> None:
    random, arrived = Random(1), dict[str, datetime]()

    def take(request: Request) -> Reply:
        page = request.json()
        if page["labels"].get("stage") == "breached":
            arrived.setdefault(page["labels"]["source"], datetime.now(UTC))
        return Reply()

    opened = datetime.now(UTC) - BUDGET + AHEAD
    gold = ticket("GOLD", opened=opened)
    body = poisonous(json.dumps(gold).encode())
    with (
        Tmf621Server() as calm,
        Tmf621Server() as moving,
        Loopback(lambda request: Reply(200, body, {"Date": "Fri, 31 Dec 9999 23:59:59 -2359"})) as poison,
        Loopback(without_end()) as endless,
        listening() as webhook,
    ):
        webhook.answer = take
        moving.filtering, moving.sorting, moving.counting = "ignore", "ignore", False
        moving.put(*(ticket(f"T{n}", opened=opened, tier="standard") for n in range(250)))
        moving.tickets = dict(
            [*list(moving.tickets.items())[:125], ("GOLD", gold), *list(moving.tickets.items())[125:]]
        )
        at_every_request(moving, random)
        calm.put(gold)
        receivers = {"hook": f'{{type: webhook, options: {{url: "{webhook.url}", secret: {{file: secret}}}}}}'}
        more = "".join(
            f"\n  {name}: {SOURCE.format(url=url)}"
            for name, url in (("moving", moving.url), ("poison", poison.url), ("endless", endless.url))
        )
        (tmp_path / "secret").write_text("a secret of thirty-two bytes, or more\n")
        config = configuration(SOURCE.format(url=calm.url) + more, receivers, "root_causes: []", "catch_up: 5s")
        with tierwatch(written(tmp_path, promise("60s", "stages: {tier: {gold: [100%]}}"), config)) as address:
            until(lambda: len(arrived) == 3, "the pages of all three sources")
            for name in ("moving", "poison"):  # a slow machine may still be at the first poll
                wait_for(address, f'tierwatch_source_up{{source="{name}"}}', 1)
    slowness = arrived["tickets"] - opened - BUDGET
    for name in ("moving", "poison"):
        assert arrived[name] - opened - BUDGET < WITHIN + 2 * slowness or busy(), arrived
    log = (tmp_path / "tierwatch.log").read_text(encoding="utf-8")
    assert "crashed" not in log
    print("page after the deadline:", {name: str(at - opened - BUDGET) for name, at in arrived.items()})
