"""Choose the language of a page: the one of its address, else the reader's choice, else the installation's.

The choice is a cookie. It is set at `/language`, which lies where the page begins: a browser gives a cookie without a
path to everything below that, so the choice holds behind a proxy's prefix, which this program does not know. A value
is compared with the known ones and never sent back.
"""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from exporters.web.addresses import back
from exporters.web.words import Words
from monitor.messages import BOTH, CHOICES, Argument, called, message, spoken

COOKIE = "tierwatch_language"
PARAMETER = "language"
A_YEAR = 365 * 86400


def choice(request: Request, installation: str) -> str:
    """One of CHOICES for this page."""
    return asked(request) or _known(request.cookies.get(COOKIE)) or _known(installation) or CHOICES[0]


def asked(request: Request) -> str:
    """The choice that the address of the page names; empty where it names none."""
    return _known(request.query_params.get(PARAMETER)) or ""


def words(request: Request, installation: str) -> Words:
    """What the templates write the words of this page with."""
    return Words(spoken(choice(request, installation)))


def choices() -> Sequence[tuple[str, Argument]]:
    """Every choice, and how it is called."""
    return [(code, message("page-language-both") if code == BOTH else called(code)) for code in CHOICES]


async def choose(request: Request) -> Response:
    """Keep the choice for a year, and send the browser back to the page on which it was made."""
    response = Response(status_code=303, headers={"location": back(request.query_params.get("page", ""))})
    chosen = _known(request.query_params.get(PARAMETER))
    if chosen is not None:
        cookie = f"{COOKIE}={chosen}; Max-Age={A_YEAR}; SameSite=Lax; HttpOnly"
        response.headers["set-cookie"] = cookie  # without a path: the library would make it the whole host
    return response


def _known(value: str | None) -> str | None:
    return next((one for one in CHOICES if one == value), None)
