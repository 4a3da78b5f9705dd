"""Say who asks, once for each request, and refuse whoever may not.

In this order: the token of a program, the cookie of a session, the header of a proxy whose address the configuration
trusts, and last whoever reads where reading is open. Who shows a token or a session that does not hold is nobody, also
where reading would be open. All pages need the right to read but those of `OPEN`, which judge for themselves or show
nothing; so a page that is added needs a login without anybody thinking of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from exporters.web.addresses import base, raw_path, raw_query
from exporters.web.peers import Peers, is_among, of_this_machine
from monitor.access import LoggedInBy, Principal, Right, Role, form_word, is_token, may, same

COOKIE = "tierwatch_session"

OPEN = re.compile(
    r"/(?:login|logout|login-with|logged-in|language|zone|static/.*|-/(?:healthy|ready|reload)|api/.*"
    r"|acknowledge/.*|retire/.*|customers/.*)"
)
"""Paths that judge for themselves: by the secret in a link, a form or a header, by `allowed`, or that tell nothing."""

CUSTOMERS = "customers"
"""Below this is a page for each customer, and of all pages only that for somebody who sees one customer's things."""

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
AMBIENT = frozenset({LoggedInBy.PASSWORD, LoggedInBy.OIDC, LoggedInBy.PROXY})
"""Logins that a browser adds to every request by itself, so that another site could send one in somebody's name."""

FORM_HEADER = "x-csrf-token"

NEEDS_LOGIN = "This needs a login: log in on the page, or send a token as Authorization: Bearer."
TOKEN_DOES_NOT_HOLD = "This token is not known, was revoked or has expired; make one with `token create`."
ELSEWHERE = "This did not come from a page of tierwatch, so nothing was changed; open the page and send it there."

ANYBODY = Principal("", frozenset({Role.CUSTOMER_HEAD}), by=LoggedInBy.NOBODY)
"""Whoever reads where reading is open. It has no right to change anything."""


@dataclass(frozen=True, slots=True)
class Session:
    """A login that holds: who it is, and the word that its forms send back."""

    principal: Principal
    form_word: str


@dataclass(frozen=True, slots=True)
class Gate:
    """Who is let in. `token` and `session` find who has a word, None where it does not hold; they may read a store.

    `everybody` says that reading is open to all who reach the page, `here` that it is to programs on this machine.
    `proxied` makes a principal of the name and the groups that one of `proxies` puts into these headers; the forms of
    such a login get a word made with `secret`.
    """

    token: Callable[[str], Principal | None] = lambda _: None
    session: Callable[[str], Session | None] = lambda _: None
    proxied: Callable[[str, Sequence[str]], Principal | None] = lambda _name, _groups: None
    proxies: Peers = ()
    user_header: str = ""
    groups_header: str = ""
    everybody: bool = True
    here: bool = True
    secret: str = ""


class Who:
    """Puts `principal` and `form_word` into the state of every request, and refuses pages to whoever may not read.

    *page* shows a refusal to somebody who is logged in as a page, in the language of the reader.
    """

    def __init__(self, app: ASGIApp, gate: Gate, page: Callable[[Request, HTTPException], Response]) -> None:
        self.app, self.gate, self.page = app, gate, page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        request = Request(scope, receive)
        state["principal"], state["form_word"], state["bad_token"] = await _found(self.gate, request)
        if OPEN.fullmatch(scope["path"]) is None:
            refused = _refusal(request, Right.READ)
            if refused is not None:
                answer = _own_page(request) or _answer(request, refused, self.page)
                await answer(scope, receive, send)
                return
        await self.app(scope, receive, send)


async def _found(gate: Gate, request: Request) -> tuple[Principal | None, str, bool]:
    """Who asks, the word of their forms, and whether a token was shown that does not hold."""
    token = bearer(request)
    if is_token(token):
        principal = await run_in_threadpool(gate.token, token)
        return principal, "", principal is None
    word = request.cookies.get(COOKIE, "")
    if word:
        session = await run_in_threadpool(gate.session, word)
        if session is not None:
            return session.principal, session.form_word, False
    peer = request.client
    if peer is not None and is_among(peer.host, gate.proxies):
        principal = _proxied(gate, request)
        if principal is not None:
            return principal, form_word(f"{gate.secret}:{principal.name}"), False
        return (ANYBODY if gate.everybody else None), "", False
    if token and not gate.everybody:  # of the configuration, maybe; what it opens is judged where it is used
        return None, "", True
    reads = gate.everybody or (gate.here and of_this_machine(request))
    return (ANYBODY if reads else None), "", False


