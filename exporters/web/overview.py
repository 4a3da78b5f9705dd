"""Arrange a snapshot for the plain page: tiles, rows and the sentences that must be read first.

Pure: `now` comes in and nothing is looked up. The page shows the state that the engine gave; a deadline that passes
while the page is open is called due, and late only once the engine said breached.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from exporters.web import wording
from monitor.clock import sentence
from monitor.messages import text
from monitor.model import CircuitState, Name, State, SubjectKey
from monitor.snapshot import ChannelHealth, CircuitRow, NearClock, Snapshot, SourceHealth, UnreadWords

OLD_SNAPSHOT = timedelta(seconds=60)
"""Beyond this age of the figures the page says that the engine may be stuck."""

LONG_WAIT = timedelta(minutes=2)
"""A page that waits longer than this for its receiver is worth a sentence."""

TILE_STATES = (State.BREACHED, State.AT_RISK, State.RUNNING, State.PAUSED, State.UNKNOWN)
ATTENTION = (State.BREACHED, State.AT_RISK, State.UNKNOWN, State.RUNNING, State.PAUSED)


@dataclass(frozen=True, slots=True)
class Tile:
    """One tier: how many clocks are open, by state, and the nearest deadline."""

    name: Name
    total: int
    states: Sequence[tuple[State, int]]
    next_deadline: datetime | None

    @property
    def worst(self) -> State | None:
        """What the tile's colour says: the first of ATTENTION that any of its clocks is in."""
        return next((state for state in ATTENTION if dict(self.states)[state]), None)


@dataclass(frozen=True, slots=True)
class Countdown:
    """How a clock's time left is shown: `ahead`, `due` (passed, not judged yet), `late`, or `none`."""

    mode: str
    text: str
    deadline: datetime | None


@dataclass(frozen=True, slots=True)
class Row:
    """One clock of the table."""

    clock: NearClock
    countdown: Countdown
    tier: Name
    assurance: Name
    target: Name
    path: str
    url: str
    percent: int

    @property
    def bar(self) -> int:
        return min(100, self.percent)


@dataclass(frozen=True, slots=True)
class CircuitLine:
    """One circuit that is not available."""

    circuit: CircuitRow
    tier: Name
    assurance: Name
    path: str
    url: str


def tiles(snapshot: Snapshot) -> Iterator[Tile]:
    """One tile for each tier of the policy, in its order, then those that only the clocks name."""
    seen = [clocks.group.tier for clocks in snapshot.clocks]
    for tier in dict.fromkeys((*snapshot.names.tiers, *sorted(seen))):
        of_tier = [clocks for clocks in snapshot.clocks if clocks.group.tier == tier]
        states = tuple((state, sum(clocks.states.get(state, 0) for clocks in of_tier)) for state in TILE_STATES)
        deadlines = [clocks.next_deadline for clocks in of_tier if clocks.next_deadline is not None]
        yield Tile(
            rung(snapshot.names.tiers, tier), sum(count for _, count in states), states, min(deadlines, default=None)
        )


def rows(snapshot: Snapshot, clocks: Iterable[NearClock], now: datetime) -> Iterator[Row]:
    """*clocks* of the snapshot in their order; those of a stale source are unknown here too, as in the tiles."""
    names, stale = snapshot.names, {source.source for source in snapshot.sources if source.stale}
    for near in clocks:
        clock = replace(near, state=State.UNKNOWN) if near.key.source in stale else near
        yield Row(
            clock,
            countdown(clock, now),
            rung(names.tiers, clock.tier),
            rung(names.assurances, clock.assurance),
            rung(names.targets, clock.target),
            _explained(clock.key),
            wording.web_url(clock.url),
            int(100 * clock.counted / clock.budget) if clock.budget > timedelta(0) else 100,
        )


def countdown(clock: NearClock, now: datetime) -> Countdown:
    if clock.deadline is None or clock.state is State.PAUSED:
        return Countdown("none", "–", None)
    left = clock.deadline - now
    if clock.state is State.BREACHED:
        return Countdown("late", wording.countdown(min(left, timedelta(0))), clock.deadline)
    if left < timedelta(0):
        return Countdown("due", wording.countdown(left), clock.deadline)
    return Countdown("ahead", wording.countdown(left), clock.deadline)


def rung(names: Mapping[str, Name], key: str) -> Name:
    """The name of a tier, an assurance or a target; its id where the policy has none."""
    if key in names:
        return names[key]
    return wording.NO_RUNG if key in ("none", "") else Name(key, key)


def circuits(snapshot: Snapshot) -> Iterator[CircuitLine]:
    names = snapshot.names
    for row in snapshot.circuits_down:
        yield CircuitLine(
            row,
            rung(names.tiers, row.tier),
            rung(names.assurances, row.assurance),
            _explained(row.key),
            wording.web_url(row.url),
        )


