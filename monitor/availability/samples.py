"""Put the samples of a prober into bins by the time at which they were sent.

Pure. Bad values are never guessed at: what says nothing of the circuit is no data, and is counted by its reason.
A delay of zero is no measurement of anybody: sources write it where every probe was lost.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from monitor.availability.counting import ERRORED, NO_DATA, SEVERE
from monitor.availability.micros import Codes, Micros, micros, span
from monitor.availability.rules import Rule

Seconds = NDArray[np.float64]
Flags = NDArray[np.bool_]
Amounts = Micros | Seconds

_MOST_BINS = 1 << 28
_BLOCK = 1 << 14  # so many samples at a time: what is in between stays in the processor's cache
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
    codes = np.full(number, NO_DATA, np.uint8)
    for part in _parts(_once(samples, odd), zero, size):
        kept = _measured(part, rule, odd)
        place = (kept.at - zero) // size
        inside = (place >= 0) & (place < number)
        if not inside.all():
            odd[Oddity.OUTSIDE] += int(np.count_nonzero(~inside))
            kept, place = _of(kept, inside), place[inside]
        if place.size:
            first, after = int(place[0]), int(place[-1]) + 1
            codes[first:after] = _codes(kept, place - first, after - first, rule)
    return Binned(begin, codes, {kind: count for kind, count in odd.items() if count})


def _parts(samples: Samples, zero: int, size: int) -> Iterator[Samples]:
    """Samples in the order of sending, a part at a time, each with whole bins."""
    first = 0
    while first < samples.at.size:
        after = min(first + _BLOCK, samples.at.size)
        if after < samples.at.size:
            ends = zero + ((int(samples.at[after - 1]) - zero) // size + 1) * size
            after = max(int(np.searchsorted(samples.at, ends)), after)
        yield _of(samples, slice(first, after))
        first = after


def _codes(kept: Samples, place: Micros, number: int, rule: Rule) -> Codes:
    """The code of each bin; where no two samples share a bin, of each sample."""
    if place.size < 2 or bool((place[1:] > place[:-1]).all()):
        codes = np.full(number, NO_DATA, np.uint8)
        answered = _answered(kept)
        codes[place] = _judged(kept.sent, kept.lost, answered, np.where(answered, kept.delay, 0.0), rule)
    else:
        sent, lost = np.bincount(place, kept.sent, number), np.bincount(place, kept.lost, number)
        of: Amounts = np.zeros(number)
        total: Seconds = np.zeros(number)
        if rule.errored_delay is not None:
            answered = np.where(_answered(kept), kept.sent - kept.lost, 0)
            of = np.bincount(place, answered, number).astype(np.float64)
            total = np.bincount(place, np.where(answered > 0, kept.delay, 0.0) * answered, number).astype(np.float64)
        codes = _judged(sent, lost, of, total, rule)
    codes[place[kept.down]] = SEVERE
    return codes


def _answered(kept: Samples) -> Flags:
    """Whether a sample has answers whose delay is known."""
    return np.asarray(np.isfinite(kept.delay) & (kept.sent > kept.lost))


def _judged(sent: Amounts, lost: Amounts, of: Amounts | Flags, total: Seconds, rule: Rule) -> Codes:
    """Codes by how much was sent and lost, and by the sum of *of* known delays."""
    measured = sent > 0
    codes = measured.astype(np.uint8)  # good, or no data
    errored = lost > rule.errored_loss * sent
    if rule.errored_delay is not None:
        errored |= (of > 0) & (total > rule.errored_delay.total_seconds() * of)
    codes[measured & errored] = ERRORED
    codes[measured & (lost >= rule.severe_loss * sent)] = SEVERE
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
    odd[Oddity.BLIND] += int(np.count_nonzero(samples.blind))
    kept = _of(samples, ~samples.blind)
    sound = (kept.sent > 0) & (kept.lost >= 0) & (kept.lost <= kept.sent)
    odd[Oddity.UNMEASURED] += int(np.count_nonzero(~(sound | kept.down)))
    kept, sound = _of(kept, sound | kept.down), sound[sound | kept.down]
    if not sound.all():
        kept = replace(kept, sent=np.maximum(kept.sent, 0), lost=np.maximum(kept.lost, 0))
    with np.errstate(invalid="ignore"):
        late, nothing = kept.delay > rule.timeout.total_seconds(), kept.delay <= 0
    odd[Oddity.LATE] += int(np.count_nonzero(late))
    if not (late.any() or nothing.any()):
        return kept
    gone = late | nothing
    return replace(kept, lost=np.where(gone, kept.sent, kept.lost), delay=np.where(gone, np.nan, kept.delay))


def _of(samples: Samples, chosen: Flags | Micros | slice) -> Samples:
    """Some of the samples: those at these places, or for which it is true."""
    if not isinstance(chosen, slice) and chosen.dtype == np.bool_ and chosen.all():
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
