"""Write messages into a page, in the languages of its reader: one, or two side by side. Pure."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from markupsafe import Markup, escape

from monitor.messages import DEFAULT, Argument, Joined, Message, Worded, code_for_browsers, message, text
from monitor.model import Name, SubjectKey
from monitor.text import shortened, visible

LONGEST_TEXT = 400
"""Characters of a source's text that are shown in one place; JSON has all of it."""

LONGEST_NAME = 80
"""Characters of an id, a path or a name that are shown in a list."""

_FIRST_PLACE = 0xE000
"""Markup within a message is put in where a character of Unicode's private area holds its place."""


@dataclass(frozen=True, slots=True)
class Words:
    """What the templates of one page write words with."""

    languages: tuple[str, ...]

    @property
    def code(self) -> str:
        """The attribute `lang` of the page."""
        return code_for_browsers(self.languages[0])

    def say(self, id_: str, /, **arguments: Argument) -> Markup:
        """The message *id_* as HTML; an argument that is markup, such as an element, stays so."""
        markup = [(name, value) for name, value in arguments.items() if isinstance(value, Markup)]
        places = {name: chr(_FIRST_PLACE + number) for number, (name, _) in enumerate(markup)}
        shown = self.show(message(id_, **{**arguments, **places}))
        for name, value in markup:
            shown = shown.replace(places[name], value)
        return shown

    def show(self, content: Argument) -> Markup:
        """A name or a message as HTML: one text where all languages have the same, else each marked with its own."""
        texts = self._texts(content)
        if len(texts) == 1:
            return escape(next(iter(texts)))
        spans = [f'<span lang="{code_for_browsers(code)}">{escape(found)}</span>' for found, code in texts.items()]
        return Markup(" ".join(spans))

    def word(self, id_: str, /, **arguments: Argument) -> str:
        """The message *id_* as plain text, for attributes."""
        return " ".join(self._texts(message(id_, **arguments)))

    def plain(self, content: Argument) -> str:
        """A name or a message as plain text, for attributes."""
        return " ".join(self._texts(content))

    def once(self, content: Argument) -> str:
        """A name or a message as plain text in the first language: figures and dates need no second one."""
        return next(iter(self._texts(content)))

    def pattern(self, id_: str, *names: str) -> str:
        """The message *id_* with its variables in braces, for the page's script."""
        return self.once(message(id_, **{name: f"{{{name}}}" for name in names}))

    def _texts(self, content: Argument) -> dict[str, str]:
        """The different texts, each with its language; where a name has none in a language, the English one."""
        texts: dict[str, str] = {}
        content = _cut(content)
        for language in self.languages:
            texts.setdefault(text(content, language) or text(content, DEFAULT), language)
        return texts


def cut(value: object, most: int = LONGEST_TEXT) -> object:
    """What a template writes: text is cut and has no control characters; markup and numbers stay as they are."""
    return visible(shortened(value, most)) if type(value) is str else value


def name(text: str) -> object:
    """An id, a path or a name, short enough for a list."""
    return cut(text, LONGEST_NAME)


def whole(text: str) -> Markup:
    """Text of which nothing is cut: an address, what a form holds, a line to copy."""
    return escape(visible(text))


def argument(key: SubjectKey) -> Markup:
    """The subject as one argument of a command to copy: no id can end the command and begin another.

    Empty for an id that would not be copied as it is, for it is cut or has characters that are not shown.
    """
    quoted = shlex.quote(str(key))
    return whole(quoted) if cut(quoted) == quoted else Markup("")


def _cut(content: Argument) -> Argument:
    """A message with its texts cut; the sentence around them stays whole."""
    if isinstance(content, str):
        return visible(shortened(content, LONGEST_TEXT))
    if isinstance(content, Name):
        return Name(visible(shortened(content.en, LONGEST_TEXT)), visible(shortened(content.zh, LONGEST_TEXT)))
    if isinstance(content, Message):
        return Message(content.id, {name: _cut(value) for name, value in content.arguments.items()})
    if isinstance(content, Joined):
        return Joined(tuple(_cut(part) for part in content.parts), content.between)
    if isinstance(content, Worded):
        return Worded({code: visible(shortened(said, LONGEST_TEXT)) for code, said in content.by_language.items()})
    return content
