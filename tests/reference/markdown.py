"""Write tables and headings of the reference pages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

NOTE = "<!-- Made by `make reference`; do not edit. -->"


def page(title: str, *parts: str) -> str:
    """A whole page: note, title and parts, with one empty line between them."""
    return "\n\n".join((NOTE, f"# {title}", *(part.strip("\n") for part in parts if part))) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *(f"| {' | '.join(_cell(cell) for cell in row)} |" for row in rows)])


def _cell(text: str) -> str:
    return re.sub(r"(?<!\\)\|", r"\\|", " ".join(text.split())) or "–"


def code(text: str) -> str:
    """A word as code; nothing for no word."""
    fence = "``" if "`" in text else "`"
    return f"{fence}{text}{fence}" if text else ""


def anchor(heading: str) -> str:
    """What a link to a heading ends with."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


def link(text: str, heading: str, file: str = "") -> str:
    return f"[{text}]({file}#{anchor(heading)})"
