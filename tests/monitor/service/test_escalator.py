from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from alerts.delivery.outbox import Linking
from alerts.oncall.ack_tokens import Acknowledgement, sign
from exporters.web.acknowledgement import AcknowledgementActions, AlertToAcknowledge, FormEntry, Refused
from monitor.config import config_file
from monitor.messages import text
from monitor.service.escalator import FULL, LOOK_AGAIN, MOST_PEOPLE, NAMELESS, Escalator, keys_of, linking
from monitor.store.clocks import Clocks
from monitor.store.database import Database
from tests.support.cases import at
from tests.support.command_line import CONFIG
from tests.support.pages import alert
from tests.support.to_all import ToAll

ROTA = """
people: {zhang: {name: {en: Zhang}, receivers: [log]}}
teams: {noc: {name: {en: NOC}, receivers: [log], calendar: {file: noc.ics}}}
"""
ICS = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260101T000000Z\r\n"
    "DTSTART:20260101T000000Z\r\nDTEND:20270101T000000Z\r\nSUMMARY:zhang\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


@dataclass
class Place:
    folder: Path
    database: Database
    now: datetime = field(default_factory=lambda: at(0))

    def escalator(self, more: str = "oncall: oncall.yml\n") -> Escalator:
        path = self.folder / "tierwatch.yml"
        path.write_text(CONFIG + "link_secret: {file: secret}\napi_token: {file: token}\n" + more, encoding="utf-8")
        return Escalator(config_file.load(path), self.database, {}, lambda: "https://tw.example", lambda: self.now)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    (tmp_path / "secret").write_text("a secret of thirty-two bytes, or more")
    (tmp_path / "token").write_text("sesame")
    (tmp_path / "oncall.yml").write_text(ROTA)
    (tmp_path / "noc.ics").write_text(ICS)
    database = Database(f"sqlite:///{tmp_path}/other.db")
    yield Place(tmp_path, database)
    database.close()


def test_a_calendar_that_is_gone_leaves_the_last_good_copy_and_says_how_old_it_is(place: Place) -> None:
    escalator = place.escalator()
    assert escalator.has_feeds
    os.remove(place.folder / "noc.ics")
    place.now = at(5)
    with capture_logs() as logs:
        escalator.refresh()
    (line,) = logs
    assert line["event"] == "rota_noticed"
    assert line["what"].endswith("on duty is who was by the copy of 2026-01-05 00:00Z (5h old)")


@pytest.mark.parametrize(
    ("token", "reason"),
    [("nonsense", "malformed"), ("a.b", "forged"), ("", "malformed"), ("x" * 5000 + ".y", "malformed")],
)
def test_a_link_that_is_not_ours_is_refused_and_logged_without_it(place: Place, token: str, reason: str) -> None:
    desk = place.escalator().desk()
    assert desk is not None
    with capture_logs() as logs:
        for refused in (desk.read(token), desk.by_link(token, FormEntry("me"))):
            assert isinstance(refused, Refused)
            assert refused.status == 403
            assert text(refused.sentence, "en").endswith(".")
            assert text(refused.sentence, "zh").endswith("。")
    assert [line["reason"] for line in logs] == [reason, reason]
    assert not token or token not in str(logs)


def test_a_link_expires_and_one_that_was_tampered_with_is_forged(place: Place) -> None:
    escalator = place.escalator()
    desk, keys = escalator.desk(), keys_of(config_file.load(place.folder / "tierwatch.yml"))
    assert desk is not None
    assert keys is not None
    token = sign(Acknowledgement("k", "used_75", at(1), person="zhang"), keys)
    assert desk.read(token) == Refused(404, desk.read(token).sentence)  # type: ignore[union-attr]
    place.now = at(1)
    with capture_logs() as logs:
        assert isinstance(desk.read(token), Refused)
        assert isinstance(desk.read(token[:-1] + ("A" if token[-1] != "A" else "B")), Refused)
    assert [line["reason"] for line in logs] == ["expired", "forged"]


@pytest.mark.parametrize("author", ["", "\u200b\u202e", "\t \n", "\x00"])
def test_a_link_that_names_nobody_needs_a_name_and_nothing_is_kept_without_one(place: Place, author: str) -> None:
    escalator = place.escalator()
    desk, add = escalator.desk(), linking_of(place)
    assert desk is not None
    sent = add(alert(ago=0), place.now)
    Clocks(place.database).commit_alerts([alert(ago=0)], ToAll(), place.now)
    token = sent.annotations["acknowledge_url"].removeprefix("https://tw.example/acknowledge/")
    asked = desk.read(token)
    assert isinstance(asked, AlertToAcknowledge)
    assert (asked.key, asked.person, asked.acknowledged) == (sent.key, "", ())
    with capture_logs() as logs:
        for refused in (
            desk.by_link(token, FormEntry(author, "note")),
            desk.by_key(sent.key, FormEntry(author, "note")),
        ):
            assert refused == Refused(400, NAMELESS)
    assert desk.read(token) == asked
    assert logs == []
    taken = desk.by_link(token, FormEntry("Lin\u202e", "note"))
    assert isinstance(taken, AlertToAcknowledge)
    assert [(one.author, one.via, one.note) for one in taken.acknowledged] == [("Lin", "link", "note")]


def test_who_was_told_need_not_write_his_name(place: Place) -> None:
    desk, keys = place.escalator().desk(), keys_of(config_file.load(place.folder / "tierwatch.yml"))
    assert desk is not None
    assert keys is not None
    Clocks(place.database).commit_alerts([alert(ago=0)], ToAll(), place.now)
    token = sign(Acknowledgement(alert().key, "used_75", at(1), person="zhang"), keys)
    taken = desk.by_link(token, FormEntry("\u200b"))
    assert isinstance(taken, AlertToAcknowledge)
    assert [one.author for one in taken.acknowledged] == ["zhang"]


