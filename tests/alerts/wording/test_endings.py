"""What is told at an end is true: every alert name and every reason, through every notifier."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from alerts.delivery.templates import Template
from alerts.notifiers import alertmanager, webhook
from alerts.notifiers._words import neutral, words
from alerts.wording import endings
from monitor.alert.alert import Alert, Notifier
from monitor.alert.reasons import OVER_FOR_GOOD, Reason, Verdict
from monitor.config import plugins
from monitor.model import Name
from tests.support import smtp_server
from tests.support.beginnings import BEGINNINGS, NEVER_END
from tests.support.cases import at
from tests.support.desk import SETTINGS
from tests.support.notifier_samples import SAMPLES, built, kept_apprise
from tests.support.pages import page
from tests.support.webhook import Webhook, listening

ROOT = Path(__file__).parents[3]
CASES = [(name, reason) for name, rows in endings.ENDINGS.items() for reason in rows]
ENDS = {reason for rows in endings.ENDINGS.values() for reason in rows}
WHAT = Name("THE-SUBJECT of it", "主体 THE-SUBJECT")
OF_THE_MOMENT = {
    "due": "2026-01-05 12:00 +08:00", "time_left": "60 min", "overdue_by": "3 h", "escalated_to": "张伟",
    "silence_until": "2026-01-05 17:00 +08:00", "silence_reason": "works", "change": "the first promise is broken",
    "change_zh": "首个承诺已超时", "acknowledge_url": "https://tierwatch.example/acknowledge/x", "last_success": "x",
}  # fmt: skip
STALE = (
    "Nobody is paged", "在此之前不会就", "silence end", "silence expire", "Let it page again", "left, due",
    "到期，早于", "Will be broken", "若不恢复将超时", "not paged one by one", "is tried again", "Repeated at",
)  # fmt: skip


def began(name: str) -> Alert:
    alert = BEGINNINGS[name]()
    return replace(alert, annotations={**alert.annotations, **OF_THE_MOMENT})


def ended(name: str, reason: Reason) -> Alert:
    return endings.end(began(name), at(30), reason, WHAT, SETTINGS)


def lines_of(name: str) -> Iterator[str]:
    """What a beginning says, but for links, which stay true."""
    said = BEGINNINGS[name]().annotations
    for text in ("summary", "summary_zh", "description", "description_zh"):
        yield from (line for line in said.get(text, "").splitlines() if "https://" not in line and line.strip())


def check(said: str, name: str) -> None:
    """That a text of an end says nothing of the beginning, and whom it is about."""
    for line in lines_of(name):
        assert line not in said, f"repeats {line!r}"
        assert neutral(line) not in said, f"repeats {line!r}"
    for phrase in STALE:
        assert phrase not in said
    assert "THE-SUBJECT" in said


@pytest.mark.parametrize(("name", "reason"), CASES, ids=lambda part: str(part))
def test_an_end_keeps_only_what_stays_true(name: str, reason: Reason) -> None:
    beginning, end = began(name), ended(name, reason)
    assert (end.reason, end.annotations["reason"], end.firing) == (reason, reason.value, False)
    assert end.labels == beginning.labels
    assert not set(OF_THE_MOMENT) & end.annotations.keys()
    kept = {key for key, text in end.annotations.items() if beginning.annotations.get(key) == text}
    assert kept <= set(endings.KEPT)
    for text in ("summary", "summary_zh", "description", "description_zh"):
        check(end.annotations[text], name)
    assert end.annotations["description"].startswith(end.annotations["summary"])
    assert end.annotations["description_zh"].startswith(end.annotations["summary_zh"])
    assert "2026-01-06 14:00 +08:00" in end.annotations["summary"]
    assert re.search(r"[一-鿿]", end.annotations["summary_zh"])
    assert "{" not in end.annotations["summary"] + end.annotations["summary_zh"]


@pytest.fixture(scope="module")
def apprise() -> Iterator[tuple[Notifier, Webhook]]:
    """Apprise at a receiver, once for all ends."""
    with kept_apprise() as kept:
        yield kept


@contextmanager
def ends_of(notifier: str, request: pytest.FixtureRequest) -> Iterator[tuple[Notifier, Webhook]]:
    """A notifier that speaks HTTP, and its receiver, which has heard of nothing yet."""
    if notifier == "apprise":
        tell, server = request.getfixturevalue("apprise")
        server.requests.clear()
        yield tell, server
        return
    with listening() as server:
        yield built(notifier, server.url), server


@pytest.mark.parametrize(("name", "reason"), CASES, ids=lambda part: str(part))
@pytest.mark.parametrize("notifier", plugins.names("alerts.notifiers"))
def test_every_notifier_tells_an_end_without_its_beginning(
    notifier: str, name: str, reason: Reason, request: pytest.FixtureRequest
) -> None:
    end = ended(name, reason)
    if notifier == "smtp":
        with smtp_server.listening(offers=("AUTH PLAIN",)) as mail:
            tell = built(notifier, f"smtp://127.0.0.1:{mail.port}")
            results = list(tell.send([page(end, tell.channels("ops")[0].name)], at(30)))
            (one,) = mail.mails
            parsed = one.parsed()
            said = f"{parsed['Subject']}\n{parsed.get_content()}"
    else:
        with ends_of(notifier, request) as (tell, server), capture_logs() as logged:
            server.answer = lambda request: SAMPLES[notifier].yes
            results = list(tell.send([page(end, tell.channels("ops")[0].name)], at(30)))
            said = "\n".join(json.dumps(request.json(), ensure_ascii=False) for request in server.requests)
            said = said.replace("\\n", "\n") or json.dumps(logged, ensure_ascii=False, default=str)
    assert [result.verdict for result in results] == [Verdict.ACCEPTED]
    if notifier == "pagerduty":
        assert '"event_action": "resolve"' in said
        assert "payload" not in said, "PagerDuty shows no text at an end"
        said += "THE-SUBJECT"
    check(said, name)


@pytest.mark.parametrize(("name", "reason"), CASES, ids=lambda part: str(part))
def test_restored_is_said_only_where_something_was_restored(name: str, reason: Reason) -> None:
    end = ended(name, reason)
    body = json.dumps([webhook.payload(page(end)), alertmanager.as_json(end, at(30))], ensure_ascii=False)
    if reason is not Reason.RESTORED:
        assert "restored" not in body.lower()
        assert "已恢复" not in body.replace("已于", "")
    assert (end.annotations["reason"] == "restored") is (reason is Reason.RESTORED)


@pytest.mark.parametrize("reason", sorted(ENDS))
def test_an_end_that_is_no_all_clear_is_not_marked_as_one(reason: Reason) -> None:
    goes_on = {Reason.PAUSED, Reason.TIER_CHANGED, Reason.WITHDRAWN, Reason.SILENCE_ENDED, Reason.NOT_HIDDEN}
    title = words(ended("TierwatchSilencedBreach", reason), "both", neutral).title
    assert ("[OVER]" in title) is (reason not in goes_on)
    assert ("【解除】" in title) is (reason not in goes_on)


def test_every_end_but_a_pause_is_the_end_of_a_life() -> None:
    """What was acknowledged before it says nothing of what fires after it."""
    goes_on = {Reason.PAUSED, Reason.IDLE, Reason.TIER_CHANGED}
    assert ENDS - goes_on == OVER_FOR_GOOD
    assert not goes_on & OVER_FOR_GOOD


def test_a_template_sees_nothing_of_the_beginning_either() -> None:
    template = Template("{{ annotations | join(' ') }}", "test")
    said = words(ended("TierwatchSilencedBreach", Reason.SILENCE_ENDED), "en", neutral, template).body
    assert not set(OF_THE_MOMENT) & set(said.split())


def test_an_alert_that_the_table_does_not_know_still_ends_truly() -> None:
    stranger = Alert({"alertname": "TierwatchStranger"}, {"summary": "it is bad", "description": "very"}, at(1))
    end = endings.end(stranger, at(2), Reason.WITHDRAWN, WHAT, SETTINGS)
    assert end.annotations["summary"] == "THE-SUBJECT of it: ended at 2026-01-05 10:00 +08:00 (withdrawn)"
    assert "very" not in end.annotations["description"]


# -- nobody goes past the table --------------------------------------------------------------------------------------


def modules() -> list[Path]:
    return [path for folder in ("alerts", "monitor") for path in sorted((ROOT / folder).rglob("*.py"))]


def test_every_alert_that_can_end_has_its_row() -> None:
    names = {
        node.value
        for path in modules()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        and re.fullmatch(r"Tierwatch[A-Z][A-Za-z]+", node.value)
    }  # fmt: skip
    assert names - NEVER_END == set(endings.ENDINGS), (
        "a new alert has a row in alerts/wording/endings.py for each way to end"
    )
    assert set(endings.ENDINGS) == set(BEGINNINGS)


def test_every_end_is_made_by_the_table() -> None:
    """Only `endings.end` ends what was told; `rules._record` and `judged_anew` keep what nobody is told by itself."""
    found = {
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in modules()
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "resolve"
        and len(call.args) == 2
    }  # fmt: skip
    assert {name.partition(":")[0] for name in found} == {
        "alerts/wording/endings.py", "alerts/decide/clock_alerts.py", "alerts/decide/judged_anew.py"
    }  # fmt: skip
    assert len(found) == 3
