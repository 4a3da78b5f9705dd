"""One working source for each collector that ships, with the options that a configuration file would hold.

A new collector adds its sample here; the suite in `tests/protocols/` then runs on it.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.support.loopback import Loopback, as_json
from tests.support.notice_stand_in import mail, said, stand_in
from tests.support.tmf621_server import Tmf621Server, ticket

Options = dict[str, Any]
Sample = Callable[[Path], AbstractContextManager[Options]]


@contextmanager
def _tmf621(folder: Path) -> Iterator[Options]:
    with Tmf621Server() as server:
        server.put(*(ticket(str(number)) for number in range(25)))
        yield {"url": server.url, "page_size": 10, "feedback": "$.note[?@['@type']=='ProgressFeedback']"}


@contextmanager
def _circuit_http(folder: Path) -> Iterator[Options]:
    circuits = [{"id": f"C{number}", "status": "up", "assurance": "AA"} for number in range(5)]
    with Loopback(lambda request: as_json({"circuits": circuits})) as server:
        yield {"url": f"{server.url}/status", "up_after": 1}


@contextmanager
def _jsonl_file(folder: Path) -> Iterator[Options]:
    said = {"event_id": "e1", "kind": "ticket", "subject": "T1", "at": "2026-01-01T00:00:00Z", "status": "opened"}
    (folder / "events.jsonl").write_text(json.dumps(said) + "\n")
    yield {"path": str(folder / "events.jsonl")}


@contextmanager
def _servicenow_audit(folder: Path) -> Iterator[Options]:
    row = {
        "number": "INC1",
        "incident_state": "New",
        "sys_mod_count": "0",
        "opened_at": "1/5/2016 09:00",
        "sys_updated_at": "1/5/2016 09:05",
    }
    with (folder / "log.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, row)
        writer.writeheader()
        writer.writerow(row)
    yield {"path": str(folder / "log.csv"), "zone": "Asia/Shanghai"}


@contextmanager
def _carrier_notices(folder: Path) -> Iterator[Options]:
    ours = {"zayo": {"C-1": {"circuit": "noc/our-1", "tier": "gold"}}}
    with TemporaryDirectory(dir=folder.parent) as maildir:  # not in *folder*, of which tests delete every file
        for part in ("new", "cur"):
            (Path(maildir) / part).mkdir()
        for number in range(3):
            (Path(maildir) / "new" / f"{number}").write_bytes(mail(said(f"M{number}")))
        yield {"maildir": maildir, "senders": {"@zayo.com": "zayo"}, "circuits": ours, "python": stand_in(folder)}


SAMPLES: Mapping[str, Sample] = {
    "carrier_notices": _carrier_notices,
    "circuit_http": _circuit_http,
    "jsonl_file": _jsonl_file,
    "servicenow_audit": _servicenow_audit,
    "tmf621": _tmf621,
}
