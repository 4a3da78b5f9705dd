"""The examples of policies say what they promise: every reading of them was worked out by hand, and the program agrees.

An example is a folder of `examples/policies` with two files. `policy.yml` is a policy with a comment at its head: for
whom it is, what it promises. `history.yml` is what a source says, and what the clocks must then show:

    source: desk                      # the name of the source
    policy: bank-branches             # the name of the folder
    zone: Asia/Shanghai               # the zone of the installation, and of times without one; UTC if left out
    kind: ticket                      # of events that name none: ticket (if left out), circuit or change
    now: 2026-03-09 12:00             # of readings that have no `at`
    receivers: {desk: {type: log}}    # as in tierwatch.yml; one of type log if left out
    events:                           # in the order of time; in tierwatch's own words, as `jsonl_file` has them
      - {subject: T-1, at: 2026-03-09 09:00, status: opened, attributes: {tier: gold}}
      - {subject: T-1, at: 2026-03-09 09:20, status: held, reason: customer, instants: {phoned: 2026-03-09 09:10}}
    readings:                         # worked out before the program was asked
      - {subject: T-1, target: restore, at: 2026-03-09 12:00, state: paused, used: 20m, why: "09:00-09:20 = 20m"}

An event may also have `opened_at` and `feedback: true`. A reading is of one of these:

    subject: T-1, target: restore     # a clock of one subject; `cycle` where the last one is not meant
    group: acme, target: complaints   # of what is counted together: the value of `by`, or `all`
    page: desk, subject: T-1, target: restore, stage: used_75    # of what a receiver is sent when that stage fires
    major_fault: NAME                 # the alert of a major fault; `shared: device/olt-7` with one_cause
    guarded_period: NAME              # the alert of a guarded period

`why` shows the working, with its sums. All other keys are what the program must say:

    state                             # of a clock its state, or `none` where there is no clock; of an alert
                                      # `firing` or `none`; of a page `rings`, or `waits_for_hours`, `not_routed`
    because, named                    # of `none`: the word for why there is no clock (monitor.policy.Why), and the
                                      # attribute, instant or target that it names
    used, budget                      # 2h30m, or 3 times; a budget also as the policy has it: 5wd, 0.05%, until agreed
    started_at, deadline, breached_at, stopped_at    # instants, or `none`
    calendar, figure                  # of the row that holds: its calendar, and its `source`
    tier, assurance, total, missed_periods
    reached                           # the stages that it has reached: [used_75, at_risk, left_15m]
    legs                              # [{party: Core, used: 1h, budget: 90m}], `budget: none` without an agreement
    caused_by                         # the suppliers that caused the breach
    too_fast, exhausted_on            # the pace: true or false; the date on which nothing is left, or `none`
    since                             # of an alert: when it began
    until                             # of a page that waits: when it rings
"""

from __future__ import annotations

import json
import shlex
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from monitor import cli
from monitor.clock import Reading, read
from monitor.policy import Policy
from tests.support.worked import POLICIES, Worked, loaded, main, names, worked, write
from tests.support.worked_reading import ANSWERS, ASKED, INSTANTS, OF, Found, answer, found

NAMES = names()


@cache
def history_of(name: str) -> Worked:
    return worked(name)


class Program:
    """Every example, loaded through a configuration that uses it; what the program says of a reading is asked once."""

    def __init__(self, folder: Path) -> None:
        self.loaded = {name: loaded(history_of(name), folder / name) for name in NAMES}
        self._found: dict[tuple[str, int], Found] = {}

    def policy(self, name: str) -> Policy:
        return self.loaded[name].config.rules.policy

    def found(self, name: str, number: int) -> Found:
        if (name, number) not in self._found:
            history = history_of(name)
            self._found[name, number] = found(history, self.loaded[name], history.readings[number])
        return self._found[name, number]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    return Program(tmp_path_factory.mktemp("examples"))


