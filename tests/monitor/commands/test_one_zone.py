"""Whatever a person reads has one zone, whole seconds and names: every command, and the pages to every receiver.

One world in an installation of one zone; its calendars count in another, and a reader asks for a third. The ids of the
policy are words that no sentence has.
"""

from __future__ import annotations

import csv
import html
import io
import json
import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from typer.main import get_command

from alerts.notifiers import _words
from exporters.web.pages import Pages
from monitor import wallclock
from monitor.alert.alert import SilenceRow
from monitor.alert.drills import Drill, DrillFor
from monitor.cli import app
from monitor.explain import as_of, explain, with_alerts
from monitor.history.batch import Batch
from monitor.history.event_json import event_to_json
from monitor.history.events import Reject
from monitor.messages import CHOICES
from monitor.model import SubjectKey
from monitor.store.backups import back_up
from monitor.store.database import Database
from monitor.store.drilling import Drilling
from monitor.store.exports import Exports, Sent
from monitor.store.heartbeats import Heartbeats
from monitor.store.ingest import Ingest
from monitor.store.schema import alerts as alert_table
from monitor.store.silencing import Silences
from monitor.store.stored_alerts import to_alert
from monitor.store.views import Views
from tests.support.cases import at, ticket
from tests.support.command_line import Said, in_process
from tests.support.driven import Driven
from tests.support.switchboard import WALL
from tests.support.texts import exchanged

ODD = timedelta(microseconds=654321)
POLICY = """
policy: case
version: "1"
effective_from: 2026-01-01
name: {en: Case, zh: 案例}
ladders:
  tier: [{id: xgold, en: Gold, zh: 金牌}, {id: xvip, en: VIP, zh: 贵宾}]
  assurance: [{id: xaaa, en: Triple, zh: 三级}]
calendars: {always: {zone: UTC, hours: 24x7}, office: {zone: UTC, hours: {mon-sun: ["06:00-20:00"]}}}
pause_reasons: {customer: {en: Waiting for the customer, zh: 等待客户}}
stages: {tier: {xgold: [50%, 90%, 100%], xvip: [75%, 15m left, 100%]}}
targets:
  xrestore:
    name: {en: Restoration, zh: 故障恢复}
    start: [opened, accepted]
    stop: [restored, closed]
    pause: [customer]
    budgets:
      - {when: {tier: [xgold, xvip]}, budget: 4h, source: test}
  xoffice:
    name: {en: Feedback, zh: 阶段反馈}
    start: [opened]
    stop: [closed]
    budgets: [{when: {assurance: [xaaa]}, budget: 2h, calendar: office, source: test}]
"""
CONFIG = """\
zone: Asia/Shanghai
policy: policy.yml
oncall: oncall.yml
link_secret: {file: secret}
page_url: https://tierwatch.example.com
sources:
  tickets: {type: jsonl_file, options: {path: t.jsonl}}
receivers:
  wall: {type: log}
  practice: {type: log, shadow: true}
  zhang: {type: log, personal: true}
exporters:
  tsdb: {type: influxdb, options: {url: "http://127.0.0.1:1", bucket: tierwatch}}
"""
ROTA = """\
zone: UTC
people:
  zhang: {name: {en: Zhang Wei, zh: 张伟}, receivers: [zhang]}
teams:
  noc:
    name: {en: NOC}
    receivers: [wall]
    layers: [{people: [zhang], start: 2026-01-05, every: 12h, handover: "12:00"}]
    escalation: [{at: 50%, tell: on_call}, {at: breach, tell: [contact]}]
"""
NOW = at(13) + ODD
USUAL, OTHER = "Asia/Shanghai", "America/St_Johns"
OFFSETS = {USUAL: "+08:00", OTHER: "-03:30"}

