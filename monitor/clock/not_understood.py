"""Count the words of sources that are not understood, and give the line of mapping that would read each.

Pure. All spellings of a word are one entry, which is shown as the source wrote it first. The line is YAML that can be
pasted; the value in it is a proposal: the most similar of the values that fit, else the first of them.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from monitor.clock.engine import Rulebook
from monitor.history import ATTRIBUTES, INSTANT, INSTANTS, TIME, AttributeRule, Doubt
from monitor.messages import Message, message
from monitor.model import COUNTED_STATES, Phase, SubjectKind
from monitor.text import LONGEST, folded

KINDS = ("status", "reason", *ATTRIBUTES, *INSTANTS, INSTANT, TIME)
"""What a word that is not understood can stand for beside what a policy declares: `Doubt.what`, a metric label."""

_SHOWN = 60
_PHASES = tuple(phase.value for phase in Phase if phase not in (Phase.UNKNOWN, Phase.HELD, Phase.RETIRED))
_STATES = tuple(state.value for state in COUNTED_STATES)


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """One word of a log: what it stands for, its first spelling, how often it came, and the event that had it first."""

    what: str
    word: str
    times: int
    subject: str
    event: str
    kind: SubjectKind = SubjectKind.TICKET


class Counted:
    """The words of many subjects that are not understood. `words` has the most frequent word first.

    A word is spelled as it came first: in the subject with the smallest *place*, else in what was added first.
    """

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], tuple[int, NotUnderstood]] = {}

    def add(self, subject: str, kind: SubjectKind, doubts: Iterable[Doubt], place: int = 0) -> None:
        for doubt in doubts:
            one = NotUnderstood(doubt.what, doubt.value, 1, subject, doubt.event_id, kind)
            self._count((doubt.what, folded(doubt.value)), place, one)

    def merge(self, other: Counted) -> None:
        """Add the words of other subjects."""
        for key, (place, one) in other._found.items():
            self._count(key, place, one)

    def _count(self, key: tuple[str, str], place: int, one: NotUnderstood) -> None:
        known = self._found.get(key)
        if known is not None:
            first, other = ((place, one), known) if place < known[0] else (known, (place, one))
            place, one = first[0], replace(first[1], times=first[1].times + other[1].times)
        self._found[key] = place, one

    @property
    def words(self) -> tuple[NotUnderstood, ...]:
        return tuple(
            sorted(
                (one for _, one in self._found.values()),
                key=lambda one: (-one.times, _place(one.what), one.what, one.word),
            )
        )


def _place(what: str) -> int:
    """Where a kind stands in a list; the attributes that a policy declares are last."""
    return KINDS.index(what) if what in KINDS else len(KINDS)


def shown(word: str) -> str:
    """A word between quotes, with control characters escaped, cut where it is long."""
    return quoted(word if len(word) <= _SHOWN else f"{word[:_SHOWN]}…")


def quoted(word: str) -> str:
    """A word as a double-quoted scalar of YAML; characters that do not print are escaped."""
    return '"' + "".join(_escaped(character) for character in word) + '"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    if character.isprintable():
        return character
    return f"\\U{ord(character):08X}" if ord(character) > 0xFFFF else f"\\u{ord(character):04X}"


def sentence(what: str, word: str) -> Message:
    """The word with what it stands for, as part of a sentence."""
    if what == TIME:
        first, _, second = word.partition("|")
        return message("alert-unread-local-time", first=first, second=second)
    if what == INSTANT:
        what, _, word = word.partition("|")
        return message("alert-unread-time", word=shown(word), what=what)
    if what in INSTANTS:
        return message("alert-unread-time", word=shown(word), what=what)
    if what == "reason" and not folded(word):
        return message("alert-unread-no-reason")
    return message("alert-unread", what=what, word=shown(word))


def line(source: str, what: str, word: str, rules: Rulebook, kind: SubjectKind = SubjectKind.TICKET) -> str:
    """The YAML to write into the configuration so that the word is understood; empty where no line could do that."""
    if what == TIME:
        return ""
    if what == INSTANT:
        return _zone_line(source, word.partition("|")[2])
    if what in INSTANTS:
        return _zone_line(source, word)
    if not folded(word) or len(word) > LONGEST or (kind is SubjectKind.CIRCUIT and what == "reason"):
        return ""
    key = quoted(word.strip())
    if what == "status" and kind is SubjectKind.CIRCUIT:
        return _yaml(source, "mapping:", "  circuit_states:", f"    {key}: {_proposed(word, _STATES, 'unknown')}")
    if what == "status":
        choices = (*_PHASES, *(f"held/{reason}" for reason in rules.policy.reasons))
        return _yaml(source, "mapping:", "  statuses:", f"    {key}: {_proposed(word, choices, Phase.ACCEPTED.value)}")
    if what == "reason":
        reasons = tuple(rules.policy.reasons)
        return _yaml(source, "mapping:", "  reasons:", f"    {key}: {_proposed(word, reasons)}") if reasons else ""
    choices = rules.words.words(what)
    if not choices:
        return ""
    field = quoted(rules.mapping(source).attributes.get(what, AttributeRule(what)).field)
    rule = (f"    {what}:", f"      field: {field}", "      values:", f"        {key}: {_proposed(word, choices)}")
    return _yaml(source, "mapping:", "  attributes:", *rule)


def _zone_line(source: str, word: str) -> str:
    """The option that gives the source's zone, where *word* is a time without a zone."""
    try:
        at = datetime.fromisoformat(word.strip().upper())
    except ValueError:
        return ""
    if at.tzinfo is not None:
        return ""
    return _yaml(source, "options:", "  zone: UTC  # the zone of the source's times, such as Asia/Shanghai")


def _yaml(source: str, *lines: str) -> str:
    return "\n".join(["sources:", f"  {source}:", *(f"    {each}" for each in lines)])


def _proposed(word: str, choices: Sequence[str], otherwise: str = "") -> str:
    """The choice that is most similar to *word*, with the others in a comment."""
    by_form = {folded(choice): choice for choice in choices}
    near = difflib.get_close_matches(folded(word), by_form, n=1)
    best = by_form[near[0]] if near else otherwise or choices[0]
    others = [choice for choice in choices if choice != best]
    remark = f"  # or {', '.join(others[:12])}" if others else ""
    return f"{best if best.isascii() and best.replace('_', '').replace('/', '').isalpha() else quoted(best)}{remark}"
