"""Read the rotas that are kept in an iCalendar, and keep the last good copy of each.

A calendar that is gone, broken or empty never leaves a team without a rota: the last good copy is on disk, beside the
database, and what is said of it tells its age.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from alerts.oncall.roster import Roster, Spell, instant
from alerts.oncall.roster_file import Feed, OnCall
from monitor import ical
from monitor.errors import ConfigError, SourceError
from monitor.net import Fetch, Unfit, bytes_of, clean
from monitor.text import shown

BACK, AHEAD = timedelta(days=35), timedelta(days=400)
"""What is read of a calendar: so far back, for a duty that lasts, and so far ahead, for the gaps of a year."""


MOST_AT_ONCE = 8
"""Calendars that are fetched at the same time."""


def with_calendars(
    oncall: OnCall, keep: Path, now: datetime, patience: timedelta | None = None
) -> tuple[OnCall, tuple[str, ...]]:
    """The same with every team's calendar as it is now, and a sentence for each that is not as it should be.

    Good copies are kept in the folder *keep*. A calendar of which there is a copy is waited for no longer than
    *patience*. Raises ConfigError where a calendar cannot be read and never could, unless only its secret is missing.
    """
    teams = dict(oncall.roster.teams)
    said: list[str] = []
    for feed, content in _contents(oncall.feeds, keep, now, patience):
        spells, sentences = _spells_of(feed, content, oncall.roster, teams[feed.team].zone, keep, now)
        teams[feed.team] = replace(teams[feed.team], calendar=spells)
        said.extend(sentences)
    return replace(oncall, roster=replace(oncall.roster, teams=teams)), tuple(said)


def keeping(database: str, otherwise: Path) -> Path:
    """The folder in which copies of calendars are kept: beside a SQLite file, else the other one."""
    from sqlalchemy.engine import make_url  # only here: the command line should not wait for it

    url = make_url(database)
    return Path(url.database).parent if url.get_backend_name() == "sqlite" and url.database else otherwise


def _kept_at(keep: Path, feed: Feed) -> Path:
    return keep / f"oncall-{feed.team}.ics"


def _contents(
    feeds: Sequence[Feed], keep: Path, now: datetime, patience: timedelta | None
) -> list[tuple[Feed, bytes | ValueError]]:
    """What every calendar holds, or why it cannot be read; one that hangs makes no other wait."""

    def content(feed: Feed) -> bytes | ValueError:
        network = feed.network
        if patience is not None and _kept_at(keep, feed).exists():
            network = replace(network, total_timeout=min(network.total_timeout, patience))
        try:
            return _content(replace(feed, network=network), now)
        except ValueError as error:
            return error

    if not feeds:
        return []
    with ThreadPoolExecutor(min(MOST_AT_ONCE, len(feeds)), thread_name_prefix="calendar") as together:
        return list(zip(feeds, together.map(content, feeds), strict=True))


def _spells_of(
    feed: Feed, content: bytes | ValueError, roster: Roster, zone: str, keep: Path, now: datetime
) -> tuple[tuple[Spell, ...], tuple[str, ...]]:
    """A calendar's duties, from the kept copy where it cannot be read; and what is to be said of it."""
    kept = _kept_at(keep, feed)
    try:
        if isinstance(content, ValueError):
            raise content
        spells, odd = _read(content, roster, zone, now)
    except ValueError as error:
        spells, said = _kept(feed, str(error), kept, roster, zone, now)
        return spells, (said,)
    said = _keep(feed, kept, content, now)
    left_out = (f"{feed.place}: {feed.shown} has entries that {what}; they are left out" for what in odd)
    return spells, (*([said] if said else ()), *left_out)


def _content(feed: Feed, now: datetime) -> bytes:
    """Raises ValueError with a sentence that names no secret."""
    if feed.missing:
        raise ValueError(feed.missing)
    if feed.file is not None:
        try:
            return bytes_of(feed.file, ical.LARGEST, noted=False)
        except Unfit as error:
            raise ValueError(f"{feed.shown} {error}") from error
    fetch = Fetch("on-call calendar", SourceError, auth=feed.auth, network=feed.network)
    try:
        return fetch.get(feed.url, now=now).body
    except SourceError as error:
        said = str(error).removeprefix("on-call calendar: ").replace(clean(feed.url), feed.shown)
        raise ValueError(said) from None
    finally:
        fetch.close()


