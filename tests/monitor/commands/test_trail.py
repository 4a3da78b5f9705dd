from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.command_line import Command, Site, in_process, runner
from tests.support.deeds import NOW, do_everything

LATER = NOW.replace(hour=23)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    found = Site(tmp_path)
    with found.running() as database:
        do_everything(database)
    return found


@pytest.fixture
def tierwatch(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, site: Site) -> Command:
    return runner(capsys, monkeypatch, site.config, LATER)


@pytest.fixture
def verify(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    return in_process(capsys, monkeypatch)


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_what_is_exported_verifies_and_says_its_hash(
    tierwatch: Command, verify: Command, tmp_path: Path, form: str
) -> None:
    file = tmp_path / f"trail.{form}"
    said = tierwatch("trail", "export", "--format", form, "--output", str(file))
    assert (said.code, said.out) == (0, "")
    digest = said.err.rsplit(" ", 1)[1].strip()
    checked = verify("trail", "verify", str(file))
    assert (checked.code, checked.err) == (0, "")
    assert digest in checked.out
    file.write_bytes(file.read_bytes().replace(b"lin", b"wang", 1))
    refused = verify("trail", "verify", str(file))
    assert refused.code == 1
    assert "does not follow from the line before it" in refused.err


def test_a_period_is_named_by_instants_or_lengths(tierwatch: Command) -> None:
    def kinds(*words: str) -> list[str]:
        said = tierwatch("trail", "export", *words)
        assert said.code == 0, said.err
        return [json.loads(line)["kind"] for line in said.out.splitlines()][1:-1]

    everything = kinds()
    assert kinds("--since", "30d") == everything
    assert kinds("--since", "1h") == []
    early = kinds("--until", NOW.isoformat())
    assert "silence_added" in early
    assert "acknowledged" not in early
    assert len(early) + len(kinds("--since", NOW.isoformat())) == len(everything)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--since", "noon"), "--since 'noon'"),
        (("--since", "2026-01-05T09:00:00"), "has no zone"),
        (("--since", "2d", "--until", "3d"), "is not before --until"),
        (("--output", "nowhere/t.jsonl"), "cannot be written"),
    ],
)
def test_a_period_that_cannot_be_meant_is_refused(tierwatch: Command, words: tuple[str, ...], sentence: str) -> None:
    said = tierwatch("trail", "export", *words)
    assert (said.code, said.out) == (1, "")
    assert sentence in said.err


def test_who_ended_a_silence_is_in_the_trail(tierwatch: Command, site: Site) -> None:
    added = tierwatch("silence", "add", "--match", "tier=gold", "--for", "2h", "--reason", "works")
    name = added.out.split()[1].rstrip(":")
    assert tierwatch("silence", "end", name, "--author", "chen").code == 0
    assert tierwatch("silence", "end", name, "--author", " ").code == 1
    lines = [
        json.loads(line) for line in tierwatch("trail", "export", "--until", "2026-01-06T23:59:59Z").out.splitlines()
    ]
    assert [(line["who"], line["about"]) for line in lines if line["about"] == name and "ended" in line["kind"]] == [
        ("chen", name)
    ]
