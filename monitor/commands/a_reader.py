"""Who reads what a command prints: the zone of times, the language of sentences, and what the policy calls things."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import typer

from monitor.commands.console import language as a_language
from monitor.config import Config
from monitor.errors import ConfigError
from monitor.explain import NO_NAMES, PolicyNames, names_of, sentences
from monitor.messages import DEFAULT, Argument, joined, spoken, text
from monitor.model import SubjectKind
from monitor.policy import NO_RUNG, Policy
from monitor.text import one_line, shown_time, zone_named

ZoneOption = Annotated[
    str | None, typer.Option("--zone", help="The zone of the times that are printed. Default: the configuration's.")
]

LogLanguageOption = Annotated[str | None, typer.Option("--language", help="en, zh or both. Default: en.")]


@dataclass(frozen=True, slots=True)
class Reader:
    """Writes instants in one zone, and messages and names in the reader's languages."""

    zone: str
    languages: Sequence[str] = (DEFAULT,)
    names: PolicyNames = NO_NAMES

    def time(self, at: datetime) -> str:
        """An instant to the second, with its offset from UTC; options such as `--at` read it again."""
        return shown_time(at, self.zone)

    def say(self, content: Argument) -> str:
        """The text in each language, once where two have the same."""
        return " ".join(dict.fromkeys(text(content, language) for language in self.languages))

    def once(self, content: Argument) -> str:
        """The text in the first language: lines that are mostly figures are not printed twice."""
        return text(content, self.languages[0])

    def target(self, id_: str) -> str:
        """The name of a target."""
        return self.say(self.names.target(id_))

    def rung(self, ladder: str, id_: str) -> str:
        """The name of a tier or an assurance; a dash for none."""
        return self.say(self.names.word(ladder, id_)) if id_ not in (NO_RUNG, "") else sentences.NONE

    def rungs(self, tier: str, assurance: str) -> str:
        """The names of the tier and the assurance that there are, in brackets; empty for neither."""
        names = self.names.rungs(tier, assurance)
        return f"({self.say(joined(names, ' · '))})" if names else ""

    def stage(self, name: str) -> str:
        """A stage as people read it."""
        return self.say(sentences.stage(name))


def alert_line(labels: Mapping[str, str], target: str, reads: Reader) -> Argument:
    """An alert in a line: what it is called, whom it is about, which promise at which stage, in which tier."""
    subject = next(
        (labels[kind.value] for kind in SubjectKind if kind.value in labels),
        labels.get("root_cause", labels.get("drill_id", "")),
    )
    stage, tier = labels.get("stage", ""), labels.get("tier", NO_RUNG)
    words: list[Argument] = [
        labels.get("alertname", "").removeprefix("Tierwatch"),
        one_line(subject),
        reads.names.target(target) if target else "",
        sentences.stage(stage) if stage else "",
    ]
    if tier not in (NO_RUNG, ""):
        words.append(joined(["(", reads.names.word("tier", tier), ")"], ""))
    return joined([word for word in words if word], " ")


def reader(checked: Config, zone: str | None = None, language: str | None = None) -> Reader:
    """The reader with the zone and the language that were asked for, else the configuration's. Raises ConfigError."""
    choice = a_language(language, checked.language)
    return Reader(a_zone(zone, checked.zone), spoken(choice), names_of(checked.rules.policies))


def reader_of_log(policies: Iterable[Policy], zone: str | None, language: str | None) -> Reader:
    """The reader of a log that is judged without a configuration: times are in the zone of the log's, else UTC."""
    return Reader(zone or "UTC", spoken(a_language(language, DEFAULT)), names_of(policies))


def a_zone(given: str | None, otherwise: str) -> str:
    """The zone that was asked for with `--zone`. Raises ConfigError where there is no such zone."""
    try:
        return otherwise if given is None else zone_named(given)
    except ValueError as error:
        raise ConfigError(f"--zone: {error}") from error
