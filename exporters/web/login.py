"""Let people log in and out: by a password, or at the identity provider that the configuration names.

Works without a script. Every address has one segment, so that a cookie without a path holds behind a proxy's prefix,
which this program does not know (as with the [language](language.py)). A form sends back the word of its cookie, also
the form to log in: else another site could log somebody in as somebody else. Who may is decided by the app.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, quote, unquote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from exporters.web.acknowledgement import body_of
from exporters.web.headers import FORM_POLICY
from exporters.web.pages import Pages
from exporters.web.request_limit import RequestLimit
from exporters.web.who import COOKIE, ELSEWHERE, of_another_site, right_form
from monitor.access import LoggedInBy, form_word, new_word
from monitor.messages import Argument

LOGINS_AT_ONCE = 1
"""Passwords that are checked at the same time: each takes 64 MiB and a tenth of a second of a processor."""

PROVIDER_AT_ONCE = 2
"""Logins that an identity provider is asked about at the same time. They wait for it, and must hold up no password."""

FORM_COOKIE = "tierwatch_login"
"""The word of the form to log in, and of the way to the identity provider and back."""

PAGE_COOKIE = "tierwatch_page"
"""The page from which somebody went to the identity provider, to come back to."""

FORM_LASTS = 600
"""Seconds for which a form to log in can be sent."""

LONGEST_PAGE = 2048
_PAGE = re.compile(r"[A-Za-z0-9%._~!$&'()*+,;=:@/?-]*")


@dataclass(frozen=True, slots=True)
class LoginRefused:
    """Why nobody was logged in, as a sentence that does not tell whether there is such an account."""

    status: int
    sentence: Argument
    retry_after: int = 0


@dataclass(frozen=True, slots=True)
class Departure:
    """Where a browser is sent to log in, and what it must bring back: a word for a cookie."""

    address: str
    word: str


@dataclass(frozen=True, slots=True)
class LoginActions:
    """What the app does: each login gives the word of a new session. `address` is whoever asks.

    `by_password` takes name, password and address, `leave` the word of a session. `depart` begins a login at an
    identity provider, None where there is none; `arrive` takes what the provider sent back, the word of the departure
    and the address. `lasts` are the seconds of a session, `secure` says that the page is reached by https only.
    `offered` says whether anybody could log in now.
    """

    by_password: Callable[[str, str, str], str | LoginRefused]
    leave: Callable[[str], None]
    lasts: int
    secure: bool = False
    depart: Callable[[], Departure | LoginRefused] | None = None
    arrive: Callable[[Mapping[str, str], str, str], str | LoginRefused] | None = None
    offered: Callable[[], bool] = lambda: True


@dataclass(frozen=True, slots=True)
class LoginForm:
    """The page to log in: the word of the form, where to go afterwards, and what was wrong before."""

    word: str
    page: str
    offers_provider: bool
    name: str = ""
    refused: LoginRefused | None = None


@dataclass(frozen=True, slots=True)
class LoginEndpoints:
    """The endpoints. They read what was sent, and leave the rest to a thread, as the others do."""

    actions: LoginActions
    pages: Pages
    limit: RequestLimit
    provider: RequestLimit

    async def login(self, request: Request) -> Response:
        """The form; and what became of it once it is sent."""
        if request.method != "POST":
            return self._form(request, page_of(request.query_params.get("page", "")))
        sent = await _fields(request)
        page, name = page_of(sent.get("page", "") or request.query_params.get("page", "")), sent.get("name", "")
        word = request.cookies.get(FORM_COOKIE, "")
        if not word or not right_form(request, form_word(word), sent.get("form_word", "")):
            raise HTTPException(403, ELSEWHERE)
        found = await self.limit.run(self.actions.by_password, name, sent.get("password", ""), _address(request))
        if isinstance(found, LoginRefused):
            return self._form(request, page, name, found)
        await self._leave(request)
        return self._begun(found, page)

    async def depart(self, request: Request) -> Response:
        """Send the browser to the identity provider."""
        if self.actions.depart is None:
            raise HTTPException(404)
        found = await self.provider.run(self.actions.depart)
        if isinstance(found, LoginRefused):
            return await self._sentence(request, found)
        response = Response(status_code=303, headers={"location": found.address})
        self._set(response, FORM_COOKIE, found.word, FORM_LASTS)
        page = quote(page_of(request.query_params.get("page", "")), safe="")
        self._set(response, PAGE_COOKIE, page, FORM_LASTS if page else 0)
        return response

    async def arrive(self, request: Request) -> Response:
        """Take whom the identity provider sends back."""
        if self.actions.arrive is None:
            raise HTTPException(404)
        word, said = request.cookies.get(FORM_COOKIE, ""), dict(request.query_params)
        found = await self.provider.run(self.actions.arrive, said, word, _address(request))
        if isinstance(found, LoginRefused):
            return await self._sentence(request, found)
        await self._leave(request)
        response = self._begun(found, page_of(unquote(request.cookies.get(PAGE_COOKIE, ""))))
        self._set(response, PAGE_COOKIE, "", 0)
        return response

    async def logout(self, request: Request) -> Response:
        """End the session, once the form for it was sent.

        A browser sends no cookie with a form of another site, but would take the empty one of the answer: so that
        form is refused also where nobody seems to be logged in.
        """
        word = request.cookies.get(COOKIE, "")
        principal = request.state.principal
        if request.method != "POST":
            return await self.limit.run(self._goodbye, request, principal.name if principal is not None else "")
        if of_another_site(request):
            raise HTTPException(403, ELSEWHERE)
        if word and principal is not None and principal.by in (LoggedInBy.PASSWORD, LoggedInBy.OIDC):
            sent = await _fields(request)
            if not right_form(request, request.state.form_word, sent.get("form_word", "")):
                raise HTTPException(403, ELSEWHERE)
            await self.limit.run(self.actions.leave, word)
        response = Response(status_code=303, headers={"location": "./login"})
        if word:
            self._set(response, COOKIE, "", 0)
        return response

    async def _sentence(self, request: Request, refused: LoginRefused) -> Response:
        return await self.limit.run(self.pages.sentence, request, refused.status, refused.sentence)

    def _form(self, request: Request, page: str, name: str = "", refused: LoginRefused | None = None) -> Response:
        word = new_word()
        offers = self.actions.depart is not None
        response = self.pages.login(request, LoginForm(form_word(word), page, offers, name, refused))
        if refused is not None and refused.retry_after:
            response.headers["retry-after"] = str(refused.retry_after)
        response.headers["content-security-policy"] = FORM_POLICY
        self._set(response, FORM_COOKIE, word, FORM_LASTS)
        return response

    def _goodbye(self, request: Request, name: str) -> Response:
        response = self.pages.logout(request, name, request.state.form_word)
        response.headers["content-security-policy"] = FORM_POLICY
        return response

    async def _leave(self, request: Request) -> None:
        """End the session that the browser had before: each login has a word of its own."""
        before = request.cookies.get(COOKIE, "")
        if before:
            await self.limit.run(self.actions.leave, before)

    def _begun(self, word: str, page: str) -> Response:
        response = Response(status_code=303, headers={"location": f"./{page}"})
        self._set(response, COOKIE, word, self.actions.lasts)
        self._set(response, FORM_COOKIE, "", 0)
        return response

    def _set(self, response: Response, name: str, word: str, lasts: int) -> None:
        """Without a path: the library would make it the whole host."""
        secure = "; Secure" if self.actions.secure else ""
        response.headers.append("set-cookie", f"{name}={word}; Max-Age={lasts}; SameSite=Lax; HttpOnly{secure}")


def page_of(page: str) -> str:
    """The relative address of one of our pages; the first page where *page* is not one."""
    path = page.partition("?")[0]
    inside = not any(unquote(segment) in (".", "..") for segment in path.split("/")) and ":" not in path
    if len(page) > LONGEST_PAGE or not inside or page.startswith("/") or _PAGE.fullmatch(page) is None:
        return ""
    return page


async def _fields(request: Request) -> dict[str, str]:
    """What a form sent; nothing where it is too long."""
    body = await body_of(request)
    if body is None or body.count(b"&") >= 20:
        return {}
    fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
    return {name: values[0] for name, values in fields.items()}


def _address(request: Request) -> str:
    return request.client.host if request.client is not None else ""
