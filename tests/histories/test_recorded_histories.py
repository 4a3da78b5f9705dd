"""Every recorded history is read as the release that recorded it read it, but for what `changes.yml` documents."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from monitor.config import JUDGING
from tests.histories import record, recording
from tests.histories.recording import Difference, Recorded, Release

ROOT = Path(__file__).parents[2]
CHANGES = Path(__file__).with_name("changes.yml")
SHOWN = 20

MEANT = (
    "If that is meant: write a line in CHANGELOG.md that names the rule and says what is read otherwise, raise JUDGING"
    " in monitor/config/rule_version.py so that open subjects are judged anew (semantics 46), and name each history"
    " in tests/histories/changes.yml"
)


def one_line(text: str) -> str:
    return " ".join(text.split())


def read_again(release: Release) -> list[Difference]:
    """Everything that the present code reads otherwise in the recording of a release."""
    books: dict[str, Any] = {}
    found: list[Difference] = []
    for one in release.histories:
        known = (one.rules, one.since)
        if known not in books:
            books[known] = release.rules[one.rules].rulebook(one.events[0].source, one.since)
        found += recording.differences(one, one.read(books[known]))
    return found


def complaints(
    release: Release, found: Iterable[Difference], changes: Sequence[Mapping[str, Any]], changelog: str
) -> list[str]:
    """What is wrong with the differences of a release, and with what is documented of them; a line each."""
    lines: list[str] = []
    own = [change for change in changes if change["release"] == release.name]
    documented = {(change["history"], field) for change in own for field in change["fields"]}
    differing = {(one.history, one.field) for one in found}
    lines += [f"{one}" for one in found if (one.history, one.field) not in documented]
    if lines:
        lines = [*lines[:SHOWN], f"{len(lines)} fields are not as {release.name} recorded them. {MEANT}"]
    if own and release.judging >= JUDGING:
        lines.append(f"readings of {release.name} change and JUDGING is still {JUDGING}: raise it (semantics 46)")
    for change in own:
        where = f"changes.yml, {change['release']} {change['history']}"
        stale = [field for field in change["fields"] if (change["history"], field) not in differing]
        lines += [f"{where}: {field} is as it was recorded; take it out" for field in stale]
        if one_line(change["sentence"]) not in one_line(changelog):
            lines.append(f"{where}: CHANGELOG.md has no sentence {change['sentence']!r}")
        if change["rule"] not in change["sentence"]:
            lines.append(f"{where}: the sentence does not name the rule {change['rule']!r}")
    return lines


def documented() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load(CHANGES.read_text(encoding="utf-8"))["changes"]
    return found


@pytest.mark.parametrize("name", recording.releases())
def test_a_release_is_read_as_it_read_itself(name: str) -> None:
    release = recording.load(name)
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    lines = complaints(release, read_again(release), documented(), changelog)
    assert not lines, "\n".join(lines)


def test_what_is_documented_is_of_a_recording() -> None:
    for change in documented():
        assert change.keys() == {"release", "history", "fields", "rule", "sentence"}
        assert change["history"] in {one.name for one in recording.load(change["release"]).histories}


@pytest.mark.parametrize("name", recording.releases())
def test_a_recording_is_modest_and_has_a_bit_of_everything(name: str) -> None:
    folder = recording.FOLDER / name
    assert sum(path.stat().st_size for path in folder.iterdir()) < 1_000_000
    histories = recording.load(name).histories
    assert len({one.name for one in histories}) == len(histories) >= 250
    readings = [reading for one in histories for reading in one.readings]
    assert {one.events[0].kind for one in histories} == {"ticket", "circuit", "change"}
    assert {reading["state"] for reading in readings} == {
        "breached", "paused", "at_risk", "running", "idle", "met", "cancelled",
    }  # fmt: skip
    for field in ("legs", "changes", "missed_periods", "first_sight", "crossings", "reached", "next_at"):
        assert sum(field in reading for reading in readings) >= 5, field
    assert sum(any(event.correction for event in one.events) for one in histories) >= 50
    assert sum(any(event.or_at for event in one.events) for one in histories) >= 5
    assert sum(one.since is not None and len(one.since) > 1 for one in histories) >= 30


# -- the test itself -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def small() -> Release:
    made = [*record.of_random_policies(laws=6, each=2), *record.of_policies(each=2)]
    return recording.record("0.1", (rules for rules, _ in made), (one for _, some in made for one in some))


def changed(release: Release, **fields: Any) -> tuple[Release, Recorded]:
    """The release with one recorded reading that has other fields."""
    place, one = next((at, one) for at, one in enumerate(release.histories) if one.readings)
    other = replace(one, readings=({**one.readings[0], **fields}, *one.readings[1:]))
    return replace(release, histories=(*release.histories[:place], other, *release.histories[place + 1 :])), other


def test_what_is_written_is_read_back(small: Release, tmp_path: Path) -> None:
    recording.write(small, tmp_path)
    again = recording.load("0.1", tmp_path)
    assert again.histories == small.histories
    assert read_again(again) == []
    assert recording.releases(tmp_path) == ["0.1"]


def test_the_same_seeds_record_the_same(small: Release) -> None:
    made = [*record.of_random_policies(laws=6, each=2), *record.of_policies(each=2)]
    assert [one.events for _, some in made for one in some] == [one.events for one in small.histories]


def test_a_difference_names_the_history_and_the_field_and_asks_for_a_line_in_the_changelog(small: Release) -> None:
    release, other = changed(small, counted=1, deadline="2020-01-01T00:00:00Z")
    found = read_again(release)
    assert {(one.history, one.field) for one in found} == {(other.name, "counted"), (other.name, "deadline")}
    *lines, last = complaints(release, found, [], "")
    assert len(lines) == 2
    assert all(line.startswith(f"{other.name} {other.readings[0]['target']}/1 ") for line in lines)
    assert "counted: recorded 1, read " in "\n".join(lines)
    assert "CHANGELOG.md that names the rule" in last
    assert "semantics 46" in last


def test_a_cycle_that_is_gone_or_new_is_a_difference(small: Release) -> None:
    one = next(one for one in small.histories if one.readings)
    assert [item.field for item in recording.differences(one, one.readings[1:])] == ["cycle"]
    fewer = replace(one, readings=())
    assert {item.field for item in recording.differences(fewer, one.readings)} == {"cycle"}


def test_a_documented_difference_needs_its_sentence_its_rule_and_another_version_of_the_judging_code(
    small: Release,
) -> None:
    release, other = changed(replace(small, judging=JUDGING - 1), counted=1)
    found = read_again(release)
    change = {
        "release": "0.1", "history": other.name, "fields": ["counted"], "rule": "semantics 31",
        "sentence": "Working days end so (semantics 31).",
    }  # fmt: skip
    changelog = "- Working days\n  end so (semantics 31). More."
    assert complaints(release, found, [change], changelog) == []
    assert "no sentence 'Working days end so" in complaints(release, found, [change], "- other")[0]
    other_rule = {**change, "rule": "semantics 32"}
    assert "does not name the rule 'semantics 32'" in complaints(release, found, [other_rule], changelog)[0]
    stale = {**change, "fields": ["counted", "deadline"]}
    assert "deadline is as it was recorded; take it out" in complaints(release, found, [stale], changelog)[0]
    as_before = replace(release, judging=JUDGING)
    assert "raise it (semantics 46)" in complaints(as_before, found, [change], changelog)[0]
    assert complaints(release, found, [{**change, "release": "0.2"}], changelog)[-1].endswith("changes.yml")


def test_a_recording_is_not_changed_by_mistake(capsys: pytest.CaptureFixture[str], monkeypatch: Any) -> None:
    monkeypatch.setattr("sys.argv", ["record", "0.1"])
    with pytest.raises(SystemExit):
        record.main()
    assert "0.1 is recorded; a recording is not changed" in capsys.readouterr().err
    monkeypatch.setattr("sys.argv", ["record", "9.9"])
    with pytest.raises(SystemExit):
        record.main()
    assert "a recording has the readings of the release that makes it" in capsys.readouterr().err


def test_a_recording_is_json_that_any_program_reads() -> None:
    for name in recording.releases():
        for line in (recording.FOLDER / name / "histories.jsonl").read_text(encoding="utf-8").splitlines():
            assert json.loads(line).keys() <= {"history", "rules", "now", "since", "events", "readings"}
