"""The real program writes to a database that hangs, is killed, restarted and reloaded: it has what the store holds."""

from __future__ import annotations

import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path

from exporters.points import TRANSITION, of_transition
from monitor.store import Exports
from monitor.store.database import readonly
from tests.support.influx_server import InfluxServer, listening
from tests.support.installations import configuration, promise, written
from tests.support.loopback import Reply
from tests.support.peers import until
from tests.support.program import Tierwatch, value, wait_for
from tests.support.tmf621_server import Tmf621Server, ticket


def stored(database: Path) -> dict[tuple[str, frozenset[tuple[str, str]], int], frozenset[tuple[str, object]]]:
    """The points of all transitions that the store holds."""
    opened = readonly(f"sqlite:///{database}")
    try:
        beginning = datetime(2000, 1, 1, tzinfo=UTC)
        points = [of_transition(row) for rows in Exports(opened).since(beginning, 1000) for row in rows]
    finally:
        opened.close()
    return {
        (
            point.measurement,
            frozenset(each for each in point.tags.items() if each[1]),
            point.time,
        ): frozenset(point.fields.items())
        for point in points
    }  # fmt: skip


def held(server: InfluxServer) -> dict[tuple[str, frozenset[tuple[str, str]], int], frozenset[tuple[str, object]]]:
    return {point: fields for point, fields in list(server.points.items()) if point[0] == TRANSITION}


def test_the_database_has_what_the_store_holds_after_an_outage_a_kill_and_a_reload(tmp_path: Path) -> None:
    def fault(*numbers: int) -> None:
        for number in numbers:
            opened = datetime.now(UTC) - timedelta(minutes=50)
            source.put(ticket(f"T-{number}", opened=opened, updated=datetime.now(UTC)))

    with Tmf621Server() as source, listening() as server:
        reader = f'{{type: tmf621, every: 1s, at_most: 2s, options: {{url: "{source.url}"}}}}'
        text = configuration(reader, {"log": "{type: log}"})
        options = f"{{url: '{server.url}', bucket: b, timeout: 10m}}"
        exporter = f"exporters:\n  history: {{type: influxdb, every: 1s, options: {options}}}\n"
        config, database = written(tmp_path, promise("40m"), text + exporter), tmp_path / "flow.db"
        server.replies += [Reply(503), Reply(hang=True)]
        fault(*range(10))
        program = Tierwatch(config)
        try:
            program.address()
            server.until_asked(2)  # the second write hangs
        finally:
            program.kill()
        again = Tierwatch(config)
        try:
            address = again.address()
            until(lambda: len(held(server)) >= 20 and held(server) == stored(database), "all is written")
            wait_for(address, 'tierwatch_exporter_caught_up_timestamp_seconds{exporter="history"}', 1)
            assert value(address, f'tierwatch_page_info{{page_url="{address}"}}') == 1
            config.write_text(config.read_text(encoding="utf-8").replace("bucket: b,", "bucket: c,"), encoding="utf-8")
            again.send(signal.SIGHUP)
            fault(10, 11)
            until(lambda: any(request.query.get("bucket") == "c" for request in list(server.requests)), "the reload")
            until(lambda: len(held(server)) >= 24 and held(server) == stored(database), "what is new is written")
            assert value(address, 'tierwatch_exporter_rejected_total{exporter="history"}') == 0
            wait_for(address, 'tierwatch_exporter_points_total{exporter="history"}', 24)
            asked = len(server.requests)
            server.answer_none = True
            server.until_asked(asked + 1)
        finally:
            assert again.stop() == 0, "a write that hangs does not hold up the end"
        assert any(point[0] == "tierwatch_sla_clocks" for point in server.points)
