"""The real program is backed up and checked while it works, killed, restored from the backup, and pages on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.support.installations import configuration, promise, written
from tests.support.peers import until
from tests.support.program import Tierwatch, command, printed, wait_for
from tests.support.recorded import content
from tests.support.tmf621_server import Tmf621Server, ticket
from tests.support.webhook import listening


def test_a_program_that_lost_its_database_pages_on_from_a_backup(tmp_path: Path) -> None:
    with Tmf621Server() as source, listening() as webhook:
        reader = f'{{type: tmf621, every: 1s, at_most: 2s, options: {{url: "{source.url}"}}}}'
        hook = f'{{type: webhook, options: {{url: "{webhook.url}", secret: {{env: PATH}}}}}}'
        config = written(tmp_path, promise("40m"), configuration(reader, {"hook": hook}))
        database, backup = tmp_path / "flow.db", tmp_path / "backup.db"
        words = ("--config", str(config))
        for number in range(20):
            opened = datetime.now(UTC) - timedelta(minutes=20)
            source.put(ticket(f"T-{number}", opened=opened, updated=datetime.now(UTC)))
        program = Tierwatch(config)
        try:
            wait_for(program.address(), "tierwatch_source_watermark_timestamp_seconds", 1)
            until(lambda: len(content(database)["subjects"]) >= 20, "every ticket is judged")
            printed("store", "backup", str(backup), *words)
            printed("store", "check", *words)
            refused = command("store", "restore", str(backup), *words)
            assert refused.returncode == 1
            assert "another tierwatch runs on it" in refused.stderr
        finally:
            program.kill()
        printed("store", "check", str(backup))
        database.unlink()  # and its log stays
        assert command("run", *words).returncode == 1
        assert "restored from" in printed("store", "restore", str(backup), *words)
        assert content(database) == content(backup)
        soon = datetime.now(UTC) - timedelta(minutes=39, seconds=55)
        source.put(ticket("T-20", opened=soon, updated=datetime.now(UTC)))
        again = Tierwatch(config)
        try:
            again.address()
            until(lambda: any("T-20" in request.body.decode() for request in list(webhook.requests)), "its page")
            assert again.alive()
        finally:
            again.stop()
        printed("store", "check", *words)
        assert len(content(database)["subjects"]) >= 21
