"""Wrong command lines, each run beside a small database, and the sentence of the refusal."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import typer

from monitor import cli, wallclock
from monitor.access import Role
from monitor.alert import Drill, DrillEnd, DrillFor, SilenceRow
from monitor.config import config_file
from monitor.errors import ConfigError
from monitor.history.baseline import Baseline
from monitor.history.batch import Batch
from monitor.machine.machine_clock import Look, Trust, begin
from monitor.store import Account, Accounts, Drilling, Machine, Silences
from monitor.store.clocks import Clocks
from monitor.store.database import Database
from monitor.store.ingest import Ingest
from monitor.worktime import EPOCH
from tests.reference.refusals import Refusal, refusal
from tests.support.cases import at, ticket
from tests.support.command_line import CONFIG, Site
from tests.support.rotas import FILE
from tests.support.texts import exchanged

WHY = (
    "A command that could be meant in two ways, or would change nothing, is refused: it has done nothing then. It ends"
    " with exit code 1."
)
NOW: datetime = at(5)
FIRST, LAST = "2026-01-05T01:00:00Z", "2026-01-05T03:00:00Z"
WHO = "--reason flood --author wang"

LINES = (
    # a log
    "replay log.jsonl --policy demo --source tmf621",
    "replay nowhere.jsonl --policy demo --source jsonl_file",
    "replay empty.jsonl --policy demo --source jsonl_file",
    "replay empty.jsonl --policy demo --source jsonl_file --readings nowhere/out.jsonl",
    "backtest --input empty.jsonl --source jsonl_file --policy demo --policy demo",
    # an explanation
    "explain NOPE",
    "explain TWICE",
    "explain INC42 --target resolve",
    "explain INC42 --at noon",
    "explain INC42 --at 2026-01-05T09:00:00",
    "explain INC42 --at 2026-01-01T00:00:00Z",
    # a forecast
    "would-tell NOPE",
    "would-tell TWICE",
    "would-tell GONE",
    "would-tell AHEAD",
    "would-tell INC42 --at 2026-01-01T00:00:00Z",
    "would-tell INC42 --language fr",
    # words that are not understood
    "unknown --source nowhere",
    # a report
    "report --month January",
    "report --month 2099-01",
    "report --month 2020-01",
    "report --month 2026-01 --config fresh.yml",
    # measurements of circuits
    "availability nowhere.csv",
    "availability empty.jsonl",
    "availability local.csv",
    "availability checks.csv --column checked_at",
    "availability checks.csv --column time=checked_at",
    "availability checks.csv --column at=checked",
    "availability checks.csv --circuit CKT-2",
    "availability checks.csv --silence soon",
    "availability both.csv",
    "availability far.csv",
    "availability checks.csv --planned past.csv",
    "availability checks.csv --planned empty.jsonl",
    "availability checks.csv --tickets local.csv",
    "availability checks.csv --rules share.yml",
    "availability checks.csv --rules run.yml",
    "availability checks.csv --rules flaps.yml",
    # a correction
    f"correct INC42 {WHO}",
    f"correct groups/complaints --exclude {FIRST} {LAST} {WHO}",
    f"correct INC42 --exclude {FIRST} {LAST} --count {FIRST} {LAST} {WHO}",
    f"correct INC42 --exclude {FIRST} {LAST} --reason ' ' --author wang",
    f"correct INC42 --exclude {FIRST} {LAST} --reason flood --author ' '",
    f"correct INC42 --revoke correction-1 --target restore {WHO}",
    f"correct INC42 --exclude {LAST} {FIRST} {WHO}",
    f"correct NOPE --exclude {FIRST} {LAST} {WHO}",
    f"correct TWICE --exclude {FIRST} {LAST} {WHO}",
    f"correct GONE --exclude {FIRST} {LAST} {WHO}",
    f"correct AHEAD --exclude {FIRST} {LAST} {WHO}",
    f"correct INC42 --exclude {FIRST} {LAST} --target resolve {WHO}",
    f"correct INC42 --exclude {FIRST} 2026-01-06T00:00:00Z {WHO}",
    f"correct INC43 --exclude 2026-01-04T00:00:00Z 2026-01-04T01:00:00Z {WHO}",
    f"correct INC43 --count {FIRST} {LAST} {WHO}",
    f"correct SWEPT --exclude {FIRST} {LAST} {WHO}",
    f"correct INC42 --exclude 1969-01-05T00:00:00Z {FIRST} {WHO}",
    f"correct INC42 --revoke correction-9 {WHO}",
    f"correct INC42 --revoke REVOKED {WHO}",
    f"correct INC42 --revoke REVOCATION {WHO}",
    # a retirement
    "retire INC43 --reason ' ' --author wang",
    "retire INC43 --reason gone --author ' '",
    f"retire INC43 --at {FIRST} --undo {WHO}",
    f"retire NOPE {WHO}",
    f"retire INC43 --at 2026-01-06T00:00:00Z {WHO}",
    f"retire INC43 --at 2026-01-04T00:00:00Z {WHO}",
    f"retire INC42 --at 2026-01-05T00:01:00Z {WHO}",
    f"retire INC43 --undo {WHO}",
    f"retire PURGED --undo {WHO}",
    f"retire nobody --accept-loss {WHO}",
    f"retire tickets --accept-loss {WHO}",
    # an acknowledgement
    "acknowledge INC42 --author ' '",
    "acknowledge NOPE",
    "acknowledge TWICE",
    "acknowledge INC43",
    "acknowledge INC42 --end",
    "acknowledge INC42 --end --note over",
    # a silence
    "silence add --reason works --for 2h",
    "silence add --reason works --for 2h --match tear=gold",
    "silence add --reason works --for 2h --match gold",
    "silence add --reason works --for 2h --match 'tier=~\"(\"'",
    "silence add --reason works --for 2h --match 'tier='",
    "silence add --reason works --for 2h --match tier=golden",
    "silence add --reason works --match tier=gold",
    "silence add --reason works --match tier=gold --for 900d",
    f"silence add --reason works --match tier=gold --from 2026-01-04T00:00:00Z --until {FIRST}",
    "silence add --reason works --match tier=gold --from 2026-02-01T00:00:00Z --until 2026-01-31T00:00:00Z",
    "silence add --reason ' ' --for 2h --match tier=gold",
    f"silence add --reason works --for 2h {' '.join(['--match tier=gold'] * 21)}",
    "silence add --reason works --for 2h --match 'customer=Harbour \u202eknaB'",
    "silence add --reason works --for 2h --match 'customer=~(a+)+b'",
    "silence add --reason works --for 2h --match 'customer=~a{99999999999}'",
    "silence add --reason works --for 2h --match tier=gold --from 2036-01-04T00:00:00Z",
    f"silence add --reason {'so-' * 200} --for 2h --match tier=gold",
    f"silence add --reason works --for 2h --match tier=gold --author {'lin-' * 80}",
    "silence end nothing",
    "silence end ENDED",
    # receivers and their pages
    "alerts test-page nobody",
    "alerts test-page practice",
    "alerts test-page log --hold 1h",
    "alerts would-have --since 999999d",
    "alerts would-have --since soon",
    # a drill
    "drill start",
    "drill start --team noc --person zhang --config team.yml",
    "drill start --person zhang --escalate --config team.yml",
    "drill start --team noc",
    "drill start --person zheng --config team.yml",
    "drill start --team nok --config team.yml",
    "drill start --team days --config idle.yml",
    "drill start --team days --escalate --config team.yml",
    "drill start --layer evenings --config team.yml",
    "drill start --layer day --config team.yml",
    "drill start --team noc --tier dimond --config team.yml",
    "drill start --team noc --for 5h --config team.yml",
    "drill start --team noc --for soon --config team.yml",
    "drill start --team noc --author ' ' --config team.yml",
    "drill start --person mei --config team.yml",
    "drill start --team noc --config stopped.yml",
    "drill start --team noc --config held.yml",
    "drill start --team noc --config silent.yml",
    "drill start --team noc --config busy.yml",
    "drill start --team noc --config often.yml",
    "drill report",
    "drill report d-0 --config busy.yml",
    "drill end d-0 --config busy.yml",
    "drill end d-over --config often.yml",
    # the machine's clock, the audit, people, policies
    "clock accept --author ' '",
    "clock show --config fresh.yml",
    "audit --config fresh.yml",
    "oncall check",
    "oncall who nok --config rota.yml",
    "shipped operator-templat",
    "diff-policy demo.yml",
    "store check --at-most soon",
    "demo --speed 0",
    "diff-policy new.yml --since 2026-02-30",
    # accounts and tokens
    "user add li.na --role customer",
    "user add ' ' --role noc",
    "user add li.na --role noc --password-file short",
    "user add li.na --role noc --password-file nowhere",
    "user add li.na --role noc --password-file latin1",
    "user add wang --role noc --password-file password",
    "user disable nobody",
    "token create grafana --role viewer --for soon",
    "token create grafana --role viewer --for 20000d",
    "token revoke t-0",
    # pages of customers
    "customer link ACME",
    "customer link ACME --config rota.yml",
    "customer link .. --config signed.yml",
    "customer link ACME --config signed.yml",
    # the audit trail
    "trail export --since 2d --until 3d",
    "trail verify nowhere.jsonl",
    "trail verify empty.jsonl",
    # InfluxDB
    "influx backfill --since 2026-01-05",
    "influx backfill --since 2026-01-05 --config influx.yml",
    "influx backfill --since 2026-01-05 --exporter past --config influx.yml",
    # Grafana
    "grafana install --url grafana:3000",
    "grafana install --url http://grafana:3000",
    "grafana install --url http://grafana:3000 --token glsa_1",
    "grafana install --url http://grafana:3000 --token file:nowhere",
    "grafana install --url http://grafana:3000 --files nowhere",
    "grafana install --url http://grafana:3000 --files boards/none",
    "grafana install --url http://grafana:3000 --files boards/broken",
    "grafana install --url http://grafana:3000 --files boards/nameless",
    "grafana install --url http://grafana:3000 --files boards/alone --rules",
    "grafana install --url http://grafana:3000 --files boards/alone --token file:key --ca-file nowhere.pem",
    "grafana install --url http://grafana:3000 --files boards/alone --token -",
    # erasing
    "store erase --reason 4711",
    "store erase --reason 4711 --name W",
    "store erase --reason 'asked by wang' --name wang",
    "store erase --reason 4711 --subject NOPE",
    "store erase --reason 4711 --subject TWICE",
)


MEASUREMENTS = {
    "checks.csv": "circuit,at,state\nCKT-1,2026-01-05T01:00:00Z,up\n",
    "local.csv": "circuit,at,state,opened\nCKT-1,2026-01-05T01:00:00,up,2026-01-05T01:00:00\n",
    "both.csv": "circuit,at,state,delay_ms\nCKT-1,2026-01-05T01:00:00Z,up,\nCKT-1,2026-01-05T01:00:00Z,,20\n",
    "far.csv": "circuit,at,delay_ms\nCKT-1,1970-01-01T00:00:00Z,20\nCKT-1,2026-01-05T01:00:00Z,20\n",
    "past.csv": "circuit,start,end\nCKT-1,2026-01-05T03:00:00Z,2026-01-05T01:00:00Z\n",
    "share.yml": "usual: {severe_loss: half}\n",
    "run.yml": "assurance: {AAA: {run: 0}}\n",
    "flaps.yml": "faults: {flaps: 1}\n",
}
"""Files of measurements and of rules, by name."""

INFLUX = "{url: http://influx, bucket: tierwatch}"


def refusals(folder: Path) -> Iterator[Refusal]:
    """What each line is refused for."""
    _prepare(folder)
    command: Any = typer.main.get_command(cli.app)
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(folder)
        patched.setenv("TIERWATCH_CONFIG", "tierwatch.yml")
        patched.setattr(wallclock, "now", lambda: NOW)
        patched.setattr(sys, "argv", ["tierwatch"])  # so that hints name it
        patched.setattr(sys, "stdin", io.StringIO(""))
        patched.delenv("GRAFANA_TOKEN", raising=False)
        ids = _ids(command)
        for line in LINES:
            words = [ids.get(word, word) for word in shlex.split(line)]
            with pytest.raises(ConfigError) as caught:
                command.main(words, prog_name="tierwatch", standalone_mode=False)
            yield _named(refusal(f"tierwatch {line}", caught.value, folder), ids)


def _named(one: Refusal, ids: dict[str, str]) -> Refusal:
    """The refusal with names in the place of ids that are made at random."""
    sentence = one.sentence
    for name, id_ in ids.items():
        sentence = sentence.replace(id_, name.lower())
    return Refusal(one.wrong, re.sub(r"correction-[0-9a-f]{8,}", "correction-…", sentence), one.sites)


def _prepare(folder: Path) -> None:
    folder.mkdir(parents=True)
    site = Site(folder)
    more = "  other: {type: jsonl_file, options: {path: o.jsonl}}\n"
    (folder / "gone.yml").write_text(exchanged(CONFIG, ("receivers:", f"{more}receivers:")), encoding="utf-8")
    site.config.write_text(
        exchanged(
            CONFIG, ("receivers:\n", f"{more}receivers:\n  practice: {{type: log, shadow: true}}\n")
        ),
        encoding="utf-8",
    )  # fmt: skip
    for name, extra in (("fresh", "database: fresh.db\n"), ("rota", "oncall: oncall.yml\nlink_secret: {file: key}\n")):
        text = exchanged(CONFIG, ("receivers:\n", "receivers:\n  oncall: {type: log}\n"))
        (folder / f"{name}.yml").write_text(text + extra, encoding="utf-8")
    signed = "link_secret: {file: key}\npage_url: http://tierwatch\n"
    (folder / "signed.yml").write_text(f"{CONFIG}{signed}", encoding="utf-8")
    exporters = "".join(f"  {name}: {{type: influxdb, options: {INFLUX}}}\n" for name in ("history", "lab"))
    (folder / "influx.yml").write_text(f"{CONFIG}exporters:\n{exporters}", encoding="utf-8")
    (folder / "oncall.yml").write_text(FILE, encoding="utf-8")
    (folder / "key").write_text("x" * 40, encoding="utf-8")
    (folder / "short").write_text("eleven char", encoding="utf-8")
    (folder / "password").write_text("correct horse battery staple", encoding="utf-8")
    (folder / "latin1").write_bytes(b"caf\xe9 caf\xe9 caf\xe9")
    for name, text in {"none": None, "broken": "{", "nameless": "{}", "alone": '{"uid": "a", "title": "A"}'}.items():
        (folder / f"boards/{name}/dashboards").mkdir(parents=True)
        if text is not None:
            (folder / f"boards/{name}/dashboards/a.json").write_text(text, encoding="utf-8")
    for name, text in MEASUREMENTS.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "empty.jsonl").write_text("no event\n", encoding="utf-8")
    (folder / "log.jsonl").write_text("", encoding="utf-8")
    demo = (Path(cli.__file__).parent / "shipped/demo.yml").read_text(encoding="utf-8")
    (folder / "demo.yml").write_text(demo.replace("budget: 4h", "budget: 5h"), encoding="utf-8")
    newer = exchanged(demo, ('version: "1"', 'version: "2"'), ("{date: 20", "{date: 21"))
    (folder / "new.yml").write_text(newer, encoding="utf-8")
    with site.running() as database:
        Clocks(database).ensure_groups({"complaints": ""})
    site.hear(
        NOW,
        ticket("INC42", at(0), "opened", event_id="e1", tier="gold"),
        ticket("INC42", at(0.1), "accepted", event_id="e2"),
        ticket("INC43", at(0), "opened", event_id="e3", tier="gold"),
        ticket("TWICE", at(0), "opened", event_id="e4", tier="gold"),
        ticket("PURGED", at(0), "opened", event_id="e5", tier="gold"),
        ticket("PURGED", at(0.1), "retired", event_id="e6"),
    )
    with site.running() as database:
        for source, subject, when in (("other", "TWICE", at(0)), ("gone", "GONE", at(0)), ("tickets", "AHEAD", at(9))):
            event = ticket(subject, when, "opened", event_id=f"{source}-{subject}", tier="gold")
            Ingest(database).commit_batch(source, Batch([replace(event, source=source)], (), {}), NOW)
        swept = replace(ticket("SWEPT", at(4), "opened", event_id="e7", tier="gold"), baseline=Baseline(at(4)))
        Ingest(database).commit_batch("tickets", Batch([swept], (), {}), NOW)
        Accounts(database).add(Account("wang", frozenset({Role.NOC}), NOW), "wang")
    Database(f"sqlite:///{folder}/fresh.db").close()
    _prepare_drills(folder)


def _prepare_drills(folder: Path) -> None:
    """A rota, and beside it databases of programs that run, were stopped, hold their pages, or have drills."""
    (folder / "people.yml").write_text(PEOPLE, encoding="utf-8")
    asked = Drill(
        "d-on", at(4.9), "wang", DrillFor.TEAM, "noc", "diamond", at(5.1), timedelta(minutes=5), begun_at=at(4.9)
    )  # fmt: skip
    over = [
        replace(asked, id=f"d-over{number or ''}", ended_at=at(4.95), ended_for=DrillEnd.TIME_OVER)
        for number in range(6)
    ]
    trusted = begin(Look(NOW - EPOCH, timedelta(0), timedelta(0)), "boot")
    clocks = {"stopped": None, "held": replace(trusted, trust=Trust.HELD)}
    drills = {"busy": [asked], "often": over}
    for name in ("team", "idle", "stopped", "held", "silent", "busy", "often"):
        receivers = "receivers:\n  oncall: {type: log}\n  quiet: {type: log, shadow: true}\n"
        text = exchanged(CONFIG, ("receivers:\n", receivers))
        rota = "oncall: people.yml\nlink_secret: {file: key}\n" + ("" if name == "team" else f"database: {name}.db\n")
        (folder / f"{name}.yml").write_text(text + rota, encoding="utf-8")
        url = config_file.load(folder / f"{name}.yml").database
        database = Database(url)
        if (clock := clocks.get(name, trusted)) is not None:
            Machine(database).remember(clock, "boot", NOW)
        if name == "silent":
            matchers, until = ("tier=diamond",), at(9)
            Silences(database).add(SilenceRow("s-1", matchers, at(4), until, "lin", "works"), at(4), lambda _: False)
        for one in drills.get(name, ()):
            Drilling(database).ask(one, 10)
        database.close()


PEOPLE = """\
people:
  zhang: {name: {en: Zhang Wei, zh: 张伟}, receivers: oncall}
  mei: {name: {en: Mei, zh: 梅}, receivers: quiet}
teams:
  noc:
    name: {en: NOC}
    receivers: [oncall]
    layers: [{name: day, people: [zhang], start: 2026-01-01}]
    escalation: [{at: 0%, tell: on_call}]
  days:
    name: {en: Day shift}
    receivers: [oncall]
    layers: [{name: day, people: [zhang], start: 2026-01-01, only: {sun: [09:00-10:00]}}]
"""


def _ids(command: Any) -> dict[str, str]:
    """Make what some lines need, a correction that is revoked and a silence that has ended; gives their ids."""

    def run(line: str) -> str:
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            command.main(shlex.split(line), prog_name="tierwatch", standalone_mode=False)
        return out.getvalue()

    silence = re.findall(r"s-[0-9a-f]+", run("silence add --reason works --for 1h --match tier=gold"))[0]
    run(f"silence end {silence}")
    pattern = r"correction-[0-9a-f]+"
    corrected = re.findall(pattern, run(f"correct INC42 --exclude {FIRST} {LAST} {WHO}"))[0]
    revocation = re.findall(pattern, run(f"correct INC42 --revoke {corrected} {WHO}"))[0]
    return {"ENDED": silence, "REVOKED": corrected, "REVOCATION": revocation}
