"""Word what the author of a silence is told, in English and Chinese: what it hides, until when, and how to end it.

Pure. As with every page, the same clock under the same silence gives the same words however often it is asked.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from alerts.wording.clocks import clock, local, plain
from monitor.alert import Alert, Settings
from monitor.model import Name


class Silence(Protocol):
    """What is said of a silence; `foreign` is one of Alertmanager's own."""

    @property
    def id(self) -> str: ...
    @property
    def author(self) -> str: ...
    @property
    def reason(self) -> str: ...
    @property
    def ends_at(self) -> datetime: ...
    @property
    def maintenance(self) -> bool: ...
    @property
    def foreign(self) -> bool: ...


def hidden(
    silence: Silence, alert: Alert, deadline: datetime, breached: bool, explain: str, settings: Settings
) -> dict[str, str]:
    """The annotations with which an author hears that *silence* withholds *alert*, whose clock is due at *deadline*."""
    what, due = clock(alert, settings), local(deadline, settings.zone)
    ends, author, why = local(silence.ends_at, settings.zone), plain(silence.author), plain(silence.reason)
    kind = Name("maintenance window", "维护窗口") if silence.maintenance else Name("silence", "静默")
    place = Name(" in Alertmanager", "Alertmanager 中的") if silence.foreign else Name("", "")
    how = ending(silence.id, silence.foreign)
    state = (
        Name(f"breached, was due {due}", f"已超时，应于 {due} 前完成")
        if breached
        else Name(f"due {due}, before the {kind.en} ends", f"将于 {due} 到期，早于{kind.zh}结束")
    )
    named = {name: alert.annotations.get(name, "") for name in ("customer", "circuit", "team", "ticket_url")}
    said = {
        "summary": f"{author}: your {kind.en} hides {what.en}: {state.en}",
        "summary_zh": f"{author}：您的{kind.zh}掩盖了 {what.zh}：{state.zh}",
        "description": _lines(
            (
                f"{kind.en.capitalize()} {plain(silence.id)}{place.en} by {author} lasts until {ends}."
                f" Reason given: {why}.",
                f"Nobody is paged for {what.en} until then: {state.en}.",
                f"Let it page again: {how}",
                explain and f"Why: {explain}",
                named["ticket_url"] and f"Ticket: {named['ticket_url']}",
            )
        ),
        "description_zh": _lines(
            (
                f"{place.zh}{kind.zh} {plain(silence.id)}（{author}）持续到 {ends}。原因：{why}。",
                f"在此之前不会就 {what.zh} 告警：{state.zh}。",
                f"恢复告警：{how}",
                explain and f"说明：{explain}",
                named["ticket_url"] and f"工单：{named['ticket_url']}",
            )
        ),
        "author": author,
        "silence_reason": why,
        "silence_until": ends,
        "silence_of": "alertmanager" if silence.foreign else "tierwatch",
        "due": due,
        "explain_url": explain,
        **named,
    }
    return {name: text for name, text in said.items() if text}


def still_open(breached: bool, due: datetime | None, until: datetime | None, settings: Settings) -> tuple[Name, Name]:
    """How a clock stands that a silence hides no more and that goes on, and what holds besides."""
    at, after = "" if due is None else local(due, settings.zone), lasting(until, settings)
    stands = Name(f"Its own alert goes on. {after.en}".strip(), f"其告警仍在继续。{after.zh}")
    if breached:
        was = Name(f", was due {at}", f"，应于 {at} 前完成") if at else Name("", "")
        return Name(f"; the promise is broken{was.en}, and still open", f"；该承诺已超时{was.zh}，至今未结束"), stands
    is_due = Name(f", due {at}", f"，{at} 到期") if at else Name("", "")
    return Name(f"; still open{is_due.en}", f"；尚未结束{is_due.zh}"), stands


def late(due: datetime | None, settings: Settings) -> Name:
    """How a clock ended whose promise was broken at *due*; nothing where it was not."""
    if due is None:
        return Name("", "")
    at = local(due, settings.zone)
    return Name(f", late: it was due {at}", f"，已超时：应于 {at} 前完成")


def lasting(until: datetime | None, settings: Settings) -> Name:
    """That the silence itself is still in force."""
    if until is None:
        return Name("", "")
    at = local(until, settings.zone)
    return Name(f"The silence itself lasts until {at}.", f"静默本身持续到 {at}。")


def ending(silence: str, foreign: bool) -> str:
    """The command that ends a silence."""
    return f"amtool silence expire {plain(silence)}" if foreign else f"tierwatch silence end {plain(silence)}"


def _lines(lines: Iterable[str]) -> str:
    return "\n".join(line for line in lines if line)