ID = re.compile(r"\bx(?:gold|vip|aaa|restore|office)\b|\b(?:used|left|wall)_\w+|· none|\(none\)|\bat_risk\b")
FRACTION = re.compile(r"\d:\d\d\.\d+|\d\.\d{3,} ?s\b")
OFFSET = re.compile(r"(?:\d\d:\d\d:\d\d|\d-\d\d[ T]\d\d:\d\d) ?(Z|[+-]\d\d:\d\d)")
DAY = r"(?<!(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) )(?<!周[一二三四五六日] )"
"""A day of a calendar has its weekday; the head of the explanation names the zone of its hours."""
BARE = re.compile(DAY + r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d)?(?! ?[Z+:.\d-])")

LINES: Sequence[tuple[str, ...]] = (
    ("explain", "T1"), ("explain", "T2"), ("explain", "T3"), ("explain", "T9"), ("would-tell", "T2"), ("unknown",),
    ("alerts", "list", "--all"), ("alerts", "would-have", "--since", "7d"),
    ("alerts", "would-have", "--since", "7d", "--channel", "practice"), ("silence", "list", "--all"),
    ("silence", "add", "--match", "tier=xgold", "--for", "3h", "--reason", "works"),
    ("silence", "add", "--match", "tier=xgold", "--until", "2026-01-05T01:00:00Z", "--reason", "works"),
    ("silence", "end", "s-over"), ("oncall", "who"), ("oncall", "digest"), ("oncall", "check"), ("audit",),
    ("audit", "--since", "7d"), ("report", "--month", "2026-01"), ("publications",), ("clock", "accept"),
    ("acknowledge", "T2", "--author", "zhang"), ("diff-upgrade",), ("diff-policy", "newer.yml"),
    ("diff-policy", "newer.yml", "--since", "2026-01-05"),
    ("correct", "T1", "--stopped", "2026-01-05T09:00:00.5Z", "--reason", "it was", "--dry-run"),
    ("correct", "T1", "--stopped", "2026-02-05T09:00:00Z", "--reason", "it was", "--dry-run"),
    ("retire", "T2", "--reason", "gone", "--dry-run"),
    ("retire", "T2", "--reason", "gone", "--at", "2026-02-05T09:00Z"),
    ("retire", "T4", "--reason", "gone"), ("explain", "T1", "--at", "2026-01-01T00:00:00Z"),
    ("would-tell", "T2", "--at", "2026-01-01T00:00:00Z"),
    ("store", "backup", "copy.db"), ("store", "check"), ("store", "restore", "backup.db", "--dry-run"),
    ("drill", "list"), ("drill", "report"), ("drill", "start", "--person", "zhang", "--tier", "xgold"),
    ("quarantine", "list"), ("quarantine", "show", "1"), ("quarantine", "retry", "1", "--reason", "mended"),
    ("quarantine", "drop", "1", "--reason", "noted"), ("token", "create", "board", "--role", "viewer"),
    ("token", "list"),
    ("influx", "rejected"), ("influx", "backfill", "--since", "2026-02-05"), ("customer", "link", "Bank"),
)  # fmt: skip
LOGS: Sequence[tuple[str, ...]] = (
    ("replay", "log.jsonl", "--source", "jsonl_file", "--policy", "policy.yml"),
    ("backtest", "--input", "log.jsonl", "--source", "jsonl_file", "--policy", "policy.yml"),
    ("backtest", "--input", "log.jsonl", "--source", "jsonl_file", "--policy", "policy.yml", "--policy", "newer.yml"),
)
"""What is judged without a configuration: `--zone` is the zone of the log, and of what is printed."""

MEASURED = ("availability", "states.csv")
"""The same of measurements, which name no promise."""

STATES = """\
circuit,at,state
CKT-1,2026-01-05T08:00:00Z,up
CKT-1,2026-01-05T09:00:00Z,down
CKT-1,2026-01-05T09:30:00Z,up
CKT-1,2026-01-05T12:00:00Z,up
"""

