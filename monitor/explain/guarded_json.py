"""Write what a guarded period changes for a subject as JSON. Pure."""

from __future__ import annotations

from typing import Any

from monitor.explain import guarded_sentences
from monitor.explain.guarded import GuardedTerms
from monitor.explain.json_values import text, words
from monitor.explain.names import PolicyNames
from monitor.messages import in_every_language


def guarded_as_json(one: GuardedTerms, zone: str, names: PolicyNames) -> dict[str, Any]:
    """The dates of the period, and each change with what it was before."""
    return {
        "period": one.period.name,
        "title": words(one.period.title),
        "when": one.when.value,
        "from": text(one.since),
        "to": text(one.until),
        "rungs": {change.ladder: {"before": change.before, "after": change.after} for change in one.rungs},
        "stages": None if one.stages is None else {"before": list(one.stages[0]), "after": list(one.stages[1])},
        "figures": [
            {
                "target": change.rule.name,
                "before": None if change.before is None else words(guarded_sentences.figure(change.before, names)),
                "after": words(guarded_sentences.figure(change.after, names)),
                "on_change": change.on_change.value,
            }
            for change in one.figures
        ],
        "ordered_by": one.period.ordered_by,
        "sentence": in_every_language(guarded_sentences.sentence(one, zone, names)),
    }
