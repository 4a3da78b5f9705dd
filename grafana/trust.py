"""The dashboard's last row: whether what it shows can be trusted."""

from __future__ import annotations

from grafana.panels import (
    AGE,
    GREEN,
    LAG,
    OF_CLOCKS,
    OF_SOURCES,
    ORANGE,
    PLAIN,
    RED,
    Panel,
    Row,
    bars,
    lines,
    switch,
    tile,
)


def trust() -> Row:
    return "Can this be trusted? · 数据可信吗?", [
        *_of_sources(),
        *_of_program(),
        *_of_proof(),
        *_of_delivery(),
        *_of_records(),
    ]


def _of_sources() -> list[Panel]:
    return [
        switch(
            "Sources",
            "数据源",
            "Whether the last poll of each source succeeded · 各数据源最近一次采集是否成功",
            f"min by (source) (tierwatch_source_up{{{OF_SOURCES}}})",
            "{{source}}",
            good=1,
            words={"1": "up · 正常", "0": "down · 中断"},
        ).span(6),
        switch(
            "Data fit to judge by",
            "数据是否可判断",
            "Whether the data of each source is fresh enough to judge clocks by · 各数据源是否足够新,可据以判断时钟",
            f"max by (source) (tierwatch_source_stale{{{OF_SOURCES}}})",
            "{{source}}",
            good=0,
            words={"0": "fresh · 新鲜", "1": "stale · 过旧"},
        ).span(6),
        tile(
            "Last read",
            "距上次成功采集",
            "Age of the last successful poll · 距最近一次成功采集的时间",
            f"time() - max by (source) (tierwatch_source_last_success_timestamp_seconds{{{OF_SOURCES}}} > 0)",
            AGE,
            legend="{{source}}",
            unit="dthms",
        )
        .no_value("never · 从未")
        .span(6),
        tile(
            "Newest change seen",
            "距最新变更",
            "Age of the newest change in the source that was seen; a quiet source is old without being wrong "
            "· 距所见最新变更的时间;安静的数据源变旧并不代表有错",
            f"time() - max by (source) (tierwatch_source_watermark_timestamp_seconds{{{OF_SOURCES}}} > 0)",
            PLAIN,
            legend="{{source}}",
            unit="dthms",
        )
        .no_value("never · 从未")
        .span(6),
    ]


def _of_program() -> list[Panel]:
    seconds = "sum by (le) (rate(tierwatch_engine_evaluation_seconds_bucket[$__rate_interval]))"
    return [
        tile(
            "Clocks last looked at",
            "距上次判断",
            "How long ago the engine last looked at due clocks · 引擎上次检查到期时钟距今",
            "time() - max by (instance) (tierwatch_engine_last_evaluation_timestamp_seconds > 0)",
            AGE,
            legend="{{instance}}",
            unit="dthms",
        )
        .no_value("never · 从未")
        .span(6),
        tile(
            "Behind due clocks",
            "判断滞后",
            "By how much the engine is behind the instant at which the next clock was due · 引擎落后于到期时刻的时间",
            "max by (instance) (tierwatch_engine_due_lag_seconds)",
            LAG,
            legend="{{instance}}",
            unit="s",
        ).span(6),
        switch(
            "Store",
            "存储",
            "Whether the store took the last write; nothing is told before it is stored "
            "· 最近一次写入是否成功;先存储后通知",
            "min by (instance) (tierwatch_store_up)",
            "{{instance}}",
            good=1,
            words={"1": "writes · 正常", "0": "refuses · 拒绝写入"},
        ).span(4),
        switch(
            "Machine's clock",
            "本机时钟",
            "Whether new pages are held because the machine's clock jumped · 是否因本机时钟跳变而暂缓新告警",
            "max by (instance) (tierwatch_clock_held)",
            "{{instance}}",
            good=0,
            words={"0": "steady · 正常", "1": "held · 暂缓"},
        ).span(4),
        tile(
            "Time per evaluation, p99",
            "单次判断耗时 p99",
            "99 of 100 looks at the due clocks took at most this long · 百分之九十九的检查耗时不超过此值",
            f"histogram_quantile(0.99, {seconds}) >= 0",
            LAG,
            legend="p99",
            unit="s",
        )
        .no_value("–")
        .span(4),
    ]


