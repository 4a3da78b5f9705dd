"""A drill goes the whole way: asked on the command line, sent by the running program, acknowledged, ended, reported."""

from __future__ import annotations

import json
import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from tests.support import alertmanager, smtp_server
from tests.support.alertmanager import RealAlertmanager
from tests.support.installations import ON_CALL, configuration, of_tickets, promise, to_alertmanager, written
from tests.support.peers import until
from tests.support.program import Tierwatch, command, metrics, tierwatch, value
from tests.support.texts import exchanged
from tests.support.webhook import Reply, Webhook, listening

LADDER = (
    "    - {id: gold, en: Gold, zh: 金牌}",
    "    - {id: diamond, en: Diamond, zh: 钻石}\n    - {id: gold, en: Gold, zh: 金牌}",
)
POLICY = exchanged(promise("2m", "stages: {tier: {gold: [75%, 100%]}}"), LADDER)
KEYS = ("oncall: oncall.yml", "link_secret: {file: link-secret}")


def hook(webhook: Webhook, personal: bool = True) -> str:
    mine = "personal: true, " if personal else ""
    return f'{{type: webhook, {mine}options: {{url: "{webhook.url}", secret: {{file: link-secret}}}}}}'


def prepared(folder: Path, receivers: dict[str, str], rota: str = ON_CALL, *more: str) -> Path:
    (folder / "oncall.yml").write_text(rota, encoding="utf-8")
    (folder / "link-secret").write_text("a secret of thirty-two bytes, or more\n")
    (folder / "tickets.jsonl").touch()
    return written(
        folder, POLICY, configuration(of_tickets("jsonl_file", path="tickets.jsonl"), receivers, *KEYS, *more)
    )


@contextmanager
def asked(config: Path, *words: str) -> Iterator[list[subprocess.CompletedProcess[str]]]:
    """`drill start` with these words, under way while the block runs; what it came to is in the list after it."""
    done: list[subprocess.CompletedProcess[str]] = []
    line = ("drill", "start", *words, "--config", str(config))
    thread = threading.Thread(target=lambda: done.append(command(*line)))
    thread.start()
    try:
        yield done
    finally:
        thread.join()


def judging(address: str) -> str:
    """The address, once the program has judged what is due and counted its clocks: before that no drill is taken."""
    until(lambda: requests.get(f"{address}/-/ready", timeout=60).ok, "the program judges")
    until(lambda: value(address, "tierwatch_open_clocks_counted") == 1, "the open clocks are counted")
    return address


def pages(person: Webhook) -> list[dict[str, Any]]:
    return [request.json() for request in list(person.requests)]


