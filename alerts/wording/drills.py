"""Word the alert of a drill, and mark it so that nobody takes it for a real one.

Pure. The mark has the word of every language, DRILL and 演练: whoever reads one of them is told. `marked` is called for
every page on its way out, so that no receiver, no digest and no template can leave it off.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from alerts.wording import clocks, endings
from monitor.alert import DRILL, Acknowledged, Alert, Drill, DrillEnd, Reason, Settings
from monitor.messages import LANGUAGES, Argument, annotation_name, as_annotations, lines, message, text
from monitor.model import SubjectKey
from monitor.policy import BREACHED_STAGE
from monitor.snapshot import OWN_SOURCE

ALERT = "TierwatchDrill"

STAGE = DRILL
"""What stands in the place of a stage in the stored alert, so that no query takes it for a breach."""

DRILL_UNTIL = "drill_until"
"""The annotation with the instant at which a drill ends at the latest (ISO 8601)."""


def begun(drill: Drill, settings: Settings) -> Alert:
    """The alert of a drill: a promise of its tier that counts as broken since it began."""
    assert drill.begun_at is not None
    tier = settings.tiers.get(drill.tier, drill.tier)
    at, until = (clocks.local(instant, settings.zone) for instant in (drill.begun_at, drill.ends_by))
    author = clocks.plain(drill.author)
    words = {
        **as_annotations("summary", message("drill-summary", tier=tier, at=at)),
        **as_annotations(
            "description",
            lines(message("drill-what", author=author), message("drill-do"), message("drill-until", at=until)),
        ),
        "author": author,
        DRILL_UNTIL: drill.ends_by.isoformat(),
        "reason": Reason.DRILL.value,
    }
    return marked(
        Alert(
            labels={
                "alertname": ALERT,
                "instance": settings.instance,
                DRILL: "true",
                "drill_id": drill.id,
                "source": OWN_SOURCE,
                "tier": drill.tier,
                "stage": BREACHED_STAGE,
                "severity": "critical",
            },
            annotations=words,
            starts_at=drill.begun_at,
            reason=Reason.DRILL,
            subject=SubjectKey(OWN_SOURCE, drill.id),
            target=DRILL,
            stage=STAGE,
            link=settings.page_url,
        )
    )


def ended(alert: Alert, drill: Drill, acknowledged: Sequence[Acknowledged], settings: Settings) -> Alert:
    """The end of a drill's alert, which says why."""
    assert drill.ended_at is not None
    what = message("drill-of", tier=settings.tiers.get(drill.tier, drill.tier))
    how: Argument = message(f"drill-ended-{drill.ended_for or DrillEnd.TIME_OVER}")
    if drill.ended_for is DrillEnd.ACKNOWLEDGED and acknowledged:
        first = min(acknowledged, key=lambda one: one.at)
        how = message("drill-ended-acknowledged-by", author=clocks.plain(first.author))
    return marked(endings.end(alert, drill.ended_at, Reason.DRILL_OVER, what, settings, how, message("drill-nothing")))


def marked(alert: Alert) -> Alert:
    """The alert with the mark of a drill before its summary and its description, once; any other as it is."""
    if not alert.drill:
        return alert
    said = dict(alert.annotations)
    for language in LANGUAGES:
        mark, first = _mark(language), _banner(alert, language)
        summary, description = (annotation_name(name, language) for name in ("summary", "description"))
        if not said.get(summary, "").startswith(mark):
            said[summary] = mark + (said.get(summary) or said.get("summary", "") or alert.labels.get("alertname", ""))
        if not said.get(description, "").startswith(first):
            said[description] = "\n".join(filter(None, (first, said.get(description) or said.get("description", ""))))
    return alert if said == alert.annotations else replace(alert, annotations=said)


def banner(alert: Alert, codes: Sequence[str]) -> str:
    """The line that stands first in the text of a drill, in these languages."""
    return " / ".join(dict.fromkeys(_banner(alert, code) for code in codes))


def _mark(language: str) -> str:
    return text(message("drill-mark", words=_words(language)), language)


def _banner(alert: Alert, language: str) -> str:
    name = "drill-banner" if alert.firing else "drill-banner-over"
    return text(message(name, words=_words(language)), language)


def _words(language: str) -> str:
    """The word for a drill in every language, that of *language* first."""
    codes = dict.fromkeys((language, *LANGUAGES))
    return " ".join(dict.fromkeys(text(message("drill-word"), code) for code in codes))