def _of_proof() -> list[Panel]:
    return [
        tile(
            "Heartbeat, time to spare",
            "心跳余量",
            "How long until a stage of the synthetic clock's way is late; below zero it is "
            "· 合成时钟各环节距判定为迟到的余量,负值即已迟到",
            "min by (stage) (tierwatch_heartbeat_late_after_seconds"
            " - (time() - (tierwatch_heartbeat_timestamp_seconds > 0)))",
            ((None, RED), (0, GREEN)),
            legend="{{stage}}",
            unit="dthms",
        )
        .no_value("not yet · 尚无")
        .span(8),
        tile(
            "Findings of the audit",
            "审计发现",
            "Crossings and alerts that nobody was told of, by kind · 未送达任何人的越界与告警,按类别",
            "max by (kind) (tierwatch_audit_findings)",
            ((None, GREEN), (1, RED)),
            legend="{{kind}}",
        )
        .no_value("–")
        .span(8),
        tile(
            "Held here, not listed there",
            "对端未列出的告警",
            "Alerts that a peer accepted and does not list, by channel, and those that it suppresses "
            "past their deadline, by tier · 对端已接收却未列出的告警(按通道),及被静默至超时之后的告警(按等级)",
            "sum by (channel) (tierwatch_alerts_unconfirmed)"
            ' or sum by (tier) (tierwatch_alerts_suppressed_due{tier=~"$tier"})',
            ((None, GREEN), (1, ORANGE)),
            legend="{{channel}}{{tier}}",
        )
        .no_value("–")
        .span(8),
        lines(
            "Pages withheld in an hour",
            "每小时未发出的告警",
            "What a channel was not told in the hour before each point, by reason "
            "· 每个时刻之前一小时内各通道未发出的告警,按原因",
            {"{{channel}} {{reason}}": "sum by (channel, reason) (increase(tierwatch_alerts_withheld_total[1h])) > 0"},
        ).span(8),
        lines(
            "Pings outside in an hour",
            "每小时对外心跳",
            "Pings of the address that complains when they stop, and those that it did not answer well "
            "· 每小时对外心跳次数与失败次数",
            {
                "pings · 次数": "sum(increase(tierwatch_heartbeat_pings_total[1h]))",
                "failed {{reason}} · 失败": "sum by (reason) "
                "(increase(tierwatch_heartbeat_ping_failures_total[1h])) > 0",
            },
        ).span(8),
        lines(
            "Age of the data, as a share of what is allowed",
            "数据时效占用",
            "Age of the last successful poll by the source's own limit; at 100 % its clocks cannot be judged "
            "· 距上次成功采集的时间占该数据源上限的比例,达到 100% 即无法判断",
            {
                "{{source}}": "(time() - max by (source) "
                f"(tierwatch_source_last_success_timestamp_seconds{{{OF_SOURCES}}} > 0))"
                f" / max by (source) (tierwatch_source_stale_after_seconds{{{OF_SOURCES}}})"
            },
            unit="percentunit",
        ).span(8),
    ]


def _of_delivery() -> list[Panel]:
    return [
        bars(
            "Alerts firing",
            "正在触发的告警",
            "Alerts that tierwatch holds firing, by tier and stage · tierwatch 正在触发的告警,按等级和阶段",
            'sort_desc(sum by (tier, stage) (tierwatch_alerts_firing{tier=~"$tier"}) > 0)',
            "{{tier}} · {{stage}}",
            unit="short",
            steps=PLAIN,
        )
        .no_value("none · 无")
        .span(6),
        tile(
            "Oldest page waiting",
            "最早待送达告警",
            "How long the oldest page of each channel has waited to be accepted · 各通道最早一条未送达告警的等待时间",
            "time() - min by (channel) (tierwatch_outbox_oldest_timestamp_seconds < Inf)",
            ((None, GREEN), (60, ORANGE), (300, RED)),
            legend="{{channel}}",
            unit="dthms",
        )
        .no_value("nothing waits · 无")
        .height(8)
        .span(6),
        lines(
            "Pages waiting",
            "待送达告警",
            "Pages that wait to be accepted, by channel · 各通道等待送达的告警数",
            {"{{channel}}": "sum by (channel) (tierwatch_outbox_pending)"},
        ).span(6),
        lines(
            "Pages accepted and not, in an hour",
            "每小时送达与失败",
            "Pages that a channel accepted, and attempts that it did not, during the hour before each point "
            "· 每个时刻之前一小时内送达与未送达的告警",
            {
                "{{channel}} accepted · 送达": "sum by (channel) (increase(tierwatch_alerts_sent_total[1h]))",
                "{{channel}} {{reason}}": "sum by (channel, reason) "
                "(increase(tierwatch_alerts_send_failures_total[1h])) > 0",
            },
        ).span(6),
    ]


def _of_records() -> list[Panel]:
    return [
        lines(
            "Events and duplicates per second",
            "每秒事件与重复",
            "Events taken in, and those already known · 接收的事件与已知的重复事件",
            {
                "{{source}} events · 事件": "sum by (source) "
                f"(rate(tierwatch_events_total{{{OF_SOURCES}}}[$__rate_interval]))",
                "{{source}} duplicates · 重复": "sum by (source) "
                f"(rate(tierwatch_duplicates_total{{{OF_SOURCES}}}[$__rate_interval]))",
            },
            unit="cps",
        ).span(6),
        lines(
            "Polls failed in an hour",
            "每小时采集失败",
            "Polls that failed during the hour before each point, by reason · 每个时刻之前一小时内失败的采集,按原因",
            {
                "{{source}} {{reason}}": "sum by (source, reason) "
                f"(increase(tierwatch_source_poll_failures_total{{{OF_SOURCES}}}[1h]))"
            },
        ).span(6),
        lines(
            "Records in quarantine",
            "隔离中的记录",
            "Records that could not become events and are not resolved, by reason · 无法成为事件且未处理的记录,按原因",
            {"{{source}} {{reason}}": f"sum by (source, reason) (tierwatch_quarantined_records{{{OF_SOURCES}}})"},
        ).span(6),
        lines(
            "Unknown words and corrections in an hour",
            "每小时未知取值与更正",
            "Words that the mapping or a ladder does not know, and counted happenings that a later statement withdrew "
            "· 映射或等级表中没有的取值,以及被后来的陈述撤回的事件",
            {
                "{{source}} unknown {{what}} · 未知": "sum by (source, what) "
                f"(increase(tierwatch_unknown_values_total{{{OF_SOURCES}}}[1h])) > 0",
                "{{source}} withdrawn {{kind}} · 撤回": "sum by (source, kind) "
                f"(increase(tierwatch_sla_corrections_total{{{OF_CLOCKS}}}[1h])) > 0",
            },
        ).span(6),
    ]
