"""Wrong configurations, policies and rotas: those of the tests beside the code, and those that no test has.

Each is a piece of a good text and what stands in its place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from alerts.delivery import ways_out
from alerts.oncall import read_rota
from monitor.config import config_file, policy_file, yaml_file
from monitor.errors import ConfigError
from tests.alerts.oncall.test_roster_file import BAD as OF_ROTAS
from tests.monitor.config.test_access_file import BAD as OF_ACCESS
from tests.monitor.config.test_calendar_file import BAD as OF_CALENDARS
from tests.monitor.config.test_config_file import BAD as OF_CONFIGURATIONS
from tests.monitor.config.test_count_file import BAD as OF_COUNTS
from tests.monitor.config.test_count_file import WHOLE
from tests.monitor.config.test_policy_file import BAD as OF_POLICIES
from tests.monitor.config.test_target_file_refused import BAD as OF_TARGETS
from tests.monitor.policy.test_guarded import BAD as OF_PERIODS
from tests.monitor.policy.test_guarded import CONGRESS
from tests.reference.refusals import Refusal, refusal
from tests.support import cases, targets
from tests.support.configurations import TEXT
from tests.support.rotas import FILE
from tests.support.texts import exchanged

NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)


def calendar(*event: str) -> str:
    """An iCalendar with one event of these lines, or with none."""
    lines = ("BEGIN:VEVENT", "UID:1", *event, "END:VEVENT") if event else ()
    return "\r\n".join(("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", *lines, "END:VCALENDAR", ""))


@dataclass(frozen=True, slots=True)
class Wrong:
    """A piece of the good text, what stands in its place, and files that the wrong text names."""

    old: str
    new: str
    files: Mapping[str, str] = field(default_factory=dict)
    kind: str = ""
    """The collector that reads the source with circuits, where it is another one."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of file: why it is checked at all, the good text, what reads it, and what is wrong."""

    heading: str
    why: str
    name: str
    good: str
    read: Callable[[Path], object]
    wrong: Sequence[Wrong]

    def refusals(self, folder: Path) -> Iterator[Refusal]:
        for number, each in enumerate(self.wrong):
            yield self._refused(folder / f"{number:03}", each)

    def _refused(self, folder: Path, wrong: Wrong) -> Refusal:
        folder.mkdir(parents=True)
        for name, text in (*SIDE_FILES.items(), *wrong.files.items()):
            (folder / name).write_bytes(text.encode("utf-8", "surrogateescape"))
        text = wrong.new if not wrong.old else exchanged(self.good, (wrong.old, wrong.new), count=1)
        if wrong.kind:
            text = exchanged(text, ("type: jsonl_file", f"type: {wrong.kind}"))
        (folder / self.name).write_bytes(text.encode("utf-8", "surrogateescape"))
        with pytest.MonkeyPatch.context() as patched:
            patched.setenv("EMPTY", "")
            patched.setenv("ROBOT", "https://robot.example/send?key=1")
            patched.delenv("UNSET", raising=False)
            patched.delenv("CREDENTIALS_DIRECTORY", raising=False)
            if "secret_key" in wrong.files:  # what systemd hands to the service
                patched.setenv("CREDENTIALS_DIRECTORY", str(folder))
            with pytest.raises(ConfigError) as caught:
                self.read(folder / self.name)
        return refusal(_different(wrong), caught.value, folder)


SIDE_FILES = {
    "two.lines": "one\ntwo\n",
    "chinese": "密码",
    "short": "x" * 8,
    "key": "x" * 40,
    "plain": "http://robot.example/",
    "dingtalk.url": "dingtalk://token/",
    "latin1": "\udce9t\udce9",
    "address": "ftp://x",
    "no.ics": "hello",
    "ics": calendar(),
    "timed.ics": calendar("DTSTART:20260306T010000Z"),
    "backwards.ics": calendar("DTSTART;VALUE=DATE:20260306", "DTEND;VALUE=DATE:20260301"),
    "undated.ics": calendar("SUMMARY:Outing"),
    "broken.ics": calendar("DTSTART;VALUE=DATE:soon"),
    "often.ics": calendar("DTSTART:20260306T010000Z", "DURATION:PT1S", "RRULE:FREQ=SECONDLY"),
    "nested.ics": "BEGIN:VCALENDAR\r\n" * 20,
}


