"""Say why something that somebody asked for is not done: what kind of refusal it is, and the sentence."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum

from monitor.errors import ConfigError
from monitor.messages import DEFAULT, Argument, message, text
from monitor.text import one_line

LONGEST_REASON = 500
"""Characters of a reason."""

LONGEST_WHO = 300
"""Characters of the name of whoever does it; names of accounts and tokens have 200 at most."""

Times = Callable[[datetime], str]
"""How instants are written in a sentence: in the zone of whoever asks."""


class WhyRefused(StrEnum):
    """What kind of refusal it is: whoever asks over HTTP is answered by it."""

    WRONG = "wrong"
    """What is asked can never be done as it is written."""
    UNKNOWN = "unknown"
    """There is nothing of the name that it is about."""
    CONFLICT = "conflict"
    """It does not fit what is stored by now, or is done already."""


class Refused(ConfigError):
    """What was asked is not done, and nothing has changed; `sentence` says why and what to do instead."""

    def __init__(self, why: WhyRefused, sentence: Argument) -> None:
        super().__init__(text(sentence, DEFAULT))
        self.why, self.sentence = why, sentence


def who(author: str) -> str:
    """The name of whoever does it in one line, as it is stored. Raises Refused where it is empty or too long."""
    name = one_line(author)
    if not name or len(name) > LONGEST_WHO:
        raise Refused(WhyRefused.WRONG, message("deed-author-unfit", most=str(LONGEST_WHO)))
    return name


def words(author: str, reason: str) -> tuple[str, str]:
    """Author and reason in one line each, as they are stored. Raises Refused where one is empty or too long."""
    why = one_line(reason)
    if not why or len(why) > LONGEST_REASON:
        raise Refused(WhyRefused.WRONG, message("deed-reason-unfit", most=str(LONGEST_REASON)))
    return who(author), why
