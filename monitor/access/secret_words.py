"""Make the random words that programs and browsers show, and the hashes that are stored instead of them.

A word has 256 random bits, so a plain SHA-256 is enough: nobody can try them all, as they could with passwords, which
`passwords.py` hashes. What the store holds lets nobody in.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

TOKEN_PREFIX = "twt_"
"""What every token for programs begins with, so that scanners of repositories find one that was published."""

SHOWN = len(TOKEN_PREFIX) + 8
"""Characters of a token that are kept in plain, to tell it from others: 48 of its 256 bits."""


def new_word() -> str:
    """A word that nobody can guess: 256 random bits in 43 characters that fit a header, a cookie and a form."""
    return secrets.token_urlsafe(32)


def new_token() -> str:
    """A token for a program."""
    return TOKEN_PREFIX + new_word()


def is_token(text: str) -> bool:
    """Whether a text could be one of our tokens; others are not looked up."""
    return text.startswith(TOKEN_PREFIX) and len(text) == len(TOKEN_PREFIX) + 43 and text.isascii()


def hashed(word: str) -> str:
    """What is stored of a word, and looked up: its SHA-256 in hexadecimal."""
    return hashlib.sha256(word.encode("utf-8", "replace")).hexdigest()


def form_word(word: str) -> str:
    """The word that a form must send back, made of that of the cookie, which cannot be computed from it."""
    return hashlib.sha256(f"form:{word}".encode("utf-8", "replace")).hexdigest()


def same(one: str, other: str) -> bool:
    """Whether two words are the same, in a time that does not tell where they differ."""
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))
