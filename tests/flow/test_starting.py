"""What the page says in the first seconds of a start, while the sources are being read. The real program."""

from __future__ import annotations

import re
from pathlib import Path

import requests

from tests.support.installations import configuration, of_tickets, promise, written
from tests.support.peers import until
from tests.support.ports import free_port
from tests.support.program import Tierwatch
from tests.support.texts import exchanged
from tests.support.webhook import Reply, listening


def page(address: str) -> str:
    try:
        answer = requests.get(f"{address}/page?language=both", timeout=60)
    except requests.ConnectionError:
        return ""
    return re.sub(r"\s+", " ", answer.text) if answer.ok else ""


def test_a_start_says_that_it_is_one_and_names_every_channel_and_source(tmp_path: Path) -> None:
    with listening() as source, listening() as hook:
        source.answer = lambda request: Reply(hang=True)
        (tmp_path / "key").write_text("0123456789abcdef0123456789abcdef\n")
        room = f'{{type: webhook, options: {{url: "{hook.url}", secret: {{file: key}}}}}}'
        port = free_port()
        text = configuration(of_tickets("tmf621", url=source.url), {"room": room}, "synthetic_every: off")
        config = written(tmp_path, promise("4h"), exchanged(text, ("127.0.0.1:0", f"127.0.0.1:{port}")))
        program = Tierwatch(config)
        try:
            said = until(lambda: page(f"http://127.0.0.1:{port}"), "of the page")
            ready = requests.get(f"http://127.0.0.1:{port}/-/ready", timeout=60)
        finally:
            program.kill()
    assert ready.status_code == 503
    assert "tierwatch is starting" in said
    assert "正在启动" in said
    assert "Not known yet: tierwatch is starting." in said
    assert "not polled yet" in said
    assert "<bdi>room</bdi>" in said
    for falsehood in ("No channel is configured", "No source", "No clock is open", "No circuit is known"):
        assert falsehood not in said