def open_link(place: Place) -> tuple[AcknowledgementActions, str]:
    """What the page may do, and the token of a link that names nobody, in the page of an alert that fires."""
    desk = place.escalator().desk()
    assert desk is not None
    firing = alert(ago=0)
    place.now = firing.starts_at + timedelta(seconds=1)
    sent = linking_of(place)(firing, place.now)
    Clocks(place.database).commit_alerts([firing], ToAll(), place.now)
    return desk, sent.annotations["acknowledge_url"].removeprefix("https://tw.example/acknowledge/")


def authors(found: AlertToAcknowledge | Refused) -> list[str]:
    assert isinstance(found, AlertToAcknowledge)
    return [one.author for one in found.acknowledged]


@pytest.mark.parametrize("again", ["Zhang Wei", "zhang  wei", " ＺＨＡＮＧ Wei\u200b", "ZHANG\tWEI"])
def test_a_link_acknowledges_once_for_each_person(place: Place, again: str) -> None:
    desk, token = open_link(place)
    assert authors(desk.by_link(token, FormEntry("Zhang Wei", "first"))) == ["Zhang Wei"]
    for _ in range(3):
        assert authors(desk.by_link(token, FormEntry(again, "once more"))) == ["Zhang Wei"]
    assert authors(desk.by_link(token, FormEntry("Li Na"))) == ["Zhang Wei", "Li Na"]


def test_twenty_people_acknowledge_by_the_links_of_an_alert_and_no_more(place: Place) -> None:
    desk, token = open_link(place)
    for number in range(MOST_PEOPLE):
        assert len(authors(desk.by_link(token, FormEntry(f"person {number}")))) == number + 1
    with capture_logs() as logs:
        for name in ("one more", "another", "x" * 5000):
            assert desk.by_link(token, FormEntry(name, "note")) == Refused(409, FULL)
    assert {line["reason"] for line in logs} == {"too_many_people"}
    assert token not in str(logs)
    assert len(authors(desk.read(token))) == MOST_PEOPLE
    assert len(authors(desk.by_link(token, FormEntry("PERSON 3")))) == MOST_PEOPLE, "who did is told that it stands"


def test_who_was_told_by_a_link_of_their_own_and_a_program_always_may(place: Place) -> None:
    desk, token = open_link(place)
    for number in range(MOST_PEOPLE):
        desk.by_link(token, FormEntry(f"person {number}"))
    keys = keys_of(config_file.load(place.folder / "tierwatch.yml"))
    assert keys is not None
    own = sign(Acknowledgement(alert().key, "used_75", place.now + timedelta(hours=1), person="zhang"), keys)
    assert desk.by_link(own, FormEntry("somebody else")) == Refused(409, FULL)
    assert authors(desk.by_link(own, FormEntry("")))[-1] == "zhang"
    assert authors(desk.by_key(alert().key, FormEntry("chatops")))[-1] == "chatops"


def test_many_at_once_are_no_more_than_twenty(place: Place) -> None:
    desk, token = open_link(place)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda number: desk.by_link(token, FormEntry(f"person {number}")), range(40)))
    assert sum(isinstance(one, Refused) for one in found) == 40 - MOST_PEOPLE
    assert len(set(authors(desk.read(token)))) == len(authors(desk.read(token))) == MOST_PEOPLE


def test_without_a_secret_pages_have_no_link(place: Place) -> None:
    (place.folder / "tierwatch.yml").write_text(CONFIG, encoding="utf-8")
    said = alert()
    assert (
        linking(config_file.load(place.folder / "tierwatch.yml"), lambda: "https://tw.example")(said, place.now) is said
    )


def test_links_begin_with_the_address_that_is_known_when_they_are_sent(place: Place) -> None:
    place.escalator()
    known = [""]
    add = linking(config_file.load(place.folder / "tierwatch.yml"), lambda: known[0])
    assert "acknowledge_url" not in add(alert(), place.now).annotations
    known[0] = "https://tw.example"
    assert "acknowledge_url" in add(alert(), place.now).annotations


def linking_of(place: Place) -> Linking:
    return linking(config_file.load(place.folder / "tierwatch.yml"), lambda: "https://tw.example")


def test_a_programs_token_is_compared_and_never_logged(place: Place) -> None:
    desk = place.escalator().desk()
    assert desk is not None
    assert desk.allows is not None
    with capture_logs() as logs:
        assert desk.allows("sesame")
        assert not desk.allows("sésame")
        assert not desk.allows("")
    assert [line["reason"] for line in logs] == ["unauthorized"] * 2
    assert "same" not in str([line for line in logs if line["event"] != "acknowledgement_refused"])


def test_without_a_rota_nobody_is_called(place: Place) -> None:
    escalator = place.escalator("")
    assert not escalator.look(at(0), news=True)
    assert escalator.next_at is None


def test_steps_are_judged_at_news_but_no_oftener_than_once_a_second(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    escalator, looked = place.escalator(), []
    original = escalator._store.look
    monkeypatch.setattr(escalator._store, "look", lambda now: looked.append(now) or original(now))
    for milliseconds in range(0, 3000, 100):
        escalator.look(at(0) + timedelta(milliseconds=milliseconds), news=True)
    assert len(looked) == 3
    escalator.look(at(0) + LOOK_AGAIN + timedelta(seconds=3))
    assert len(looked) == 4
