"""What is listed of the words that are not understood."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.model import SubjectKey


@dataclass(frozen=True, slots=True)
class WordToMap:
    """A word of open subjects that is not understood: what it stands for, how many say it, and one of them.

    `mapping` is the YAML to write, with a proposed value; empty where no line would help.
    """

    source: str
    what: str
    word: str
    subjects: int
    example: SubjectKey
    mapping: str
