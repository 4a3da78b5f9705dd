"""Say what is wrong with text that is not YAML, and in which line that began.

A parser names the line in which it could not go on. The mistake often stands above it: a quote or bracket that was
never closed, a full-width sign in a key. What can be told from the tokens before the error is told here; the rest is
said in the parser's words.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from monitor.text import WIDE, wide_hint

_QUOTED = re.compile(r""""(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|(?<!\S)#.*""")
_WIDE = re.compile(f"[{re.escape(WIDE)}]")
_OPENING = {yaml.FlowSequenceStartToken: "[", yaml.FlowMappingStartToken: "{"}
_CLOSING = (yaml.FlowSequenceEndToken, yaml.FlowMappingEndToken)
_PLAIN = 4
_BY_HAND = 200_000
"""Characters; a longer text is not looked through again for where a mistake began."""


def place_and_sentence(text: str, error: yaml.MarkedYAMLError, loader: type[Any]) -> tuple[int, str]:
    """The line (from 1) where the mistake began, and what it is. *loader* is the one that raised the error."""
    mark = error.problem_mark or error.context_mark
    last = mark.line if mark else 0
    lines = text.splitlines() or [""]
    problem = str(error.problem)
    if "undefined alias" in problem or "constructor for the tag" in problem:  # it may be a password: not repeated
        sign, kind = ("*", "an alias") if "alias" in problem else ("!", "a tag")
        said = f"a text that begins with {sign} stands here, and {kind} of that name is not known; put it in quotes"
        return last + 1, said
    if "cannot start any token" in problem and "\t" in _at(lines, last):
        return last + 1, "a tab stands here; write spaces, for YAML takes no tabs as indentation"
    first = error.context_mark.line if error.context_mark else last
    if "quoted scalar" in str(error.context) and last > first:
        return first + 1, _quote(last)
    if "simple key" not in str(error.context) and "flow" not in str(error.context):
        first = max(0, last - _PLAIN)  # of a text without quotes that goes on for some lines
    for number in range(min(last, len(lines) - 1), max(first, last - 100) - 1, -1):
        if (found := _wide_sign(lines[number])) and lines[number].strip():
            return number + 1, f"is not YAML here: {wide_hint(found)}"
    began = None
    if len(text) <= _BY_HAND and mark is not None and not isinstance(error, yaml.constructor.ConstructorError):
        began = _unclosed(text, mark, loader)
    return began or (last + 1, f"is not YAML here ({problem}); check indentation and quotes")


def _at(lines: list[str], number: int) -> str:
    return lines[number] if number < len(lines) else ""


def _quote(last: int) -> str:
    return f"a quote opens here, and what it quotes goes on to line {last + 1}; close the quote in its own line"


def _wide_sign(line: str) -> str:
    """A full-width sign outside of quotes, in the place of one of YAML's own; nothing if there is none."""
    bare = _QUOTED.sub(lambda found: " " * len(found[0]), line)
    for found in _WIDE.finditer(bare):
        before = bare[: found.start()]
        in_brackets = re.search(r"[\[{［｛]", before) is not None
        is_key = found[0] == "：" and re.fullmatch(r"\s*(?:-\s+)*[^\s:]+", before) is not None
        begins = re.fullmatch(r"\s*(?:-\s+)*(?:[^:]*:\s+)?", before) is not None
        if in_brackets or is_key or begins:
            return found[0]
    return ""


def _in_quotes(token: yaml.Token) -> bool:
    return isinstance(token, yaml.ScalarToken) and token.style in ("'", '"')


def _unclosed(text: str, mark: yaml.Mark, loader: type[Any]) -> tuple[int, str] | None:
    """The quote of more than a line that ends where the error is, or the bracket that is open there."""
    brackets: list[tuple[int, str]] = []
    quoted = None
    scanner = loader(text)
    try:
        while scanner.check_token():
            token = scanner.get_token()
            if (token.start_mark.line, token.start_mark.column) > (mark.line, mark.column):
                break
            if type(token) in _OPENING:
                brackets.append((token.start_mark.line, _OPENING[type(token)]))
            elif isinstance(token, _CLOSING) and brackets:
                brackets.pop()
            elif token.start_mark.line < token.end_mark.line == mark.line and _in_quotes(token):
                quoted = token.start_mark.line
    except yaml.YAMLError:
        pass  # the error that is being explained
    finally:
        scanner.dispose()
    if quoted is not None:
        return quoted + 1, _quote(mark.line)
    if brackets:
        line, bracket = brackets[-1]
        return line + 1, (
            f"the {bracket} that opens here is not closed, or a comma or quote is missing, in line {mark.line + 1};"
            f" write what is missing, {']' if bracket == '[' else '}'} at the end"
        )
    return None
