"""A template that cannot be read stops the start; one that fails later stops no page."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError
from structlog.testing import capture_logs

from alerts.delivery.templates import Template, TemplateOption

READ: TypeAdapter[Any] = TypeAdapter(TemplateOption)
VALUES = {"title": "INC1", "labels": {"tier": "gold"}, "annotations": {"customer": "{{ 7 * 7 }}"}}


def test_a_text_or_a_file_is_a_template(tmp_path: Path) -> None:
    file = tmp_path / "page.j2"
    file.write_text("{{ title }}：{{ labels.tier }}\n", encoding="utf-8")
    assert READ.validate_python("{{ title }}!").fill(VALUES) == ("INC1!", "")
    made = READ.validate_python({"file": str(file)})
    assert made.fill(VALUES) == ("INC1：gold", "")
    assert (made.origin, repr(made)) == ("file page.j2", "<template in file page.j2>")
    assert READ.validate_python(made) is made
    assert made == Template("{{ title }}：{{ labels.tier }}\n", "file page.j2")
    assert len({made, made}) == 1


def test_a_mistake_in_its_syntax_is_found_when_it_is_read(tmp_path: Path) -> None:
    file = tmp_path / "page.j2"
    file.write_text("one\n{% if %}\n", encoding="utf-8")
    with pytest.raises(ValidationError, match=r"file page.j2 line 2 is no Jinja2"):
        READ.validate_python({"file": str(file)})


@pytest.mark.parametrize("written", ["", 7, {"env": "X"}, {"file": "/nowhere/page.j2"}, [], None])
def test_what_is_no_template_is_told_how_to_be_one(written: Any) -> None:
    with pytest.raises(ValidationError, match=r"write the template itself|cannot be read"):
        READ.validate_python(written)


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / "page.j2").write_bytes("临近".encode("gb18030"))
    with pytest.raises(ValidationError, match="not UTF-8"):
        READ.validate_python({"file": str(tmp_path / "page.j2")})


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{{ nothing }}", "'nothing' is undefined"),
        ("{{ labels.nothing }}", "no attribute 'nothing'"),
        ("{{ 1 / 0 }}", "ZeroDivisionError"),
        ("{{ title.__class__.__mro__ }}", "SecurityError|unsafe|undefined"),
        ("{% set _ = labels.update({'tier': 'x'}) %}", "SecurityError"),
        ("{{ '' }}", "no text"),
    ],
)
def test_a_failure_is_told_and_logged_and_gives_no_text(text: str, why: str) -> None:
    with capture_logs() as lines:
        filled, trouble = Template(text, "option template").fill(VALUES)
    assert filled == ""
    assert "the page went out in plain words" in trouble
    assert [line["event"] for line in lines] == ["template_failed"]
    assert re.search(why, trouble)
    assert re.search(why, lines[0]["error"])


def test_what_a_ticket_says_is_never_template_text() -> None:
    assert Template("{{ annotations.customer }}", "it").fill(VALUES) == ("{{ 7 * 7 }}", "")
