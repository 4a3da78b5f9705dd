"""The lists behind the first page: what they show to whom, that they page on, and what they say when empty."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from html.parser import HTMLParser
from ipaddress import ip_network
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
import requests

from exporters.web.app import Views, build_app
from exporters.web.lists import AT_ONCE, NOT_AVAILABLE, ListViews
from exporters.web.serve import Server
from exporters.web.who import Gate
from monitor.access import LoggedInBy, Principal, Role
from monitor.listing import (
    AboutAlert,
    CalledRow,
    CauseMember,
    CausePage,
    CausePageSent,
    CausePlace,
    CircuitPage,
    CircuitPlace,
    CircuitQuery,
    Delivered,
    DutySpell,
    DutyWeek,
    LayerWeek,
    ListedCause,
    ListedCircuit,
    NobodyOnDuty,
    OnDutyNow,
    QuarantinedRecord,
    RecordPage,
    RecordPlace,
    RecordQuery,
    TeamWeek,
    Telling,
    TellingPage,
    TellingQuery,
    ToldRow,
    WithheldRow,
    WordToMap,
)
from monitor.messages import BOTH
from monitor.model import COUNTED_STATES, CircuitState, Name, SubjectKey
from tests.support import html_tree, snapshots

AT = snapshots.AT
HOUR = timedelta(hours=1)
KEY = SubjectKey("corp", "INC1")
LIN = Name("Lin Hai", "林海")
PATHS = ("sources", "pages", "pages?what=withheld", "pages?what=called", "causes", "oncall", "circuits")
ATTACKS = (
    "<script>document.title='owned'</script>",
    "\"><img src=x onerror=document.title='owned'>",
    "</title></textarea></pre><svg/onload=document.title='owned'>",
    "javascript:document.title='owned'",
    "‮gpj.exe\x00\x1b[2J{{ 7 * 7 }}",
)


@dataclass
class Shown:
    """What the lists are given; `asked` is what was asked for."""

    url: str = ""
    records: Sequence[QuarantinedRecord] = ()
    told: Sequence[ToldRow | WithheldRow | CalledRow] = ()
    causes: Sequence[ListedCause] = ()
    circuits: Sequence[ListedCircuit] = ()
    week: DutyWeek | None = None
    words: Sequence[WordToMap] = ()
    people: bool = True
    next: dict[str, Any] = field(default_factory=dict)
    asked: list[Any] = field(default_factory=list)

    def views(self) -> ListViews:
        return ListViews(self._records, self._told, self._causes, self._circuits, self._week, lambda: self.words)

    def _records(self, query: RecordQuery, limit: int, after: RecordPlace | None) -> RecordPage:
        self.asked.append((query, limit, after))
        return RecordPage(self.records, self.next.get("records"))

    def _told(self, query: TellingQuery, limit: int, before: int | None) -> TellingPage:
        self.asked.append((query, limit, before))
        return TellingPage(self.told, self.next.get("told"))

    def _causes(self, limit: int, after: CausePlace | None) -> CausePage:
        self.asked.append((limit, after))
        return CausePage(self.causes, self.next.get("causes"))

    def _circuits(self, query: CircuitQuery, limit: int, after: CircuitPlace | None) -> CircuitPage:
        self.asked.append((query, limit, after))
        return CircuitPage(self.circuits, self.next.get("circuits"))

    def _week(self, offset: int) -> DutyWeek | None:
        self.asked.append(offset)
        return self.week

    def who(self, name: str, groups: Sequence[str]) -> Principal:
        role = Role.NOC if self.people else Role.VIEWER
        return Principal(name, frozenset({role}), by=LoggedInBy.PROXY)

    def get(self, path: str) -> requests.Response:
        headers = {"x-remote-user": "lin"}
        return requests.get(urljoin(self.url, path), timeout=60, allow_redirects=False, headers=headers)

    def page(self, path: str, status: int = 200) -> html_tree.Element:
        answer = self.get(path)
        assert answer.status_code == status, answer.text
        return html_tree.tree(answer.text)


@pytest.fixture(scope="module")
def _running() -> Iterator[tuple[Shown, Server]]:
    shown = Shown()
    views = Views(
        snapshots.example, lambda *_: None, lambda: AT, lambda: (True, "ready"), language=BOTH,
        lists=shown.views(),
        gate=Gate(proxied=shown.who, proxies=(ip_network("127.0.0.0/8"),), user_header="x-remote-user"),
    )  # fmt: skip
    server = Server(build_app(views), "127.0.0.1", 0)
    server.start()
    shown.url = server.url
    yield shown, server
    server.stop()


@pytest.fixture
def shown(_running: tuple[Shown, Server]) -> Shown:
    known, _ = _running
    for name, value in vars(replace(Shown(), url=known.url)).items():
        setattr(known, name, value)
    return known


def about(text: str = "", key: SubjectKey = KEY) -> AboutAlert:
    return AboutAlert("k", f"X{text}", key, f"restore{text}", "used_75", "gold", Name(text or "s", text or "s"), True)


def record(text: str = "") -> QuarantinedRecord:
    return QuarantinedRecord(
        7, f"corp{text}", f"line 4{text}", f"bad_time{text}", f"INC7{text}", f"no date{text}", AT, AT
    )


def told(state: Delivered = Delivered.ACCEPTED, text: str = "", key: SubjectKey = KEY) -> ToldRow:
    accepted = AT if state is Delivered.ACCEPTED else None
    closed = AT if state in (Delivered.FAILED, Delivered.NEEDLESS) else None
    held = "s-1" if state is Delivered.HELD else ""
    reason = "replaced" if state is Delivered.NEEDLESS else "first"
    return ToldRow(9, AT, about(text, key), f"phone{text}", state, reason, accepted, closed, 0, text, held)


def cause(text: str = "", over: bool = False) -> ListedCause:
    key = SubjectKey(f"corp{text}", f"INC1{text}")
    member = CauseMember(key, f"restore{text}", "breached", AT, AT + HOUR)
    sent = (CausePageSent(f"phone{text}", 1, AT, Delivered.ACCEPTED, AT),)
    closed, due = AT if over else None, AT + HOUR
    name = f"circuit/C1{text}"
    return ListedCause("c-1", name, AT, closed, due, "gold", 1, False, key, (member,), 3, False, sent)


def circuit(text: str = "", state: CircuitState = CircuitState.UNAVAILABLE, source: str = "circuits") -> ListedCircuit:
    key = SubjectKey(f"{source}{text}", f"C1{text}")
    return ListedCircuit(key, state, AT, "gold", "AA", f"Bank{text}", f"Ring{text}", f"https://netbox.example/{text}")


def week(text: str = "") -> DutyWeek:
    begins = AT.replace(hour=0, minute=0, second=0, microsecond=0)
    days = [begins + number * 24 * HOUR for number in range(7)]
    ends = begins + 7 * 24 * HOUR
    name = Name(LIN.en + text, LIN.zh + text)
    spell = DutySpell("lin", name, f"week{text}", begins, ends - 24 * HOUR)
    gap = NobodyOnDuty(ends - 24 * HOUR, ends)
    now = OnDutyNow("lin", name, "week", begins, ends - 24 * HOUR)
    layers = [LayerWeek(f"week{text}", [spell]), LayerWeek("override", [replace(spell, layer="override")])]
    team = TeamWeek("noc", Name(f"NOC{text}", f"网管{text}"), (f"wall{text}",), now, layers, [spell], [gap], gap)
    return DutyWeek(begins, ends, "UTC", days, [team])


def test_each_list_is_reached_from_every_page_and_says_which_it_is(shown: Shown) -> None:
    for path in ("sources", "pages", "causes", "oncall", "circuits"):
        links = {a.attributes["href"]: a for a in shown.page(path).first("nav", "pages").all("a")}
        assert links[f"./{path}"].attributes["aria-current"] == "page"
        assert {"./sources", "./pages", "./causes", "./oncall", "./circuits"} <= links.keys()


@pytest.mark.parametrize("path", PATHS)
def test_where_there_is_nothing_it_is_said_what_will_appear(shown: Shown, path: str) -> None:
    calm = [one.text for one in shown.page(path).all("p", "calm")]
    assert calm
    assert any("will appear" in text or "appears here" in text for text in calm)
    assert any("显示在此" in text for text in calm)


@pytest.mark.parametrize("path", PATHS)
def test_a_list_sends_no_script_and_needs_none(shown: Shown, path: str) -> None:
    shown.week = week()
    answer = shown.get(path)
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert html_tree.tree(answer.text).all("script") == []
    assert "style=" not in answer.text


def test_a_source_says_how_fresh_it_is_and_what_to_do(shown: Shown) -> None:
    lines = shown.page("sources").first("section").all("li")
    states = [set((line.attributes["class"] or "").split()) for line in lines]
    assert len(lines) == len(snapshots.example().sources)
    assert states == sorted(states, key=lambda one: ("unavailable", "degraded", "unknown", "available").index(*one))
    for line in lines:
        assert line.first("p", "todo").text
        assert "stale after" in line.text


def test_a_word_is_shown_with_the_lines_to_write(shown: Shown) -> None:
    shown.words = (WordToMap("corp", "status", "Parked", 3, KEY, "sources:\n  corp:\n    mapping: {}"),)
    panel = shown.page("sources").all("section")[1]
    assert "Parked" in panel.text
    assert panel.first("pre").children == ["sources:\n  corp:\n    mapping: {}"]
    assert panel.first("pre").attributes["tabindex"] == "0", "it scrolls, so the keyboard must reach it"
    assert panel.first("a").attributes["href"] == "./explain/corp/INC1"


def test_records_are_listed_with_the_commands_for_them_and_page_on(shown: Shown) -> None:
    shown.records, shown.next = (record(),), {"records": RecordPlace("corp/1", "bad time", 7)}
    page = shown.page("sources?source=corp%2F1")
    (row,) = page.first("table", "lists").rows()
    assert [cell.text for cell in row][:3] == ["7", "corp", "bad_time"]
    assert any(code.text.startswith("tierwatch quarantine retry NUMBER") for code in page.all("code"))
    link = next(a for a in page.all("a") if a.attributes.get("rel") == "next")
    assert shown.asked[-1] == (RecordQuery("corp/1", ""), AT_ONCE, None)
    shown.page(str(link.attributes["href"]))
    assert shown.asked[-1] == (RecordQuery("corp/1", ""), AT_ONCE, RecordPlace("corp/1", "bad time", 7))


@pytest.mark.parametrize("state", Delivered)
def test_what_became_of_a_page_is_a_word_and_a_sentence(shown: Shown, state: Delivered) -> None:
    shown.told = (told(state),)
    (row,) = shown.page("pages").first("table", "lists").rows()
    words = {
        Delivered.ACCEPTED: "delivered", Delivered.WAITING: "waits", Delivered.TRIED: "tried", Delivered.HELD: "held",
        Delivered.FAILED: "failed", Delivered.NEEDLESS: "not needed",
    }  # fmt: skip
    assert words[state] in row[3].text
    assert row[2].first("a").attributes["href"] == "./explain/corp/INC1"


def test_why_a_page_was_withheld_is_a_sentence(shown: Shown) -> None:
    shown.told = (WithheldRow(3, AT, about(), "phone", "silenced", "s-1"),)
    (row,) = shown.page("pages?what=withheld").first("table", "lists").rows()
    assert "not sent, silenced (s-1)" in row[3].text


def test_pages_are_filtered_and_go_on_with_the_same_filter(shown: Shown) -> None:
    shown.told, shown.next = (told(),), {"told": 41}
    page = shown.page("pages?tier=gold&channel=phone&subject=corp%2FINC%2F1")
    query = TellingQuery(Telling.SENT, "gold", "phone", "", SubjectKey("corp", "INC/1"))
    assert shown.asked[-1] == (query, AT_ONCE, None)
    fields = {one.attributes["name"]: one.attributes["value"] for one in page.first("form", "filter").all("input")}
    assert fields == {"what": "sent", "tier": "gold", "channel": "phone", "subject": "corp/INC/1"}
    older = next(a for a in page.all("a") if a.attributes.get("rel") == "next")
    shown.page(str(older.attributes["href"]))
    assert shown.asked[-1] == (query, AT_ONCE, 41)
    assert "form-action 'self'" in shown.get("pages").headers["content-security-policy"]


@pytest.mark.parametrize("asked", ["before=x", "before=", "before=9999999999999999999999", "before=1.5", "after=a/b"])
def test_a_place_that_is_none_begins_at_the_beginning(shown: Shown, asked: str) -> None:
    for path in ("pages", "causes", "sources", "circuits"):
        shown.page(f"{path}?{asked}")
        assert shown.asked[-1][-1] is None or shown.asked[-1][-1] == 2**63 - 1


def test_there_is_no_other_list(shown: Shown) -> None:
    shown.page("pages?what=everything", 400)
    assert shown.asked == []


def test_names_of_people_are_for_those_who_may_read_them(shown: Shown) -> None:
    shown.week = week()
    shown.told = (CalledRow(3, AT, about(), "noc", "wang", 1, "share"),)
    confirmed = replace(told(), confirmed_at=AT, confirmed_by="Zhao")
    assert "wang" in shown.page("pages?what=called").text
    assert "Lin Hai" in shown.page("oncall").text
    shown.told = (confirmed,)
    assert "Zhao" in shown.page("pages").text
    shown.people, shown.asked = False, []
    assert "Zhao" not in shown.get("pages").text
    assert "phone" not in shown.page("pages?channel=phone").first("table", "lists").text, "receivers bear names, too"
    assert shown.asked[-1][0].channel == "", "and a filter would tell whose it is"
    assert "confirmed at" in shown.page("pages").text
    shown.causes = (cause(),)
    assert "phone" not in shown.get("causes").text
    assert "Lin Hai" not in shown.get("oncall").text
    assert "林海" not in shown.get("oncall").text
    assert "somebody" in shown.page("oncall").text
    asked = len(shown.asked)
    assert "wang" not in shown.get("pages?what=called").text
    assert len(shown.asked) == asked, "calls are not even read"


def test_a_cause_has_its_tickets_and_the_page_that_stands_for_them(shown: Shown) -> None:
    shown.causes, shown.next = (cause(), cause(over=True)), {"causes": CausePlace(1, "", 12, "c/1")}
    page = shown.page("causes")
    first, second = (one for one in page.first("ul", "causes").children if isinstance(one, html_tree.Element))
    assert [one.attributes["href"] for one in first.all("a")] == ["./explain/corp/INC1"] * 2
    assert "3 tickets or circuits" in first.text
    assert "delivered 已送达 phone, page 1" in first.text
    assert "over since" in second.text
    more = next(a for a in page.all("a") if a.attributes.get("rel") == "next")
    shown.page(str(more.attributes["href"]))
    assert shown.asked[-1] == (AT_ONCE, CausePlace(1, "", 12, "c/1"))


def test_circuits_that_are_not_available_are_listed_with_what_is_known_of_each(shown: Shown) -> None:
    shown.circuits = (circuit(), circuit(source="legacy", state=CircuitState.DEGRADED))
    page = shown.page("circuits")
    assert shown.asked[-1] == (CircuitQuery(NOT_AVAILABLE), AT_ONCE, None)
    first, second = page.first("ul", "list").all("li")
    assert [link.attributes["href"] for link in first.all("a")] == [
        "./circuits/circuits/C1", "https://netbox.example/",
    ]  # fmt: skip
    assert "Unavailable 中断" in first.text
    assert "Bank" in first.text
    assert "too old" in second.text, "its source is stale in the example"
    assert "too old" not in first.text


@pytest.mark.parametrize("state", COUNTED_STATES)
def test_circuits_are_filtered_and_go_on_with_the_same_filter(shown: Shown, state: CircuitState) -> None:
    shown.circuits, shown.next = (circuit(),), {"circuits": CircuitPlace(state, "a/b", "gold", "AA", "C 1")}
    page = shown.page(f"circuits?state={state}&tier=gold&assurance=AA&source=a%2Fb")
    query = CircuitQuery(frozenset({state}), frozenset({"a/b"}), frozenset({"gold"}), frozenset({"AA"}))
    assert shown.asked[-1] == (query, AT_ONCE, None)
    fields = {one.attributes["name"]: one.attributes["value"] for one in page.first("form", "filter").all("input")}
    assert fields == {"tier": "gold", "assurance": "AA", "source": "a/b"}
    (chosen,) = [one for one in page.all("option") if "selected" in one.attributes]
    assert chosen.attributes["value"] == state
    more = next(a for a in page.all("a") if a.attributes.get("rel") == "next")
    shown.page(str(more.attributes["href"]))
    assert shown.asked[-1] == (query, AT_ONCE, shown.next["circuits"])
    assert "form-action 'self'" in shown.get("circuits").headers["content-security-policy"]


@pytest.mark.parametrize("state", ["retired", "up", "<b>"])
def test_there_are_no_circuits_of_another_state(shown: Shown, state: str) -> None:
    assert "available, degraded, unavailable or unknown" in shown.page(f"circuits?state={state}", 400).text
    assert shown.asked == []


def test_the_week_has_bars_who_is_on_duty_now_and_its_gap(shown: Shown) -> None:
    shown.week = week()
    page = shown.page("oncall")
    team = page.first("section", "team")
    assert "Lin Hai 林海" in team.first("p", "verdict").text
    assert "Nobody is on duty from" in team.text
    pictures = team.all("svg", "week")
    assert len(pictures) == 3, "the rota as it holds, and two layers"
    bars = pictures[0].all("rect")
    assert [(bar.attributes["x"], bar.attributes["width"]) for bar in bars] == [("0.0", "857.14"), ("857.14", "142.86")]
    assert bars[1].attributes["class"] == "gap"
    assert [one.text for one in team.first("ul", "legend").all("li")] == ["Lin Hai 林海"]
    assert all(one.attributes["aria-label"] for one in pictures)
    assert [link.attributes.get("href") for link in page.first("nav", "tabs").all("a")] == [
        "oncall?week=-1",
        "oncall?week=1",
    ]
    for asked, offset in (("week=3", 3), ("week=-999", -8), ("week=999", 52), ("week=x", 0)):
        shown.page(f"oncall?{asked}")
        assert shown.asked[-1] == offset


class Inert(HTMLParser):
    """Collects what a browser would run or load."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [tag] if tag in ("script", "img", "iframe", "textarea") else []
        self.found += [name for name, _ in attrs if name.startswith("on")]
        for name, value in attrs:
            if name in ("href", "src", "action") and urlsplit(value or "").scheme not in ("", "http", "https"):
                self.found.append(f"{name}={value}")


