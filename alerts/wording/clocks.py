"""Word what a page says, in every language, so that it fits on a phone's screen.

Pure. A text is made of what the history says, never of the instant of asking: the same clock at the same stage gives
the same words however often it is asked, so that nothing is sent again only because time went by. What sources wrote
(customer, circuit, team) is cleaned and cut; nothing here ever sees a secret of the configuration.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from alerts.wording import links
from monitor.alert import Alert, Settings
from monitor.memory import remembered
from monitor.messages import COMMA, Argument, as_annotations, joined, lines, message
from monitor.model import Name, SubjectKind
from monitor.policy import NO_RUNG
from monitor.text import one_line

LONGEST, LONGEST_SENTENCE = 60, 300
"""Of a name and of a sentence that somebody else wrote, in characters."""

_LINES = 12  # of a digest

BACKLOG = message("alert-backlog")
"""What the digest of clocks is about that had breached before the installation."""


def clock(alert: Alert, settings: Settings) -> Argument:
    """Which clock an alert is about: its subject, its promise, its tier and assurance."""
    named = alert.subject.subject if alert.subject else ""
    named = named or next((alert.labels[kind.value] for kind in SubjectKind if kind.value in alert.labels), "")
    title, subject = named_by(settings.targets, alert.target), plain(named)
    if SubjectKind.GROUP.value in alert.labels:
        whom = alert.annotations.get("group", "")
        return message("alert-group", whom=whom, target=title) if whom else title
    tier, assurance = alert.labels.get("tier", NO_RUNG), alert.labels.get("assurance", NO_RUNG)
    ranks = rungs(tier, assurance, settings, alert.annotations)
    if not ranks:
        return message("alert-clock", subject=subject, target=title)
    return message("alert-clock-of-rungs", subject=subject, target=title, rungs=joined(ranks, COMMA))


def rungs(tier: str, assurance: str, settings: Settings, said: Mapping[str, str]) -> tuple[Name, ...]:
    """The names of the tier and the assurance that there are, and of the rungs of further ladders that are *said*."""
    names = () if tier == NO_RUNG else (named_by(settings.tiers, tier),)
    names = names if assurance == NO_RUNG else (*names, named_by(settings.assurances, assurance))
    if not settings.ladders:
        return names
    return (*names, *(named_by(of, said[ladder]) for ladder, of in settings.ladders.items() if said.get(ladder)))


def said_of(attributes: Mapping[str, str], settings: Settings) -> dict[str, str]:
    """What is said of an alert beside customer, circuit and team, as its annotations have it."""
    return {name: plain(attributes.get(name, "")) for name in settings.said}


def backlog(rows: Sequence[tuple[str, str, int]], settings: Settings) -> dict[str, str]:
    """The annotations of the digest of what had breached before the installation; *rows* are (tier, target, clocks)."""
    total = sum(clocks for _, _, clocks in rows)
    since, home = local(settings.installed_at, settings.zone), links.home(settings.page_url)
    description = lines(message("alert-backlog-why", since=since), *counted(rows, settings), see(home))
    return filled(
        {
            **as_annotations("summary", message("alert-backlog-summary", what=BACKLOG, clocks=total)),
            **as_annotations("description", description),
            "explain_url": home,
        }
    )


def counted(rows: Sequence[tuple[str, str, int]], settings: Settings) -> Iterable[Argument]:
    """The lines of a digest: clocks by (tier, target), the first ones named."""
    for tier, target, clocks in rows[:_LINES]:
        names = named_by(settings.tiers, tier), named_by(settings.targets, target)
        yield message("alert-clocks-of", tier=names[0], target=names[1], clocks=clocks)
    rest = sum(clocks for _, _, clocks in rows[_LINES:])
    if rest:
        yield message("alert-clocks-of-others", clocks=rest)


def see(url: str) -> Argument | None:
    """The line with the link to the page of tierwatch, where it has an address."""
    return message("alert-see", url=url) if url else None


def why(url: str) -> Argument | None:
    """The line with the link to the explanation of a clock."""
    return message("alert-why", url=url) if url else None


def ticket(url: str) -> Argument | None:
    """The line with the link to the source's own record."""
    return message("alert-ticket", url=url) if url else None


def and_more(named: Sequence[str], number: int) -> Argument:
    """Some of *number* names, which are the same in every language, and how many more there are."""
    some, rest = joined(named, message("alert-names-between")), number - len(named)
    return message("alert-names-and-more", names=some, rest=rest) if rest > 0 else some


def plain(text: str, most: int = LONGEST) -> str:
    """A source's words on one short line, without control, formatting or unpaired characters."""
    if len(text) <= most and text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    line = one_line(text)
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def local(at: datetime, zone: str, fine: bool = False) -> str:
    """An instant in the local time of *zone*, with its offset from UTC; never later than it is."""
    return _local(at.replace(microsecond=0), zone, fine)


@remembered("page_local_times", 4096)
def _local(second: datetime, zone: str, fine: bool) -> str:
    there = second.astimezone(ZoneInfo(zone))
    offset = f"{there:%z}"
    return f"{there.strftime('%Y-%m-%d %H:%M:%S' if fine else '%Y-%m-%d %H:%M')} {offset[:3]}:{offset[3:5]}"


def named_by(names: Mapping[str, Name], id_: str) -> Name:
    """The name of an id; the id itself where nothing names it."""
    return names.get(id_) or Name(id_, id_)


def filled(annotations: Mapping[str, str]) -> dict[str, str]:
    """The annotations that say something."""
    return {name: text for name, text in annotations.items() if text}
