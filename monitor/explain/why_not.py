"""Make the sentence that says why a target has no clock of a subject, about one condition of one row. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from monitor.clock import NotApplied
from monitor.explain.sentences import attribute, dashed, row, subject
from monitor.messages import Argument, Joined, Message, joined, message
from monitor.model import Name, SubjectKind
from monitor.policy import Why
from monitor.text import exact_length, shown_time

LONGEST = 60
"""Of a word that a source wrote, in characters."""

_OF_A_ROW = (
    Why.UNSAID, Why.OTHER_WORD, Why.NOT_UNDERSTOOD, Why.TOO_YOUNG, Why.CLOCK_TOO_YOUNG, Why.NO_DATE, Why.OPENED_IN,
    Why.OPENED_OUTSIDE,
)  # fmt: skip


def sentence(one: NotApplied, declared: Mapping[str, Name]) -> Joined:
    """The target, the condition that failed and what would meet it; *declared* are the names of declared attributes."""
    refusal = one.refusal
    why = _of_several if _is_of_several(one) else _why
    parts: list[Argument] = [joined([one.rule.title, why(one, declared)], ": ")]
    if refusal.why in _OF_A_ROW and refusal.unmet > 1:
        parts.append(message("explain-why-unmet", unmet=refusal.unmet - 1))
    if refusal.row is not None and refusal.others:
        parts.append(message("explain-why-others", others=refusal.others))
    return joined(parts, "; ")


_COUNTED = (Why.COUNTED, Why.NOT_ENTERED, Why.WITHDRAWN, Why.GONE, Why.EXCUSED, Why.NOT_JUDGED, Why.NO_CLOCK_TO_COUNT)


def _why(one: NotApplied, declared: Mapping[str, Name]) -> Message:
    refusal = one.refusal
    id_ = f"explain-why-{dashed(refusal.why)}"
    match refusal.why:
        case Why.OTHER_KIND:
            return message(id_, kind=subject(_kind(one)), own=subject(SubjectKind(refusal.word)))
        case Why.NOT_IN_VERSION:
            return message(id_, policy=one.policy)
        case Why.NO_FIGURE:
            return message(id_)
        case Why.NO_INSTANT:
            return message(id_, instant=refusal.name)
        case Why.NO_DATE | Why.OPENED_IN | Why.OPENED_OUTSIDE:
            return message(id_, name=refusal.name, row=row(refusal.row))
        case Why.NOT_BEGUN | Why.PROMISED_LATER:
            return _not_begun(one)
        case Why.GUARDED_LATER | Why.GUARDED_NOW | Why.GUARDED_OVER:
            return _guarded(one)
        case Why.OTHER_NOT_ENDED | Why.OTHER_ENDED_SOON:
            lasted, over = exact_length(refusal.lasted), exact_length(refusal.length)
            return message(id_, target=refusal.name, lasted=lasted, over=over)
        case Why.TOO_YOUNG | Why.CLOCK_TOO_YOUNG:
            return message(id_, row=row(refusal.row), length=exact_length(refusal.length))
        case _:
            return message(
                "explain-why-inherited" if refusal.inherited else id_,
                attribute=attribute(refusal.name, declared),
                word=_cut(refusal.word),
                values=joined(refusal.values, message("explain-or")),
                row=row(refusal.row),
            )


def _guarded(one: NotApplied) -> Message:
    """A duty that is due in guarded periods alone: the period that comes, holds or was the last."""
    assert one.guarded is not None
    since, until = (shown_time(at, one.zone) for at in (one.guarded.since, one.guarded.until))
    return message(f"explain-why-{dashed(one.refusal.why)}", title=one.guarded.title, since=since, until=until)


def _is_of_several(one: NotApplied) -> bool:
    """Whether the reason is one of a target that counts, and of no row of it."""
    refusal = one.refusal
    by_attribute = refusal.why in (Why.UNSAID, Why.OTHER_WORD, Why.NOT_UNDERSTOOD)
    return refusal.why in _COUNTED or (one.rule.counting is not None and refusal.row is None and by_attribute)


def _kind(one: NotApplied) -> SubjectKind:
    """What the target is of, or what it counts."""
    return one.rule.of if one.rule.counting is None else one.rule.counting.of


def _of_several(one: NotApplied, declared: Mapping[str, Name]) -> Message:
    """Whether the subject is counted together with others, and if not, what keeps it out."""
    refusal = one.refusal
    id_ = f"explain-why-{dashed(refusal.why)}"
    if refusal.why is Why.COUNTED:
        return message(id_, group=refusal.name)
    if refusal.why in (Why.NOT_JUDGED, Why.NO_CLOCK_TO_COUNT):
        return message(id_, target=refusal.name)
    if refusal.why in _COUNTED:
        reason = "-for" if refusal.why is Why.EXCUSED and refusal.word else ""
        conditions = joined(refusal.values, message("explain-or"))
        return message(id_ + reason, kind=subject(_kind(one)), conditions=conditions, word=refusal.word)
    named = attribute(refusal.name, declared)
    if not refusal.values:
        return message("explain-why-not-grouped", attribute=named)
    return message(
        f"{id_}-to-count",
        attribute=named,
        word=_cut(refusal.word),
        values=joined(refusal.values, message("explain-or")),
    )


def _cut(word: str) -> str:
    """A source's own word, cut where it is long."""
    return word if len(word) <= LONGEST else f"{word[:LONGEST]}…"


def _not_begun(one: NotApplied) -> Message:
    """Promised, and no clock: which conditions begin one."""
    refusal = one.refusal
    if refusal.name:
        return message("explain-why-promised-later-by", target=refusal.name)
    conditions = joined(refusal.values, message("explain-or"))
    return message(f"explain-why-{dashed(refusal.why)}", conditions=conditions, kind=subject(one.rule.of))
