"""Make the links of a page that lead to tierwatch itself: to an explanation, and to the first page.

Pure. The link to the source's own record is made safe by `monitor.text.web_link`.
"""

from __future__ import annotations

from urllib.parse import quote, urlsplit, urlunsplit

from monitor.memory import remembered
from monitor.model import SubjectKey
from monitor.text import address_of


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


@remembered("page_links", 16)
def _base(page_url: str) -> str:
    try:
        parts = urlsplit(page_url.strip())
        where = address_of(parts.hostname, parts.port)
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not where:
        return ""
    return urlunsplit((parts.scheme, where, parts.path.rstrip("/"), "", ""))
