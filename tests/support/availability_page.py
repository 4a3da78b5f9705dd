"""The text of `docs/availability.md`, read when tests are collected: the tests of a pure room read no file."""

from __future__ import annotations

from pathlib import Path

PAGE = (Path(__file__).parents[2] / "docs" / "availability.md").read_text(encoding="utf-8")
