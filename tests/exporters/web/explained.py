"""Build an explanation with the engine itself: a gold ticket with a pause, an unknown status and office hours."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from monitor.clock.engine import Rulebook
from monitor.explain import Explanation, explain, with_alerts
from monitor.history.events import Correction, Event
from monitor.history.mapping import AttributeRule, SourceMapping, StatusRule
from monitor.model import CorrectionKind, Name, Phase, Reopen, Rung, SubjectKind
from monitor.policy.policy import BudgetRow, Policy, TargetRule
from monitor.policy.target import Stage
from monitor.worktime.calendars import Calendar
from monitor.worktime.working_time import WorkingTime
from tests.support.explanations import record
from tests.support.snapshots import AT, NAMES

ALERTS = [
    {
        "stage": "75", "state": "resolved", "target": "restore", "cycle": 1,
        "starts_at": "2026-03-02T05:12:54Z", "resolved_at": "2026-03-02T05:30:00Z", "reason": "paused",
        "deliveries": [
            {"channel": "alertmanager/a", "accepted_at": "2026-03-02T05:12:55Z", "attempts": 0, "error": ""},
            {"channel": "log", "accepted_at": "2026-03-02T05:12:54Z", "attempts": 2, "error": "disk full"},
        ],
    },
    {
        "stage": "90", "state": "firing", "starts_at": "2026-03-02T05:57:54Z", "resolved_at": None,
        "reason": "worsened", "target": "restore", "cycle": 1,
        "changes": [{"at": "2026-03-02T05:57:54Z", "reason": "worsened", "firing": True}],
        "deliveries": [
            {"channel": "alertmanager/a", "accepted_at": None, "attempts": 4, "error": "timed out after 5 s"},
        ],
    },
]  # fmt: skip


def explained(now: datetime = AT, corrected: bool = False) -> Explanation:
    """What the engine itself says of it at *now*; *corrected* has somebody exclude ten minutes of its past."""
    gold = {"tier": "gold", "assurance": "AA"}
    fields = {
        **gold, "customer": "Pearl Airport 珠江机场", "circuit": "GZ-SZ-1148 10G", "team": "Shenzhen access 深圳接入",
        "title": "Circuit interrupted", "url": "https://desk.example.com/tickets/TT202603020428",
    }  # fmt: skip
    statuses = [
        (timedelta(hours=20), "acknowledged", None, fields),
        (timedelta(hours=19, minutes=52), "inProgress", None, {}),
        (timedelta(hours=4, minutes=30, seconds=5), "pending", "site closed", {}),
        (timedelta(hours=3, minutes=2, seconds=11), "inProgress", None, {}),
        (timedelta(minutes=50), "fieldDispatch", None, {}),
    ]
    events = [
        Event(
            "corp",
            f"TT202603020428#{n}",
            SubjectKind.TICKET,
            "TT202603020428",
            now - ago,
            n,
            status,
            reason,
            fields=extra,
        )
        for n, (ago, status, reason, extra) in enumerate(statuses)
    ]
    events += _corrections(now) if corrected else []
    return with_alerts(explain(events, _rulebook(), now), [record(alert) for alert in ALERTS])


def _corrections(now: datetime) -> list[Event]:
    """Ten minutes excluded of the ticket's past, and a correction that was revoked."""
    start = now - timedelta(hours=6)
    said = [
        Correction(
            CorrectionKind.EXCLUDE, "police closed the site 警方封控", "wang.li", start, start + timedelta(minutes=10)
        ),
        Correction(CorrectionKind.EXCLUDE, "typed by mistake", "wang.li", start, start + timedelta(hours=1)),
        Correction(CorrectionKind.REVOKE, "typed by mistake", "chen.yu", revokes="correction-2"),
    ]
    return [
        Event(
            "corp", f"correction-{n}", SubjectKind.TICKET, "TT202603020428",
            now - timedelta(minutes=40 - n), n, correction=correction,
        )
        for n, correction in enumerate(said, 1)
    ]  # fmt: skip


def _rulebook() -> Rulebook:
    """A gold ladder with office hours for restoration, as a policy file would give it."""
    office = Calendar("office", "2026", "Asia/Shanghai", weekly=dict.fromkeys(range(7), ((time(8), time(18)),)))
    always = Calendar("always", "1", "Asia/Shanghai", always=True)
    running = frozenset({Phase.OPENED, Phase.ACCEPTED, Phase.HELD})
    done = frozenset({Phase.RESTORED, Phase.CLOSED})
    policy = Policy(
        id="example",
        version="3",
        title=Name("Example", "示例"),
        effective_from=date(2026, 1, 1),
        ladders={
            "tier": tuple(Rung(tier, name, rank) for rank, (tier, name) in enumerate(NAMES.tiers.items())),
            "assurance": tuple(Rung(each, name, rank) for rank, (each, name) in enumerate(NAMES.assurances.items())),
        },
        calendars={"office": office, "always": always},
        reasons={"customer_access": Name("Access refused", "客户原因无法进入现场")},
        targets=(
            TargetRule(
                "accept", NAMES.targets["accept"], frozenset({Phase.OPENED}), frozenset({Phase.ACCEPTED, *done}),
                (BudgetRow({}, timedelta(minutes=10), "always", "2014 edition, question 12"),), reopen=Reopen.NEW_CYCLE,
            ),
            TargetRule(
                "restore", NAMES.targets["restore"], running, done,
                (BudgetRow({}, timedelta(hours=5), "office", "assumed"),), frozenset({"customer_access"}),
            ),
        ),
        stages={"tier": {"gold": (Stage("75", 0.75), Stage("90", 0.9), Stage("breached", 1.0))}},
    )  # fmt: skip
    mapping = SourceMapping(
        statuses={
            "acknowledged": StatusRule(Phase.OPENED),
            "inProgress": StatusRule(Phase.ACCEPTED),
            "pending": StatusRule(Phase.HELD),
        },
        reasons={"site closed": "customer_access"},
        attributes={
            name: AttributeRule(name) for name in ("tier", "assurance", "customer", "circuit", "team", "title", "url")
        },
    )
    working = {name: WorkingTime(calendar) for name, calendar in policy.calendars.items()}
    return Rulebook("1", (policy,), {"corp": mapping}, working)
