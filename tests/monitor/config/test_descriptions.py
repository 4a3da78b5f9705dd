"""The sentences below fields and members, and where the schema shows them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import pytest

from monitor.config import policy_file
from monitor.config import schema as config_schema
from monitor.config.descriptions import dataclasses_in, descriptions


class Word(StrEnum):
    ONE = "one"
    """The first."""
    TWO = "two"


@dataclass
class Below:
    first: int
    """What is
    written over two lines."""
    second: int = 0


@dataclass
class Further(Below):
    third: dict[str, list[Below]] | None = None
    """Its own."""


def test_a_sentence_belongs_to_the_name_above_it() -> None:
    assert descriptions(Below) == {"first": "What is written over two lines."}
    assert descriptions(Word) == {"ONE": "The first."}


def test_a_class_has_the_sentences_of_its_bases() -> None:
    assert descriptions(Further) == {"first": "What is written over two lines.", "third": "Its own."}


def test_a_class_without_source_has_none() -> None:
    made = type("Made", (), {"__module__": "nowhere"})
    assert descriptions(made) == {}


def test_the_dataclasses_of_a_type_are_found_at_any_depth() -> None:
    assert dataclasses_in(list[Further] | None) == {"Further": Further, "Below": Below}


@pytest.mark.parametrize("schema", [config_schema.json_schema(), policy_file.json_schema()], ids=["config", "policy"])
def test_the_schema_describes_every_key(schema: dict[str, Any]) -> None:
    parts = [schema, *schema["$defs"].values()]
    keys = [(part["title"], key, value) for part in parts for key, value in part.get("properties", {}).items()]
    assert len(keys) > 30
    assert [(title, key) for title, key, value in keys if "description" not in value] == []
