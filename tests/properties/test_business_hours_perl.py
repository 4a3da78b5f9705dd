"""Working time is held against Business::Hours, the Perl module that Request Tracker counts by, on 10,000 cases.

Three of its conventions differ, and none of its sums:

- It counts whole seconds, the last one among them: from START to END there counts one second more than here.
- A length that is used up exactly at closing time ends there for tierwatch; Business::Hours names the next opening. So
  it does for a length of zero in closed hours.
- It gives up where the answer lies more than 30 days ahead.

To work out the hours of a span is slow there (some ms, for it goes through all holidays), so it is done once for all
cases of a window, by the object that counts. Adding is slower (it does so for each, and lists every second), so the
quick profile adds in one case of twenty.
"""

from __future__ import annotations

import os
import random
import subprocess
from datetime import UTC, date, datetime, time, timedelta

import pytest

from monitor.worktime.calendars import Calendar
from monitor.worktime.working_time import WorkingTime
from tests.support.calendars import OFFICE
from tests.support.peers import need

CASES = 10_000
ADDED = CASES if os.environ.get("HYPOTHESIS_PROFILE") == "long" else CASES // 20
ZONES = ("Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe")
SECOND = timedelta(seconds=1)
LONGEST = timedelta(days=20)
WINDOW = timedelta(days=40)
"""The cases that begin in one of these are counted with the hours of this and LONGEST."""

SCRIPT = """
use strict; use warnings; use Business::Hours; use POSIX ();
my @holidays = split /,/, shift @ARGV;
my %day = (Start => '08:00', End => '17:00');
my ($hours, $adder, $window);
sub made {
    my $made = Business::Hours->new();
    my %week = map { $_ => { %day, Breaks => [ { Start => '12:00', End => '13:00' } ] } } 1 .. 5;
    $made->business_hours(%week, holidays => [@holidays]);
    return $made;
}
while (my $line = <STDIN>) {
    my ($zone, $from, $to, $start, $end, $seconds) = split ' ', $line;
    if (!$hours or $ENV{TZ} ne $zone) {
        $ENV{TZ} = $zone; POSIX::tzset(); ($hours, $adder, $window) = (made(), made(), '');
    }
    if ($window ne "$from $to") {
        $hours->for_timespan(Start => $from, End => $to); $window = "$from $to";
    }
    my $later = $seconds < 0 ? -1 : $adder->add_seconds($start, $seconds);
    print $hours->between($start, $end), ' ', $later, "\\n";
}
"""


def business_hours() -> str:
    """The perl that has the module."""
    perl = need("perl")
    if subprocess.run([perl, "-MBusiness::Hours", "-e", "1"], capture_output=True, check=False).returncode:
        said = "Business::Hours is not installed (sh tests/peers/install.sh)"
        if os.environ.get("CI") == "true":
            pytest.fail(f"{said}, and CI=true allows no skipping")
        pytest.skip(said)
    return perl


def holidays() -> list[date]:
    """Twelve a year, never so many together that nothing is open for a month."""
    numbers = random.Random(3)
    days = [date(2024, 1, 1) + timedelta(days=day) for day in range(6 * 365)]
    return sorted(numbers.sample(days, 72))


@pytest.mark.peer
def test_working_time_is_that_of_business_hours() -> None:
    perl = business_hours()
    numbers = random.Random(11)
    first, span = datetime(2024, 2, 1, tzinfo=UTC), 5 * 365 * 24 * 60
    cases: list[tuple[str, datetime, datetime, int]] = []
    for index in range(CASES):
        zone = ZONES[index * len(ZONES) // CASES]
        start = first + timedelta(minutes=numbers.randrange(span), seconds=numbers.choice([0, 0, 1, 59]))
        end = start + timedelta(seconds=numbers.randrange(1, LONGEST // SECOND))
        round_hours = numbers.choice([0, 3600, 4 * 3600, 8 * 3600])
        length = round_hours or numbers.randrange(0, 40 * 3600)
        cases.append((zone, start, end, length if index % (CASES // ADDED) == 0 else -1))
    cases.sort(key=lambda case: (case[0], case[1]))
    lines = ""
    for zone, start, end, length in cases:
        window = first + (start - first) // WINDOW * WINDOW
        instants = (window, window + WINDOW + LONGEST, start, end)
        lines += f"{zone} {' '.join(f'{instant.timestamp():.0f}' for instant in instants)} {length}\n"
    command = [perl, "-e", SCRIPT, ",".join(day.isoformat() for day in holidays())]
    said = subprocess.run(command, input=lines, capture_output=True, text=True, check=True).stdout.split("\n")[:-1]
    assert len(said) == CASES
    closed: dict[date, tuple[()]] = dict.fromkeys(holidays(), ())
    offices = {zone: _office(zone, closed) for zone in ZONES}
    at_closing = added = 0
    for (zone, start, end, length), line in zip(cases, said, strict=True):
        office, (counted, later) = offices[zone], line.split()
        assert int(counted) == office.counted(start, end + SECOND) / SECOND, (zone, start, end)
        if length < 0:
            continue
        found, theirs = office.add(start, length * SECOND), datetime.fromtimestamp(int(later), UTC)
        added += 1
        if office.counted(found, found + SECOND):
            assert theirs == found, (zone, start, length)
        else:  # closed from here on: they name the next opening
            at_closing += 1
            assert theirs == office.last(found, timedelta(0)) == office.last(start, length * SECOND)
            assert office.counted(found, theirs) == timedelta(0)
    assert added == ADDED
    assert at_closing > ADDED // 100, "the difference in convention is not among the cases"


def _office(zone: str, closed: dict[date, tuple[()]]) -> WorkingTime:
    assert ((time(8), time(12)), (time(13), time(17))) == OFFICE
    return WorkingTime(Calendar("office", zone=zone, weekly=dict.fromkeys(range(5), OFFICE), days=closed))
