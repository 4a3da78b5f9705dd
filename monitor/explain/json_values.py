"""Write instants, lengths and words as JSON has them: ISO 8601 in UTC, seconds, every language. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor.memory import remembered
from monitor.messages import LANGUAGES, Argument, Message, in_every_language


def text(at: datetime | None) -> str | None:
    """An instant as ISO 8601 in UTC."""
    return None if at is None else _text(at)


@remembered("json_instants", 1024)
def _text(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def seconds(length: timedelta) -> float | int:
    """A length in seconds, whole where it is whole."""
    return length.total_seconds() if length.microseconds else length.days * 86400 + length.seconds


def words(content: Argument) -> dict[str, str]:
    """The text in every language; what is always the same is written once."""
    if isinstance(content, str):
        return dict.fromkeys(LANGUAGES, content)
    if isinstance(content, Message) and not content.arguments:
        return _fixed(content.id)
    return in_every_language(content)


@remembered("fixed_sentences", 1024)
def _fixed(id_: str) -> dict[str, str]:
    return in_every_language(Message(id_, {}))
