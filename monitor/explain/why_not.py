"""Make the sentence that says why a target has no clock of a subject, about one condition of one row. Pure."""

from __future__ import annotations

from monitor.clock import NotApplied
from monitor.explain.names import PolicyNames
from monitor.explain.sentences import attribute, dashed, instant_name, length, row, subject
from monitor.messages import Argument, Joined, Message, joined, message
from monitor.model import CircuitState, Name, Phase, SubjectKind
from monitor.policy import Refusal, Why
from monitor.text import shown_time

LONGEST = 60
"""Of a word that a source wrote, in characters."""

_STATES, _PHASES = frozenset(CircuitState), frozenset(Phase)

_OF_A_ROW = (
    Why.UNSAID, Why.OTHER_WORD, Why.NOT_UNDERSTOOD, Why.TOO_YOUNG, Why.CLOCK_TOO_YOUNG, Why.NO_DATE, Why.OPENED_IN,
    Why.OPENED_OUTSIDE,
)  # fmt: skip


def sentence(one: NotApplied, names: PolicyNames) -> Joined:
    """The target, the condition that failed and what would meet it; *names* are those of the policy."""
    refusal = one.refusal
    why = _of_several if _is_of_several(one) else _why
    parts: list[Argument] = [joined([one.rule.title, why(one, names)], ": ")]
    if refusal.why in _OF_A_ROW and refusal.unmet > 1:
        parts.append(message("explain-why-unmet", unmet=refusal.unmet - 1))
    if refusal.row is not None and refusal.others:
        parts.append(message("explain-why-others", others=refusal.others))
    return joined(parts, "; ")


_COUNTED = (Why.COUNTED, Why.NOT_ENTERED, Why.WITHDRAWN, Why.GONE, Why.EXCUSED, Why.NOT_JUDGED, Why.NO_CLOCK_TO_COUNT)


def _why(one: NotApplied, names: PolicyNames) -> Message:
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
            return message(id_, instant=instant_name(refusal.name, names))
        case Why.NOT_BEGUN | Why.PROMISED_LATER:
            return _not_begun(one, names)
        case Why.GUARDED_LATER | Why.GUARDED_NOW | Why.GUARDED_OVER:
            return _guarded(one)
        case Why.OTHER_NOT_ENDED | Why.OTHER_ENDED_SOON:
            lasted, over = length(refusal.lasted), length(refusal.length)
            return message(id_, target=names.target(refusal.name), lasted=lasted, over=over)
        case _:
            return _of_row(one, names)


def _of_row(one: NotApplied, names: PolicyNames) -> Message:
    """The condition of the nearest row that is not met."""
    refusal = one.refusal
    id_ = f"explain-why-{dashed(refusal.why)}"
    match refusal.why:
        case Why.NO_DATE:
            return message(id_, name=instant_name(refusal.name, names), row=row(refusal.row, names))
        case Why.OPENED_IN | Why.OPENED_OUTSIDE:
            return message(id_, name=refusal.name, row=row(refusal.row, names))
        case Why.TOO_YOUNG | Why.CLOCK_TOO_YOUNG:
            return message(id_, row=row(refusal.row, names), length=length(refusal.length))
        case _:
            return message(
                "explain-why-inherited" if refusal.inherited else id_,
                attribute=attribute(refusal.name, names.attributes),
                word=_word(refusal, names),
                values=_values(refusal, names),
                row=row(refusal.row, names),
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


def _of_several(one: NotApplied, names: PolicyNames) -> Message:
    """Whether the subject is counted together with others, and if not, what keeps it out."""
    refusal = one.refusal
    id_ = f"explain-why-{dashed(refusal.why)}"
    if refusal.why is Why.COUNTED:
        return message(id_, group=refusal.name)
    if refusal.why in (Why.NOT_JUDGED, Why.NO_CLOCK_TO_COUNT):
        return message(id_, target=names.target(refusal.name))
    if refusal.why in _COUNTED:
        reason = "-for" if refusal.why is Why.EXCUSED and refusal.word else ""
        word = names.reason(refusal.word) if reason else _condition(refusal.word, _kind(one), names)
        conditions = _conditions(one, _kind(one), names)
        return message(id_ + reason, kind=subject(_kind(one)), conditions=conditions, word=word)
    named = attribute(refusal.name, names.attributes)
    if not refusal.values:
        return message("explain-why-not-grouped", attribute=named)
    return message(
        f"{id_}-to-count",
        attribute=named,
        word=_word(refusal, names),
        values=_values(refusal, names),
    )


def _word(refusal: Refusal, names: PolicyNames) -> Argument:
    """What the subject's attribute says: a rung by its name, else the source's own word."""
    named = names.word(refusal.name, refusal.word)
    return named if isinstance(named, Name) else _cut(refusal.word)


def _values(refusal: Refusal, names: PolicyNames) -> Argument:
    """The words that would do."""
    return joined([names.word(refusal.name, value) for value in refusal.values], message("explain-or"))


def _cut(word: str) -> str:
    """A source's own word, cut where it is long."""
    return word if len(word) <= LONGEST else f"{word[:LONGEST]}…"


def _not_begun(one: NotApplied, names: PolicyNames) -> Message:
    """Promised, and no clock: which conditions begin one."""
    refusal = one.refusal
    if refusal.name:
        return message("explain-why-promised-later-by", target=names.target(refusal.name))
    conditions = _conditions(one, one.rule.of, names)
    return message(f"explain-why-{dashed(refusal.why)}", conditions=conditions, kind=subject(one.rule.of))


def _conditions(one: NotApplied, kind: SubjectKind, names: PolicyNames) -> Joined:
    """Conditions of a subject of that kind, any of which will do."""
    return joined([_condition(word, kind, names) for word in one.refusal.values], message("explain-or"))


def _condition(word: str, kind: SubjectKind, names: PolicyNames) -> Argument:
    """A condition of a subject of that kind: a state of a circuit, a phase of a ticket, or an instant."""
    if kind is SubjectKind.CIRCUIT and word in _STATES:
        return message(f"explain-circuit-{dashed(word)}")
    if word in _PHASES:
        return message(f"explain-phase-{dashed(word)}")
    return names.instants.get(word, word)
