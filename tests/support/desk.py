"""One subject's alerts as the store would keep them: look at a history at an instant, and see what changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from alerts.decide import clock_alerts as alert_rules
from monitor.alert.alert import Alert, Settings
from monitor.clock import engine
from monitor.clock.engine import Rulebook
from monitor.history.events import Event
from monitor.model import Name
from tests.support.cases import MONDAY, rules

SETTINGS = Settings(
    instance="north",
    installed_at=MONDAY,
    page_url="https://tierwatch.example",
    zone="Asia/Shanghai",
    tiers={"diamond": Name("Diamond", "钻石"), "gold": Name("Gold", "金牌")},
    assurances={"AAA": Name("AAA", "AAA")},
    targets={"accept": Name("Acceptance", "工单接收"), "restore": Name("Restoration", "故障恢复")},
)


@dataclass(slots=True)
class Desk:
    """Remembers the alerts of one subject by key, as the store does; `fired` are the keys that anybody was told of."""

    rules: Rulebook = field(default_factory=rules)
    settings: Settings = SETTINGS
    stored: dict[str, Alert] = field(default_factory=dict)
    fired: set[str] = field(default_factory=set)

    def look(self, events: Sequence[Event], now: datetime) -> tuple[Alert, ...]:
        """Advance the subject to *now*, decide, and keep what changed."""
        known = [event for event in events if event.at <= now]
        if not known:
            return ()
        outcome = engine.advance(known, (), self.rules, now)
        changed = alert_rules.decide(outcome, tuple(self.stored.values()), self.settings, now)
        for alert in changed:
            self.stored[alert.key] = alert
            if alert.notifies and alert.firing:
                self.fired.add(alert.key)
        return changed

    @property
    def firing(self) -> list[str]:
        """The stages that fire, told ones only."""
        return sorted(alert.stage for alert in self.stored.values() if alert.firing and alert.notifies)


def brief(changed: Sequence[Alert]) -> list[str]:
    """What changed, a line each: `restore/used_75 first`, with `-` before what ended and `.` before what is no page."""
    marks = {(True, True): "+", (True, False): "-", (False, False): "."}
    return [f"{marks[alert.notifies, alert.firing]}{alert.target}/{alert.stage} {alert.reason}" for alert in changed]
