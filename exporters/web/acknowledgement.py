"""Let a person or a program acknowledge an alert: a link shows a form, and only sending that form acknowledges.

Programs that look at mails open every link in them, so GET never changes anything. Whoever has the link may send the
form: the token in the address is the permission, and the form needs nothing else that another site could lack. What
may be done is decided by the app, behind `AcknowledgementActions`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import Response

from exporters.web import wording
from exporters.web.addresses import raw_path
from exporters.web.headers import FORM_POLICY
from exporters.web.pages import Pages
from exporters.web.request_limit import RequestLimit
from monitor.explain import Acknowledgement
from monitor.messages import DEFAULT, Argument, message, text
from monitor.text import json_body

LARGEST = 16 * 1024
"""Bytes of a form or of what a program sends."""

TOO_LONG = message("page-too-long")
NOT_ALLOWED = "needs the header Authorization: Bearer with the api_token of the configuration"
NO_API = "is off: the configuration has no api_token"


@dataclass(frozen=True, slots=True)
class AlertToAcknowledge:
    """The alert that a link or a key names. `acknowledged` holds what was acknowledged of it, oldest first.

    `person` is who was notified, empty where the link names nobody: then the form asks for the name. `passed` says
    that a worse stage was sent since, so that acknowledging this one stops nothing. `retirable` says that it is about a
    subject that may be retired by the same link.
    """

    summary: Argument
    key: str
    person: str = ""
    firing: bool = True
    passed: bool = False
    retirable: bool = False
    acknowledged: tuple[Acknowledgement, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """Why nothing was acknowledged, for the person who asked. A 400 is about what was written in the form."""

    status: int
    sentence: Argument


@dataclass(frozen=True, slots=True)
class FormEntry:
    """Who acknowledges, and the note."""

    author: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class RefusedForm:
    """A form that is shown once more: what was written in it, and why that was refused."""

    entry: FormEntry
    refused: Refused


@dataclass(frozen=True, slots=True)
class AcknowledgementActions:
    """What the app lets this site do: `read` and `by_link` by a link's token, `by_key` by an alert's fingerprint.

    `allows` says whether a program's token is ours; None where programs may not acknowledge.
    """

    read: Callable[[str], AlertToAcknowledge | Refused]
    by_link: Callable[[str, FormEntry], AlertToAcknowledge | Refused]
    by_key: Callable[[str, FormEntry], AlertToAcknowledge | Refused]
    allows: Callable[[str], bool] | None = None


@dataclass(frozen=True, slots=True)
class AcknowledgementEndpoints:
    """The endpoints. They read what was sent, and leave the rest to a thread, as the others do."""

    actions: AcknowledgementActions
    pages: Pages
    now: Callable[[], datetime]
    limit: RequestLimit

    async def by_link(self, request: Request) -> Response:
        """The form; and what became of it once it is sent."""
        token = raw_path(request).rpartition("/acknowledge/")[2]
        sent = request.method == "POST"
        if not sent:
            found = await self.limit.run(self.actions.read, token)
            return self._page(request, found, sent)
        body = await body_of(request)
        if body is None:
            return self._page(request, Refused(413, TOO_LONG), sent)
        entry = _form(body)
        found = await self.limit.run(self.actions.by_link, token, entry)
        if isinstance(found, Refused) and found.status == 400:
            asked = await self.limit.run(self.actions.read, token)
            if isinstance(asked, AlertToAcknowledge):
                return self._page(request, asked, False, RefusedForm(entry, found))
        return self._page(request, found, sent)

    async def by_key(self, request: Request) -> Response:
        """For programs: JSON in, JSON out."""
        if request.method != "POST":
            return _error(405, "only answers POST", allow="POST")
        if self.actions.allows is None:
            return _error(404, NO_API)
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if kind.casefold() != "bearer" or not await self.limit.run(self.actions.allows, token.strip()):
            return _error(401, NOT_ALLOWED, **{"www-authenticate": "Bearer"})
        body = await body_of(request)
        if body is None:
            return _error(413, f"takes {LARGEST} bytes at most")
        entry = _json_entry(body)
        if entry is None:
            return _error(400, 'takes a JSON object with "author", and "note" if there is one, both text')
        found = await self.limit.run(self.actions.by_key, str(request.path_params["key"]), entry)
        if isinstance(found, Refused):
            return _error(found.status, text(found.sentence, DEFAULT))
        return _json(_as_json(found))

    def _page(
        self, request: Request, found: AlertToAcknowledge | Refused, sent: bool, again: RefusedForm | None = None
    ) -> Response:
        if isinstance(found, Refused):
            return self.pages.sentence(request, found.status, found.sentence)
        response = self.pages.acknowledgement(request, found, sent, self.now(), again)
        response.headers["content-security-policy"] = FORM_POLICY
        return response


async def body_of(request: Request) -> bytes | None:
    """What was sent; None where it is too long, which is known before all of it was read."""
    found = b""
    async for part in request.stream():
        found += part
        if len(found) > LARGEST:
            return None
    return found


def _form(body: bytes) -> FormEntry:
    fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=20) if body.count(b"&") < 20 else {}
    return FormEntry(fields.get("author", [""])[0].strip(), fields.get("note", [""])[0].strip())


def _json_entry(body: bytes) -> FormEntry | None:
    try:
        given: Any = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(given, dict) or not given.keys() <= {"author", "note"}:
        return None
    author, note = given.get("author"), given.get("note", "")
    if not isinstance(author, str) or not author.strip() or not isinstance(note, str):
        return None
    return FormEntry(author.strip(), note.strip())


def _as_json(found: AlertToAcknowledge) -> dict[str, Any]:
    return {
        "alert": found.key,
        "firing": found.firing,
        "passed": found.passed,
        "acknowledged": [
            {
                "at": wording.iso(one.at),
                "author": one.author,
                "via": one.via,
                "note": one.note,
                **({} if one.ends_at is None else {"ends_at": wording.iso(one.ends_at)}),
                **({} if one.ended_at is None else {"ended_at": wording.iso(one.ended_at)}),
            }
            for one in found.acknowledged
        ],
    }


def _error(status: int, what: str, **headers: str) -> Response:
    response = _json({"error": what if what[0].isupper() else f"This address {what}."}, status)
    response.headers.update(headers)
    return response


def _json(value: Any, status: int = 200) -> Response:
    return Response(json_body(value, indent=1) + b"\n", status, media_type="application/json")
