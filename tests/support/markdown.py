"""What stands in code in a page of Markdown."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator


def fenced(text: str) -> Iterator[tuple[str, str]]:
    """The info string and the text of each fenced block."""
    for found in re.finditer(r"(?ms)^```([^\n]*)\n(.*?)^```$", text):
        yield found[1].strip(), found[2]


def indented(text: str) -> Iterator[str]:
    prose = re.sub(r"(?ms)^```.*?^```$", "", text)
    for found in re.finditer(r"(?m)(?:^    .*\n)(?:(?:^    .*\n|^\n)*^    .*\n)?", prose):
        yield textwrap.dedent(found[0])