@pytest.mark.parametrize("attack", ATTACKS)
def test_text_of_others_is_shown_and_runs_nothing(shown: Shown, attack: str) -> None:
    key = SubjectKey(f"corp{attack}", f"INC{attack}")
    shown.records, shown.causes, shown.week = (record(attack),), (cause(attack),), week(attack)
    shown.words = (WordToMap(f"corp{attack}", "status", attack, 1, key, f"sources: {attack}"),)
    shown.circuits = (circuit(attack),)
    shown.next = {
        "records": RecordPlace(attack, attack, 1), "causes": CausePlace(0, attack, 0, attack),
        "circuits": CircuitPlace("unknown", attack, attack, attack, attack),
    }  # fmt: skip
    rows: dict[str, tuple[Any, ...]] = {
        "pages": (told(text=attack, key=key), replace(told(), confirmed_at=AT, confirmed_by=attack)),
        "pages?what=withheld": (WithheldRow(3, AT, about(attack, key), attack, attack, attack),),
        "pages?what=called": (CalledRow(3, AT, about(attack, key), attack, attack, 1, attack),),
    }
    for path in PATHS:
        shown.told = rows.get(path, ())
        text = shown.get(path).text
        inert = Inert()
        inert.feed(text)
        assert inert.found == [], path
        assert "\x00" not in text
        assert "\x1b" not in text
        assert "\u202e" not in text
    hostile = requests.get(f"{shown.url}pages", params={"tier": attack, "subject": f"a/{attack}"}, timeout=60)
    inert = Inert()
    inert.feed(hostile.text)
    assert inert.found == []


def test_what_a_link_holds_of_others_comes_back_whole(shown: Shown) -> None:
    attack = "a&b=c/ü #?%2F\"'<>"
    shown.records, shown.next = (record(),), {"records": RecordPlace(attack, attack, 1)}
    link = next(a for a in shown.page("sources").all("a") if a.attributes.get("rel") == "next")
    assert parse_qs(urlsplit(str(link.attributes["href"])).query).keys() == {"after"}
    shown.page(str(link.attributes["href"]))
    assert shown.asked[-1][2] == RecordPlace(attack, attack, 1)
