"""Make the two links of a page: to our own explanation, and to the source's own record with nothing secret in it.

Pure. A source's link is text from outside: only http and https pass, sign-ins are cut off, and a query loses every
parameter that looks like a secret. A link that cannot be made safe is left out.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from monitor.model import SubjectKey

LONGEST = 500
"""A longer link is left out: it would push the text off a phone's screen."""

_SECRET = re.compile(r"token|secret|passw|pwd|api_?key|access_?key|credential|session|signature|jwt", re.IGNORECASE)
_SECRET_NAMES = frozenset({"auth", "code", "key", "pass", "sid", "sig"})
_SESSION = re.compile(r";[^/]*", re.IGNORECASE)  # path parameters such as ;jsessionid=…


def explanation(page_url: str, key: SubjectKey) -> str:
    """The page that explains the subject's clocks, or nothing where the installation has no address to be reached at.

    Both parts are percent-encoded, so that a subject with a slash in its id stays one part.
    """
    base = _base(page_url)
    return f"{base}/explain/{quote(key.source, safe='')}/{quote(key.subject, safe='')}" if base else ""


def home(page_url: str) -> str:
    """Our own first page, or nothing."""
    base = _base(page_url)
    return f"{base}/" if base else ""


def record(url: str) -> str:
    """The source's own page of a ticket, safe to be sent to anybody; empty where it cannot be made so."""
    if len(url) > LONGEST or not url.isprintable() or " " in url:  # no other space is printable
        return ""
    try:
        parts = urlsplit(url)
        where = _where(parts.hostname, parts.port)
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not where:
        return ""
    query = parts.query
    asked = parse_qsl(query, keep_blank_values=True)
    kept = [(name, value) for name, value in asked if not _secret(name, value)]
    if kept != asked:
        query = urlencode(kept)
    fragment = "" if _SECRET.search(parts.fragment) else parts.fragment
    return urlunsplit((parts.scheme, where, _SESSION.sub("", parts.path), query, fragment))


def _secret(name: str, value: str) -> bool:
    return name.casefold() in _SECRET_NAMES or bool(_SECRET.search(name)) or bool(_SECRET.search(value))


@lru_cache(maxsize=16)
def _base(page_url: str) -> str:
    try:
        parts = urlsplit(page_url.strip())
        where = _where(parts.hostname, parts.port)
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not where:
        return ""
    return urlunsplit((parts.scheme, where, parts.path.rstrip("/"), "", ""))


def _where(host: str | None, port: int | None) -> str:
    """Host and port without the sign-in before them; an IPv6 address gets its brackets back."""
    if not host:
        return ""
    name = f"[{host}]" if ":" in host else host
    return name if port is None else f"{name}:{port}"
