"""The list of pages that every page links to, in the order in which they are shown.

Pure. A page stands here once, with its path and its name; it is linked only where this site serves it, so that one
that an installation does not have is not offered.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from monitor.messages import Message, message


@dataclass(frozen=True, slots=True)
class PageLink:
    """One page: `path` is below the root, empty for the first page, without a slash at either end."""

    path: str
    name: Message


PAGES: Sequence[PageLink] = (
    PageLink("", message("page-nav-wall")),
    PageLink("clocks", message("page-nav-clocks")),
    PageLink("circuits", message("page-circuits")),
    PageLink("causes", message("page-causes")),
    PageLink("pages", message("page-told")),
    PageLink("oncall", message("page-oncall")),
    PageLink("sources", message("page-sources")),
)


def served(paths: Collection[str]) -> Sequence[PageLink]:
    """The pages whose address is among the *paths* of a site's routes."""
    return tuple(page for page in PAGES if f"/{page.path}" in paths)


def listed(path: str) -> bool:
    """Whether *path*, without its first slash, is one of the pages."""
    return any(page.path == path for page in PAGES)
