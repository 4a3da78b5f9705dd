"""Read a simulated TMF621 server with the collector, once and without waiting."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from monitor.collectors.tmf621 import Config, build
from monitor.net.network import Network
from tests.support.collecting import NOW, Polled, poll
from tests.support.tmf621_server import Tmf621Server, ticket

T0 = datetime(2026, 1, 1, 8, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ONCE = Network(attempts=1)


def read(
    server: Tmf621Server, position: Mapping[str, Any] | None = None, now: datetime = NOW, **options: Any
) -> Polled:
    options = {"network": ONCE, "page_size": 10, **options}
    return poll(build(Config(server.url, **options)), position, now)


def fill(server: Tmf621Server, count: int, **more: Any) -> None:
    server.put(*(ticket(f"T{number:03}", opened=T0 + number * MINUTE, **more) for number in range(count)))