def reported(config: Path, *words: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(command("drill", "report", *words, "--json", "--config", str(config)).stdout)
    return found


def counted(address: str) -> set[str]:
    """The series of promises, breaches and alerts, without those of deliveries."""
    wanted = r"(?m)^tierwatch_(?:open|breach|clock|alerts_firing|deadline|transition|remaining|acknowledge)\S* .*$"
    return set(re.findall(wanted, metrics(address)))


def test_a_drill_is_sent_acknowledged_ended_and_reported(tmp_path: Path) -> None:
    with listening() as engineer, listening() as lead, listening() as wall:
        config = prepared(
            tmp_path, {"wall": hook(wall, personal=False), "engineer": hook(engineer), "lead": hook(lead)}
        )
        with tierwatch(config) as address:
            before = counted(judging(address))
            with asked(config, "--team", "noc", "--author", "wang") as done:
                (page,) = until(lambda: pages(engineer))
                assert page["status"] == "firing"
                assert page["reason"] == "drill"
                assert page["labels"]["drill"] == "true"
                assert page["labels"]["tier"] == "diamond"
                assert page["annotations"]["summary"].startswith("[DRILL 演练] ")
                assert page["annotations"]["summary_zh"].startswith("【演练 DRILL】")
                assert page["annotations"]["description"].startswith("DRILL 演练. Nothing is wrong")
                assert "wang started this drill" in page["annotations"]["description"]
                assert counted(address) == before
                listed = command("alerts", "list", "--config", str(config)).stdout
                assert "Drill" in listed
                link = page["annotations"]["acknowledge_url"]
                shown = requests.get(link, timeout=60).text
                assert "DRILL 演练" in shown
                assert "/retire" not in shown, "there is no subject that could be gone for good"
                assert requests.post(link, data={"author": "", "note": "here"}, timeout=60).status_code == 200
            (ended,) = done
            assert ended.returncode == 0, ended.stdout + ended.stderr
            assert "everybody who was called got it" in ended.stdout
            assert re.search(r"zhang\s+1\s+engineer\s+\S+ \S+\s+\S+ \S+\s+1", ended.stdout), ended.stdout
            until(lambda: len(pages(engineer)) == 2)
            over = pages(engineer)[1]
            assert (over["status"], over["reason"]) == ("resolved", "drill_over")
            assert over["alert"] == page["alert"]
            assert over["annotations"]["summary"].startswith("[DRILL 演练] ")
            assert "zhang acknowledged it" in over["annotations"]["summary"]
            assert counted(address) == before
        found = reported(config)
        assert found["everybody_got_it"] is True
        assert found["ended_for"] == "acknowledged"
        assert found["author"] == "wang"
        (row,) = found["pages"]
        assert (row["who"], row["channel"], row["attempts"], row["errors"]) == ("zhang", "engineer", 1, [])
        assert row["queued_at"] <= row["accepted_at"]
        assert [(one["author"], one["via"], one["note"]) for one in found["acknowledged"]] == [
            ("zhang", "link", "here")
        ]
        assert pages(lead) == pages(wall) == [], "nobody else is called, and no receiver takes a drill by its route"
        said = (tmp_path / "tierwatch.log").read_text(encoding="utf-8")
        assert all(word in said for word in ("drill_begun", "drill_called", "drill_ended"))


def test_a_drill_ends_at_every_receiver_although_the_program_was_killed_in_the_middle(tmp_path: Path) -> None:
    """Alertmanager, mail in Chinese, and a webhook that fails at first; the command has long ended."""
    rota = exchanged(ON_CALL, ("receivers: [engineer]", "receivers: [engineer, post, am]"))
    with (
        listening() as engineer,
        listening() as lead,
        listening() as notified,
        smtp_server.listening() as mail,
        alertmanager.running(alertmanager.one_receiver(notified.url)) as peer,
    ):
        post = (
            f"{{type: smtp, personal: true, options: {{host: 127.0.0.1, port: {mail.port}, tls: none, language: zh,"
            " sender: tierwatch@example.com, to: [zhang@example.com]}}"
        )
        receivers = {"wall": "{type: log}", "engineer": hook(engineer), "lead": hook(lead), "post": post}
        config = prepared(tmp_path, {**receivers, "am": to_alertmanager(peer.url)}, rota)
        engineer.replies.append(Reply(503))
        program = Tierwatch(config)
        judging(program.address())
        words = ("--person", "张伟", "--for", "1h", "--wait", "off", "--json", "--config", str(config))
        started = command("drill", "start", *words)
        assert (started.returncode, started.stderr) == (1, ""), "nobody has it yet"
        name = json.loads(started.stdout)["id"]
        until(lambda: reported(config)["everybody_got_it"])
        (held,) = until(lambda: drilled(peer))
        assert held["labels"]["drill"] == "true"
        assert held["labels"]["drill_id"] == name
        assert held["annotations"]["summary_zh"].startswith("【演练 DRILL】")
        program.kill()

        refused = command("drill", "start", "--team", "noc", "--config", str(config))
        assert f"drill {name} by" in refused.stderr
        ended = command("drill", "end", name, "--author", "wang", "--config", str(config))
        assert ended.returncode == 0, ended.stderr
        assert reported(config, name)["ended_at"] is None, "nobody but the program can send the end"
        with tierwatch(config):
            until(lambda: [page["status"] for page in pages(engineer)][-1] == "resolved")
            until(lambda: drilled(peer) == [])
            until(lambda: len(mail.mails) == 2)
    for one in mail.mails:
        assert "【演练 DRILL】" in one.parsed()["Subject"]
        assert one.parsed().get_content().startswith("演练 DRILL。")
    assert pages(lead) == []
    found = reported(config, name)
    assert (found["ended_for"], found["detail"]) == ("ended_early", "by wang")
    rows = {row["channel"]: row for row in found["pages"]}
    assert set(rows) == {"engineer", "post/1", "am/1"}
    assert rows["engineer"]["attempts"] == 2
    assert "503" in rows["engineer"]["errors"][0]
    listed = command("drill", "list", "--config", str(config)).stdout
    assert re.search(rf"{name} .*Diamond for person zhang, by .*: over at .* \(ended early\)", listed)


def drilled(peer: RealAlertmanager) -> list[dict[str, Any]]:
    """The drills that Alertmanager holds as firing."""
    return [alert for alert in peer.alerts() if alert["labels"]["alertname"] == "TierwatchDrill"]


def test_a_stopped_program_is_said_and_leaves_nothing_behind(tmp_path: Path) -> None:
    """A plan that no program takes up pages nobody at the next start."""
    with listening() as engineer, listening() as lead:
        config = prepared(tmp_path, {"wall": "{type: log}", "engineer": hook(engineer), "lead": hook(lead)})
        with tierwatch(config) as address:
            judging(address)
        started = command("drill", "start", "--team", "noc", "--wait", "off", "--config", str(config))
        assert started.returncode == 1
        assert "nobody has been called yet; see later: " in started.stdout
        name = reported(config)["id"]
        command("drill", "end", name, "--config", str(config))
        with tierwatch(config):
            found = reported(config, name)
    assert (found["ended_for"], found["pages"]) == ("ended_early", [])
    assert pages(engineer) == pages(lead) == []