NO_TIMES = {
    "run": "the program itself: its log is for machines, and in UTC",
    "demo": "the program itself",
    "check-config": "names what stands in files, by the ids that are written there",
    "shipped": "names of files",
    "schema": "for editors",
    "completion": "for shells",
    "mcp": "answers programs, in UTC",
    "clock show": "lengths alone",
    "drill end": "the drill's id",
    "store show": "a path",
    "store size": "rows and lengths",
    "store begin-anew": "a path",
    "store erase": "ids, fields and counts",
    "trail export": "for machines; each line has the instant in UTC and in the installation's zone",
    "trail verify": "numbers of lines",
    "token revoke": "an id and a name",
    "customer list": "names and numbers",
    "grafana install": "names of dashboards",
    "user add": "a name",
    "user disable": "a name",
    "user list": "names and roles",
    "user passwd": "a name",
    "user roles": "a name and roles",
    "alerts test-page": "no time but that of the page, which the suite of notifiers has",
}
"""Commands that print no instant and no name of the policy, and why."""


def fields(hours: float, name: str, status: str | None, n: int = 0, **more: str) -> Any:
    return ticket(name, at(hours) + ODD, status, event_id=f"{name}-{n}", **more)


EVENTS = (
    fields(8, "T1", "opened", tier="xgold", assurance="xaaa", customer="Bank"),
    fields(9, "T1", "held", 1, tier="xgold", assurance="xaaa", customer="Bank", reason="customer"),
    fields(10, "T1", "accepted", 2, tier="xgold", assurance="xaaa", customer="Bank"),
    fields(9.5, "T2", "opened", tier="xvip"),
    fields(8.2, "T3", "opened"),
    fields(8.3, "T5", "restored", 1, tier="xgold"),
    fields(8.4, "T6", "opened", tier="strange"),
    fields(8.1, "T7", "opened", tier="xgold", assurance="xaaa"),
    fields(10.5, "T7", "restored", 1, tier="xgold", assurance="xaaa"),
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation that has worked from 08:00 to 13:00 UTC."""
    folder = tmp_path_factory.mktemp("world")
    newer = exchanged(POLICY, ('version: "1"', 'version: "2"'), ("budget: 4h", "budget: 3h"))
    newer = exchanged(newer, ("effective_from: 2026-01-01", "effective_from: 2026-01-04"))
    texts = {"policy.yml": POLICY, "newer.yml": newer, "oncall.yml": ROTA, "tierwatch.yml": CONFIG}
    texts["states.csv"] = STATES
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "secret").write_text("a secret of thirty-two bytes, or more", encoding="utf-8")
    lines = [json.dumps(event_to_json(event), ensure_ascii=False) for event in EVENTS]
    (folder / "log.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    driven = Driven(folder / "tierwatch.yml", at(8))
    driven.hear(*(event for event in EVENTS if event.at <= at(9.6)))
    driven.run(at(11))
    driven.now = at(11)
    driven.hear(*EVENTS)
    Heartbeats(driven.database).note_channels([WALL], at(8))
    silences = Silences(driven.database)
    for name, ends in (("s-over", at(11) + ODD), ("s-on", at(40) + ODD)):
        silences.add(SilenceRow(name, ("tier=xvip",), at(9) + ODD, ends, "lin", "works"), at(9), lambda _: True)
    driven.run(at(13))
    exports = Exports(driven.database)
    exports.begin(["tsdb"])
    exports.note(
        "tsdb", Sent(rejected=1, refused=(("tierwatch_transition value=1", "field type conflict"),)), at(12) + ODD
    )
    asked = Drill(
        "d-one", at(12) + ODD, "lin", DrillFor.PERSON, "zhang", "xgold", at(12.5) + ODD, timedelta(minutes=5), False
    )
    Drilling(driven.database).ask(asked, 1)
    driven.database.close()
    back_up(folder / "tierwatch.db", folder / "backup.db", False, lambda *_: None)
    return folder


@pytest.fixture
def tierwatch(world: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    """The commands on a copy of the world, so that what one of them writes is not there for the next."""
    for file in world.iterdir():
        if file.is_file():
            (tmp_path / file.name).write_bytes(file.read_bytes())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "300")
    monkeypatch.setattr(wallclock, "now", lambda: NOW)
    return in_process(capsys, monkeypatch)


def commands() -> set[str]:
    """Every command that there is, those of groups with their group."""
    found: set[str] = set()
    top: Any = get_command(app)
    for name in top.commands:
        command = top.commands[name]
        found |= {f"{name} {each}" for each in command.commands} if hasattr(command, "commands") else {name}
    return found


TYPED = re.compile(r"tier=x\w+|^ +targets\..*$|^ +[\w\"]*: .*xgold.*$", re.MULTILINE)
"""What is written so into a file or a command: a matcher, the place in a policy, a line of a mapping."""


def reads(words: str, zone: str) -> None:
    """What a person reads is in *zone*, to the second, and by names."""
    words = TYPED.sub("", words)
    for pattern in (ID, FRACTION, BARE):
        assert not pattern.search(words), (pattern.search(words), words)
    assert set(OFFSET.findall(words)) <= {OFFSETS[zone]}, (set(OFFSET.findall(words)), words)


GROUPS = ("alerts", "silence", "oncall", "clock", "drill", "store", "influx", "quarantine", "token", "customer")


def test_every_command_is_looked_at() -> None:
    named = {" ".join(line[:2]) if f"{line[0]} {line[1:2]}" and line[0] in GROUPS else
             line[0] for line in (*LINES, *LOGS, MEASURED)}  # fmt: skip
    assert named | NO_TIMES.keys() == commands()
    assert not named & NO_TIMES.keys()


@pytest.mark.parametrize("zone", [None, OTHER])
@pytest.mark.parametrize("line", LINES, ids=" ".join)
def test_what_a_command_prints_is_in_the_zone_of_its_reader(
    tierwatch: Any, line: tuple[str, ...], zone: str | None
) -> None:
    asked = () if zone is None else ("--zone", zone)
    said: Said = tierwatch(*line, *asked)
    assert said.code in (0, 1)
    assert said.out or said.err
    reads(said.out + said.err, zone or USUAL)


TRANSLATED = (
    ("explain", "T1"), ("explain", "T3"), ("would-tell", "T2"), ("unknown",), ("alerts", "list", "--all"),
    ("alerts", "would-have", "--since", "7d"), ("report", "--month", "2026-01"), ("audit",),
    ("diff-policy", "newer.yml"),
)  # fmt: skip


@pytest.mark.parametrize("language", CHOICES)
@pytest.mark.parametrize("line", TRANSLATED, ids=" ".join)
def test_it_is_so_in_every_language(tierwatch: Any, line: tuple[str, ...], language: str) -> None:
    said: Said = tierwatch(*line, "--language", language)
    reads(said.out, USUAL)
    if line[0] in ("alerts", "report", "explain", "would-tell"):
        assert ("故障恢复" in said.out) is (language != "en"), said.out
        assert ("Restoration" in said.out) is (language != "zh"), said.out


@pytest.mark.parametrize("language", CHOICES)
@pytest.mark.parametrize("line", LOGS, ids=" ".join)
def test_a_log_is_told_in_its_own_zone(tierwatch: Any, line: tuple[str, ...], language: str) -> None:
    said: Said = tierwatch(*line, "--zone", OTHER, "--language", language)
    assert said.code == 0
    reads(said.out.replace("T1", ""), OTHER)
    assert ("故障恢复" in said.out) is (language != "en")


@pytest.mark.parametrize("language", CHOICES)
def test_faults_of_circuits_are_told_in_the_zone_that_is_asked_for(tierwatch: Any, language: str) -> None:
    said: Said = tierwatch(*MEASURED, "--zone", OTHER, "--language", language)
    assert (said.code, said.err) == (0, "")
    reads(said.out, OTHER)
    assert "2026-01-05 05:30:00-03:30" in said.out


def test_a_zone_that_there_is_not_is_refused_with_the_nearest(tierwatch: Any) -> None:
    said: Said = tierwatch("explain", "T1", "--zone", "asia/shanghia")
    assert (said.code, said.out) == (1, "")
    assert said.err == (
        "--zone: 'asia/shanghia' is not a time zone; write one like Asia/Shanghai; did you mean 'Asia/Shanghai'?\n"
    )


@pytest.mark.parametrize(
    "line",
    [("explain", "T1"), ("would-tell", "T2"), ("alerts", "list"), ("unknown",), ("oncall", "digest"), ("audit",),
     ("silence", "list", "--all")],
    ids=" ".join,
)  # fmt: skip
def test_machines_read_utc_whatever_the_zone_is(tierwatch: Any, line: tuple[str, ...]) -> None:
    said: Said = tierwatch(*line, "--json", "--zone", OTHER)

    def instants(value: Any, key: str = "") -> Iterator[str]:
        if isinstance(value, dict):
            for name, inner in value.items():
                if name not in ("sentence", "en", "zh", "detail"):
                    yield from instants(inner, name)
        elif isinstance(value, list):
            for inner in value:
                yield from instants(inner, key)
        elif isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\dT", value):
            yield value

    found = list(instants(json.loads(said.out)))
    assert all(datetime.fromisoformat(one).utcoffset() == timedelta(0) for one in found)


def test_a_report_for_machines_has_ids(tierwatch: Any) -> None:
    rows = list(csv.DictReader(io.StringIO(tierwatch("report", "--month", "2026-01", "--format", "csv").out)))
    assert {row["target"] for row in rows} == {"xrestore", "xoffice"}
    assert {row["tier"] for row in rows} >= {"xgold", "xvip"}


def test_pages_to_receivers_have_the_zone_of_the_installation(world: Path) -> None:
    driven = Driven(world / "tierwatch.yml", at(13))
    with driven.database.read() as connection:
        found = [to_alert(row) for row in connection.execute(alert_table.select())]
    driven.database.close()
    assert {alert.firing for alert in found} == {True, False}
    for alert in found:
        for language in CHOICES:
            said = _words.words(alert, language, _words.neutral)
            reads(re.sub(r"https?://\S+", "", "\n".join((said.title, said.body, said.foot))), USUAL)


@pytest.mark.parametrize("subject", ["T1", "T2", "T3", "T6"])
@pytest.mark.parametrize("zone", [USUAL, OTHER])
def test_the_page_of_an_explanation_is_in_the_zone_of_its_reader(world: Path, subject: str, zone: str) -> None:
    driven, key = Driven(world / "tierwatch.yml", at(13)), SubjectKey("tickets", subject)
    views = Views(driven.database)
    events = views.events_of(key)
    said = with_alerts(explain(events, driven.config.rules, as_of(events, NOW)), views.alerts_of(key))
    driven.database.close()
    request = Request({"type": "http", "path": "/explain/a/b", "query_string": f"zone={zone}".encode(), "headers": []})
    for language in CHOICES:
        page = bytes(Pages(language, USUAL).explanation(request, said).body).decode()
        reads(html.unescape(re.sub(r"<[^>]*>", " ", page)), zone)


def test_what_was_set_aside_is_dated_in_the_zone_of_its_reader(tierwatch: Any, tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'tierwatch.db'}")
    Ingest(database).commit_batch(
        "tickets", Batch((), (Reject("tickets", "r1", "bad_time", "no date"),), {}), at(12) + ODD
    )
    database.close()
    said: Said = tierwatch("unknown", "--zone", OTHER)
    assert "2026-01-05 08:30:00-03:30" in said.out
    reads(said.out, OTHER)
