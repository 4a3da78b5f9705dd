"""Wrong command lines, each run beside a small database, and the sentence of the refusal."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import typer

from monitor import cli, wallclock
from monitor.errors import ConfigError
from monitor.history.batch import Batch
from monitor.store.clocks import Clocks
from monitor.store.database import Database
from monitor.store.ingest import Ingest
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
    "silence end nothing",
    "silence end ENDED",
    # receivers and their pages
    "alerts test-page nobody",
    "alerts test-page practice",
    "alerts test-page log --hold 1h",
    "alerts would-have --since 999999d",
    "alerts would-have --since soon",
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
)


def refusals(folder: Path) -> Iterator[Refusal]:
    """What each line is refused for."""
    _prepare(folder)
    command: Any = typer.main.get_command(cli.app)
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(folder)
        patched.setenv("TIERWATCH_CONFIG", "tierwatch.yml")
        patched.setattr(wallclock, "now", lambda: NOW)
        patched.setattr(sys, "argv", ["tierwatch"])  # so that hints name it
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
    (folder / "oncall.yml").write_text(FILE, encoding="utf-8")
    (folder / "key").write_text("x" * 40, encoding="utf-8")
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
    Database(f"sqlite:///{folder}/fresh.db").close()


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
