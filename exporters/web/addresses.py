"""Say where a request is, as it was sent, and to which address of this site a browser may be sent back.

Pure. All addresses are relative, for this program does not know a proxy's prefix. Only pages that everybody may find
are come back to: an address with a secret in it stands in no link.
"""

from __future__ import annotations

import re
from urllib.parse import quote, unquote, unquote_plus

from starlette.requests import Request

from exporters.web import navigation, wording

CHOSEN = frozenset({"language", "zone"})
"""Parameters by which an address chooses how it is shown; a reader's own choice takes their place."""

LONGEST = 2048
"""Characters of an address to which a browser is sent back."""

LOGIN, LOGOUT = "login", "logout"

_SUBJECT = re.compile(r"(?:explain|subjects|circuits)(?:/[A-Za-z0-9%._~!$&'()*+,;=:@-]+)+")
"""The pages of one subject, still percent-encoded. They have no parameters but those of `CHOSEN`."""

_QUERY = re.compile(r"[A-Za-z0-9%._~!$&'()*+,;=:@/?-]+")


def raw_path(request: Request) -> str:
    """The path as it was sent, still percent-encoded: an id may hold a slash."""
    raw = request.scope.get("raw_path") or wording.path(request.scope["path"]).encode()
    return raw.decode("ascii", "replace").partition("?")[0]


def raw_query(request: Request) -> str:
    """The parameters as they were sent, percent-encoded."""
    return quote(request.scope.get("query_string", b""), safe="%!$&'()*+,;=:@/?-._~")


def base(request: Request) -> str:
    """The relative way from a page to the root of the site."""
    return "../" * (raw_path(request).count("/") - 1) or "./"


def own(request: Request, *others: str) -> str:
    """The parameters of a request but those of `CHOSEN` and of the *others*, as they were sent."""
    parts = [part for part in raw_query(request).split("&") if part]
    return "&".join(part for part in parts if unquote_plus(part.partition("=")[0]) not in CHOSEN.union(others))


def here(request: Request) -> str:
    """This page with its filter, order and place, to come back to; without them where that is too long.

    Empty for the first page and for pages that nobody is sent back to.
    """
    path, parameters = raw_path(request).lstrip("/"), own(request)
    for address in (f"{path}?{parameters}" if parameters else path, path):
        if back(address) in (address, f"./{address}"):
            return address
    return ""


def back(page: str) -> str:
    """The relative address of one of our pages; the first page where *page* is not one."""
    path, asks, query = page.partition("?")
    if len(page) > LONGEST or (asks and _QUERY.fullmatch(query) is None):
        return "./"
    if navigation.listed(path) or path in (LOGIN, LOGOUT):
        return page if path else f"./{page}"
    leaves = any(unquote(segment) in (".", "..") for segment in path.split("/"))
    return page if _SUBJECT.fullmatch(page) is not None and not leaves else "./"
