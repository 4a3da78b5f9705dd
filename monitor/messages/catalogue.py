"""Say a message in a language, with the catalogues that lie beside this module (Project Fluent, `*.ftl`).

A message of text and variables alone is filled in by Python's own `%`, for pages are worded by the thousand in a
second; everything else, plural forms for example, is left to `fluent.runtime`. Both give the same (tests). Figures are
never grouped: 1234 is `1234` in every language.

A message that a catalogue lacks is said in English, and one that none has shows its id: a page that goes out with a
strange word is better than none. The tests hold that neither happens.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from importlib import resources
from typing import Any

from fluent.syntax import FluentParser, ast
from fluent.syntax.visitor import Visitor

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
    """The messages of one language, from the text of its file. Each is parsed when it is first asked for.

    To parse both files takes a fifth of the time of a start.
    """

    def __init__(self, language: str, source: str) -> None:
        self.language = language
        begins = list(_BEGINNING.finditer(source))
        ends = [*(found.start() for found in begins[1:]), len(source)]
        self._texts = {found["id"]: source[found.start() : end] for found, end in zip(begins, ends, strict=True)}
        self._entries: dict[str, ast.Message | ast.Term] = {}
        self._forms: dict[str, str | None] = {}
        self._bundle: Any = None

    @property
    def ids(self) -> frozenset[str]:
        """The ids of all messages."""
        return frozenset(id_ for id_ in self._texts if not id_.startswith("-"))

    def pattern(self, id_: str) -> ast.Pattern:
        """What the message *id_* is made of; raises KeyError where this catalogue does not have it."""
        entry = self._entry(id_)
        if entry.value is None:
            raise KeyError(id_)
        return entry.value

    def format(self, id_: str, arguments: Mapping[str, str | int]) -> str:
        """The message *id_* with *arguments*; raises KeyError where this catalogue does not have it."""
        form = self._form(id_)
        if form is not None:
            try:
                return form % arguments
            except KeyError:
                pass  # an argument is missing; the library shows its name
        return self._by_fluent(id_, arguments)

    def say(self, id_: str, /, **arguments: str | int) -> str:
        """The message *id_*, sooner than by `text`: for what is worded by the thousand. Its arguments are plain."""
        form = self._forms.get(id_)
        if form is not None:
            try:
                return form % arguments
            except KeyError:
                pass
        return _format(Message(id_, arguments), self.language)

    def _form(self, id_: str) -> str | None:
        """The message as a form for `%`; None if it is not of text and variables alone."""
        if id_ not in self._forms:
            self._forms[id_] = _form(self.pattern(id_))
        return self._forms[id_]

    def _entry(self, id_: str) -> ast.Message | ast.Term:
        if id_ not in self._entries:
            entry = FluentParser().parse_entry(self._texts[id_])
            if not isinstance(entry, ast.Message | ast.Term):
                raise KeyError(id_)
            self._entries[id_] = entry
        return self._entries[id_]

    def _by_fluent(self, id_: str, arguments: Mapping[str, str | int]) -> str:
        self.pattern(id_)
        from fluent.runtime import FluentBundle
        from fluent.runtime.types import fluent_number

        filled = {
            name: fluent_number(value, useGrouping=False) if isinstance(value, int) else value
            for name, value in arguments.items()
        }
        bundle = self._bundle
        if bundle is None:
            self._bundle = bundle = FluentBundle([self.language], use_isolating=False)
        if not bundle.has_message(id_):
            bundle.add_resource(ast.Resource(list(self._with_references(id_).values())))
        found, _errors = bundle.format_pattern(bundle.get_message(id_).value, filled)
        return str(found)

    def _with_references(self, id_: str) -> dict[str, ast.Message | ast.Term]:
        """An entry and all that it refers to, as far as this catalogue has them, by their ids."""
        found: dict[str, ast.Message | ast.Term] = {}
        named = [id_]
        while named:
            one = named.pop()
            if one in self._texts and one not in found:
                found[one] = self._entry(one)
                references = _References()
                references.visit(found[one])
                named += references.ids
        return found


_BEGINNING = re.compile(r"^(?P<id>-?[a-zA-Z][\w-]*) *=", re.MULTILINE | re.ASCII)
"""How an entry begins: what goes on on further lines is indented there (Project Fluent)."""


class _References(Visitor):
    """The ids of the messages and terms that an entry refers to."""

    def __init__(self) -> None:
        self.ids: list[str] = []

    def visit_MessageReference(self, node: ast.MessageReference) -> None:
        self.ids.append(node.id.name)

    def visit_TermReference(self, node: ast.TermReference) -> None:
        self.ids.append(f"-{node.id.name}")


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
