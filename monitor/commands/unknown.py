"""List the words that are not understood, with the mapping to write, and the records that were set aside."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.clock import sentence
from monitor.commands.a_reader import Reader, ZoneOption, reader
from monitor.commands.console import ConfigOption, JsonOption, LanguageOption, configured, print_line, to_read
from monitor.config import Config
from monitor.errors import ConfigError
from monitor.explain import text
from monitor.messages import Message, in_every_language, message
from monitor.report import UnknownWord, together, unknown_words
from monitor.text import json_line, one_line

if TYPE_CHECKING:
    from monitor.store import SetAside


def unknown(
    config: ConfigOption = Path("tierwatch.yml"),
    source: Annotated[str | None, typer.Option(help="Only this source.")] = None,
    language: LanguageOption = None,
    zone: ZoneOption = None,
    as_json: JsonOption = False,
) -> None:
    """List words that are not understood, how often they came, since when, a ticket each, and the mapping to write."""
    checked = configured(config)
    reads = reader(checked, zone, language)
    names = asked_sources(checked, source)
    words, others = set_aside(checked, names)
    if as_json:
        print(json_line(unknown_as_json(words, others), indent=2))
        return
    for line in _lines(words, others, checked, names, reads):
        print_line(line if isinstance(line, str) else reads.say(line))


def set_aside(checked: Config, names: Sequence[str]) -> tuple[Sequence[UnknownWord], Sequence[SetAside]]:
    """The words of these sources that are not understood, and the records set aside for other reasons."""
    from monitor.store import Quarantined

    with to_read(checked) as database:
        quarantined = Quarantined(database)
        return unknown_words(quarantined.subjects(names), checked.rules), quarantined.others(names)


def asked_sources(checked: Config, only: str | None) -> list[str]:
    """The sources that are asked about. Raises ConfigError."""
    names = [source.name for source in checked.sources]
    if only is not None and only not in names:
        raise ConfigError(f"--source {only!r} is not a source of the configuration; it has {', '.join(names)}")
    return names if only is None else [only]


def _lines(
    words: Sequence[UnknownWord], others: Sequence[SetAside], checked: Config, names: Sequence[str], reads: Reader
) -> Iterator[str | Message]:
    if not words:
        yield message("unknown-none", sources=", ".join(names))
    for one in words:
        yield message(
            "unknown-word", source=one.source, word=sentence(one.what, one.word), times=one.times,
            since=reads.time(one.since), example=one_line(one.example),
            others=len(one.subjects) - 1,
        )  # fmt: skip
    mapping = together(one.mapping for one in words if one.mapping)
    if mapping:
        yield message("unknown-mapping", file=checked.commands.config)
        yield from (f"  {line}" for line in mapping.splitlines())
        yield message("unknown-then", command=checked.commands.says("check-config"))
    for other in others:
        yield message(
            "unknown-set-aside", source=other.source, reason=other.reason, number=other.records,
            since=reads.time(other.since), detail=one_line(other.detail),
        )  # fmt: skip


def unknown_as_json(words: Sequence[UnknownWord], others: Sequence[SetAside]) -> dict[str, Any]:
    return {
        "words": [
            {
                "source": one.source,
                "what": one.what,
                "word": one.word,
                "sentence": in_every_language(sentence(one.what, one.word)),
                "times": one.times,
                "subjects": len(one.subjects),
                "since": text(one.since),
                "subject": one.example,
                "event": one.event,
                "mapping": one.mapping,
            }
            for one in words
        ],
        "mapping": together(one.mapping for one in words if one.mapping),
        "set_aside": [
            {
                "source": other.source,
                "reason": other.reason,
                "records": other.records,
                "since": text(other.since),
                "detail": other.detail,
            }
            for other in others
        ],
    }