def _proxied(gate: Gate, request: Request) -> Principal | None:
    """Whom a proxy vouches for; nobody where a header is there twice, for somebody else sent one of them."""
    names, groups = request.headers.getlist(gate.user_header), request.headers.getlist(gate.groups_header)
    if len(names) != 1 or not names[0].strip() or len(groups) > 1:
        return None
    listed = [group.strip() for group in "".join(groups).split(",")]
    return gate.proxied(names[0].strip(), [group for group in listed if group])


def bearer(request: HTTPConnection) -> str:
    """The token of a request; empty where it has none."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if kind.casefold() == "bearer" else ""


def allowed(request: Request, right: Right) -> Principal:
    """Who asks, where that one has the right. Raises HTTPException: 401 for nobody, 403 for somebody who may not.

    What changes something must have come from a page of ours if a browser brings the login by itself; a form sends
    its word, for which `form_allowed` asks.
    """
    refused = _refusal(request, right)
    if refused is not None:
        raise refused
    principal: Principal = request.state.principal
    if request.method not in SAFE and principal.by in AMBIENT and not _from_here(request):
        raise HTTPException(403, ELSEWHERE)
    return principal


def form_allowed(request: Request, right: Right, word: str) -> Principal:
    """The same for a form, which sent *word* in its field `form_word`. Raises HTTPException."""
    refused = _refusal(request, right)
    if refused is not None:
        raise refused
    principal: Principal = request.state.principal
    if principal.by in AMBIENT and not right_form(request, request.state.form_word, word):
        raise HTTPException(403, ELSEWHERE)
    return principal


def right_form(request: HTTPConnection, expected: str, word: str) -> bool:
    """Whether a form came from a page of ours: by its word, and by what the browser says of the site it is on."""
    return bool(expected) and same(expected, word) and not of_another_site(request)


def _refusal(request: Request, right: Right) -> HTTPException | None:
    principal: Principal | None = getattr(request.state, "principal", None)
    if principal is None or (principal.by is LoggedInBy.NOBODY and not may(principal, right)):
        bad = getattr(request.state, "bad_token", False)
        challenge = 'Bearer realm="tierwatch"' + (', error="invalid_token"' if bad else "")
        return HTTPException(401, TOKEN_DOES_NOT_HOLD if bad else NEEDS_LOGIN, {"www-authenticate": challenge})
    if not may(principal, right):
        why = f"This needs the right {right.value}, which {principal.name} does not have."
        headers = {}
        if principal.by is LoggedInBy.TOKEN:
            headers["www-authenticate"] = f'Bearer realm="tierwatch", error="insufficient_scope", scope="{right.value}"'
        return HTTPException(403, why, headers)
    return None


def _from_here(request: Request) -> bool:
    """Whether a change that a browser's login comes with was sent by a page of ours."""
    word, expected = request.headers.get(FORM_HEADER, ""), getattr(request.state, "form_word", "")
    if word:
        return right_form(request, expected, word)
    said = request.headers.get("sec-fetch-site", "") or request.headers.get("origin", "")
    return said not in ("", "null") and not of_another_site(request)


def of_another_site(request: HTTPConnection) -> bool:
    """Whether the browser says that another site sends this.

    `Origin: null` says nothing: a page without referrers sends that with its own forms (Fetch, 3.2).
    """
    site = request.headers.get("sec-fetch-site", "")
    if site:
        return site not in ("same-origin", "none")
    origin = request.headers.get("origin", "null")
    return origin != "null" and urlsplit(origin).netloc.casefold() != request.headers.get("host", "").casefold()


def _own_page(request: Request) -> Response | None:
    """The way to the own page of somebody who may see one customer's things only and comes to the first page."""
    principal: Principal | None = request.state.principal
    if principal is None or not principal.customer or raw_path(request) != "/" or request.method not in ("GET", "HEAD"):
        return None
    if not may(principal, Right.READ_OWN):
        return None
    return RedirectResponse(f"./{CUSTOMERS}/{quote(principal.customer, safe='', errors='replace')}", 303)


def _answer(request: Request, refused: HTTPException, shown: Callable[[Request, HTTPException], Response]) -> Response:
    """The refusal, to a browser as a page; one whose reader is nobody is sent to the login instead."""
    path, query = raw_path(request), raw_query(request)
    wants_page = "text/html" in request.headers.get("accept", "") and request.method in ("GET", "HEAD")
    if refused.status_code == 401 and wants_page:
        page = path.lstrip("/") + (f"?{query}" if query else "")
        return RedirectResponse(f"{base(request)}login?page={quote(page, safe='')}", 303)
    if wants_page:
        return shown(request, refused)
    headers = dict(refused.headers or {})
    return Response(f"{refused.detail}\n".encode(), refused.status_code, headers, "text/plain")
