"""A year of a real ServiceNow instance: the public part of UCI 498, against the reference numbers beside it."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import random
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.clock.engine import Rulebook
from monitor.collectors import servicenow_audit
from monitor.config import build_rulebook, policy_file
from monitor.config.plugins import checked_options
from monitor.history.mapping import Fact
from monitor.model import Phase
from monitor.policy.terms import Term, terms
from monitor.report import replay
from tests.support.oracle import Oracle

FOLDER = Path(os.environ.get("TIERWATCH_DATA", Path(__file__).parents[4] / "shared" / "data")) / "uci-incident-log"
LOG = FOLDER / "incident_event_log.public.csv.gz"
pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not LOG.exists(), reason=f"the public data set is not at {FOLDER}; set TIERWATCH_DATA"),
]

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SUPPORT = Path(__file__).parents[2] / "support/policies/it-support-1.yml"
"""A policy that begins with the opening: the log has no diagnosis, with which the shipped one begins."""
STATES = {
    "New": "new_s", "Active": "active_s", "Awaiting User Info": "awaiting_user_info_s",
    "Awaiting Vendor": "awaiting_vendor_s", "Awaiting Problem": "awaiting_problem_s",
    "Awaiting Evidence": "awaiting_evidence_s", "Resolved": "resolved_s", "Closed": "closed_s", "-100": "minus100_s",
}  # fmt: skip
REQUIRED = {
    "subject", "target", "cycle", "state", "counted_seconds", "budget_seconds", "started_at", "deadline", "breached_at",
    "stopped_at", "policy_version",
}  # fmt: skip
LOOK_AHEAD = ("resolved_at", "closed_at", "closed_code", "resolved_by")


@dataclass(frozen=True)
class Replayed:
    """A replay of a log under `SUPPORT`, its times read as UTC."""

    summary: dict[str, Any]
    readings: list[dict[str, Any]]
    subjects: dict[str, dict[str, Any]]
    cpu_seconds: float

    def of(self, tickets: Iterable[str]) -> list[dict[str, Any]]:
        wanted = set(tickets)
        return sorted(
            (line for line in self.readings if line["subject"] in wanted),
            key=lambda line: (line["subject"], line["target"], line["cycle"]),
        )


def rules() -> Rulebook:
    return build_rulebook.rulebook(policy_file.load(str(SUPPORT), "UTC"), {"log": servicenow_audit.MAPPING})


def replayed(path: Path) -> Replayed:
    module, begun = servicenow_audit, time.process_time()
    options = {"path": path, "zone": "UTC"}
    readings, subjects = io.StringIO(), io.StringIO()
    log = replay.read_log(module.build(checked_options(module, options, "test")), "log", NOW, lambda *_: None)
    summary = replay.replay(log, rules(), "log", readings, subjects, lambda *_: None)
    lines = [[json.loads(line) for line in out.getvalue().splitlines()] for out in (readings, subjects)]
    by_subject = {line["subject"]: line for line in lines[1]}
    return Replayed(summary, lines[0], by_subject, time.process_time() - begun)


@pytest.fixture(scope="module")
def facts() -> dict[str, Any]:
    return json.loads((FOLDER / "facts.json").read_text())["facts"]


@pytest.fixture(scope="module")
def whole() -> Replayed:
    return replayed(LOG)


@pytest.fixture(scope="module")
def rows() -> dict[str, list[dict[str, str]]]:
    """The log's rows by ticket, as published; a sample of the tickets."""
    found: dict[str, list[dict[str, str]]] = {}
    with gzip.open(LOG, "rt", encoding="ascii", newline="") as text:
        for row in csv.DictReader(text):
            if int(row["number"][3:]) % 23 == 0:
                found.setdefault(row["number"], []).append(row)
    return found


