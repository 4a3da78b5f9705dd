"""Write messages into a page, in the languages of its reader: one, or two side by side. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup, escape

from monitor.messages import DEFAULT, Argument, code_for_browsers, message, text

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

    def once(self, content: Argument) -> str:
        """A name or a message as plain text in the first language: figures and dates need no second one."""
        return next(iter(self._texts(content)))

    def pattern(self, id_: str, *names: str) -> str:
        """The message *id_* with its variables in braces, for the page's script."""
        return self.once(message(id_, **{name: f"{{{name}}}" for name in names}))

    def _texts(self, content: Argument) -> dict[str, str]:
        """The different texts, each with its language; where a name has none in a language, the English one."""
        texts: dict[str, str] = {}
        for language in self.languages:
            texts.setdefault(text(content, language) or text(content, DEFAULT), language)
        return texts
