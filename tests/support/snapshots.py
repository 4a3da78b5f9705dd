"""Build example snapshots: a busy afternoon, an empty start, and one in which every text field is hostile."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

from exporters.catalogue import GROUP
from exporters.own_metrics import LIVE_ENDED, NOTIFIED, PAGE_ENDED, RELOAD_RESULTS
from monitor.aggregates import Instants, Used
from monitor.memory import CacheUse
from monitor.model import COUNTED_STATES, OPEN_STATES, CircuitState, Name, State, SubjectKey
from monitor.snapshot import (
    CONSUMED,
    CONSUMED_BUCKET,
    CONSUMED_SUM,
    NEAREST,
    NO_INSTANTS,
    PARTY_USED,
    PARTY_WITHDRAWN,
    AcknowledgementInForce,
    Beat,
    ChannelHealth,
    CircuitGroup,
    CircuitRow,
    Count,
    Exemplar,
    ExporterHealth,
    FindingKind,
    Group,
    GroupClocks,
    GuardedClocks,
    Health,
    InForce,
    Names,
    NearClock,
    OnCallFigures,
    Reliability,
    SeriesKey,
    SilenceInForce,
    Snapshot,
    SourceHealth,
    UnreadWord,
    UnreadWords,
)
from tests.support.aggregates import in_seconds

AT = datetime(2026, 3, 2, 6, 4, 5, tzinfo=UTC)

NAMES = Names(
    tiers={
        "diamond": Name("Diamond", "钻石"),
        "gold": Name("Gold", "金牌"),
        "silver": Name("Silver", "银牌"),
        "bronze": Name("Bronze", "铜牌"),
        "standard": Name("Standard", "标准"),
    },
    assurances={
        "AAA": Name("AAA", "AAA"),
        "AA": Name("AA", "AA"),
        "A": Name("A", "A"),
        "normal": Name("Normal", "普通"),
    },
    targets={
        "accept": Name("Acceptance", "工单接收"),
        "restore": Name("Restoration", "故障恢复"),
        "feedback": Name("Progress feedback", "阶段反馈"),
    },
)

BUDGETS = {"accept": timedelta(minutes=10), "feedback": timedelta(minutes=30), "restore": timedelta(hours=4)}
CUSTOMERS = (
    "Harbour Bank 海港银行", "Pearl Airport 珠江机场", "City Emergency Centre 市应急指挥中心",
    "Lotus Hospital Group 莲花医疗集团", "Delta Power Grid 三角洲电网", "Bayview Logistics 湾景物流",
    "South Securities 南方证券", "Kapok University 木棉大学", "Meizhou Water 梅州水务",
)  # fmt: skip
TEAMS = ("Guangzhou transport 广州传输", "Shenzhen access 深圳接入", "Provincial NOC 省网管中心", "")
TITLES = ("Circuit interrupted", "High packet loss", "Link flapping at the far end", "BGP session down")


def example(at: datetime = AT) -> Snapshot:
    """A busy afternoon: late, at risk, paused and running clocks, a silent source, a blocked channel."""
    nearest = tuple(_nearest(at))
    return Snapshot(
        at=at,
        instance="noc-guangzhou",
        version="0.1.0",
        policy="cmcc-2009@1",
        names=NAMES,
        clocks=tuple(_groups(at)),
        nearest=nearest,
        circuits=dict(_circuits()),
        circuits_down=tuple(_circuits_down(at)),
        sources=_sources(at),
        counts=tuple(_counts()),
        firing={("diamond", "75"): 1, ("diamond", "breached"): 2, ("gold", "75"): 3, ("gold", "90"): 1},
        channels=(
            ChannelHealth("alertmanager/10.0.0.1:9093", 0, None),
            ChannelHealth(
                "alertmanager/10.0.0.2:9093", 3, at - timedelta(minutes=7), {"silenced": 1, "grouped": 2, "order": 0}
            ),
        ),
        quarantined={("corp", "no_zone"): 4, ("corp", "future"): 1, ("legacy", "malformed"): 12},
        in_force=_in_force(at),
        unread=_unread(),
        guarded=(
            GuardedClocks(
                "congress", at - timedelta(days=1), at + timedelta(days=2), {State.RUNNING: 4, State.BREACHED: 1}
            ),
            GuardedClocks("games", at + timedelta(days=9), at + timedelta(days=12)),
        ),
        trust=Reliability(
            dict.fromkeys(Beat, at - timedelta(minutes=2)) | {Beat.ACCEPTED: at - timedelta(minutes=12)},
            dict.fromkeys(Beat, timedelta(minutes=10)),
            {FindingKind.UNSENT: 3},
            audited=True,
        ),
        unconfirmed={"alertmanager/10.0.0.1:9093": 0, "alertmanager/10.0.0.2:9093": 2},
        suppressed_due={"diamond": 1, "gold": 0},
        health=Health(
            started_at=at - timedelta(hours=52),
            last_evaluation=at - timedelta(seconds=1),
            evaluations=1200,
            evaluation_seconds=9.5,
            evaluation_buckets={0.005: 700, 0.05: 1150, 0.5: 1199, 5.0: 1200},
            due_lag_seconds=0.2,
        ),
        page_url="https://tierwatch.example",
        oncall=OnCallFigures(2, at + timedelta(minutes=9), {("noc", "week"): 1, ("noc", "override"): 0}),
        exemplars=dict(_exemplars(at)),
        swept_at=at - timedelta(hours=11),
        viewers=3,
        subscribers={"active": 2, "failing": 1, "suspended": 0},
        exporters=(ExporterHealth("history", 12, 4096, at - timedelta(seconds=2), at - timedelta(seconds=2)),),
        caches=(CacheUse("page_stages", 812, 4096, 9120, 812), CacheUse("checkpoints", 3, 2000, 410, 3)),
    )


def calm(at: datetime = AT) -> Snapshot:
    """The same afternoon with every source and channel in order."""
    busy = example(at)
    sources = tuple(
        replace(
            source,
            up=True,
            stale=False,
            error="",
            last_success=at - timedelta(seconds=8),
            watermark=source.watermark or at,
        )
        for source in busy.sources
    )
    channels = tuple(replace(channel, pending=0, oldest=None) for channel in busy.channels)
    trust = replace(busy.trust, heartbeats=dict.fromkeys(Beat, at - timedelta(minutes=2)), findings={})
    return replace(busy, sources=sources, channels=channels, quarantined={}, trust=trust, unread=UnreadWords())


def empty(at: datetime = AT) -> Snapshot:
    """A new installation that has found nothing yet."""
    return Snapshot(
        at=at,
        instance="new",
        version="0.1.0",
        policy="demo@1",
        names=NAMES,
        clocks=(),
        nearest=(),
        circuits={},
        circuits_down=(),
        sources=(),
        counts=(),
        firing={},
        channels=(),
        quarantined={},
        health=Health(started_at=at, last_evaluation=at),
    )


def hostile(text: str, at: datetime = AT) -> Snapshot:
    """*text* in every field that a source, a policy or a config can fill."""
    name = Name(text, text)
    rung = {text: name}
    clock = NearClock(
        SubjectKey(text, text), text, 1, text, text, State.BREACHED, at - timedelta(minutes=1), timedelta(hours=5),
        timedelta(hours=4), 2, text, text, text, text, text,
    )  # fmt: skip
    late = in_seconds(int(at.timestamp()) - 60)
    return replace(
        example(at),
        instance=text,
        version=text,
        policy=text,
        names=Names(rung, rung, rung),
        clocks=(GroupClocks(Group(text, text, text, text), {State.BREACHED: 1}, None, NO_INSTANTS, late),),
        nearest=(clock, replace(clock, state=State.PAUSED, deadline=None)),
        circuits={CircuitGroup(text, text, text, CircuitState.UNAVAILABLE): 1},
        circuits_down=(CircuitRow(SubjectKey(text, text), CircuitState.UNAVAILABLE, at, text, text, text, text, text),),
        sources=(SourceHealth(text, text, False, None, None, timedelta(minutes=5), True, None, text),),
        counts=(
            Count("tierwatch_quarantined_total", {"source": text, "reason": text}, 1),
            Count(CONSUMED_BUCKET, {"tier": text, "sla_target": text, "le": "0.5"}, 1),
            Count("tierwatch_sla_clocks_breached_total", dict.fromkeys(GROUP, text), 1),
        ),
        page_url=text,
        oncall=OnCallFigures(1, at, {(text, text): 1}),
        exemplars={
            SeriesKey(CONSUMED, (text, text), "0.5"): Exemplar(SubjectKey(text, text), 0.4, at),
            SeriesKey("tierwatch_sla_clocks_breached_total", (text,) * 4): Exemplar(SubjectKey(text, text), 1.0, at),
        },
        firing={(text, text): 1},
        channels=(ChannelHealth(text, 1, at - timedelta(hours=1)),),
        quarantined={(text, text): 1},
        unread=UnreadWords((UnreadWord(text, text, text, text, 1, text),), {(text, text): 1}, {(text, text): 1}),
        in_force=InForce(
            1,
            [SilenceInForce(text, (text, text), at, at, text, text)],
            2,
            [
                AcknowledgementInForce(key, text, text, name, at, text, text, text, at)
                for key in (SubjectKey(text, text), None)
            ],
        ),
    )


def _nearest(at: datetime) -> list[NearClock]:
    """Fifty clocks: late ones first, then by deadline, paused ones between."""
    rows = []
    tiers, assurances = list(NAMES.tiers), list(NAMES.assurances)
    for index in range(NEAREST):
        target = ("restore", "feedback", "restore", "accept")[index % 4]
        left = timedelta(seconds=(index - 4) * 211 + index * index * 17)
        budget = BUDGETS[target] if BUDGETS[target] > left else timedelta(hours=24)
        state = State.BREACHED if left < timedelta(0) else State.AT_RISK if left < budget / 4 else State.RUNNING
        if index in (7, 15, 31):
            state = State.PAUSED
        number = 20260302_0400 + index * 7
        rows.append(
            NearClock(
                key=SubjectKey("corp", f"TT{number}"),
                target=target,
                cycle=1 + index % 3 if target == "feedback" else 1,
                tier=tiers[(index * index + index // 3) % 5],
                assurance=assurances[(index * 5) % 4],
                state=state,
                deadline=None if state is State.PAUSED else at + left,
                counted=budget - left if state is not State.PAUSED else budget * 0.4,
                budget=budget,
                missed_periods=2 if target == "feedback" and state is State.BREACHED else 0,
                customer=CUSTOMERS[(index * 4) % len(CUSTOMERS)],
                circuit=f"GZ-SZ-{1000 + index * 37} 10G" if index % 5 else "",
                team=TEAMS[index % len(TEAMS)],
                title=TITLES[index % len(TITLES)],
                url=f"https://desk.example.com/tickets/TT{number}" if index % 6 else "",
            )
        )
    return rows


def _in_force(at: datetime) -> InForce:
    hour = timedelta(hours=1)
    work = SilenceInForce(
        "s-1a2b3c4d", ("tier=silver", "team=core"), at - hour, at + 2 * hour, "lin", "line cards 更换板卡", True
    )
    open_end = AcknowledgementInForce(
        SubjectKey("corp", "TT1000"), "restore", "used_90", Name("", ""), at - hour, "chatops", "api", "", None
    )
    cause = Name("Ring GZ-7 is down: 12 circuits", "环网 GZ-7 中断：12 条电路")
    return InForce(
        2,
        [work, replace(work, id="s-5e6f7a8b", matchers=('customer=~"Harbour .*"',), maintenance=False)],
        3,
        [
            replace(open_end, author="Zhang Wei 张伟", via="link", note="at the site 已到现场", ends_at=at + hour),
            replace(open_end, key=None, target="", stage="wave_1", summary=cause, author="li"),
            open_end,
        ],
    )


def _unread() -> UnreadWords:
    held = UnreadWord("corp", "status", "parked", "Parked", 12, "TT1003")
    tier = UnreadWord("legacy", "tier", "platin", "Platin", 1, "L-77")
    return UnreadWords((tier, held), {("corp", "status"): 1, ("legacy", "tier"): 1}, {("corp", "status"): 12})


def _groups(at: datetime) -> list[GroupClocks]:
    """Clocks that are not a plain product: diamond is small, standard is large; the legacy source is not judged."""
    now = int(at.timestamp())
    groups = []
    for place, (tier, target) in enumerate(product(NAMES.tiers, NAMES.targets)):
        rank = place // 3
        late, risk, paused, running = max(0, 2 - place), 1 + place % 3, rank, 4 + 7 * rank * rank + place
        overdue = in_seconds(*(now - 600 * (n + 1) for n in range(late)))
        deadlines = in_seconds(*(now + 200 + 340 * place + 900 * n for n in range(risk + running)))
        states = {State.BREACHED: late, State.AT_RISK: risk, State.PAUSED: paused, State.RUNNING: running}
        ahead = at + timedelta(seconds=200 + 340 * place)
        groups.append(GroupClocks(Group("corp", tier, "AA", target), states, ahead, deadlines, overdue))
    used = Used(4 * 3600 * 1_000_000, Instants.of(minutes * 60_000_000 for minutes in (0, 0, 48, 130)))
    groups.append(GroupClocks(Group("legacy", "standard", "none", "restore"), {State.UNKNOWN: 9}, None, used=(used,)))
    return groups


def _circuits() -> Mapping[CircuitGroup, int]:
    return {
        CircuitGroup("circuits", tier, assurance, state): count
        for (tier, assurance), shares in {
            ("diamond", "AAA"): (38, 0, 1, 0),
            ("gold", "AA"): (160, 2, 1, 0),
            ("standard", "normal"): (1710, 3, 2, 5),
        }.items()
        for state, count in zip(COUNTED_STATES, shares, strict=True)
        if count
    }


def _circuits_down(at: datetime) -> list[CircuitRow]:
    rows = [
        ("GZ-BJ-0007 100G", CircuitState.UNAVAILABLE, timedelta(minutes=18), "diamond", "AAA"),
        ("GZ-SZ-1148 10G", CircuitState.UNAVAILABLE, timedelta(hours=2, minutes=5), "gold", "AA"),
        ("FS-ZH-0311 1G", CircuitState.DEGRADED, timedelta(hours=31), "gold", "AA"),
        ("DG-0421 100M", CircuitState.UNKNOWN, timedelta(minutes=4), "standard", "normal"),
    ]
    return [
        CircuitRow(
            SubjectKey("circuits", name),
            state,
            at - since,
            tier,
            assurance,
            CUSTOMERS[index],
            "",
            "https://netbox.example.com/c/1",
        )
        for index, (name, state, since, tier, assurance) in enumerate(rows)
    ]


def _sources(at: datetime) -> tuple[SourceHealth, ...]:
    refused = "401, the source refused the token in $LEGACY_TOKEN; clocks run on data from 05:31Z; next try 06:12Z"
    last = at - timedelta(minutes=33)
    return (
        SourceHealth(
            "corp", "tmf621", True, at - timedelta(seconds=8), at - timedelta(seconds=41), timedelta(minutes=5), False,
            at + timedelta(seconds=7),
        ),
        SourceHealth("circuits", "circuit_http", None, None, None, timedelta(minutes=5), False, at + timedelta(0, 3)),
        SourceHealth(
            "legacy", "servicenow_audit", False, last, last - timedelta(seconds=50), timedelta(minutes=15), True,
            at + timedelta(minutes=8), refused,
        ),
    )  # fmt: skip


def _counts() -> list[Count]:
    group = {"source": "corp", "tier": "gold", "assurance": "AA", "sla_target": "restore"}
    of_gold = {"tier": "gold", "sla_target": "restore"}
    return [
        Count("tierwatch_sla_clocks_started_total", group, 412),
        Count("tierwatch_sla_clocks_completed_total", group, 391),
        Count("tierwatch_sla_clocks_breached_total", group, 7),
        *(Count(CONSUMED_BUCKET, {**of_gold, "le": le}, n) for le, n in (("0.5", 300), ("1.0", 84), ("+Inf", 7))),
        Count(CONSUMED_SUM, of_gold, 171_400_000),
        Count(PARTY_USED, {**of_gold, "agreement": "ola", "party": "core"}, 412_300.5),
        Count(PARTY_USED, {**of_gold, "agreement": "none", "party": "none"}, 90_000),
        Count(PARTY_WITHDRAWN, {**of_gold, "agreement": "ola", "party": "core"}, 1_800),
        Count("tierwatch_sla_corrections_total", {**group, "kind": "breached"}, 1),
        Count("tierwatch_events_total", {"source": "corp"}, 20412),
        Count("tierwatch_source_polls_total", {"source": "corp"}, 800),
        Count("tierwatch_source_poll_failures_total", {"source": "legacy", "reason": "unauthorised"}, 5),
        Count("tierwatch_quarantined_total", {"source": "legacy", "reason": "malformed"}, 12),
        Count("tierwatch_unknown_values_total", {"source": "corp", "what": "status"}, 2),
        Count("tierwatch_alerts_sent_total", {"channel": "alertmanager/10.0.0.1:9093", "reason": "first"}, 90),
        Count(
            "tierwatch_alerts_send_failures_total", {"channel": "alertmanager/10.0.0.2:9093", "reason": "timeout"}, 4
        ),
        Count("tierwatch_alerts_withheld_total", {"channel": "webhook/chat", "reason": "silenced"}, 6),
        Count("tierwatch_acknowledgements_ended_total", {"reason": "shift"}, 2),
        Count("tierwatch_heartbeat_pings_total", {}, 3100),
        Count("tierwatch_heartbeat_ping_failures_total", {"reason": "timeout"}, 2),
        *(Count("tierwatch_config_reloads_total", {"result": result}, 0) for result in RELOAD_RESULTS),
        Count("tierwatch_cache_hits_total", {"cache": "page_stages"}, 9120),
        Count("tierwatch_cache_misses_total", {"cache": "page_stages"}, 812),
        Count("tierwatch_exporter_points_total", {"exporter": "history"}, 90412),
        Count("tierwatch_exporter_failures_total", {"exporter": "history", "reason": "timeout"}, 3),
        *(Count("tierwatch_page_connections_ended_total", {"reason": why}, 0) for why in PAGE_ENDED),
        *(Count("tierwatch_live_viewers_ended_total", {"reason": why}, 0) for why in LIVE_ENDED),
        Count("tierwatch_live_viewers_refused_total", {}, 0),
        *(Count("tierwatch_notifications_total", {"result": result}, 7) for result in NOTIFIED),
        Count("tierwatch_notification_failures_total", {"reason": "timeout"}, 3),
        Count("tierwatch_notifications_dropped_total", {}, 1),
    ]


def _exemplars(at: datetime) -> Iterator[tuple[SeriesKey, Exemplar]]:
    late, done = SubjectKey("corp", "TT20260301-17"), SubjectKey("corp", "TT20260302-4")
    yield (
        SeriesKey("tierwatch_sla_clocks_breached_total", ("corp", "gold", "AA", "restore")),
        Exemplar(late, 1.0, at - timedelta(minutes=3)),
    )
    yield SeriesKey(CONSUMED, ("gold", "restore"), "0.5"), Exemplar(done, 0.31, at - timedelta(minutes=8))
    yield SeriesKey(CONSUMED, ("gold", "restore"), "+Inf"), Exemplar(late, 2.4, at - timedelta(minutes=2))


def open_clocks(snapshot: Snapshot) -> int:
    """How many clocks the snapshot says are open."""
    return sum(group.states.get(state, 0) for group in snapshot.clocks for state in OPEN_STATES)