def written(path: Path, rows: Iterable[dict[str, str]], names: list[str]) -> Path:
    with path.open("w", encoding="ascii", newline="") as text:
        writer = csv.DictWriter(text, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


def minute(iso: str | None) -> str:
    """An instant of ours as the reference writes it."""
    return "" if iso is None else iso.removesuffix(":00Z")


def local(raw: str) -> str:
    """A raw `d/m/yyyy HH:MM` as the reference writes it."""
    day, clock = raw.split(" ")
    d, m, y = day.split("/")
    return f"{y}-{int(m):02}-{int(d):02}T{clock}"


def instant(iso: str) -> datetime:
    return datetime.fromisoformat(iso)


def test_tickets_events_and_what_was_odd_about_them(whole: Replayed, facts: dict[str, Any]) -> None:
    summary = whole.summary
    assert (summary["subjects"], summary["events"]) == (facts["tickets"], facts["events"])
    assert summary["out_of_order"] == facts["order"]["file_order_backward_time_steps"]
    assert (summary["duplicates"], summary["rejected"]) == (0, {})
    assert summary["unknown_statuses"] == facts["events_by_state"]["-100"] == 2
    assert summary["unknown_status_words"] == {"-100": 2}


def test_seconds_per_state_and_awaiting_seconds(whole: Replayed, facts: dict[str, Any]) -> None:
    expected = {state: told["total_s"] for state, told in facts["state_duration_event_to_event"].items()}
    assert whole.summary["state_seconds"] == expected
    assert whole.summary["pause_seconds"] == facts["awaiting"]["total_s"]


def test_every_ticket_is_what_the_reference_says(whole: Replayed) -> None:
    with gzip.open(FOLDER / "tickets_expected.public.csv.gz", "rt", encoding="ascii", newline="") as text:
        expected = {row["number"]: row for row in csv.DictReader(text)}
    assert whole.subjects.keys() == expected.keys()
    wrong = []
    for number, row in expected.items():
        line = whole.subjects[number]
        first, last, spent = line["first"], line["last"], line["state_seconds"]
        found = {
            "number": number,
            "events": str(line["events"]),
            "opened_at": minute(line["opened_at"]),
            "first_event_at": minute(line["first_event_at"]),
            "resolved_at": local(last["resolved_at"]) if "resolved_at" in last else "",
            "closed_at": local(last["closed_at"]),
            "priority_first": first["priority"],
            "priority_last": last["priority"],
            "made_sla_at_close": last["made_sla"],
            "reopen_count": last["reopen_count"],
            "reassignment_count": last["reassignment_count"],
            "awaiting_s": str(line["pause_seconds"]),
            "awaiting_events": str(line["pause_events"]),
            **{column: str(spent.get(state, 0)) for state, column in STATES.items()},
        }
        wrong += [(number, column, said, row[column]) for column, said in found.items() if said != row[column]]
    assert wrong == []
    assert set(row) == set(found), "every column of the reference is held against ours"


def test_the_numbers_over_all_tickets_are_those_of_the_reference(whole: Replayed, facts: dict[str, Any]) -> None:
    lines = whole.subjects.values()
    assert Counter(line["first"]["priority"] for line in lines) == facts["priority"]["tickets_by_first_priority"]
    assert Counter(line["last"]["priority"] for line in lines) == facts["priority"]["tickets_by_last_priority"]
    made = Counter(line["last"]["made_sla"] for line in lines)
    assert made["false"] == facts["sla"]["tickets_made_sla_false_at_close"]
    assert Counter(line["last"]["reopen_count"] for line in lines) == facts["reopen"]["distribution_last_reopen_count"]
    assert sum(int(line["last"]["reassignment_count"]) for line in lines) == facts["reassignment"]["sum_last"]
    assert sum("resolved_at" not in line["last"] for line in lines) == facts["times"]["tickets_resolved_at_unknown"]
    early = sum(line["first_event_at"] < line["opened_at"] for line in lines)
    assert early == facts["times"]["tickets_first_event_before_opened_at"]
    lived = sum((instant(l_["last_event_at"]) - instant(l_["first_event_at"])).total_seconds() for l_ in lines)
    assert lived == facts["times"]["sum_first_to_last_event_s"]
    ends = [f(line[name] for line in lines) for f, name in ((min, "first_event_at"), (max, "last_event_at"))]
    assert [minute(end).replace("T", " ") + ":00" for end in ends] == facts["range"]["sys_updated_at"]


def test_the_whole_log_is_read_and_judged_in_time(whole: Replayed) -> None:
    assert whole.cpu_seconds < 30  # of the processor: the machine may be busy with other things


def test_there_is_one_line_per_ticket_target_and_cycle_with_every_key(whole: Replayed) -> None:
    keys = [(line["subject"], line["target"], line["cycle"]) for line in whole.readings]
    assert len(keys) == len(set(keys))
    assert {key[0] for key in keys} == whole.subjects.keys()
    assert {key[1] for key in keys} == {"restore"}
    assert {frozenset(line) for line in whole.readings} == {
        frozenset(REQUIRED | {"tier", "assurance", "missed_periods"})
    }


def test_what_holds_of_every_reading(whole: Replayed) -> None:
    repriced = {
        number for number, line in whole.subjects.items() if line["first"]["priority"] != line["last"]["priority"]
    }
    for line in whole.readings:
        started, stopped = instant(line["started_at"]), instant(line["stopped_at"])
        assert 0 <= line["counted_seconds"] <= (stopped - started).total_seconds()
        over = line["counted_seconds"] > line["budget_seconds"]
        assert (line["state"] == "breached") == (line["breached_at"] is not None)
        if line["subject"] not in repriced:
            assert over == (line["breached_at"] is not None), line
        if line["breached_at"] is not None:
            assert line["breached_at"] == line["deadline"]
            assert started <= instant(line["breached_at"]) < stopped
        else:
            assert line["state"] == "met"
            assert line["deadline"] >= line["stopped_at"] or line["budget_seconds"] == line["counted_seconds"]


def test_promises_that_were_kept_and_broken_add_up(whole: Replayed) -> None:
    told = whole.summary["outcomes"]["restore"]["none"]
    found = Counter(line["state"] for line in whole.readings)
    assert (told["met"], told["breached"]) == (found["met"], found["breached"])
    assert told["cancelled"] == told["open"] == 0
    assert min(found["met"], found["breached"]) > 1000


PHASES = {
    "New": (Phase.OPENED, None), "Active": (Phase.ACCEPTED, None), "Resolved": (Phase.RESTORED, None),
    "Closed": (Phase.CLOSED, None), "-100": (Phase.UNKNOWN, None),
    **{state: (Phase.HELD, state) for state in STATES if state.startswith("Awaiting")},
}  # fmt: skip


def history(rows: list[dict[str, str]]) -> Iterator[Fact]:
    """The facts of a ticket, made of its rows by hand; urgency as at each of them."""
    ordered = sorted(rows, key=lambda row: (local(row["sys_updated_at"]), int(row["sys_mod_count"])))
    opened, first = (instant(local(row) + "Z") for row in (rows[0]["opened_at"], ordered[0]["sys_updated_at"]))
    if opened <= first:
        yield Fact(opened, "opening", Phase.OPENED)
    for number, row in enumerate(ordered):
        phase, reason = PHASES[row["incident_state"]]
        urgency = {"1": "A", "2": "B", "3": "C", "4": "C"}[row["priority"][0]]
        yield Fact(
            instant(local(row["sys_updated_at"]) + "Z"), f"r{number}", phase,
            reason and reason.casefold().replace(" ", "_"), attributes={"urgency": urgency},
        )  # fmt: skip


def test_a_sample_walked_minute_by_minute_gives_the_same(
    whole: Replayed, rows: dict[str, list[dict[str, str]]]
) -> None:
    """The oracle knows nothing of the collector, the mapping, the clock or the calendars."""
    book, judged = rules(), 0
    (rule,) = book.policy.targets
    for number, of_ticket in rows.items():
        known = list(history(of_ticket))
        if known[-1].at - known[0].at > timedelta(days=9) or not whole.of([number]):
            continue
        agreed: tuple[Term, ...] = terms(rule, book.policy, known, book.working_times)
        oracle = Oracle(agreed, timedelta(minutes=1))
        (cycle,) = oracle.walk(known, known[-1].at)
        (line,) = whole.of([number])
        assert (number, line["counted_seconds"], line["state"], line["breached_at"], line["stopped_at"]) == (
            number, cycle.counted.total_seconds(), cycle.state.value,
            cycle.breached_at and cycle.breached_at.isoformat().replace("+00:00", "Z"),
            cycle.stopped_at and cycle.stopped_at.isoformat().replace("+00:00", "Z"),
        )  # fmt: skip
        judged += 1
        if judged == 150:
            break
    assert judged == 150


def test_columns_that_tell_the_future_change_no_reading(
    whole: Replayed, rows: dict[str, list[dict[str, str]]], tmp_path: Path
) -> None:
    chance = random.Random(2)
    changed = []
    for row in (row for of_ticket in rows.values() for row in of_ticket):
        lies = {"resolved_at": f"{chance.randint(1, 28)}/1/2016 00:00", "closed_at": "1/1/2016 00:00",
                "closed_code": "code 99", "resolved_by": "?"}  # fmt: skip
        changed.append({**row, **lies})
    names = list(changed[0])
    assert set(LOOK_AHEAD) <= set(names)
    assert replayed(written(tmp_path / "lies.csv", changed, names)).of(rows) == whole.of(rows)


def test_rows_in_any_order_change_no_reading(
    whole: Replayed, rows: dict[str, list[dict[str, str]]], tmp_path: Path
) -> None:
    every = [row for of_ticket in rows.values() for row in of_ticket]
    random.Random(1).shuffle(every)
    shuffled = replayed(written(tmp_path / "shuffled.csv", every, list(every[0])))
    assert shuffled.summary["out_of_order"] > 500
    assert shuffled.of(rows) == whole.of(rows)
    for number in rows:
        one, other = shuffled.subjects[number], whole.subjects[number]
        assert {**one, "state_seconds": sorted(one["state_seconds"].items())} == {
            **other, "state_seconds": sorted(other["state_seconds"].items()),
        }  # fmt: skip
