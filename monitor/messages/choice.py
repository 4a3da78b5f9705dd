"""Read in which language something is to be written: the code of a language that has a catalogue, or `both`. Pure."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from monitor.messages.catalogue import BOTH, LANGUAGES
from monitor.text import did_you_mean

CHOICES = (*LANGUAGES, BOTH)


def language(text: Any) -> str:
    """One of CHOICES. Raises ValueError with a sentence otherwise."""
    if text not in CHOICES:
        known, meant = ", ".join(LANGUAGES), did_you_mean(re.split("[-_]", str(text))[0], CHOICES)
        raise ValueError(f"{text!r} is not a language of tierwatch; write {known} or {BOTH}{meant}")
    return str(text)


Language = Annotated[str, BeforeValidator(language), WithJsonSchema({"enum": list(CHOICES)})]
