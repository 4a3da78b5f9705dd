"""Read the JSON of an answer so that one record which cannot be read harms only itself.

Pure. A body that the JSON reader takes is given as it is. Otherwise it is taken apart: arrays and objects into their
members, a few levels deep, and only the member that fails is replaced by an object with the key `UNREADABLE`, which
says why: a number of thousands of digits, values nested too deeply, what is no JSON at all. The record around it gets
the same key. A body whose brackets do not close was cut short; nothing is taken from it.

The work is bounded: each level is scanned once, and there are `_LEVELS`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from monitor.net import Answer

UNREADABLE = "tierwatch:unreadable"
_LEVELS = 4
_MOST_REASONS = 5
_LONGEST_NUMBER = 400

_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\Z)|[\[{]+|[\]}]+|,', re.DOTALL)
_MEMBER = re.compile(r'\s*("[^"\\]*(?:\\.[^"\\]*)*")\s*:(.*)', re.DOTALL)
_NUMBER = re.compile(r"-?[0-9]+")


def document(answer: Answer) -> Any:
    """The JSON of an answer, mended where a part of it cannot be read. Raises SourceError where there is none."""
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError):
        pass
    text = _text(answer.body)
    if text is None or _members(text) is None:
        return answer.json()  # and that raises: it was cut short, or is no JSON
    return _mended(text, _LEVELS, [])


def why_unreadable(record: Any) -> str | None:
    """What is wrong with a record that was mended; None for a sound one."""
    said = record.get(UNREADABLE) if isinstance(record, Mapping) else None
    return said if isinstance(said, str) else None


def _text(body: bytes) -> str | None:
    try:
        return body.decode(json.detect_encoding(body), "surrogateescape").strip()
    except UnicodeError:
        return None


def _mended(text: str, levels: int, reasons: list[str]) -> Any:
    """The value of *text*; what of it cannot be read is replaced, and *reasons* says why."""
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        pass
    members = _members(text.strip()) if levels else None
    if members is None:
        why = _why(text)
        reasons.append(why)
        return {UNREADABLE: why}
    if text.lstrip()[0] == "[":
        return [_record(member, levels - 1, reasons) for member in members if member.strip()]
    mended: dict[str, Any] = {}
    for member in members:
        found = _MEMBER.fullmatch(member)
        if found is not None:
            mended[_key(found[1])] = _mended(found[2], levels - 1, reasons)
        elif member.strip():
            reasons.append("a member of an object is not JSON")
    return mended


def _record(text: str, levels: int, reasons: list[str]) -> Any:
    """The value of a member of an array; an object says itself what of it cannot be read."""
    own: list[str] = []
    value = _mended(text, levels, own)
    if own and isinstance(value, dict):
        value[UNREADABLE] = "; ".join(own[:_MOST_REASONS])
    reasons.extend(own[:_MOST_REASONS])
    return value


def _key(text: str) -> str:
    try:
        return str(json.loads(text, strict=False))
    except ValueError:
        return text


def _why(text: str) -> str:
    text = text.strip()
    if len(text) > _LONGEST_NUMBER and _NUMBER.fullmatch(text):
        return f"a number of {len(text)} digits cannot be read"
    if text[:1] in ("[", "{"):
        return "values are nested too deeply to be read"
    return "a value is not JSON"


def _members(text: str) -> list[str] | None:
    """The texts between the commas of the array or object that *text* is; None if it is neither, or does not close."""
    if text[:1] not in ("[", "{"):
        return None
    depth, start, members = 0, 1, list[str]()
    for token in _TOKEN.finditer(text):
        at, end = token.span()
        sign = text[at]
        if sign == ",":
            if depth == 1:
                members.append(text[start:at])
                start = end
        elif sign in "[{":
            depth += end - at
        elif sign in "]}":
            if depth <= end - at:
                whole = depth == end - at and end == len(text) and (text[-1] == "]") is (text[0] == "[")
                return [*members, text[start : end - 1]] if whole else None
            depth -= end - at
    return None
