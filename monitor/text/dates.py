"""Say what is wrong with a date or a time as somebody wrote it, and how it is written.

Pure. Every reader of dates and times of day uses it, so that `9:00` and `2026-02-30` get the same sentence everywhere.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date

NO_DAY = "is a day that no year has; write one that exists"

_DATE = re.compile(r"(?<!\d)(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)")
_SHORT_HOUR = re.compile(r"(?<![\d:])\d(?=:\d\d(?!\d))")
_DOTTED = re.compile(r"(?<![\d.])(\d{1,2})\.([0-5]\d)(?![\d.])")
_DASH = re.compile(r"\s*[-\u2010-\u2015\u2212~]\s*")
_EVERY_YEAR = re.compile(r"(\d{1,2})-(\d{1,2})")
_LONGEST = 60


def rewritten(text: object) -> str:
    """A date, a time or a span of times as it is meant: two digits, colons, plain dashes, nothing full-width."""
    plain = unicodedata.normalize("NFKC", str(text)[:_LONGEST]).strip()
    plain = _DATE.sub(lambda found: f"{found[1]}-{int(found[2]):02}-{int(found[3]):02}", plain)
    plain = _DASH.sub("-", plain)
    plain = _DOTTED.sub(r"\1:\2", plain)
    plain = _SHORT_HOUR.sub(lambda found: f"0{found[0]}", plain)
    every_year = _EVERY_YEAR.fullmatch(plain)
    return f"{int(every_year[1]):02}-{int(every_year[2]):02}" if every_year else plain


def instead(text: object, form: str, example: str) -> str:
    """What to write in the place of *text*: what is meant by it if that has the *form* (a pattern), else *example*."""
    meant = rewritten(text)
    return meant if re.fullmatch(form, meant, re.ASCII) and meant != str(text) and not no_day(meant) else example


def no_day(text: object) -> bool:
    """Whether a date with its year stands in *text* that no calendar has, such as 2026-02-30."""
    found = _DATE.search(str(text)[:_LONGEST])
    if found is None:
        return False
    try:
        date(*(int(part) for part in found.groups()))
    except ValueError:
        return True
    return False


def no_instant(text: str, what: str, example: str) -> str:
    """The end of a sentence that refuses *text*, which is no *what* (`a time`, `an instant`)."""
    if no_day(text):
        return NO_DAY
    form = r"\d{4}-\d\d-\d\d[T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?(Z|[+-]\d\d:\d\d)?"
    return f"is not {what}; write {instead(text, form, example)}"
