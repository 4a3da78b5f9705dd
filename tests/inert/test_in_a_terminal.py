"""What others wrote does nothing in a terminal, whichever command shows it, as lines or as JSON."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import typer

from monitor.cli import app
from monitor.commands.console import print_line
from tests.support.cases import at, ticket
from tests.support.command_line import CONFIG, Site, in_process, runner
from tests.support.deeds import NOW, Told, do_everything
from tests.support.hostile_texts import STORABLE, TEXTS, acting

COMMANDS = Path(__file__).parents[2] / "monitor/commands"

HARM = "x" + "".join(text for text in STORABLE.values() if acting(text) and len(text) < 100)
"""Every text of the list that would act, one behind the other."""

ROTA = {
    "zone": "UTC",
    "people": {"lin": {"name": {"en": "Lin"}, "receivers": ["log"]}},
    "teams": {
        "noc": {
            "name": {"en": "NOC"}, "receivers": ["log"],
            "layers": [{"people": ["lin"], "start": "2026-01-05", "every": "daily", "handover": "00:00"}],
        }
    },
}  # fmt: skip

ASKED: Mapping[str, tuple[str, ...]] = {
    "check-config": (),
    "explain": ("T1",),
    "would-tell": ("T1",),
    "unknown": (),
    "quarantine list": (),
    "quarantine show": ("1",),
    "alerts list": ("--all",),
    "alerts would-have": ("--since", "9d"),
    "silence add": ("--match", "tier=gold", "--for", "2h", "--reason", HARM, "--author", HARM),
    "silence list": ("--all",),
    "oncall who": (),
    "oncall digest": (),
    "oncall check": (),
    "drill report": ("d-1",),
    "drill list": (),
    "report": ("--month", "2026-01"),
    "correct": ("T1", "--exclude", "2026-01-05T09:10:00Z", "2026-01-05T09:20:00Z", "--reason", HARM, "--dry-run"),
    "retire": (HARM, "--reason", HARM, "--dry-run"),
    "replay": ("log.jsonl", "--source", "jsonl_file", "--policy", "demo"),
    "backtest": ("--input", "log.jsonl", "--source", "jsonl_file", "--policy", "demo"),
    "diff-policy": ("demo",),
    "diff-upgrade": (),
    "publications": (),
    "store erase": ("--name", HARM, "--reason", "request 4711"),
    "user list": (),
    "token list": ("--all",),
    "customer list": (),
    "trail export": (),
    "influx rejected": (),
}
"""Commands that show what others wrote, and what they are asked."""

OF_FILES = frozenset({"replay", "backtest"})
"""Those that read no configuration."""

WITHOUT_TEXTS = frozenset({
    "check-config", "alerts would-have", "oncall who", "oncall digest", "oncall check", "report", "correct",
    "diff-policy", "diff-upgrade", "store erase", "user list", "would-tell",
})  # fmt: skip
"""Those that name nobody here, and would if there were more."""

WRITTEN_BY_US: Mapping[str, str] = {
    "run": "its log: test_in_what_people_are_sent.py",
    "acknowledge": "alerts as `alerts list` has them",
    "alerts test-page": "the answer of a receiver, by `print_line`",
    "audit": "findings as `explain` has them, in what has run",
    "availability": "names of circuits of one's own files, by rich",
    "quarantine retry": "sentences of ours", "quarantine drop": "sentences of ours",
    "silence end": "an id and a number", "drill start": "as `drill report`", "drill end": "an id",
    "shipped": "our own words", "schema": "our own words", "completion": "our own words", "demo": "our own words",
    "clock show": "our own words", "clock accept": "our own words",
    "store show": "paths and sizes", "store size": "paths and sizes", "store backup": "paths and sizes",
    "store check": "paths and sizes", "store restore": "paths and sizes", "store begin-anew": "paths and sizes",
    "user add": "what was written on the same line", "user passwd": "what was written on the same line",
    "user roles": "what was written on the same line", "user disable": "what was written on the same line",
    "token create": "a token", "token revoke": "as `token list`",
    "customer link": "a link of ASCII",
    "trail verify": "a file, numbers and hashes",
    "influx backfill": "a number, and an answer by `print_line`",
    "grafana install": "names of our own dashboards",
    "mcp": "answers to assistants: test_in_what_programs_read.py",
}  # fmt: skip
"""The others, and what they show."""


def leaves(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, bool]]:
    """Every command, and whether it writes JSON, too."""
    for name, one in ((name, group.commands[name]) for name in group.commands):
        if hasattr(one, "commands"):
            yield from leaves(one, (*path, name))
        else:
            yield " ".join((*path, name)), any("--json" in option.opts for option in one.params)


EVERY = dict(leaves(typer.main.get_command(app)))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Every kind of deed was done, by people and about tickets whose names and texts all act."""
    folder = tmp_path_factory.mktemp("terminal")
    found = Site(folder)
    more = "exporters:\n  history: {type: influxdb, options: {url: 'http://127.0.0.1:9', bucket: b}}\n"
    more += "page_url: https://tierwatch.example\noncall: oncall.yml\nlink_secret: {file: secret}\n"
    (folder / "secret").write_text("a secret of thirty-two bytes, or more", encoding="utf-8")
    (folder / "oncall.yml").write_text(json.dumps(ROTA), encoding="utf-8")
    told = [
        ticket("T7", at(8), "opened", event_id=f"1{HARM}", tier="gold", customer=HARM, title=HARM, team=HARM),
        ticket("T7", at(8.5), HARM, event_id=f"2{HARM}", tier=HARM, customer=HARM, title=HARM),
    ]
    heard = (
        {"event_id": f"e{number}", "kind": "ticket", "subject": "T7", "at": one.at.isoformat(), "status": one.status}
        for number, one in enumerate(told)
    )
    (folder / "log.jsonl").write_text("".join(f"{json.dumps(one)}\n" for one in heard), encoding="utf-8")
    with found.running() as database:
        do_everything(database, Told(HARM, HARM))
    found.hear(at(9), *told)
    found.config.write_text(CONFIG + more, encoding="utf-8")
    return found


