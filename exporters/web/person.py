"""Say of a page who is logged in, and what is offered: to log in, to log out, or neither.

Pure but for the question whether anybody could log in, which is asked only where nobody is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request

from exporters.web.addresses import LOGIN, raw_path
from monitor.access import LoggedInBy, Principal


@dataclass(frozen=True, slots=True)
class Person:
    """Who reads a page: the name, empty where nobody is logged in, and whether a login or a logout is offered.

    Whom a proxy vouches for logs out there, and a program does not log out.
    """

    name: str = ""
    may_enter: bool = False
    may_leave: bool = False


def of(request: Request, offers_login: Callable[[], bool]) -> Person:
    """Who asks for a page. Nothing is offered where nobody can log in, and no login on the page to log in."""
    principal: Principal | None = getattr(request.state, "principal", None)
    if principal is not None and principal.by is not LoggedInBy.NOBODY:
        return Person(principal.name, may_leave=principal.by in (LoggedInBy.PASSWORD, LoggedInBy.OIDC))
    return Person(may_enter=raw_path(request).strip("/") != LOGIN and offers_login())
