"""Let a person say that a subject is gone for good: by the link of a page, or on the explanation with the api_token.

As with acknowledgements the permission is in what is sent: the token of a link in the address, or the api_token in the
form. A browser adds neither by itself, so no other site can send the form in somebody's name. The page has no login
and says so: who acts is what is written in the form. What may be done is decided by the app.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote

from starlette.requests import Request
from starlette.responses import Response

from exporters.web.acknowledgement import TOO_LONG, Refused, body_of
from exporters.web.addresses import raw_path
from exporters.web.headers import FORM_POLICY
from exporters.web.pages import Pages
from exporters.web.request_limit import RequestLimit
from monitor.messages import message
from monitor.model import SubjectKey


@dataclass(frozen=True, slots=True)
class RetirementEntry:
    """What was written in the form: who says so, why, and the api_token where the form asks for it."""

    author: str = ""
    reason: str = ""
    token: str = ""


@dataclass(frozen=True, slots=True)
class RetirementAsked:
    """The subject that is to be retired; `person` is who was told, where a link names somebody."""

    key: SubjectKey
    person: str = ""


@dataclass(frozen=True, slots=True)
class RetirementActions:
    """What the app lets this site do: `read` and `by_link` by a link's token, `by_key` with an api_token.

    `by_key` is None where there is no api_token, `by_link` where there are no links.
    """

    read: Callable[[str], RetirementAsked | Refused] | None = None
    by_link: Callable[[str, RetirementEntry], RetirementAsked | Refused] | None = None
    by_key: Callable[[SubjectKey, RetirementEntry], RetirementAsked | Refused] | None = None

    @property
    def offered(self) -> str:
        """How the explanation offers it: `form`, `links` or `command`."""
        return "form" if self.by_key is not None else "links" if self.by_link is not None else "command"


@dataclass(frozen=True, slots=True)
class RetirementEndpoints:
    """The endpoints. They read what was sent, and leave the rest to a thread, as the others do."""

    actions: RetirementActions
    pages: Pages
    limit: RequestLimit

    async def by_link(self, request: Request) -> Response:
        """The form for the subject of an alert, by the link of its page; and what became of it once it is sent."""
        read, act = self.actions.read, self.actions.by_link
        assert read is not None
        assert act is not None
        token = raw_path(request).rpartition("/acknowledge/")[2].removesuffix("/retire")
        if request.method != "POST":
            return self._page(request, await self.limit.run(read, token), False)
        entry = await _entry(request)
        if entry is None:
            return self._page(request, Refused(413, TOO_LONG), True)
        found = await self.limit.run(act, token, entry)
        if isinstance(found, Refused) and found.status == 400:
            asked = await self.limit.run(read, token)
            if isinstance(asked, RetirementAsked):
                return self._page(request, asked, False, (entry, found))
        return self._page(request, found, True)

    async def by_key(self, request: Request) -> Response:
        """What the form of an explanation sends."""
        act = self.actions.by_key
        assert act is not None
        source, _, subject = (unquote(part) for part in raw_path(request).partition("/retire/")[2].partition("/"))
        entry = await _entry(request)
        if entry is None:
            return self._page(request, Refused(413, TOO_LONG), True)
        if not source or not subject:
            return self._page(
                request, Refused(404, message("page-nothing-known", subject=subject, source=source)), True
            )
        return self._page(request, await self.limit.run(act, SubjectKey(source, subject), entry), True)

    def _page(
        self,
        request: Request,
        found: RetirementAsked | Refused,
        sent: bool,
        again: tuple[RetirementEntry, Refused] | None = None,
    ) -> Response:
        if isinstance(found, Refused):
            return self.pages.sentence(request, found.status, found.sentence)
        response = self.pages.retirement(request, found, sent, again)
        response.headers["content-security-policy"] = FORM_POLICY
        return response


async def _entry(request: Request) -> RetirementEntry | None:
    """What was sent; None where it is too long, which is known before all of it was read."""
    body = await body_of(request)
    if body is None:
        return None
    fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=20) if body.count(b"&") < 20 else {}
    return RetirementEntry(*(fields.get(name, [""])[0].strip() for name in ("author", "reason", "token")))
