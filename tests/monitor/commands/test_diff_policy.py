from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from monitor.clock import engine
from monitor.config import policy_file
from monitor.history.events import Event
from tests.support.cases import at, ticket
from tests.support.command_line import CONFIG, Command, Said, Site, runner
from tests.support.texts import exchanged

NOW = at(5)
SHIPPED = (Path(policy_file.__file__).parents[1] / "shipped" / "demo.yml").read_text(encoding="utf-8")
SHORTER = ("gold}, budget: 4h", "gold}, budget: 3h")
LONGER = ("silver}, budget: 6h", "silver}, budget: 7h")


def written(folder: Path, *pieces: tuple[str, str], version: str = "2", since: str = "2026-01-05") -> str:
    """A policy of its own, made of the shipped one; gives its path."""
    text = exchanged(SHIPPED, ('version: "1"', f'version: "{version}"'), ("2026-01-01", since), *pieces, count=1)
    path = folder / "new.yml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def life(subject: str, hour: float, tier: str, end: float | None = None) -> list[Event]:
    found = [ticket(subject, at(hour), "opened", tier=tier), ticket(subject, at(hour + 0.05), "accepted")]
    return found if end is None else [*found, ticket(subject, at(end), "restored")]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """Open since yesterday, since today, and closed; the new policy's first day begins eight hours before UTC's."""
    found = Site(tmp_path)
    found.hear(
        NOW,
        *life("YESTERDAY", -9, "gold"),
        *life("LATE", 1.5, "gold"),
        *life("EARLY", 3, "gold"),
        *life("SILVER", 0, "silver"),
        *life("BRONZE", 0, "bronze"),
        *life("DONE", 0, "gold", 3.5),
    )
    return found


@pytest.fixture
def tierwatch(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, site: Site) -> Command:
    return runner(capsys, monkeypatch, site.config, NOW)


def told(said: Said) -> dict[str, Any]:
    assert (said.code, said.err.strip()) == (0, "")
    found: dict[str, Any] = json.loads(said.out)
    return found


def numbers(answer: Mapping[str, Any], target: str = "restore") -> dict[str, dict[str, int]]:
    """What is not zero, by tier."""
    return {
        row["tier"]: {kind: number for kind, number in row.items() if isinstance(number, int) and number}
        for row in answer["by_target"]
        if row["target"] == target
    }


def test_both_answers_are_given(tierwatch: Command, site: Site) -> None:
    new = written(site.config.parent, SHORTER, LONGER)
    said = told(tierwatch("diff-policy", new, "--format", "json"))
    assert (said["policy"], said["against"], said["effective_from"]) == ("demo@2", "demo@1", "2026-01-05")
    assert (said["subjects"], said["unreadable"], said["since"]) == (6, {"subjects": 0, "first": []}, None)
    assert said["figures"] == [
        "effective_from: 2026-01-01 → 2026-01-05",
        "targets.restore.budgets[tier=gold].budget: 4:00:00 → 3:00:00",
        "targets.restore.budgets[tier=silver].budget: 6:00:00 → 7:00:00",
        "version: 1 → 2",
    ]
    assert numbers(said["published"]) == {"gold": {"earlier": 2, "breached": 1}, "silver": {"later": 1}}
    assert numbers(said["as_if"]) == {"gold": {"earlier": 3, "breached": 1}, "silver": {"later": 1}}
    assert said["as_if"]["changed"] == 4
    assert said["as_if"]["largest"][0] == {
        "subject": "tickets/EARLY",
        "target": "restore",
        "cycle": 1,
        "tier": "gold",
        "old_deadline": "2026-01-05T07:00:00Z",
        "new_deadline": "2026-01-05T06:00:00Z",
        "moved_seconds": -3600,
    }


def test_a_policy_of_another_day_leaves_the_clocks_that_run(tierwatch: Command, site: Site) -> None:
    new = written(site.config.parent, SHORTER, since="2026-02-01")
    said = told(tierwatch("diff-policy", new, "--format", "json"))
    assert (said["published"]["changed"], said["as_if"]["changed"]) == (0, 3)


def test_promises_come_and_go(tierwatch: Command, site: Site) -> None:
    feedback = "      - {when: {tier: silver}, budget: 60m, source: assumed, note: the demo's own}"
    bronze = exchanged(feedback, ("silver", "bronze"))
    said = told(tierwatch("diff-policy", written(site.config.parent, (feedback, bronze)), "--format", "json"))
    assert numbers(said["as_if"], "feedback") == {
        "bronze": {"appears": 1, "breached": 1},
        "silver": {"vanishes": 1, "unbreached": 1},
    }


def test_since_a_day_everything_that_happened_is_judged_anew(tierwatch: Command, site: Site) -> None:
    new = written(site.config.parent, SHORTER)
    said = told(tierwatch("diff-policy", new, "--since", "2026-01-05", "--format", "json"))
    assert said["since"] == "2026-01-04T16:00:00Z", "the day begins where the site is"
    assert numbers(said["as_if"])["gold"]["earlier"] == 3 + 1
    assert numbers(said["as_if"])["gold"]["breached"] == 1 + 1
    later = told(tierwatch("diff-policy", new, "--since", "2026-01-05T12:00:00+08:00", "--format", "json"))
    assert numbers(later["as_if"])["gold"]["earlier"] == 3