def _explained(key: SubjectKey) -> str:
    return f"explain/{wording.segment(key.source)}/{wording.segment(key.subject)}"


def circuit_totals(snapshot: Snapshot) -> Sequence[tuple[CircuitState, int]]:
    return tuple(
        (state, sum(count for group, count in snapshot.circuits.items() if group.state is state))
        for state in CircuitState
    )


def warnings(snapshot: Snapshot, now: datetime) -> Iterator[Name]:
    """What whoever looks at this page must know before trusting it, each as a sentence."""
    old = now - snapshot.at
    if old > OLD_SNAPSHOT:
        yield _both(
            "These figures are {0} old: the program is not renewing them. Look at its log.",
            "以下数据已有 {0} 未更新，请检查程序日志。", wording.age(old),
        )  # fmt: skip
    if snapshot.health.starting:
        yield Name(
            "tierwatch is starting: it reads its sources, and has judged no clock yet. This is what was known before.",
            "tierwatch 正在启动：正在读取数据源，尚未判断任何时钟。以下为启动前的已知情况。",
        )
    if snapshot.health.clock_held:
        yield Name(
            "This machine's clock jumped. New alerts are held until its time is borne out, five minutes at most.",
            "本机时钟发生跳变，新告警暂缓发出，待时间获证实后继续，最长五分钟。",
        )
    if snapshot.health.clock_unproven:
        yield Name(
            "This machine's clock jumped, and nobody has borne its time out. Pages go out and say so."
            " Is its time right, run `tierwatch clock accept`.",
            "本机时钟发生跳变且未经证实，告警照常发出并注明。若时间正确，请运行 `tierwatch clock accept`。",
        )
    if snapshot.health.store_lost:
        yield Name(
            "The database's file was deleted, moved or replaced. Paging goes on from the open file; all of it is lost"
            " when the program ends. Do not restart it; put the file back.",
            "数据库文件已被删除、移走或替换。程序仍使用已打开的文件发送告警，一旦结束内容全部丢失。请勿重启，并将文件放回原处。",
        )
    if not snapshot.health.store_ok:
        yield Name(
            "The store does not take writes. Nothing new is recorded and no new alert is sent until it does.",
            "数据库无法写入，新事件不被记录，新告警不会发出。",
        )
    yield from _unread(snapshot.unread)
    for source in snapshot.sources:
        yield from _about_source(source, now)
    for channel in snapshot.channels:
        yield from _about_channel(channel, now)


_MOST_WORDS = 5


def _unread(unread: UnreadWords) -> Iterator[Name]:
    """A sentence for each of the words that most open subjects have, and one for the rest."""
    first = sorted(unread.listed, key=lambda one: -one.subjects)[:_MOST_WORDS]
    for one in first:
        said = Name(*(text(sentence(one.what, one.word), code) for code in ("en", "zh")))
        yield Name(
            f"Source {one.source}: {said.en} is not understood, so what was promised for it is not watched:"
            f" {one.subjects} open, such as {one.example}.",
            f"数据源 {one.source}：{said.zh} 无法识别，相关承诺未被监控：未结 {one.subjects} 个，例如 {one.example}。",
        )
    rest = sum(unread.words.values()) - len(first)
    if rest > 0:
        yield Name(f"And {rest} more words are not understood.", f"另有 {rest} 个取值无法识别。")


def _about_source(source: SourceHealth, now: datetime) -> Iterator[Name]:
    if not source.stale and source.up is not False:
        return
    if source.last_success is None:
        said = Name(f"Source {source.source} has never been read", f"数据源 {source.source} 从未成功读取")
    else:
        since = wording.age(now - source.last_success)
        said = Name(
            f"Source {source.source} was last read {since.en} ago",
            f"数据源 {source.source} 上次成功读取在 {since.zh}前",
        )
    if source.stale:
        yield Name(
            f"{said.en}. Its clocks go on and its alerts stay, but their state is counted as unknown.",
            f"{said.zh}。其时钟继续计时，告警保持，但状态计为不明。",
        )
    else:
        yield Name(f"{said.en}; its last poll failed.", f"{said.zh}；最近一次轮询失败。")


def _about_channel(channel: ChannelHealth, now: datetime) -> Iterator[Name]:
    if channel.pending and channel.oldest is not None and now - channel.oldest > LONG_WAIT:
        waited = wording.age(now - channel.oldest)
        what = "1 page waits" if channel.pending == 1 else f"{channel.pending} pages wait"
        yield Name(
            f"{what} for channel {channel.channel}, the oldest for {waited.en}.",
            f"通道 {channel.channel} 有 {channel.pending} 条告警待送达，最早的已等待 {waited.zh}。",
        )


def _both(english: str, chinese: str, value: Name) -> Name:
    return Name(english.format(value.en), chinese.format(value.zh))