@pytest.fixture
def much_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that no event of a history is of the future, whatever the machine's clock shows."""
    monkeypatch.setattr("monitor.wallclock.now", lambda: datetime(2100, 1, 1, tzinfo=UTC))


def reading_name(name: str, number: int) -> str:
    said = history_of(name).readings[number]
    of = next((str(said[key]) for key in OF if key in said), "nothing")
    return f"{name}-{of}-{said.get('target', '')}-{said['at']}".replace(" ", "T")


READINGS = [(name, number) for name in NAMES for number in range(len(history_of(name).readings))]


@pytest.mark.parametrize("name", NAMES)
def test_check_config_accepts_the_policy(name: str, tmp_path: Path) -> None:
    done = CliRunner().invoke(cli.app, ["check-config", "--config", str(write(history_of(name), tmp_path))])
    assert done.exit_code == 0, done.output
    assert f"Policy {name}@1" in done.output


@pytest.mark.parametrize("name", NAMES)
def test_the_policy_says_for_whom_it_is(name: str) -> None:
    head = history_of(name).policy.read_text(encoding="utf-8").split("\npolicy:")[0]
    lines = head.splitlines()
    assert len(lines) >= 3
    assert [line for line in lines if line and not line.startswith("#")] == []


@pytest.mark.parametrize(("name", "number"), READINGS, ids=[reading_name(*one) for one in READINGS])
def test_a_reading_is_as_it_was_worked_out_by_hand(program: Program, name: str, number: int) -> None:
    history = history_of(name)
    said = history.readings[number]
    wanted = {key: value for key, value in said.items() if key not in ASKED}
    assert set(wanted) <= ANSWERS
    assert len(said.get("why", "")) >= 10, "the working is missing"
    assert "state" in wanted
    given = program.found(name, number)
    assert {key: answer(history, key, value, given) for key, value in wanted.items()} == wanted, said["why"]


OTHER = {
    "used": "7h7m7s", "budget": "7h7m7s", "total": "777", "missed_periods": "777", "legs": [{"party": "nobody"}],
    "too_fast": "perhaps", **dict.fromkeys(("since", "until", *INSTANTS, "exhausted_on"), "2020-02-02"),
}  # fmt: skip
"""Of each field something that no reading has; of all others, `nothing`."""


@pytest.mark.parametrize("name", NAMES)
def test_any_other_answer_would_be_seen(program: Program, name: str) -> None:
    history = history_of(name)
    for number, said in enumerate(history.readings):
        given = program.found(name, number)
        for key in set(said) - ASKED:
            other = OTHER.get(key, "nothing")
            assert answer(history, key, other, given) != other, (said, key)


@pytest.mark.parametrize("name", NAMES)
def test_the_readings_reach_every_target_and_enough_states(program: Program, name: str) -> None:
    history, policy = history_of(name), program.policy(name)
    clocks = [one for one in history.readings if "target" in one and "page" not in one and one["state"] != "none"]
    assert len(clocks) >= 6
    assert len({one["state"] for one in clocks}) >= 3
    assert len([one for one in clocks if "used" in one]) >= 3
    assert len([one for one in clocks if one.get("deadline", "none") != "none"]) >= 2
    judged = {one["target"] for one in clocks}
    assert {rule.name for rule in policy.targets if rule.rows} == judged
    for key, declared in (("major_fault", policy.major_faults), ("guarded_period", policy.guarded)):
        assert {one[key] for one in history.readings if key in one} == {each.name for each in declared}
    if policy.agreements:
        assert any(one.get("legs") for one in history.readings)
    if any(rule.pace is not None for rule in policy.targets):
        assert {one["too_fast"] for one in history.readings if "too_fast" in one} == {"true", "false"}