def test_people_read_the_same(tierwatch: Command, site: Site) -> None:
    said = tierwatch("diff-policy", written(site.config.parent, SHORTER, LONGER))
    assert said.code == 0
    lines = said.out.splitlines()
    assert lines[:2] == [
        "demo@2, in force from 2026-01-05, against demo@1",
        "open clocks as of 2026-01-05 13:00:00+08:00; 6 subjects looked at",
    ]
    assert "  targets.restore.budgets[tier=gold].budget: 4:00:00 → 3:00:00" in lines
    start = next(i for i, line in enumerate(lines) if line.startswith("as if it applied to all open clocks: 4 of "))
    assert lines[start + 1].split() == [
        "tier", "target", "earlier", "later", "breached", "unbreached", "appears", "vanishes", "otherwise",
    ]  # fmt: skip
    assert lines[start + 2].split() == ["Gold", "Restoration", "3", "0", "1", "0", "0", "0", "0"]
    assert (
        "    tickets/EARLY Restoration cycle 1 (Gold): 2026-01-05 15:00:00+08:00 → 2026-01-05 14:00:00+08:00,"
        " 1:00:00 earlier"
    ) in lines[start:]


def test_it_looks_beside_a_running_program_and_changes_nothing(tierwatch: Command, site: Site) -> None:
    new = written(site.config.parent, SHORTER)
    with site.running() as database:
        before = Path(str(database.url.database)).read_bytes()
        assert tierwatch("diff-policy", new).code == 0
        assert Path(str(database.url.database)).read_bytes() == before


def test_a_subject_that_cannot_be_read_stops_nothing_and_is_named(
    tierwatch: Command, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = engine.advance

    def fails(events: Any, *others: Any) -> Any:
        if events[0].subject == "EARLY":
            raise ZeroDivisionError
        return real(events, *others)

    monkeypatch.setattr(engine, "advance", fails)
    new = written(site.config.parent, SHORTER)
    said = told(tierwatch("diff-policy", new, "--format", "json"))
    assert said["unreadable"] == {"subjects": 1, "first": ["tickets/EARLY"]}
    assert numbers(said["as_if"])["gold"]["earlier"] == 2
    assert "not to be read, so left out: 1 subjects (tickets/EARLY)" in tierwatch("diff-policy", new).out


def test_the_demo_is_compared_at_its_speed(tierwatch: Command, site: Site) -> None:
    site.config.write_text(CONFIG + "speed: 60\n", encoding="utf-8")
    said = told(tierwatch("diff-policy", written(site.config.parent, SHORTER), "--format", "json"))
    assert said["policy"] == "demo@2/x60"
    assert "targets.restore.budgets[tier=gold].budget: 0:04:00 → 0:03:00" in said["figures"]


@pytest.mark.parametrize(
    ("version", "since", "pieces", "sentence"),
    [
        (
            "1",
            "2026-01-01",
            (SHORTER,),
            "has the version and the effective_from of demo@1, which is in force from 2026-01-01; give it another"
            " version and a later effective_from, so that clocks that run already keep what was promised to them",
        ),
        (
            "1",
            "2026-03-01",
            (SHORTER,),
            "has the version of demo@1, which is in force from 2026-01-01; give it another",
        ),
        ("2", "2026-01-01", (SHORTER,), "has the effective_from of demo@1, which is in force from 2026-01-01; give it"),
    ],
)
def test_what_could_not_be_published_is_a_sentence(
    tierwatch: Command, site: Site, version: str, since: str, pieces: tuple[tuple[str, str], ...], sentence: str
) -> None:
    new = written(site.config.parent, *pieces, version=version, since=since)
    said = tierwatch("diff-policy", new)
    assert (said.code, said.out) == (1, "")
    assert f"{new}: {sentence}" in said.err


@pytest.mark.parametrize("speed", ["", "speed: 60\n"])
def test_a_policy_that_is_in_force_as_it_is_would_change_nothing_which_is_no_error(
    tierwatch: Command, site: Site, speed: str
) -> None:
    site.config.write_text(CONFIG + speed, encoding="utf-8")
    new = written(site.config.parent, version="1", since="2026-01-01")
    said = tierwatch("diff-policy", new)
    assert (said.code, said.err) == (0, "")
    assert "as it is in force; publishing it changes nothing" in said.out
    assert told(tierwatch("diff-policy", new, "--format", "json"))["unchanged"] is True


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("demos",), "policy 'demos' is neither a file nor shipped"),
        (
            ("cmcc-2009", "--since", "2026-13-01"),
            "--since '2026-13-01' is a day that no year has; write one that exists",
        ),
        (("cmcc-2009", "--since", "today"), "--since 'today' is not an instant"),
    ],
)
def test_what_cannot_be_compared_is_a_sentence(tierwatch: Command, words: tuple[str, ...], sentence: str) -> None:
    said = tierwatch("diff-policy", *words)
    assert (said.code, said.out) == (1, "")
    assert sentence in said.err


def test_a_policy_older_than_all_is_told_against_the_one_after_it(tierwatch: Command) -> None:
    said = told(tierwatch("diff-policy", "cmcc-2009", "--format", "json"))
    assert said["against"] == "demo@1"
