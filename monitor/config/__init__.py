"""Read and check the YAML files; each mistake is one sentence with file, line and key. Find the plug-ins.

Nothing here decides anything while the program runs.
"""

from __future__ import annotations

from monitor.config.access_file import AccessText, OidcText, Reading
from monitor.config.alert_settings import alert_settings
from monitor.config.availability_file import availability_rules
from monitor.config.build_rulebook import plain, rulebook
from monitor.config.calendar_schema import DayText
from monitor.config.config_file import (
    Config,
    ReceiverConfig,
    SourceConfig,
    fixed_keys,
    load,
    nobody_is_told,
)
from monitor.config.exporters import ExporterConfig
from monitor.config.hub import HubConfig, origin_of
from monitor.config.keep import KeepText
from monitor.config.policy_file import load as load_policy
from monitor.config.policy_file import shipped as shipped_policies
from monitor.config.policy_file import shipped_text as policy_text
from monitor.config.policy_schema import NameText, Some
from monitor.config.rereading import reread
from monitor.config.routes import unknown_value, worst_untaken
from monitor.config.rule_version import JUDGING, judged_by, same_rules
from monitor.config.yaml_file import Document, Loc

__all__ = [
    "JUDGING",
    "AccessText",
    "Config",
    "DayText",
    "Document",
    "ExporterConfig",
    "HubConfig",
    "KeepText",
    "Loc",
    "NameText",
    "OidcText",
    "Reading",
    "ReceiverConfig",
    "Some",
    "SourceConfig",
    "alert_settings",
    "availability_rules",
    "fixed_keys",
    "judged_by",
    "load",
    "load_policy",
    "nobody_is_told",
    "origin_of",
    "plain",
    "policy_text",
    "reread",
    "rulebook",
    "same_rules",
    "shipped_policies",
    "unknown_value",
    "worst_untaken",
]
