"""Read the templates that operators write for pages, and fill them in.

A template is Jinja2 in a sandbox: it sees the page and nothing else, and what a ticket says is data to it, never
template text. Its syntax is checked when the configuration is loaded. The one surprise: a template that fails while a
page goes out does not stop the page. It goes out in plain words, and the failure is in the log and in its result.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from jinja2 import StrictUndefined, TemplateSyntaxError, UndefinedError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import PlainValidator, WithJsonSchema

from monitor.log import Logger
from monitor.net import Unfit, text_of

log = Logger()

_LONGEST = 64 * 1024
_LARGEST = 200_000  # bytes of a file
_HOW = "write the template itself, or {file: PATH}"


class Template:
    """A template that was read and understood. `origin` says where it is written."""

    __slots__ = ("_compiled", "_text", "origin")

    def __init__(self, text: str, origin: str) -> None:
        """Raises ValueError with a sentence for text that is no template."""
        environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
        try:
            self._compiled = environment.from_string(text)
        except TemplateSyntaxError as error:
            raise ValueError(f"{origin} line {error.lineno} is no Jinja2: {error.message}; correct it") from None
        self._text, self.origin = text, origin

    def __repr__(self) -> str:
        return f"<template in {self.origin}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Template) and (self._text, self.origin) == (other._text, other.origin)

    def __hash__(self) -> int:
        return hash((self._text, self.origin))

    def fill(self, values: Mapping[str, Any]) -> tuple[str, str]:
        """The text, and what went wrong. With anything wrong the text is empty: use plain words."""
        try:
            text = self._compiled.render(values).strip()[:_LONGEST]
            wrong = "" if text else "it gives no text"
        except UndefinedError as error:
            text, wrong = "", " ".join(str(error.message).split())[:200]
        except Exception as error:  # whatever an operator's template can do wrong, the page goes out
            text, wrong = "", f"it failed with {type(error).__name__}"
        if not wrong:
            return text, ""
        trouble = f"the template ({self.origin}) did not work: {wrong}; the page went out in plain words"
        log.warning("template_failed", template=self.origin, error=wrong, what="the page went out in plain words")
        return "", trouble


def _read(written: Any) -> Template:
    if isinstance(written, Template):
        return written
    if isinstance(written, str) and written.strip():
        return Template(written, "option template")
    if isinstance(written, Mapping) and set(written) == {"file"} and isinstance(written["file"], str | Path):
        path = Path(written["file"])
        try:
            return Template(text_of(path, _LARGEST), f"file {path.name}")
        except Unfit as error:
            raise ValueError(f"the file {path} {error}") from None
    raise ValueError(f"is no template; {_HOW}")


_FILE = {"type": "object", "properties": {"file": {"type": "string"}}}

TemplateOption = Annotated[Template, PlainValidator(_read), WithJsonSchema({"anyOf": [{"type": "string"}, _FILE]})]
"""`template:` as an option of a plug-in."""
