"""Take out of links what signs in: a source's link may hold a password, a token or a signature.

Pure. `web_link` is for what people open: only http and https pass. `without_secrets` is for any text with links in it.
The one surprise: a parameter is taken out with all of its value, and a link that cannot be made safe is left out.
"""

from __future__ import annotations

import re
from urllib.parse import SplitResult, parse_qsl, unquote_plus, urlencode, urlsplit, urlunsplit

LONGEST_LINK = 500
"""A longer link is left out of what people read: it would push the text off a phone's screen."""

_WORDS = (
    r"token|secret|passw|passphrase|passcode|pwd|credential|session|signature|jwt|bearer|authorization|oauth|"
    r"(?:api|access|private|auth|subscription|share|account|sas)[ _.-]?key"
)
_SECRET = re.compile(_WORDS, re.IGNORECASE)
_SHORT_NAMES = frozenset({"auth", "code", "hmac", "key", "otp", "pass", "pw", "sid", "sig"})
_SHORT = re.compile(rf"(?:^|[?&;#/,\s])(?:x-)?(?:{'|'.join(sorted(_SHORT_NAMES))})[=:]", re.IGNORECASE)
_SIGN_IN = re.compile(r"//[^/?#]*@|^[^/?#]*:[^/?#]*@")  # of a link inside the link
_JWT = re.compile(r"eyJ[\w-]{5,}\.[\w-]*")
_SESSION = re.compile(r";[^/]*")  # path parameters such as ;jsessionid=…
_LINK = re.compile(r"[a-z][a-z0-9+.-]{0,30}://\S+", re.IGNORECASE)
_MAY_HOLD_ONE = re.compile(r"[@?#;=%]|eyJ")
_DECODED_AT_MOST = 5


def web_link(url: str) -> str:
    """A page that a browser may be sent to, safe to be shown to anybody; empty where *url* cannot be made so."""
    if len(url) > LONGEST_LINK or not url.isprintable() or " " in url:  # no other space is printable
        return ""
    try:
        parts = urlsplit(url)
        return _safe(parts) if parts.scheme in ("http", "https") else ""
    except ValueError:
        return ""


def without_secrets(text: str) -> str:
    """*text* with every link in it made safe; `…` stands for a link that cannot be."""
    return _LINK.sub(lambda found: _kept(found[0]) or "…", text) if "://" in text else text


def link_without_secrets(url: str) -> str:
    """A source's link without its secrets, of whatever scheme and length; what has no scheme keeps its path alone."""
    if "://" in url:
        return _kept(url) if _LINK.fullmatch(url) else without_secrets(url)
    path = re.split(r"[?#;]", url, maxsplit=1)[0]
    return "" if "@" in path or _holds_one(path) else path


def address_of(host: str | None, port: int | None) -> str:
    """Host and port without the sign-in before them; an IPv6 address gets its brackets back. Empty without a host."""
    if not host:
        return ""
    name = f"[{host}]" if ":" in host else host
    return name if port is None else f"{name}:{port}"


def _kept(url: str) -> str:
    """The same letters where there is nothing to take out."""
    if not _MAY_HOLD_ONE.search(url):
        return url
    try:
        return _safe(urlsplit(url))
    except ValueError:
        return ""


def _safe(parts: SplitResult) -> str:
    where, path = address_of(parts.hostname, parts.port), _SESSION.sub("", parts.path)
    if not where or _holds_one(path, words="="):
        return ""
    query, asked = parts.query, parse_qsl(parts.query, keep_blank_values=True)
    kept = [(name, value) for name, value in asked if not (_secret_name(name) or _holds_one(value))]
    if kept != asked:
        query = urlencode(kept)
    elif _holds_one(query, words="="):  # what is no list of parameters
        query = ""
    fragment = "" if _holds_one(parts.fragment) else parts.fragment
    return urlunsplit((parts.scheme, where, path, query, fragment))


def _secret_name(name: str) -> bool:
    name = _decoded(name).casefold().strip()
    return name.removeprefix("x-") in _SHORT_NAMES or bool(_SECRET.search(name))


def _holds_one(text: str, words: str = "") -> bool:
    """Whether *text* names a secret, or is one. With *words* such a name counts only where that stands behind it."""
    text = _decoded(text)
    named = re.search(rf"(?:{_WORDS})[\w.-]*{words}", text, re.IGNORECASE) if words else _SECRET.search(text)
    return bool(named or _SHORT.search(text) or _SIGN_IN.search(text) or _JWT.search(text))


def _decoded(text: str) -> str:
    """Percent-encoding taken off, also where a link inside the link was encoded again."""
    for _ in range(_DECODED_AT_MOST):
        plain = unquote_plus(text)
        if plain == text:
            break
        text = plain
    return text
