"""Words and lengths as people write them: one line of text, words compared, the nearest name, durations, commands.

Pure. Nothing here knows what a clock or a ticket is.
"""

from __future__ import annotations

from monitor.text.command_line import AS_INSTALLED, CommandLine
from monitor.text.dates import NO_DAY, instead, no_day, no_instant
from monitor.text.durations import Amount, AmountText, Length, length, shown
from monitor.text.full_width import WIDE, wide, wide_hint
from monitor.text.json_line import json_body, json_line
from monitor.text.mentions import Mentions
from monitor.text.one_line import one_line
from monitor.text.shortened import HIDDEN, inert, shortened, visible
from monitor.text.spelling import did_you_mean, nearest
from monitor.text.times import exact_length, shown_time, shown_zone, time_of_day, whole_seconds, written_time
from monitor.text.web_links import address_of, link_without_secrets, web_link, without_secrets
from monitor.text.words import (
    LONGEST,
    LONGEST_LABEL,
    Vocabulary,
    among,
    by_word,
    coinciding,
    folded,
    label,
    laid_over,
    look_up,
    own_spelling,
)
from monitor.text.zones import every_zone, zone_named, zones_listed

__all__ = [
    "AS_INSTALLED",
    "HIDDEN",
    "LONGEST",
    "LONGEST_LABEL",
    "NO_DAY",
    "WIDE",
    "Amount",
    "AmountText",
    "CommandLine",
    "Length",
    "Mentions",
    "Vocabulary",
    "address_of",
    "among",
    "by_word",
    "coinciding",
    "did_you_mean",
    "every_zone",
    "exact_length",
    "folded",
    "inert",
    "instead",
    "json_body",
    "json_line",
    "label",
    "laid_over",
    "length",
    "link_without_secrets",
    "look_up",
    "nearest",
    "no_day",
    "no_instant",
    "one_line",
    "own_spelling",
    "shortened",
    "shown",
    "shown_time",
    "shown_zone",
    "time_of_day",
    "visible",
    "web_link",
    "whole_seconds",
    "wide",
    "wide_hint",
    "without_secrets",
    "written_time",
    "zone_named",
    "zones_listed",
]