OF_NOTICES = (
    "maildir: mail, folder: files",
    "maildir: mail",
    "maildir: mail, senders: {zayo: zayo}",
    "folder: files, circuits: {zayo: {ABC-1: {circuit: ABC-1}}}",
    "host: mail.example.com, senders: {'@zayo.com': zayo}",
    "host: mail.example.com, senders: {'@zayo.com': zayo}, username: us, password: {file: key}, port: 99999",
    "host: mail.example.com, senders: {'@zayo.com': zayo}, username: us, password: {file: key}, tls: none",
)
"""Wrong options of carriers' notices."""

MAJOR = "{name: {en: Many}, circuits: 3, lasting: 2h, source: assumed}"
LAYERS = FILE[FILE.index("    layers:") : FILE.index("    overrides:")]
PEERS = "type: alertmanager, options: {urls: ['http://127.0.0.1:1']}"
SMALL = "sources: {tickets: {type: jsonl_file, options: {path: t.jsonl}}}\nreceivers: {log: {type: log}}\n"
OF_BRONZE = (
    "policy: demo\noncall: rota.yml\nlink_secret: {file: key}\n"
    "sources: {tickets: {type: jsonl_file, options: {path: t.jsonl}}}\n"
    "receivers: {log: {type: log, only: {tier: bronze}}, oncall: {type: log, only: {tier: bronze}}}\n"
)
_ALWAYS = "{zone: UTC, hours: 24x7}\n"
_CHINA = """\
  office:
    zone: Asia/Shanghai
    hours: {mon-fri: [08:00-12:00, 13:00-17:00]}
    holidays: {country: CN}
"""
_OFFICE = "calendars:\n  office: {zone: UTC, hours: {mon: [08:00-12:00]}}\n"
_NEWER = (('version: "1"', 'version: "2"'), ("effective_from: 2026-01-01", "effective_from: 2026-07-01"))
_ONE = exchanged(cases.POLICY, ("calendars:\n", _OFFICE))
VERSIONS = {
    "one.yml": _ONE,
    "same.yml": exchanged(_ONE, _NEWER[0]),
    "again.yml": exchanged(_ONE, _NEWER[1]),
    "moved.yml": exchanged(_ONE, *_NEWER, ("office: {zone: UTC", "office: {zone: Asia/Shanghai")),
    "weeks.yml": exchanged(_ONE, *_NEWER, ("office: {zone: UTC", "office: {week_begins: sun, zone: UTC")),
    "spelt.yml": exchanged(_ONE, *_NEWER, ("gold", "GOLD")),
    "branches.yml": exchanged(_ONE, ("targets:\n", "attributes: {branch: {en: Branch, values: [core]}}\ntargets:\n")),
}
"""Versions of one policy, each of which fits the first badly in one way."""


def _different(wrong: Wrong) -> str:
    """The lines that are wrong, without those around them that stay as they are."""
    good = wrong.old.splitlines()
    lines = [line for line in wrong.new.splitlines() if line not in good]
    kind = f"type: {wrong.kind}, options: " if wrong.kind else ""
    return kind + "\n".join(lines) if lines else f"without {wrong.old.strip()}"


def read_configuration(path: Path) -> None:
    """All that a start reads of a configuration."""
    config = config_file.load(path)
    for receiver in config.receivers:
        ways_out(receiver)
    if config.oncall is not None:
        read_rota(config, NOW)


def read_rota_file(path: Path) -> None:
    """A rota beside a configuration with the receivers that it names."""
    (path.parent / "tierwatch.yml").write_text(
        "policy: demo\noncall: oncall.yml\nlink_secret: {file: key}\n"
        "sources: {tickets: {type: jsonl_file, options: {path: t.jsonl}}}\n"
        "receivers: {log: {type: log}, oncall: {type: log}}\n",
        encoding="utf-8",
    )
    read_configuration(path.parent / "tierwatch.yml")


def options(kind: str, written: str) -> Wrong:
    """A receiver of that kind with these options."""
    return Wrong("{type: log}", f"{{type: {kind}, options: {{{written}}}}}")


def attribute(written: str) -> Wrong:
    """An attribute that the policy declares."""
    return Wrong("targets:\n", f"attributes: {{{written}}}\ntargets:\n")


def source(written: str) -> Wrong:
    """An option of the source with the ticket system."""
    return Wrong("troubleTicket/v5\n", f"troubleTicket/v5\n      {written}\n")