@pytest.mark.parametrize("name", NAMES)
def test_some_clock_is_read_at_its_deadline_and_just_after_it(program: Program, name: str) -> None:
    history = history_of(name)
    late: dict[Any, list[timedelta]] = defaultdict(list)
    for number, said in enumerate(history.readings):
        given = program.found(name, number)
        if isinstance(given, Reading) and given.deadline is not None:
            clock = tuple(str(said.get(key)) for key in ("subject", "group")), given.target.name, given.cycle
            late[clock].append(history.instant(said["at"]) - given.deadline)
    near = timedelta(minutes=1)
    edges = [
        clock
        for clock, by in late.items()
        if any(-near <= one <= timedelta(0) for one in by) and any(timedelta(0) < one <= near for one in by)
    ]
    assert edges, "no clock is read within a minute before its deadline and within a minute after it"


def test_the_table_of_the_examples_names_each_of_them() -> None:
    page = (POLICIES / "README.md").read_text(encoding="utf-8")
    listed = [line.split("](")[1].split("/")[0] for line in page.splitlines() if line.startswith("| [")]
    assert sorted(listed) == NAMES


@pytest.mark.usefixtures("much_later")
def test_the_commands_of_the_page_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All but the last two: `run` goes on until it is stopped, and `explain` reads what it has written."""
    page = (POLICIES / "README.md").read_text(encoding="utf-8").replace("\\\n", " ")
    monkeypatch.chdir(POLICIES.parents[1])
    commands = [shlex.split(line, comments=True) for line in page.splitlines() if line.startswith("    .venv/bin/")]
    moved = [[word.replace(".demo", str(tmp_path)) for word in command] for command in commands]
    written, *others, run, explain = moved
    assert written[:3] == [".venv/bin/python", "-m", "tests.support.worked"]
    main(written[3:])
    for program, *arguments in others:
        assert program == ".venv/bin/tierwatch"
        done = CliRunner().invoke(cli.app, arguments)
        assert done.exit_code == 0, done.output
    assert (tmp_path / "hospital" / "readings.jsonl").read_text(encoding="utf-8")
    assert ([command[1] for command in others], run[1], explain[1]) == (
        ["check-config", "backtest", "replay"], "run", "explain",
    )  # fmt: skip


def test_a_history_with_a_key_that_nobody_knows_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "odd"
    folder.mkdir()
    text = "source: desk\npolicy: odd\nevents: [{subject: T-1, when: 2026-03-09 09:00}]\nreadings: []\n"
    (folder / "history.yml").write_text(text, encoding="utf-8")
    monkeypatch.setattr("tests.support.worked.POLICIES", tmp_path)
    with pytest.raises(ValueError, match="event 1 has when; known are"):
        worked("odd")


@pytest.mark.usefixtures("much_later")
@pytest.mark.parametrize("name", NAMES)
def test_replay_reads_the_example_as_the_running_program_does(program: Program, name: str, tmp_path: Path) -> None:
    """Of every subject at the log's end; `replay` has no configuration, so nothing is mapped for it."""
    history, example = history_of(name), program.loaded[name]
    write(history, tmp_path)
    lines = tmp_path / "readings.jsonl"
    arguments = ["replay", str(tmp_path / "events.jsonl"), "--source", "jsonl_file", "--policy", str(history.policy)]
    done = CliRunner().invoke(cli.app, [*arguments, "--zone", history.zone, "--readings", str(lines)])
    assert done.exit_code == 0, done.output
    end = max(history.instant(event["at"]) for event in history.events)
    running = {
        (subject, reading.target.name, reading.cycle): (reading.state.value, reading.counted.total_seconds())
        for subject, events in example.subjects.items()
        for reading in read(events, example.config.rules, end)
    }
    given = [json.loads(line) for line in lines.read_text(encoding="utf-8").splitlines()]
    replayed = {
        (one["subject"], one["target"], one["cycle"]): (one["state"], one["counted_seconds"])
        for one in given
        if one["subject"] in example.subjects
    }
    assert replayed == running
