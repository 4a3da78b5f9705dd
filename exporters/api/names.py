"""Take the parameters that several endpoints have, names in a path and in a filter; and bound the texts of lists."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query
from pydantic import AfterValidator, StringConstraints, WithJsonSchema

from exporters.api.paging import LONGEST_NAME
from monitor.text import shortened

SLASH = "\0"
"""What stands in a decoded path for a slash that is part of a name; no name that is stored has this character."""

MOST_WORDS = 50
"""So many words of one filter."""


def _with_slashes(name: str) -> str:
    return name.replace(SLASH, "/")


Source = Annotated[str, AfterValidator(_with_slashes), Path(max_length=LONGEST_NAME, description="The source's name.")]
Subject = Annotated[
    str, AfterValidator(_with_slashes),
    Path(max_length=LONGEST_NAME, description="The subject's name in its source; a slash in it is written %2F."),
]  # fmt: skip

Word = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_NAME)]
Words = Annotated[
    list[Word], Query(max_length=MOST_WORDS, description="Only these; written several times, any of them.")
]

Instant = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
"""An instant in an answer: ISO 8601 in UTC."""


def in_list(text: str) -> str:
    """A text of a source as a list has it: a list of 500 rows must not be as long as what a source may write."""
    return shortened(text, LONGEST_NAME)