CONFIGURATION = Kind(
    "The configuration",
    "A wrong configuration stops the start, so that paging is never turned off by a typing error. All mistakes of one"
    " file are named at once.",
    "tierwatch.yml",
    TEXT,
    read_configuration,
    [
        *(Wrong(old, new) for old, new, _, _ in OF_CONFIGURATIONS),
        *(Wrong(old, new) for old, new, _ in OF_ACCESS),
        Wrong("", "- a list\n"),
        Wrong("", "\udcff\n"),
        Wrong("policy: cmcc-2014\n", "policy: {\n"),
        Wrong("instance: north\n", "instance: \x07north\n"),
        Wrong("instance: north\n", "instance: &a [*a]\n"),
        Wrong("instance: north\n", "instance: north\n<<: {zone: UTC}\n"),
        Wrong("instance: north\n", f"instance: {'[' * 60}{']' * 60}\n"),
        Wrong("", "a: &a [x, x]\n" + "".join(f"{n}: &{n} [*{m}, *{m}]\n" for m, n in pairwise("abcdefghijklmnopqr"))),
        Wrong("", "".join(f"key_{number}: 1\n" for number in range(60))),
        Wrong("instance: north\n", f"instance: {'x' * yaml_file.LARGEST}\n"),
        Wrong("", "policy: demo\nsources: {}\nreceivers: {log: {type: log}}\n"),
        # secrets
        source("auth: {token: hunter2}"),
        source("auth: {token: {value: hunter2}}"),
        source("auth: [hunter2]"),
        source("auth: {token: {env: UNSET}}"),
        source("auth: {token: {env: EMPTY}}"),
        source("auth: {token: {credential: secret_token}}"),
        source("auth: {token: {credential: ../token}}"),
        replace(source("auth: {token: {credential: secret_token}}"), files={"secret_key": "0123456789abcdef"}),
        source("auth: {token: {file: nowhere}}"),
        source("auth: {token: {file: latin1}}"),
        source("auth: {token: {file: two.lines}}"),
        source("auth: {token: {file: chinese}}"),
        source("auth: {}"),
        source("auth: {username: tierwatch}"),
        source("auth: {token: {file: key}, header: X Key}"),
        # options of sources
        source("page_size: 1"),
        source("query: {limit: '10'}"),
        source("selectors: {tier: '$['}"),
        source("selectors: {tier: 5}"),
        source("network: {attempts: 0}"),
        Wrong("http://127.0.0.1:1/tmf-api/troubleTicket/v5", "ftp://127.0.0.1/"),
        Wrong("http://127.0.0.1:1/tmf-api", "http://user:password@127.0.0.1:1/tmf-api"),
        Wrong("{path: c.jsonl}", "{url: 'http://127.0.0.1:1/', down_after: 0}", kind="circuit_http"),
        Wrong(
            "{path: c.jsonl}", "{url: 'http://127.0.0.1:1/', words: {Up: available, UP: degraded}}", kind="circuit_http"
        ),
        *(Wrong("{path: c.jsonl}", f"{{{written}}}", kind="carrier_notices") for written in OF_NOTICES),
        Wrong("    type: tmf621\n", "    type: tmf 621\n"),
        Wrong("    type: tmf621\n", "    type: json.decoder\n"),
        Wrong("  tickets:\n", "  tierwatch:\n"),
        Wrong("  tickets:\n", "  groups:\n"),
        Wrong("    type: tmf621\n", "    type: tmf621\n    leave_out: [title, customer]\n"),
        # mapping
        Wrong("acknowledged: accepted", "acknowledged: closed/done"),
        Wrong('      version: "7"\n', "      instants: {began: alarm_time}\n"),
        Wrong("acknowledged: accepted\n", "acknowledged: accepted\n        Acknowledged: opened\n"),
        Wrong("team: {field: group}", "tier: {field: class, values: {VIP: platinum}}"),
        # options of receivers
        options("alertmanager", "urls: ['http://127.0.0.1:1', 'http://127.0.0.1:1/']"),
        options("alertmanager", "urls: ['http://127.0.0.1:1/api/v2']"),
        options("wecom", "url: {file: plain}"),
        options("wecom", "url: {file: key}"),
        options("wecom", "url: {env: ROBOT}, template: '{% if %}'"),
        options("wecom", "url: {env: ROBOT}, template: 5"),
        options("wecom", "url: {env: ROBOT}, template: {file: nowhere}"),
        options("wecom", "url: {env: ROBOT}, template: {file: latin1}"),
        options("apprise", "url: {file: dingtalk.url}"),
        options("apprise", "url: {file: key}"),
        options("smtp", "host: mail.example.com, sender: a@example.com, to: []"),
        options("smtp", "host: mail.example.com, sender: a@example.com, to: [b@example.com, B@example.com]"),
        options("smtp", "host: mail.example.com, sender: a@example.com, to: [b@example.com], username: us"),
        options("smtp", "host: mail server, sender: a@example.com, to: [b@example.com]"),
        options("smtp", "host: mail.example.com, sender: a@example.com, to: [b@example.com], port: 99999"),
        options("smtp", "host: mail.example.com, sender: Anna <a@example.com>, to: [b@example.com]"),
        options("smtp", "host: mail.example.com, sender: a@example.com, to: [b@example.com], tls: none"),
        options(
            "smtp",
            "host: mail.example.com, sender: a@example.com, to: [b@example.com], username: us,"
            " password: {file: chinese}",
        ),
        Wrong(
            "zone:",
            "exporters: {past: {type: influxdb, options: {url: http://i, bucket: b, token: {file: chinese}}}}\nzone:",
        ),
        # who gets which page
        Wrong("{type: log}", "{type: log, personal: true, repeat: 30m}"),
        Wrong("{type: log}", "{type: log, repeat: 10s}"),
        Wrong("  log: {type: log}\n", f"  log: {{type: log}}\n  peers: {{{PEERS}, personal: true}}\n"),
        Wrong("  log: {type: log}\n", f"  log: {{type: log}}\n  peers: {{{PEERS}, repeat: 30m}}\n"),
        Wrong("{type: log}", "{type: log, hours: day}"),
        Wrong("{type: log}", "{type: log, hours: 8}"),
        Wrong("{type: log}", "{type: log, hours: {zone: UTC, hours: {mon-fri: [18:00-18:00]}}}"),
        Wrong("{type: log}", "{type: log, hours: {zone: UTC, hours: {mon-fri: []}}}"),
        Wrong("{type: log}", "{type: log, personal: true, hours: {zone: UTC, hours: 24x7}}"),
        Wrong("  log: {type: log}\n", f"  log: {{type: log}}\n  peers: {{{PEERS}, hours: always}}\n"),
        Wrong("zone:", "covered: {tiers: {bronce: always}}\nzone:"),
        Wrong("zone:", "covered: {teams: {' ': always}}\nzone:"),
        Wrong("zone:", "covered: {teams: {Core: always, core: always}}\nzone:"),
        Wrong("zone:", "database: postgresql://db.example.com/clocks\nzone:"),
        Wrong("zone:", "keep: {pages: 1h}\nzone:"),
        Wrong("zone:", "metrics: {probe: devise}\nzone:"),
        Wrong("zone:", "metrics: {detail_tiers: [golden]}\nzone:"),
        Wrong("zone:", "acknowledgements: {hold: 0%}\nzone:"),
        Wrong("zone:", "acknowledgements: {hold: 30m}\nzone:"),
        Wrong("zone:", "acknowledgements: {without_deadline: 0s}\nzone:"),
        Wrong("", OF_BRONZE, {"rota.yml": exchanged(FILE, ("    layers:\n", "    tickets_of: NOC\n    layers:\n"))}),
        Wrong("{type: log}", "{type: log, only: {tear: [gold]}}"),
        Wrong("{type: log}", "{type: log, only: {tier: [golden]}}"),
        Wrong("{type: log}", "{type: log, only: {tier: []}}"),
        Wrong("{type: log}", "{type: log, only: {alertname: TierwatchBacklog, ticket: T1}}"),
        Wrong("{type: log}", "{type: log, only: {tier: [silver]}}"),
        Wrong("zone:", "root_causes: [circut]\nzone:"),
        Wrong("zone:", "tell_nobody: [bronce]\nzone:"),
        Wrong("zone:", "wake_through_silence: [platinum]\nzone:"),
        # the watch over tierwatch, and people
        Wrong("zone:", "heartbeat: {url: {file: address}}\nzone:"),
        Wrong("zone:", "heartbeat: {url: 'http://outside.example/', every: 9s}\nzone:"),
        Wrong("zone:", "synthetic_every: never\nzone:"),
        Wrong("zone:", "hub: {secret: {file: short}, origins: ['https://tickets.example.net']}\nzone:"),
        Wrong("zone:", "hub: {secret: {file: key}, origins: ['https://tickets.example.net/sla']}\nzone:"),
        Wrong("zone:", "hub: {secret: {file: key}, origins: [], suspend_after: 1m}\nzone:"),
        Wrong("zone:", "oncall: oncall.yml\nzone:"),
        Wrong("zone:", "link_secret_previous: {file: key}\nzone:"),
        Wrong("zone:", "link_secret: {file: short}\nzone:"),
        Wrong("zone:", "oncall: nowhere.yml\nlink_secret: {file: key}\nzone:"),
        # versions of a policy
        Wrong("policy: cmcc-2014\n", "policy: []\n"),
        Wrong("policy: cmcc-2014\n", "policy: [cmcc-2014, cmcc-2014]\n"),
        Wrong("policy: cmcc-2014\n", "policy: [one.yml, same.yml]\n", VERSIONS),
        Wrong("", f"policy: [one.yml, moved.yml]\n{SMALL}", VERSIONS),
        Wrong("", f"policy: [one.yml, weeks.yml]\n{SMALL}", VERSIONS),
        Wrong("", f"policy: [one.yml, spelt.yml]\n{SMALL}", VERSIONS),
        Wrong("policy: cmcc-2014\n", "policy: [one.yml, again.yml]\n", VERSIONS),
        Wrong(
            "",
            "policy: branches.yml\nsources: {tickets: {type: jsonl_file, options: {path: t.jsonl}, mapping:"
            " {attributes: {branch: {field: b, values: {K: kore}}}}}}\nreceivers: {log: {type: log}}\n",
            VERSIONS,
        ),
    ],
)
POLICY = Kind(
    "The policy",
    "A policy says what was promised to whom. What it does not say clearly is refused: a figure is never guessed.",
    "policy.yml",
    cases.POLICY,
    lambda path: policy_file.build(yaml_file.read(path), "Europe/Berlin"),
    [
        *(Wrong(old, new) for old, new, _, _ in OF_POLICIES),
        Wrong("targets:\n", f"major_faults: {{Many: {MAJOR}}}\ntargets:\n"),
        Wrong("targets:\n", f"major_faults: {{many: {MAJOR.replace('circuits: 3', 'circuits: 1')}}}\ntargets:\n"),
        Wrong(
            "targets:\n",
            f"{CONGRESS}    budgets: {{updates: 1h}}\ntargets:\n  updates: {{name: {{en: U}}, at_least: true, start:"
            " [opened], stop: [closed], budgets: [{budget: 2 times, source: test}]}\n",
        ),
        *(Wrong("targets:\n", exchanged(CONGRESS, (old, new)) + "targets:\n") for old, new, _ in OF_PERIODS),
        Wrong("targets:\n", exchanged(CONGRESS, ("2026-01-05T10:00", "2026-03-29T02:30")) + "targets:\n"),
        Wrong("{id: gold, en: Gold, zh: 金牌}", "{id: Diamond, en: Gold}"),
        Wrong("targets:\n", "pace: on\ntargets:\n"),
        Wrong("ladders:\n", "attributes: {branch: {en: Branch, values: [a]}}\nladders:\n  branch: [{id: a, en: A}]\n"),
        Wrong("ladders:\n", "ladders:\n  urgency: []\n"),
        Wrong(
            "ladders:\n",
            "stages: {urgency: {A: [100%]}, scope: {A: [100%]}, site: {A: [100%]}}\nladders:\n"
            "  urgency: [{id: A, en: A}]\n  scope: [{id: A, en: A}]\n  site: [{id: A, en: A}]\n",
        ),
        attribute("Branch: {en: Branch}"),
        attribute("customer: {en: Customer}"),
        attribute("severity: {en: Severity}"),
        attribute("branch: {en: Branch, values: []}"),
        attribute("branch: {en: Branch, values: [core, Core]}"),
        Wrong("targets:\n", "attributes: {" + ", ".join(f"a{n}: {{en: A}}" for n in range(21)) + "}\ntargets:\n"),
        Wrong(
            "targets:\n",
            "attributes: {branch: {en: Branch, values: [core, rural]}}\n"
            "inherit: [{when: {branch: cor}, tier: gold}]\ntargets:\n",
        ),
    ],
)
TARGETS = Kind(
    "Targets, budgets, agreements and inherited tiers",
    "A target whose conditions contradict each other, or whose budget fits no kind of target, would count time that"
    " nobody has promised, or none at all.",
    "policy.yml",
    targets.POLICY,
    lambda path: policy_file.build(yaml_file.read(path)),
    [
        *(Wrong(old, new) for old, new, _, _ in OF_TARGETS),
        Wrong("    reset: [on_site]\n", "    last_day: end_of_day\n"),
        Wrong("budgets: [{budget: 1h, source: test}]", "budgets: [{budget: 90h, source: test}]"),
    ],
)
COUNTS = Kind(
    "Targets that count",
    "A target that counts several subjects is judged by periods. Keys that say something of one ticket, or that"
    " say twice by when, would be read in one way by whoever wrote them and in another by the clock.",
    "policy.yml",
    WHOLE,
    lambda path: policy_file.build(yaml_file.read(path)),
    [Wrong(old, new) for old, new, _ in OF_COUNTS],
)
CALENDARS = Kind(
    "Calendars and holidays",
    "Every deadline is counted in a calendar. A calendar that closes the wrong days moves deadlines without a trace.",
    "policy.yml",
    exchanged(cases.POLICY, (_ALWAYS, _ALWAYS + _CHINA)),
    lambda path: policy_file.build(yaml_file.read(path), folder=path.parent),
    [
        *(Wrong("holidays: {country: CN}", last) for last, _, _ in OF_CALENDARS),
        Wrong("mon-fri: [08:00-12:00, 13:00-17:00]", "tue-fri: [08:00-12:00]"),
        Wrong("mon-fri: [08:00-12:00, 13:00-17:00]", "mon-fri: [08:00-25:00]"),
        Wrong("mon-fri: [08:00-12:00, 13:00-17:00]", "mon-fri: [08:00-08:00]"),
        Wrong("mon-fri: [08:00-12:00, 13:00-17:00]", "mon: [22:00-06:00], thu: [05:00-12:00]"),
        Wrong("hours: 24x7}", "hours: always}"),
        Wrong("hours: 24x7}", "hours: 24x7, holidays: [2026-01-01]}"),
        Wrong("hours: 24x7}", "hours: 24x7, shift_belongs_to: end}"),
        Wrong("holidays: {country: CN}", "working_days: {2026-01-10: [22:00-06:00]}"),
        Wrong("holidays: {country: CN}", "holidays: {country: SG, subdivision: XX}"),
        *(Wrong("holidays: {country: CN}", f"holidays: {{ics: {name}}}") for name in (
            "nowhere.ics", "no.ics", "ics", "timed.ics", "backwards.ics", "undated.ics", "broken.ics",
            "often.ics", "nested.ics",
        )),
    ],
)  # fmt: skip
ROTA = Kind(
    "The rota",
    "A rota says who is paged. A name that refers to nothing, or a turn that never comes, would leave nobody on duty.",
    "oncall.yml",
    FILE,
    read_rota_file,
    [
        *(Wrong(old, new) for old, new, said in OF_ROTAS if said != "escalation.1.at"),
        Wrong("", "- a list\n"),
        Wrong("", "people: {}\nteams: {}\n"),
        Wrong("{at: 0%, tell: on_call}", "{at: unanswered 5m, tell: on_call}"),
        Wrong("{at: breach, tell: [contact, anna]}", "{at: breach + 1h, tell: anna}\n      - {at: breach, tell: anna}"),
        Wrong(LAYERS, ""),
        Wrong("start: 2026-01-07", "start: 7 January"),
        Wrong("    layers:\n", "    calendar: {}\n    layers:\n"),
        Wrong("    layers:\n", "    calendar: {url: {file: address}}\n    layers:\n"),
        Wrong("    layers:\n", "    calendar: {file: nowhere.ics}\n    layers:\n"),
        Wrong("    layers:\n", "    calendar: {file: no.ics}\n    layers:\n"),
        Wrong("    layers:\n", "    calendar: {file: ics}\n    layers:\n"),
        Wrong("    layers:\n", "    calendar: {file: nested.ics}\n    layers:\n"),
    ],
)
KINDS = (CONFIGURATION, POLICY, TARGETS, COUNTS, CALENDARS, ROTA)
