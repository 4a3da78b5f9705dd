"""Say a message in a language, with the catalogues that lie beside this module (Project Fluent, `*.ftl`).

A message of text and variables alone is filled in by Python's own `%`, for pages are worded by the thousand in a
second; everything else, plural forms for example, is left to `fluent.runtime`. Both give the same (tests). Figures are
never grouped: 1234 is `1234` in every language.

A message that a catalogue lacks is said in English, and one that none has shows its id: a page that goes out with a
strange word is better than none. The tests hold that neither happens.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import resources
from typing import Any

from fluent.syntax import FluentParser, ast

from monitor.memory import remembered
from monitor.messages.message import Argument, Joined, Message, Worded, message
from monitor.model import Name

DEFAULT = "en"
"""The language that every other one falls back to."""

BOTH = "both"
"""English and Chinese side by side."""

_SOURCES: Mapping[str, str] = {
    file.name.removesuffix(".ftl"): file.read_text("utf-8")
    for file in resources.files("monitor.messages").iterdir()
    if file.name.endswith(".ftl")
}

LANGUAGES: tuple[str, ...] = (DEFAULT, *sorted(_SOURCES.keys() - {DEFAULT}))
"""The languages that have a catalogue, by their code (BCP 47)."""


class Catalogue:
    """The messages of one language, read from the text of its file."""

    def __init__(self, language: str, source: str) -> None:
        self.language = language
        self._resource = FluentParser().parse(source)
        self.patterns: dict[str, ast.Pattern] = {
            entry.id.name: entry.value
            for entry in self._resource.body
            if isinstance(entry, ast.Message) and entry.value is not None
        }
        self._simple = {id_: form for id_, pattern in self.patterns.items() if (form := _form(pattern)) is not None}
        self._bundle: Any = None

    def format(self, id_: str, arguments: Mapping[str, str | int]) -> str:
        """The message *id_* with *arguments*; raises KeyError where this catalogue does not have it."""
        form = self._simple.get(id_)
        if form is not None:
            try:
                return form % arguments
            except KeyError:
                pass  # an argument is missing; the library shows its name
        return self._by_fluent(id_, arguments)

    def say(self, id_: str, /, **arguments: str | int) -> str:
        """The message *id_*, sooner than by `text`: for what is worded by the thousand. Its arguments are plain."""
        try:
            return self._simple[id_] % arguments
        except KeyError:  # no simple message, or an argument is missing
            return _format(Message(id_, arguments), self.language)

    def _by_fluent(self, id_: str, arguments: Mapping[str, str | int]) -> str:
        if id_ not in self.patterns:
            raise KeyError(id_)
        from fluent.runtime.types import fluent_number

        filled = {
            name: fluent_number(value, useGrouping=False) if isinstance(value, int) else value
            for name, value in arguments.items()
        }
        bundle = self.bundle()
        found, _errors = bundle.format_pattern(bundle.get_message(id_).value, filled)
        return str(found)

    def bundle(self) -> Any:
        """The messages as the library has them; made when they are first needed."""
        if self._bundle is None:
            from fluent.runtime import FluentBundle

            self._bundle = FluentBundle([self.language], use_isolating=False)
            self._bundle.add_resource(self._resource)
        return self._bundle


def _form(pattern: ast.Pattern) -> str | None:
    """The pattern as a form for `%`, if it is of text and variables alone."""
    parts: list[str] = []
    for element in pattern.elements:
        if isinstance(element, ast.TextElement):
            parts.append(element.value.replace("%", "%%"))
        elif isinstance(element.expression, ast.VariableReference):
            parts.append(f"%({element.expression.id.name})s")
        elif isinstance(element.expression, ast.StringLiteral):
            parts.append(str(element.expression.parse()["value"]).replace("%", "%%"))
        else:
            return None
    return "".join(parts)


@remembered("catalogues", 16)
def catalogue(language: str) -> Catalogue:
    """The catalogue of *language*; of one that has none, English."""
    return Catalogue(language, _SOURCES[language if language in _SOURCES else DEFAULT])


def speaker(language: str) -> Callable[..., str]:
    """What says a message in *language*, given its id and arguments that are no messages themselves."""
    return catalogue(language).say


_PLAIN = (str, int)


def load_all() -> None:
    """Read every catalogue, and import what plural forms need: 0.1 s that the first page would wait for otherwise."""
    for language in LANGUAGES:
        catalogue(language).bundle()


def text(content: Argument, language: str) -> str:
    """What *content* is in *language*; what is no message stays as it is, and a name is the policy's own."""
    if isinstance(content, str):
        return content
    if isinstance(content, Message):
        return _format(content, language)
    if isinstance(content, Joined):
        return text(content.between, language).join([text(part, language) for part in content.parts])
    if isinstance(content, Name):
        return content.zh if language == "zh" else content.en
    if isinstance(content, Worded):
        return content.by_language.get(language) or content.by_language.get(DEFAULT, "")
    return str(content)


def _format(content: Message, language: str) -> str:
    filled = {
        name: value if isinstance(value, _PLAIN) else text(value, language) for name, value in content.arguments.items()
    }
    try:
        return catalogue(language).format(content.id, filled)
    except KeyError:
        if language == DEFAULT:
            return content.id
        return _format(content, DEFAULT)


def in_every_language(content: Argument) -> dict[str, str]:
    """*content* by the code of each language, as JSON shows it."""
    return {language: text(content, language) for language in LANGUAGES}


def as_annotations(name: str, content: Argument) -> dict[str, str]:
    """*content* as annotations of an alert: `summary` in English, `summary_zh` in Chinese, and so on."""
    return {annotation_name(name, language): text(content, language) for language in LANGUAGES}


def from_annotations(name: str, annotations: Mapping[str, str]) -> Argument:
    """What the annotations of an alert say under *name*, each language in its own words; nothing if none does."""
    said = {code: annotations[key] for code in LANGUAGES if annotations.get(key := annotation_name(name, code))}
    return Worded(said) if said else ""


def annotation_name(name: str, language: str) -> str:
    """The annotation that holds in *language* what *name* holds in English."""
    return name if language == DEFAULT else f"{name}_{language}"


def spoken(choice: str) -> tuple[str, ...]:
    """The languages that *choice* means, a language's code or `both`, in the order in which they are shown."""
    return ("en", "zh") if choice == BOTH else (choice,)


def called(language: str) -> str:
    """How *language* is called by those who speak it."""
    return text(message("language-name"), language)


def code_for_browsers(language: str) -> str:
    """The code of *language* for the attribute `lang` (BCP 47)."""
    return text(message("language-code"), language)
