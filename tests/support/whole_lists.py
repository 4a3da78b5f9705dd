"""What the lists of the whole site hold: a night on which one circuit broke and a source sent what nobody knew.

For the browser and for the pictures in the documents; every name is made up.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from monitor.listing import (
    AboutAlert,
    CauseMember,
    CausePageSent,
    Delivered,
    DutySpell,
    DutyWeek,
    LayerWeek,
    ListedCause,
    NobodyOnDuty,
    OnDutyNow,
    QuarantinedRecord,
    TeamWeek,
    ToldRow,
    WordToMap,
)
from monitor.model import Name, SubjectKey
from tests.support.snapshots import AT

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LIN, WANG, ZHAO = Name("Lin Hai", "林海"), Name("Wang Wei", "王伟"), Name("Zhao Min", "赵敏")
CIRCUIT = SubjectKey("inventory", "GZ-SZ-1148")


def _of(number: int) -> SubjectKey:
    return SubjectKey("corp", f"TT202603020{number}")


def _told(
    ago: int,
    number: int,
    stage: str,
    tier: str,
    channel: str,
    state: Delivered,
    target: str = "restore",
    answer: str = "",
) -> ToldRow:
    at = AT - ago * MINUTE
    alert = AboutAlert(f"k-{number}", "TierwatchClock", _of(number), target, stage, tier, firing=True)
    accepted = at + timedelta(seconds=2) if state is Delivered.ACCEPTED else None
    closed = at + MINUTE if state in (Delivered.FAILED, Delivered.NEEDLESS) else None
    reason = "replaced" if state is Delivered.NEEDLESS else "refused" if state is Delivered.FAILED else "first"
    held = "s-1a2b3c4d" if state is Delivered.HELD else ""
    return ToldRow(1000 - ago, at, alert, channel, state, reason, accepted, closed, bool(answer), answer, held)


TOLD = (
    _told(1, 421, "breached", "diamond", "duty-phone", Delivered.ACCEPTED, "accept"),
    _told(2, 428, "used_90", "silver", "alertmanager-1", Delivered.TRIED, answer="timed out after 5 s"),
    _told(4, 442, "used_75", "bronze", "alertmanager-1", Delivered.WAITING),
    replace(
        _told(6, 414, "breached", "standard", "duty-phone", Delivered.ACCEPTED),
        confirmed_at=AT - 3 * MINUTE,
        confirmed_by="Lin Hai",
    ),
    _told(9, 456, "used_75", "gold", "group-chat", Delivered.HELD),
    _told(10, 407, "breached", "gold", "duty-phone", Delivered.ACCEPTED, "feedback"),
    _told(12, 407, "used_90", "gold", "group-chat", Delivered.NEEDLESS, "feedback"),
    _told(14, 400, "breached", "diamond", "old-pager", Delivered.FAILED, answer="410 Gone"),
)

RECORDS = (
    QuarantinedRecord(31, "legacy", "line 1204", "malformed", "", "the line ends within a value", AT - HOUR, AT),
    QuarantinedRecord(
        29, "corp", "TT202603020377", "no_zone", "TT202603020377", "2026-03-02 13:40 has no zone", AT - 2 * HOUR, AT
    ),
    QuarantinedRecord(
        17, "corp", "TT202603020391", "future", "TT202603020391", "2027-03-02T13:40:00Z is a year ahead", AT - DAY, AT
    ),
)

_MEMBERS = tuple(
    CauseMember(_of(number), target, stage, AT - ago * MINUTE, AT - ago * MINUTE)
    for number, target, stage, ago in (
        (400, "restore", "breached", 14),
        (407, "feedback", "breached", 10),
        (428, "restore", "used_90", 3),
    )
)
_SENT = (
    CausePageSent("duty-phone", 1, AT - 41 * MINUTE, Delivered.ACCEPTED, AT - 41 * MINUTE),
    CausePageSent("duty-phone", 2, AT - 14 * MINUTE, Delivered.ACCEPTED, AT - 14 * MINUTE),
)
CAUSES = (
    ListedCause(
        "c-2", "circuit/GZ-SZ-1148", AT - 41 * MINUTE, None, AT + 5 * MINUTE, "diamond", 2, True, CIRCUIT, _MEMBERS, 7,
        False, _SENT,
    ),
    ListedCause(
        "c-3", "site/Foshan", AT - 8 * MINUTE, None, AT + 59 * MINUTE, "gold", 1, False, None,
        (CauseMember(_of(456), "restore", "used_75", AT - 8 * MINUTE, AT + 32 * MINUTE),), 2, False,
        (CausePageSent("group-chat", 1, AT - 8 * MINUTE, Delivered.WAITING, None),),
    ),
    ListedCause(
        "c-1", "circuit/DG-0420", AT - 9 * HOUR, AT - 7 * HOUR, None, "silver", 1, False,
        SubjectKey("inventory", "DG-0420"),
        (CauseMember(_of(331), "restore", "used_75", AT - 9 * HOUR, AT - 7 * HOUR, AT - 7 * HOUR),), 3, False,
        (CausePageSent("duty-phone", 1, AT - 9 * HOUR, Delivered.ACCEPTED, AT - 9 * HOUR),),
    ),
)  # fmt: skip

WORDS = (
    WordToMap(
        "corp", "status", "Parked", 12, SubjectKey("corp", "TT1003"),
        "sources:\n  corp:\n    mapping:\n      statuses:\n        Parked: held",
    ),
)  # fmt: skip


def week() -> DutyWeek:
    """The week of two teams: one with a layer for the night, an override and a gap."""
    begins = (AT + 8 * HOUR).replace(hour=0, minute=0, second=0, microsecond=0) - 8 * HOUR
    days, ends = [begins + number * DAY for number in range(7)], begins + 7 * DAY
    people = (("lin", LIN), ("wang", WANG), ("zhao", ZHAO))
    whole = [
        DutySpell(*people[number % 3], "day", begins + 2 * number * DAY, min(begins + 2 * (number + 1) * DAY, ends))
        for number in range(4)
    ]
    override = DutySpell("zhao", ZHAO, "override", begins + 2.5 * DAY, begins + 3 * DAY)
    until, gap = ends - DAY, NobodyOnDuty(ends - DAY, ends)
    holds = [
        whole[0],
        replace(whole[1], until=override.since),
        override,
        replace(whole[1], since=override.until),
        whole[2],
    ]
    layers = [LayerWeek("day", whole[:3]), LayerWeek("override", [override])]
    now = OnDutyNow("lin", LIN, "day", begins, whole[0].until, "wang", WANG)
    noc = TeamWeek("noc", Name("NOC shift", "网管值班"), ("wall",), now, layers, holds, [gap], gap)
    lead = [DutySpell("wang", WANG, "week", begins, ends)]
    heads = OnDutyNow("wang", WANG, "week", begins, ends, "zhao", ZHAO)
    seniors = TeamWeek(
        "seniors", Name("Seniors", "二线专家"), ("wall",), heads, [LayerWeek("week", lead)], lead, [], None
    )
    assert until == gap.since
    return DutyWeek(begins, ends, "Asia/Shanghai", days, [noc, seniors])
