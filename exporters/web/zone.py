"""Choose the zone of a page's times: the one of its address, else the reader's choice, else the installation's.

The choice is a cookie, as that of the [language](language.py) is. It is set at `/zone`, which without a choice shows
the form for it. A value is compared with the names of zones that this machine knows, and never sent back.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from exporters.web.addresses import back
from exporters.web.language import A_YEAR
from monitor.text import every_zone

COOKIE = "tierwatch_zone"
PARAMETER = "zone"

USUAL = ""
"""What is chosen to have the installation's zone again."""


def choice(request: Request, installation: str) -> str:
    """The zone of this page's times."""
    return asked(request) or _known(request.cookies.get(COOKIE)) or installation


def asked(request: Request) -> str:
    """The zone that the address of the page names; empty where it names none."""
    return _known(request.query_params.get(PARAMETER)) or ""


def choose(request: Request) -> Response | None:
    """Keep the choice for a year, and send the browser back to the page on which it was made.

    None where the address names no zone that there is.
    """
    given = request.query_params.get(PARAMETER)
    chosen = USUAL if given == USUAL else _known(given)
    if chosen is None:
        return None
    cookie = f"{COOKIE}={chosen}; Max-Age={A_YEAR if chosen else 0}; SameSite=Lax; HttpOnly"
    headers = {"location": back(request.query_params.get("page", "")), "set-cookie": cookie}
    return Response(status_code=303, headers=headers)


def _known(value: str | None) -> str | None:
    """The zone as this machine spells it, so that nothing of a request is ever shown."""
    return next((one for one in every_zone() if one == value), None) if value else None