def test_every_command_is_tried_or_shows_nothing_of_others() -> None:
    assert set(EVERY) == {*ASKED, *WRITTEN_BY_US}
    assert not set(ASKED) & set(WRITTEN_BY_US)


@pytest.mark.parametrize("name", ASKED)
def test_nothing_that_a_command_shows_acts(
    name: str, site: Site, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(site.config.parent)
    run = in_process(capsys, monkeypatch) if name in OF_FILES else None
    run = run or runner(capsys, monkeypatch, site.config, NOW.replace(day=9))
    named = False
    for form in ((), ("--json",)) if EVERY[name] else ((),):
        said = run(*name.split(), *ASKED[name], *form)
        assert said.code in (0, 1), said.err
        named |= "owned" in said.out + said.err
        assert not acting(said.out, but="\n"), said.out
        assert not acting(said.err, but="\n"), said.err
        if form:
            json.loads(said.out)
    assert named != (name in WITHOUT_TEXTS), "the test would show nothing"


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_a_line_stays_one_line(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    print_line(f"INC1: {text}")
    shown = capsys.readouterr().out
    assert shown.endswith("\n")
    assert not acting(shown[:-1], but="")


PRINTED_AS_IT_IS = {
    "access_token.py": {"word"},
    "completion.py": {"get_completion_script(prog_name='tierwatch', complete_var=VARIABLE, shell=shell.value)"},
    "console.py": {"inert(line)"},
    "customer.py": {"""f"{checked.page_url.rstrip('/')}/customers/{quote(name, safe='')}/{token}\""""},
}
"""A token, a script of the shell's, the place itself, and a link that is percent-encoded."""


def test_lines_are_printed_in_one_place() -> None:
    """`print` writes our own words and JSON alone; a line with a text of anybody goes through `print_line`."""
    for file in sorted(COMMANDS.glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print":
                (what,) = node.args
                ours = isinstance(what, ast.Constant) or ast.unparse(what).startswith(
                    ("json_line(", "context.get_help(")
                )
                assert ours or ast.unparse(what) in PRINTED_AS_IT_IS.get(file.name, ()), f"{file.name}:{node.lineno}"
