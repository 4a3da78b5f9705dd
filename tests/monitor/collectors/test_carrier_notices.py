"""Carriers' notices from maildirs, folders and mailboxes: what becomes of each, and what is left as it was."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from monitor.collectors import carrier_notices
from monitor.collectors._notice_parser import Kind, NoticeParser
from tests.support.collecting import NOW, Polled, poll
from tests.support.imap_server import Box, ImapServer
from tests.support.notice_stand_in import SENT, mail, said, stand_in
from tests.support.peers import HANGING

OURS = {"zayo": {"C-1": {"circuit": "noc/our-1", "tier": "gold", "customer": "acme"}}}
SENDERS = {"@zayo.com": "zayo", "@colt.net": "colt"}


def collector(made_in: Path, **options: Any) -> Any:
    given = {"python": stand_in(made_in), "senders": SENDERS, "circuits": OURS, **options}
    return carrier_notices.build(TypeAdapter(carrier_notices.Config).validate_python(given))


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    for part in ("new", "cur", "tmp"):
        (tmp_path / "box" / part).mkdir(parents=True)
    return tmp_path / "box"


def read(maildir: Path, position: Any = None, days: float = 0, **options: Any) -> Polled:
    return poll(collector(maildir.parent, maildir=str(maildir), **options), position, NOW + timedelta(days=days))


def statuses(polled: Polled, subject: str = "zayo:M1") -> list[str | None]:
    return [event.status for event in polled.of(subject)]


def test_a_notice_is_a_planned_change_with_its_start_and_the_circuit_of_ours(maildir: Path) -> None:
    (maildir / "new" / "1").write_bytes(mail(said()))
    found = read(maildir)
    assert (found.error, found.rejects) == (None, [])
    (event,) = found.events
    assert (event.source, event.kind, event.subject, event.status) == ("corp", "change", "zayo:M1", "confirmed")
    assert (event.at, event.opened_at) == (SENT, SENT)
    assert event.fields["planned"] == (SENT + timedelta(days=10)).isoformat()
    assert {name: event.fields[name] for name in ("provider", "circuit", "tier", "customer")} == {
        "provider": "zayo", "circuit": "our-1", "tier": "gold", "customer": "acme",
    }  # fmt: skip


def test_mails_stay_where_they_are_and_one_that_is_marked_as_seen_is_not_read_anew(maildir: Path) -> None:
    (maildir / "new" / "1").write_bytes(mail(said()))
    first = read(maildir)
    (maildir / "new" / "1").rename(maildir / "cur" / "1:2,S")
    (maildir / "new" / "2").write_bytes(mail(said("M2")))
    second = read(maildir, json.loads(json.dumps(first.position)))
    assert second.subjects == {"zayo:M2"}
    assert sorted(path.name for path in maildir.rglob("*") if path.is_file()) == ["1:2,S", "2"]


def test_what_spoils_the_parser_is_set_aside_and_the_others_are_read(maildir: Path) -> None:
    for name, body in (("1", "die"), ("2", "babble"), ("3", "[]")):
        (maildir / "new" / name).write_bytes(mail(body=body))
    (maildir / "new" / "4").write_bytes(mail(said()))
    found = read(maildir)
    assert [(one.record_id, one.reason) for one in found.rejects] == [(n, "too_much_work") for n in "123"]
    assert found.subjects == {"zayo:M1"}


def test_a_circuit_that_nobody_knows_is_named_and_the_change_counts(maildir: Path) -> None:
    (maildir / "new" / "1").write_bytes(mail(said(circuits=["C-1", "X-9"])))
    found = read(maildir)
    assert [(one.record_id, one.reason, one.subject) for one in found.rejects] == [
        ("zayo/X-9", "unmatched_circuit", "zayo:M1")
    ]
    assert statuses(found) == ["confirmed"]
    known = {"zayo": {**OURS["zayo"], "x-9 ": {"circuit": "noc/our-9"}}}
    again = read(maildir, found.position, circuits=known)
    assert again.rejects == []
    assert again.ids <= found.ids, "all is said anew, and nothing of it is new"


def test_a_notice_that_moves_the_work_opens_the_change_and_announces_it_anew(maildir: Path) -> None:
    moved = said(status="RE-SCHEDULED", sequence=2, stamp=int(SENT.timestamp()) + 3600)
    off = said(status="CANCELLED", sequence=3, stamp=int(SENT.timestamp()) + 7200, start=0, end=1, circuits=[])
    for number, one in enumerate((moved, said(), off)):
        (maildir / "new" / str(number)).write_bytes(mail(one))
    found = read(maildir)
    latest = {event.place: event for event in found.of("zayo:M1")}
    assert [event.status for event in list(latest.values())[-3:]] == ["re-scheduled", "announced", "cancelled"]
    assert {event.opened_at for event in list(latest.values())[-3:]} == {SENT}


def test_the_same_id_of_another_carrier_is_another_work(maildir: Path) -> None:
    (maildir / "new" / "1").write_bytes(mail(said()))
    (maildir / "new" / "2").write_bytes(mail(said(status="CANCELLED"), sender="x@colt.net"))
    found = read(maildir)
    assert statuses(found, "zayo:M1") == ["confirmed"]
    assert statuses(found, "colt:M1") == ["cancelled"]


def test_mails_of_nobody_that_is_believed_are_set_aside_unparsed(maildir: Path) -> None:
    (maildir / "new" / "1").write_bytes(mail(said(), sender="noc@evil.example"))
    found = read(maildir)
    assert [one.reason for one in found.rejects] == ["not_believed"]
    assert found.events == []


def test_a_folder_says_by_its_name_whose_notices_are_in_it(tmp_path: Path) -> None:
    folder = tmp_path / "files"
    (folder / "zayo").mkdir(parents=True)
    (folder / "nobody").mkdir()
    (folder / "zayo" / "1.ics").write_bytes(json.dumps({"notices": [said()]}).encode())
    (folder / "zayo" / ".half.ics").write_bytes(b"hang")
    (folder / "2.ics").write_bytes(b"hang")
    (folder / "3.exe").write_bytes(b"hang")
    (folder / "4.eml").write_bytes(mail(said("M4")))
    (folder / "nobody" / "5.ics").write_bytes(b"hang")
    reading = collector(tmp_path, folder=str(folder))
    found = poll(reading)
    assert found.subjects == {"zayo:M1", "zayo:M4"}
    assert {one.record_id: one.reason for one in found.rejects} == {
        "2.ics": "not_believed", "3.exe": "unknown_kind", "nobody/5.ics": "unknown_provider",
    }  # fmt: skip
    (folder / "zayo" / "1.ics").write_bytes(json.dumps({"notices": [said(sequence=2, summary="longer")]}).encode())
    assert poll(reading, found.position).subjects == {"zayo:M1"}, "a file that is written anew is read again"


def test_a_file_larger_than_any_notice_is_refused_unparsed(maildir: Path) -> None:
    with (maildir / "new" / "1").open("wb") as file:
        file.write(mail(body="hang"))
        file.truncate(100_000_000)
    assert [one.reason for one in read(maildir).rejects] == ["too_large"]


def test_a_python_without_the_parser_is_a_sentence(maildir: Path) -> None:
    (maildir / "new" / "1").write_bytes(mail(said()))
    error = read(maildir, python=None).error
    assert error is not None
    assert "has no package circuit_maintenance_parser; install tierwatch[notices]" in str(error)
    error = read(maildir, python="/nowhere/python").error
    assert error is not None
    assert "/nowhere/python does not run the parser of notices (No such file or directory)" in str(error)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"maildir": "/a", "folder": "/b"},
        {"maildir": "/a", "senders": {}},
        {"maildir": "/a", "senders": {"zayo": "zayo"}},
        {"folder": "/a", "circuits": {"zayo": {"C": {"circuit": "our-1"}}}},
        {"host": "h", "username": "u"},
        {"host": "mail.example", "username": "u", "password": {"env": "P"}, "tls": "none"},
    ],
)
def test_options_that_cannot_be_meant_are_refused(tmp_path: Path, options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        collector(tmp_path, **options)


@pytest.fixture
def by_imap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("IMAP_PASSWORD", "secret word")
    with ImapServer() as server:

        def ask(position: Any = None, **options: Any) -> Polled:
            given = {"host": "127.0.0.1", "port": server.port, "tls": "none", "username": "u", "timeout": "20s"}
            given |= {"password": {"env": "IMAP_PASSWORD"}, **options}
            return poll(collector(tmp_path, **given), position)

        yield server.box, ask


def test_a_mailbox_is_read_once_and_nothing_in_it_changes(by_imap: tuple[Box, Any]) -> None:
    box, ask = by_imap
    box.mails = {3: mail(said()), 5: mail(said("M2"))}
    first = ask()
    assert (first.error, first.subjects) == (None, {"zayo:M1", "zayo:M2"})
    box.mails[9] = mail(said("M3"))
    second = ask(json.loads(json.dumps(first.position)))
    assert second.subjects == {"zayo:M3"}
    assert ask(second.position).subjects == set()
    assert box.flags_changed == 0


def test_another_uidvalidity_reads_the_mailbox_anew_which_changes_nothing(by_imap: tuple[Box, Any]) -> None:
    box, ask = by_imap
    box.mails = {3: mail(said())}
    first = ask()
    box.validity, box.mails = 8, {1: mail(said()), 2: mail(said("M2"))}
    second = ask(first.position)
    assert second.subjects == {"zayo:M2"}, "M1 is known, and what is known is not said again"


def test_a_mail_that_is_too_large_is_named_and_not_fetched(by_imap: tuple[Box, Any]) -> None:
    box, ask = by_imap
    box.mails, box.says_size = {3: mail(said())}, 100_000_000
    found = ask()
    assert [(one.record_id, one.reason) for one in found.rejects] == [("mail 3", "too_large")]
    assert not any("BODY.PEEK[]" in command for command in box.commands)


def test_a_server_that_hangs_up_is_asked_again_from_where_it_was(by_imap: tuple[Box, Any]) -> None:
    box, ask = by_imap
    box.mails, box.drops_after = {uid: mail(said(f"M{uid}")) for uid in range(1, 30)}, 48
    first = ask()
    assert first.error is not None
    assert first.error.retryable
    assert len(first.subjects) == 20
    box.drops_after = 10_000
    assert len(ask(first.position).subjects) == 9


def test_a_refused_login_shows_no_secret(by_imap: tuple[Box, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    _, ask = by_imap
    monkeypatch.setenv("IMAP_PASSWORD", "another s3cret")
    error = ask().error
    assert error is not None
    assert not error.retryable
    assert "it refused the login in" in str(error)
    assert "s3cret" not in str(error)
    monkeypatch.setenv("IMAP_PASSWORD", "secret word")
    wrong = ask(mailbox="Other").error
    assert wrong is not None
    assert "does not open the mailbox 'Other'" in str(wrong)


def test_the_parser_is_started_once_for_many_and_ends_with_the_poll(tmp_path: Path) -> None:
    with NoticeParser(Path(stand_in(tmp_path)), "corp") as parser:
        for _ in range(3):
            answer = parser.parse(mail(said()), Kind.MAIL, "zayo", NOW)
            assert len(answer.notices) == 1
        assert parser.starts == 1
        process = parser._process
    assert process is not None
    assert process.returncode is not None


def test_a_notice_on_which_the_parser_hangs_ends_it_and_the_next_one_is_read_by_another(tmp_path: Path) -> None:
    with NoticeParser(Path(stand_in(tmp_path)), "corp", patience=0.5) as parser:
        assert parser.parse(mail(body="hang"), Kind.MAIL, "zayo", NOW).refused == "too_much_work"
        parser.patience = HANGING
        assert len(parser.parse(mail(said()), Kind.MAIL, "zayo", NOW).notices) == 1
        assert parser.starts == 2
