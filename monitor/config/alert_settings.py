"""Say what alerts need to know of an installation, by its configuration."""

from __future__ import annotations

from datetime import datetime

from monitor.alert import Settings
from monitor.config.config_file import Config
from monitor.history import LADDERS
from monitor.policy import NAMED


def alert_settings(config: Config, installed: datetime) -> Settings:
    """The settings of alerts by a configuration, of a program that was *installed* then."""
    ladders = config.rules.policy.ladders
    return Settings(
        instance=config.instance,
        installed_at=installed,
        page_url=config.page_url,
        zone=config.zone,
        language=config.language,
        tiers={rung.id: rung.name for rung in ladders.get("tier", ())},
        assurances={rung.id: rung.name for rung in ladders.get("assurance", ())},
        targets={rule.name: rule.title for rule in config.rules.policy.targets},
        ladders={
            name: {rung.id: rung.name for rung in rungs} for name, rungs in ladders.items() if name not in LADDERS
        },
        said=tuple(name for name in config.world.said if name not in NAMED),
        causes=config.root_causes,
        covered=any(receiver.hours for receiver in config.receivers),
        commands=config.commands,
    )
