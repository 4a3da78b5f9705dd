"""The policy of the synthetic clock, as a rulebook of its own: the operator's policy knows nothing of it."""

from __future__ import annotations

from alerts.decide import synthetic
from monitor.config import build_rulebook, policy_file, yaml_file
from monitor.history import AttributeRule, SourceMapping, StatusRule
from monitor.messages import message
from monitor.model import Phase
from monitor.snapshot import OWN_SOURCE, OWN_TIER

_TIER, _TARGET = (
    synthetic.name_of(message("alert-synthetic-tier")), synthetic.name_of(message("alert-synthetic-target")),
)  # fmt: skip

_POLICY = f"""
policy: tierwatch-synthetic
version: "1"
effective_from: 2020-01-01
name: {{en: {_TARGET.en}, zh: {_TARGET.zh}}}
ladders: {{tier: [{{id: {OWN_TIER}, en: {_TIER.en}, zh: {_TIER.zh}}}]}}
stages: {{tier: {{{OWN_TIER}: [100%]}}}}
calendars: {{always: {{zone: UTC, hours: 24x7}}}}
targets:
  {synthetic.TARGET}:
    name: {{en: {_TARGET.en}, zh: {_TARGET.zh}}}
    start: [opened]
    stop: [restored]
    budgets: [{{budget: {synthetic.BUDGET.seconds}s, source: tierwatch}}]
"""

RULES = build_rulebook.rulebook(
    policy_file.build(yaml_file.parse(_POLICY, "synthetic")),
    {
        OWN_SOURCE: SourceMapping(
            statuses={"opened": StatusRule(Phase.OPENED), "restored": StatusRule(Phase.RESTORED)},
            attributes={"tier": AttributeRule("tier")},
        )
    },
)