def _kept(feed: Feed, why: str, kept: Path, roster: Roster, zone: str, now: datetime) -> tuple[tuple[Spell, ...], str]:
    try:
        copied_at = datetime.fromtimestamp(kept.stat().st_mtime, UTC)
        spells, _ = _read(kept.read_bytes(), roster, zone, now, needed=False)
    except (OSError, ValueError) as error:
        if feed.missing:
            return (), f"{feed.place}: {why}; there is no copy either, so who is on duty by {feed.shown} is not known"
        copy = "no good copy of it was ever kept" if isinstance(error, OSError) else f"of its copy, {error}"
        raise ConfigError(f"{feed.place}: {why}; {copy}; mend the calendar, or write layers", retryable=True) from error
    age = f"of {copied_at:%Y-%m-%d %H:%M}Z ({shown(max(now - copied_at, timedelta(0)))} old)"
    if not any(spell.until > now for spell in spells):
        return spells, f"{feed.place}: {why}; the copy {age} has nobody on duty from now on either; mend the calendar"
    return spells, f"{feed.place}: {why}; on duty is who was by the copy {age}"


def _keep(feed: Feed, kept: Path, content: bytes, now: datetime) -> str:
    """Replace the copy in one step, dated now; gives a sentence where that fails."""
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        new = kept.with_name(f"{kept.name}.{os.getpid()}")
        new.write_bytes(content)
        os.utime(new, (now.timestamp(), now.timestamp()))
        new.replace(kept)
    except OSError as error:
        return f"{feed.place}: no copy can be kept in {kept.parent} ({error.strerror}); check the folder's permissions"
    return ""


def _read(
    content: bytes, roster: Roster, zone: str, now: datetime, needed: bool = True
) -> tuple[tuple[Spell, ...], tuple[str, ...]]:
    """Who is on duty by a calendar around *now*, the later start over the earlier; and which entries say nothing.

    Raises ValueError where it is not a calendar, or, if somebody is *needed*, has nobody from now on.
    """
    ids = {id_.casefold(): id_ for id_ in roster.people}
    feed = _entries(content, now)
    spells, strangers, empty = [], set[str](), dict[str, str]()
    for entry in feed.entries:
        person = ids.get(entry.name.casefold())
        if entry.cancelled:
            continue
        since, until = _aware(entry.start, zone), _aware(entry.end, zone)
        if person is None:
            strangers.add(entry.name)
        elif until > since:
            spells.append(Spell(since, until, person))
        else:
            empty.setdefault(entry.uid, f"{entry.name!r} of {entry.start:%Y-%m-%d} (without a length)")
    if needed and not any(spell.until > now for spell in spells):
        left_out = next((f"; {one.name!r} is left out, an event {one.why}" for one in feed.unusable), "")
        raise ValueError(f"it has nobody on duty from now on (an entry is the id of a person{left_out})")
    odd = []
    if strangers:
        odd.append(f"are the id of nobody ({', '.join(repr(name) for name in sorted(strangers)[:_SHOWN])})")
    useless = [f"{' of '.join(filter(None, (repr(one.name), one.day)))} ({one.why})" for one in feed.unusable]
    useless += empty.values()
    if useless:
        more = f" and {len(useless) - _SHOWN} more" if len(useless) > _SHOWN else ""
        odd.append(f"cannot be used: {', '.join(useless[:_SHOWN])}{more}")
    return tuple(sorted(spells, key=lambda spell: spell.since)), tuple(odd)


_SHOWN = 3


def _entries(content: bytes, now: datetime) -> ical.Feed:
    try:
        return ical.read(content, (now - BACK).date(), (now + AHEAD).date())
    except ical.WrongFeed as error:
        if error.why is ical.Why.NO_PACKAGE:
            raise ConfigError(
                f"a calendar needs the package {error.detail}, which is not installed; install tierwatch[calendars]"
            ) from error
        what = "is not an iCalendar that can be read" if error.why is ical.Why.NOT_ONE else "cannot be used"
        raise ValueError(f"it {what} ({error.detail})") from error


def _aware(at: date | datetime, zone: str) -> datetime:
    """A whole day begins at midnight in the team's zone, and a time without a zone is of that zone too."""
    if not isinstance(at, datetime):
        return instant(datetime.combine(at, time(0)), zone)
    return instant(at, zone) if at.tzinfo is None else at.astimezone(UTC)
