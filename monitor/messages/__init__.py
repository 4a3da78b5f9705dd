"""The words that people read: one catalogue per language, `en.ftl`, `zh.ftl`, and messages made of them.

Pure; the catalogues are read with the code. No sentence stands in code: it says `message("page-policy")`, and the rim
that shows it calls `text` with a language. A further language is one further file (docs/extending.md).
"""

from __future__ import annotations

from monitor.messages.catalogue import (
    BOTH,
    DEFAULT,
    LANGUAGES,
    annotation_name,
    as_annotations,
    called,
    code_for_browsers,
    from_annotations,
    in_every_language,
    speaker,
    spoken,
    text,
)
from monitor.messages.choice import CHOICES, Language, language
from monitor.messages.message import COMMA, SENTENCES, Argument, Joined, Message, Worded, joined, lines, message

__all__ = [
    "BOTH",
    "CHOICES",
    "COMMA",
    "DEFAULT",
    "LANGUAGES",
    "SENTENCES",
    "Argument",
    "Joined",
    "Language",
    "Message",
    "Worded",
    "annotation_name",
    "as_annotations",
    "called",
    "code_for_browsers",
    "from_annotations",
    "in_every_language",
    "joined",
    "language",
    "lines",
    "message",
    "speaker",
    "spoken",
    "text",
]
