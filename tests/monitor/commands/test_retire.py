from __future__ import annotations

import json
from pathlib import Path

import pytest

from monitor.history.batch import Batch
from monitor.history.events import Reject
from monitor.model import SubjectKey
from monitor.store.ingest import Ingest
from monitor.store.losses import Losses
from monitor.store.views import Views
from tests.support.cases import at, ticket
from tests.support.command_line import Command, Said, Site, runner

NOW = at(5)
WHO = ("--reason", "contract ended", "--author", "wang")


@pytest.fixture
def site(tmp_path: Path) -> Site:
    found = Site(tmp_path)
    found.hear(
        NOW,
        ticket("INC42", at(0), "opened", event_id="e1", tier="gold"),
        ticket("INC42", at(2), "accepted", event_id="e2"),
        ticket("INC43", at(2), "opened", event_id="e3", tier="gold"),
    )
    return found


@pytest.fixture
def tierwatch(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, site: Site) -> Command:
    return runner(capsys, monkeypatch, site.config, NOW)


def explained(tierwatch: Command, subject: str = "INC42") -> dict[str, object]:
    said: dict[str, object] = json.loads(tierwatch("explain", subject, "--json").out)
    return said


def test_it_shows_what_ends_and_the_running_program_ends_it(tierwatch: Command, site: Site) -> None:
    said = tierwatch("retire", "INC42", *WHO, "--at", "2026-01-05T03:00:00Z")
    assert (said.code, said.err) == (0, "")
    lines = said.out.splitlines()
    assert "Restoration cycle 1 (Gold)" in lines
    assert "  state          Breached → Cancelled" in lines
    assert lines[-1].endswith(" by wang; retired since 2026-01-05 11:00:00+08:00; take it back with --undo")
    with site.running() as database:
        assert site.step(database, NOW) == 1
    ends = [(item.kind, item.stage) for item in site.transitions("INC42", "restore")]
    assert ("cancelled", "retired") in ends
    assert ("withdrawn", "breached:breached") in ends, "it was gone before its deadline"
    gone = explained(tierwatch)["retired"]
    assert isinstance(gone, dict)
    assert (gone["by"], gone["author"], gone["reason"], gone["at"]) == (
        "command", "wang", "contract ended", "2026-01-05T03:00:00Z",
    )  # fmt: skip
    text = tierwatch("explain", "INC42").out
    assert "retired, gone for good, since" in text
    assert "wang, by command: contract ended" in text


def test_taken_back_it_is_as_before(tierwatch: Command, site: Site) -> None:
    tierwatch("retire", "INC42", *WHO, "--dry-run", when=at(5, 1))
    before = explained(tierwatch)
    tierwatch("retire", "INC42", *WHO, when=NOW)
    said = tierwatch("retire", "INC42", "--undo", "--reason", "it is there", when=at(5, 1))
    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines()[-1].endswith("it is not retired any more")
    after = explained(tierwatch)
    assert "retired" not in after
    assert after["clocks"] == before["clocks"]


def test_a_dry_run_writes_nothing(tierwatch: Command) -> None:
    said = tierwatch("retire", "INC42", *WHO, "--dry-run")
    assert said.code == 0
    assert said.out.splitlines()[-1] == "tickets/INC42: nothing was written (--dry-run)"
    assert "retired" not in explained(tierwatch)


def test_the_correction_that_is_shown_can_be_revoked_as_any_other(tierwatch: Command) -> None:
    tierwatch("retire", "INC42", *WHO)
    (made,) = (one for one in explained(tierwatch)["corrections"])  # type: ignore[attr-defined]
    assert made["kind"] == "retire"
    assert tierwatch("correct", "INC42", "--revoke", made["event"], "--reason", "no", when=at(5, 1)).code == 0
    assert "retired" not in explained(tierwatch)


def refused(said: Said) -> str:
    assert said.code != 0
    return said.err


def test_what_cannot_be_so_is_refused_with_a_sentence(tierwatch: Command) -> None:
    for words, part in (
        (("INC42", "--at", "2026-01-05T06:00:00Z"), "is in the future"),
        (("INC42", "--at", "2026-01-04T00:00:00Z"), "nothing was known of it by then"),
        (("INC42", "--at", "2026-01-05T01:00:00Z"), "would not stay retired"),
        (("INC42", "--undo"), "it is not retired"),
        (("INC42", "--at", "2026-01-05T03:00:00Z", "--undo"), "exclude each other"),
        (("NOPE",), "no source has named it"),
        (("tickets", "--accept-loss"), "holds no loss back"),
        (("nobody", "--accept-loss"), "is not a source of the configuration"),
    ):
        assert part in refused(tierwatch("retire", *words, *WHO)), words
    tierwatch("retire", "INC42", *WHO)
    assert "it is retired since" in refused(tierwatch("retire", "INC42", *WHO, when=at(5, 1)))


def test_a_loss_that_is_held_back_is_accepted(tierwatch: Command, site: Site) -> None:
    detail = "8 of 20 circuits are absent from the list at once"
    with site.running() as database:
        reject = Reject("tickets", "list of circuits", "sudden_loss", detail)
        Ingest(database).commit_batch("tickets", Batch((), (reject,), {}), NOW)
        assert [one.detail for one in Losses(database).held(["tickets"])] == [detail]
        assert Losses(database).held(["others"]) == ()
    said = tierwatch("retire", "tickets", "--accept-loss", *WHO)
    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines() == [
        f"tickets: {detail}",
        "tickets: accepted by wang; what is still absent at the next poll is retired then",
    ]
    with site.running() as database:
        assert Losses(database).accepted_at("tickets") == NOW
        assert Views(database).events_of(SubjectKey("tickets", "list of circuits")) == ()
