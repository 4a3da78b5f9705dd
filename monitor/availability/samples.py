"""Put the samples of a prober into bins by the time at which they were sent.

Pure. Bad values are never guessed at: what says nothing of the circuit is no data, and is counted by its reason.
A delay of zero is no measurement of anybody: sources write it where every probe was lost.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from monitor.availability.counting import ERRORED, GOOD, NO_DATA, SEVERE
from monitor.availability.micros import Codes, Micros, micros, span
from monitor.availability.rules import Rule

Seconds = NDArray[np.float64]
Flags = NDArray[np.bool_]

_MOST_BINS = 1 << 28
_BEAT = 0.75  # a prober that sends more seldom than this share of a bin has a beat of its own


class Oddity(StrEnum):
    """What was odd about samples, and what became of them."""

    DUPLICATE = "duplicate"
    """Equal to another sample in every field; counted once."""
    BACKWARDS = "backwards"
    """Sent before the sample that stands before it; put in its place."""
    UNMEASURED = "unmeasured"
    """Neither a delay nor a loss, or fewer probes lost than none or more than all; no data."""
    BLIND = "blind"
    """The prober itself could not see; no data."""
    LATE = "late"
    """Answered after the timeout; lost."""
    OUTSIDE = "outside"
    """Sent before the first bin or after the last; left out."""


@dataclass(frozen=True, slots=True)
class Samples:
    """Samples in the order in which they came, one in each place of every array.

    `at` is when the probes were sent, in microseconds since 1970; `sent` and `lost` are numbers of probes; `delay` is
    the mean of the answered ones in seconds, NaN where none is known. `blind` says that the prober, its gateway or its
    anchors were dead, too; `down` that somebody with authority said so: an interface's state, a trap.
    """

    at: Micros
    sent: Micros
    lost: Micros
    delay: Seconds
    blind: Flags
    down: Flags


@dataclass(frozen=True, slots=True)
class Binned:
    """Bins from `begin` on, and how many samples were odd in which way."""

    begin: datetime
    codes: Codes
    odd: Mapping[Oddity, int]


def binned(samples: Samples, rule: Rule, begin: datetime, end: datetime) -> Binned:
    """The bins from *begin* up to the last whole one that ends by *end*."""
    size, zero = span(rule.bin), micros(begin)
    number = max((micros(end) - zero) // size, 0)
    if number > _MOST_BINS:
        raise ValueError(f"{number} bins are more than {_MOST_BINS}")
    odd: Counter[Oddity] = Counter()
    odd[Oddity.BACKWARDS] = int(np.count_nonzero(np.diff(samples.at) < 0))
    kept = _once(samples, odd)
    kept = _measured(kept, rule, odd)
    place = (kept.at - zero) // size
    inside = (place >= 0) & (place < number)
    odd[Oddity.OUTSIDE] = int(np.count_nonzero(~inside))
    kept, place = _of(kept, inside), place[inside]
    codes = _codes(kept, place, number, rule)
    return Binned(begin, codes, {kind: count for kind, count in odd.items() if count})


def _codes(kept: Samples, place: Micros, number: int, rule: Rule) -> Codes:
    sent = np.bincount(place, kept.sent, number)
    lost = np.bincount(place, kept.lost, number)
    codes = np.where(sent > 0, np.uint8(GOOD), np.uint8(NO_DATA))
    codes[(sent > 0) & (lost > rule.errored_loss * sent)] = ERRORED
    if rule.errored_delay is not None:
        answered = np.where(np.isfinite(kept.delay), kept.sent - kept.lost, 0)
        total = np.bincount(place, np.where(answered > 0, kept.delay, 0.0) * answered, number)
        of = np.bincount(place, answered, number)
        codes[(of > 0) & (total > rule.errored_delay.total_seconds() * of)] = ERRORED
    codes[(sent > 0) & (lost >= rule.severe_loss * sent)] = SEVERE
    codes[place[kept.down]] = SEVERE
    return codes


def _once(samples: Samples, odd: Counter[Oddity]) -> Samples:
    """Every sample once, in the order of sending."""
    columns = (samples.down, samples.blind, samples.delay, samples.lost, samples.sent, samples.at)
    if samples.at.size < 2 or (np.diff(samples.at) > 0).all():
        return samples
    order = np.lexsort(columns)
    same = np.ones(samples.at.size - 1, np.bool_)
    for column in columns:
        left, right = column[order][:-1], column[order][1:]
        both_missing = np.isnan(left) & np.isnan(right) if column.dtype.kind == "f" else False
        same &= (left == right) | both_missing
    odd[Oddity.DUPLICATE] = int(np.count_nonzero(same))
    return _of(samples, order[np.concatenate(([True], ~same))])


def _measured(samples: Samples, rule: Rule, odd: Counter[Oddity]) -> Samples:
    """The samples that say something of the circuit; late replies are lost, and so are delays of zero and less."""
    odd[Oddity.BLIND] = int(np.count_nonzero(samples.blind))
    kept = _of(samples, ~samples.blind)
    sound = (kept.sent > 0) & (kept.lost >= 0) & (kept.lost <= kept.sent)
    odd[Oddity.UNMEASURED] = int(np.count_nonzero(~sound & ~kept.down))
    kept = _of(kept, sound | kept.down)
    kept = replace(kept, sent=np.where(kept.sent > 0, kept.sent, 0), lost=np.where(kept.lost > 0, kept.lost, 0))
    with np.errstate(invalid="ignore"):
        late, nothing = kept.delay > rule.timeout.total_seconds(), kept.delay <= 0
    odd[Oddity.LATE] = int(np.count_nonzero(late))
    if not (late.any() or nothing.any()):
        return kept
    gone = late | nothing
    return replace(kept, lost=np.where(gone, kept.sent, kept.lost), delay=np.where(gone, np.nan, kept.delay))


def _of(samples: Samples, chosen: Flags | Micros) -> Samples:
    """Some of the samples: those at these places, or for which it is true."""
    if chosen.dtype == np.bool_ and chosen.all():
        return samples
    return Samples(
        samples.at[chosen], samples.sent[chosen], samples.lost[chosen], samples.delay[chosen], samples.blind[chosen],
        samples.down[chosen],
    )  # fmt: skip


def grid(at: Micros, rule: Rule) -> tuple[int, int]:
    """Where bins begin and end that hold these samples, in microseconds since 1970.

    Bins begin on whole multiples of their length since 1970. A prober that sends about once in a bin has its samples in
    the middle of bins instead: by a grid that its beat wanders across, one bin would get two samples and the next none.
    """
    size = span(rule.bin)
    times = np.sort(at)
    phase = 0
    steps = np.diff(times)
    if steps.size and float(np.median(steps)) >= _BEAT * size:
        angles = (times % size) * (2 * np.pi / size)
        middle = np.angle(np.exp(1j * angles).mean()) * size / (2 * np.pi)
        phase = round(middle - size / 2) % size
    first = (int(times[0]) - phase) // size * size + phase
    last = (int(times[-1]) - phase) // size * size + phase + size
    return first, last
