"""Word what is said of words that nobody understands, in every language.

Pure. A word is shown as the source wrote it, between quotes, cleaned and cut, for whoever writes into the source has
written it.
"""

from __future__ import annotations

from collections.abc import Sequence

from alerts.wording.clocks import and_more, filled, plain, see
from monitor.clock import shown
from monitor.messages import SENTENCES, Argument, as_annotations, joined, lines, message
from monitor.snapshot import UnreadWord

RUNBOOK = "docs/runbook.md#tierwatchwordnotunderstood"

_SHOWN = 5


def word_of(source: str, what: str, word: str) -> Argument:
    """A word of a source, as the subject of a sentence."""
    return message("alert-word", source=plain(source), what=what, word=shown(word))


def named(word: UnreadWord) -> Argument:
    return word_of(word.source, word.what, word.word)


def others(source: str) -> Argument:
    """What the alert for many words is about."""
    return message("alert-words-others", source=plain(source))


def not_understood(word: UnreadWord, line: str, pages: bool, link: str, config: str) -> dict[str, str]:
    """The annotations while a word is not understood; *line* is the mapping to write into the file *config*."""
    what, example = named(word), plain(word.example)
    number = message(f"alert-word-open-{word.kind}", number=word.subjects)
    paged = message("alert-word-pages") if pages else message("alert-word-warns")
    mend = message("alert-word-map", file=config) if line else message("alert-word-correct")
    description = lines(
        message("alert-word-unwatched", what=what, number=number, example=example),
        joined([paged, message("alert-word-ends")], SENTENCES),
        joined([message("alert-word-watch", number=word.subjects), mend], SENTENCES),
        line,
        see(link),
    )
    return filled(
        {
            **as_annotations("summary", message("alert-word-summary", what=what, number=number, example=example)),
            **as_annotations("description", description),
            "word": plain(word.word),
            "mapping": line,
            "explain_url": link,
            "runbook_url": RUNBOOK,
        }
    )


def many(source: str, words: Sequence[UnreadWord], rest: int, home: str) -> dict[str, str]:
    """The annotations of the alert that stands for *rest* words; some of them are given."""
    name = plain(source)
    listed = and_more([f"{word.what} {shown(word.word)}" for word in words[:_SHOWN]], rest)
    description = lines(
        message("alert-words-many", source=name, words=listed), message("alert-words-advice"), see(home)
    )
    return filled(
        {
            **as_annotations("summary", message("alert-words-summary", source=name, number=rest)),
            **as_annotations("description", description),
            "explain_url": home,
            "runbook_url": RUNBOOK,
        }
    )
