"""Send every HTTP request that leaves tierwatch: the one place with time-outs, retries and redaction.

Requests never follow a redirect to another host, so secrets do not travel; proxies and `.netrc` of the environment are
not read. Messages show addresses without query and user. The one surprise: a `Fetch` waits (it sleeps between
attempts), but never longer than its total time-out: past it the request is over, whatever the peer sends.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urljoin, urlsplit, urlunsplit

from monitor.errors import TierwatchError
from monitor.net.credentials import Auth
from monitor.net.deadline import Deadline, Ended
from monitor.net.failures import Failed, Failure
from monitor.net.network import Network
from monitor.text import shown

if TYPE_CHECKING:
    import requests

PATIENCE = timedelta(seconds=5)
"""A Retry-After up to this is waited for; a longer one goes to the scheduler, in the error's `retry_at`."""

LONGEST_RETRY_AFTER = timedelta(days=1)
FIRST_BACKOFF = 0.5
ONCE_MORE = frozenset({429, 502, 503, 504})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 3
_CHUNK = 65536


def retryable(status: int) -> bool:
    """Whether a request that was answered so may succeed later without an edit."""
    return status in (408, 425, 429) or status >= 500


def clean(url: str) -> str:
    """An address for a message: no user, no query, no fragment."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    return urlunsplit((parts.scheme, f"{host}:{parts.port}" if parts.port else host, parts.path, "", ""))


@dataclass(frozen=True, slots=True)
class Dated:
    """A `Date` that a peer (host and port, or the proxy before it) stated; `began` and `ended` are monotonic seconds.

    `here` says that the peer is on this machine.
    """

    peer: str
    date: str
    began: float
    ended: float
    here: bool


_WITNESSED: ContextVar[Callable[[Dated], None] | None] = ContextVar("who hears the dates of answers", default=None)


@contextmanager
def witnessed(hear: Callable[[Dated], None]) -> Iterator[None]:
    """Call *hear* with the date of every answer in this thread, except answers out of a cache (`Age`)."""
    token = _WITNESSED.set(hear)
    try:
        yield
    finally:
        _WITNESSED.reset(token)


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer of a peer. Names of `headers` are compared without case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str
    _refuse: Callable[[Failure, str], NoReturn] = field(repr=False, compare=False)

    def json(self) -> Any:
        """The body as JSON. Raises the Fetch's error where it is not."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            pass
        if self.body.lstrip()[:1] in (b"[", b"{"):
            self._refuse(Failure(Failed.CUT_SHORT, "the JSON ends before it is whole", retryable=True), self.url)
        kind = self.headers.get("Content-Type", "no content type").split(";")[0]
        sentence = f"the answer is not JSON but {kind}; check that the address is the one of the API"
        self._refuse(Failure(Failed.NOT_JSON, sentence, retryable=True), self.url)


class Fetch:
    """Asks one peer. Keeps its connections; use one per plug-in and thread.

    `where` begins every message ("collector tmf621/corp"), `error` is the kind raised (SourceError, DeliveryError).
    """

    def __init__(
        self,
        where: str,
        error: type[TierwatchError],
        *,
        auth: Auth | None = None,
        network: Network | None = None,
        sleep: Callable[[float], None] | None = None,
    ) -> None:
        import requests  # here, for most commands ask nobody, and it takes a tenth of the time of their start

        from monitor.net.connections import Adapter

        self.where, self.error, self.auth = where, error, auth
        self.network = network or Network()
        self._sleep = sleep
        self._session = requests.Session()
        self._session.trust_env = False
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, Adapter())
        if self.network.proxy:
            self._session.proxies = {"http": self.network.proxy, "https": self.network.proxy}
        if self.network.ca_file:
            self._session.verify = str(self.network.ca_file)
        if self.network.client_cert:
            self._session.cert = str(self.network.client_cert)

    def get(
        self,
        url: str,
        *,
        now: datetime,
        params: Mapping[str, str] | None = None,
        accept: frozenset[int] = frozenset({200}),
        retry: bool = True,
    ) -> Answer:
        """Give an answer whose status is in *accept*; raise the error for any other."""
        return self._ask("GET", url, now, accept, retry, {"params": params})

    def post(
        self,
        url: str,
        body: Any,
        *,
        now: datetime,
        accept: frozenset[int] = frozenset({200, 201, 202, 204}),
        retry: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send *body* as JSON; bytes are sent as they are. `retry` only where sending twice is harmless."""
        if not isinstance(body, bytes):
            return self._ask("POST", url, now, accept, retry, {"json": body, "headers": headers})
        typed = {"Content-Type": "application/json", **(headers or {})}
        return self._ask("POST", url, now, accept, retry, {"data": body, "headers": typed})

    def put(self, url: str, body: Any, *, now: datetime, accept: frozenset[int] = frozenset({200})) -> Answer:
        """Put *body* as JSON at the address, once."""
        return self._ask("PUT", url, now, accept, False, {"json": body})

    def close(self) -> None:
        """Let go of the connections."""
        self._session.close()

    def _ask(
        self, method: str, url: str, now: datetime, accept: frozenset[int], retry: bool, what: Mapping[str, Any]
    ) -> Answer:
        began = time.monotonic()
        with Deadline(self.network.total_timeout.total_seconds()) as deadline:
            for wait in self._waits(retry):
                try:
                    answer = self._follow(method, url, what, deadline)
                    if answer.status in accept:
                        return answer
                    failure = self._refused(answer, now + timedelta(seconds=time.monotonic() - began))
                except Failure as caught:
                    failure = caught
                if failure.after is not None:
                    wait = wait and (failure.after.total_seconds() if failure.after <= PATIENCE else None)
                if not failure.again or wait is None or wait >= deadline.left:
                    break
                (self._sleep or deadline.sleep)(wait)
        if deadline.ended:
            self._session.close()  # a connection that was cut may have been kept for the next request
        passed = time.monotonic() - began
        at = None if failure.after is None else now + timedelta(seconds=passed) + failure.after
        self._raise(failure, url, at)

    def _waits(self, retry: bool) -> Iterator[float | None]:
        """How long to wait after each attempt; None after the last one."""
        for attempt in range(self.network.attempts - 1 if retry else 0):
            yield FIRST_BACKOFF * 2**attempt * random.uniform(0.5, 1.5)
        yield None

    def _follow(self, method: str, url: str, what: Mapping[str, Any], deadline: Deadline) -> Answer:
        answer = self._once(method, url, what, deadline)
        for _ in range(_MOST_REDIRECTS):
            if answer.status not in _REDIRECTS or method != "GET":
                return answer
            target = urljoin(answer.url, answer.headers.get("Location", ""))
            if not _same_host(answer.url, target):
                host = urlsplit(target).hostname or "nowhere"
                raise Failure(
                    Failed.REDIRECTED,
                    f"it answered {answer.status} and points to {host}, which tierwatch does not follow, so that"
                    " secrets do not travel; write the final address, and check that the login is accepted",
                    retryable=False,
                )
            answer = self._once(method, target, {}, deadline)
        return answer

    def _once(self, method: str, url: str, what: Mapping[str, Any], deadline: Deadline) -> Answer:
        import requests
        import urllib3

        if deadline.over:
            raise self._ended(deadline.over)
        left = max(deadline.left, 0.001)
        timeouts = (
            min(self.network.connect_timeout.total_seconds(), left),
            min(self.network.read_timeout.total_seconds(), left),
        )
        began = time.monotonic()
        headers: dict[str, str | bytes] = {"User-Agent": "tierwatch", "Accept": "application/json"}
        headers.update(what.get("headers") or {})
        headers.update(self.auth.headers if self.auth else {})
        sent = {**what, "headers": headers}
        try:
            with self._session.request(
                method, url, timeout=timeouts, stream=True, allow_redirects=False, **sent
            ) as response:
                self._witness(url, response.headers, began)
                if not response.headers.get("Content-Length", "0").strip().isdigit():
                    raise Failure(
                        Failed.UNREADABLE, "it states no length that can be; check the address", retryable=True
                    )
                body = self._body(response, deadline)
                return Answer(response.status_code, response.headers, body, str(response.url), self._raise)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            failure = self._ended(deadline.over) if deadline.over else self._broken(error)
            raise failure from None  # its text shows the whole address
        finally:
            deadline.release()

    def _witness(self, url: str, headers: Mapping[str, str], began: float) -> None:
        """Pass the peer's `Date` on, for the comparison of clocks."""
        hear, date = _WITNESSED.get(), headers.get("Date", "")
        if hear is None or not date or headers.get("Age", "0").strip() != "0":
            return
        parts = urlsplit(self.network.proxy or url)
        host = parts.hostname or ""
        here = host == "localhost" or host.startswith("127.") or host == "::1"
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
        hear(Dated(f"{host}:{port}", date, began, time.monotonic(), here))

    def _body(self, response: requests.Response, deadline: Deadline) -> bytes:
        most, parts, size = self.network.max_bytes, [], 0
        while chunk := response.raw.read1(_CHUNK, decode_content=True):
            parts.append(chunk)
            size += len(chunk)
            if size > most:
                raise Failure(
                    Failed.TOO_LARGE,
                    f"the answer is longer than {most} bytes; ask for smaller pages or raise network.max_bytes",
                    retryable=False,
                )
            if deadline.over:
                break
        if deadline.over:  # also where the body seems to be whole: without a length, it ends where we cut it
            raise self._ended(deadline.over)
        return b"".join(parts)

    def _ended(self, why: Ended) -> Failure:
        if why is Ended.STOPPED:
            return Failure(
                Failed.STOPPED, "tierwatch stops, so the request was given up; it is made again", retryable=True
            )
        length = shown(self.network.total_timeout)
        return Failure(Failed.TIMEOUT, f"no whole answer within {length}; it will be asked again", retryable=True)

    def _broken(self, error: Exception) -> Failure:
        """A sentence for why there is no answer, never with the exception's own text."""
        import ssl

        import requests
        import urllib3

        from monitor.net.connections import MOST_HEAD, TooLongHead

        network = self.network
        tls = _inner(error, ssl.SSLError)
        if tls is not None:
            why = getattr(tls, "verify_message", "") or (tls.reason or "the handshake failed").replace("_", " ").lower()
            sentence = f"TLS failed: {why}; check the certificate and network.ca_file"
            return Failure(Failed.TLS, sentence, retryable=True)
        if _inner(error, TooLongHead) is not None:
            sentence = f"the headers of its answer are longer than {MOST_HEAD} bytes; check the address"
            return Failure(Failed.TOO_LARGE, sentence, retryable=True)
        if isinstance(error, requests.ConnectTimeout):
            sentence = f"no connection within {shown(network.connect_timeout)}; it will be asked again"
            return Failure(Failed.TIMEOUT, sentence, retryable=True, again=True)
        if isinstance(error, requests.Timeout | urllib3.exceptions.TimeoutError | TimeoutError) or _inner(
            error, urllib3.exceptions.ReadTimeoutError
        ):
            sentence = f"connected, but silent for {shown(network.read_timeout)}; it will be asked again"
            return Failure(Failed.TIMEOUT, sentence, retryable=True, again=True)
        if _inner(error, urllib3.exceptions.NameResolutionError):
            sentence = "the host's name is not known; check the address and the name server"
            return Failure(Failed.NETWORK, sentence, retryable=True, again=True)
        if isinstance(error, requests.ConnectionError):
            sentence = "no connection, or it was closed before an answer; it will be asked again"
            return Failure(Failed.NETWORK, sentence, retryable=True, again=True)
        if isinstance(error, urllib3.exceptions.DecodeError):
            return Failure(Failed.UNREADABLE, "the body cannot be decompressed; it will be asked again", retryable=True)
        if isinstance(error, urllib3.exceptions.ProtocolError | OSError) and not isinstance(
            error, requests.RequestException
        ):
            sentence = "the connection was closed in the middle of the answer; it will be asked again"
            return Failure(Failed.CUT_SHORT, sentence, retryable=True, again=True)
        return Failure(Failed.UNUSABLE, "the request cannot be made; check address, proxy and files", retryable=False)

    def _refused(self, answer: Answer, now: datetime) -> Failure:
        status = answer.status
        after = _retry_after(answer.headers.get("Retry-After", ""), now) if status in ONCE_MORE else None
        reason, sentence = self._verdict(status)
        return Failure(
            reason, f"{status}, {sentence}", retryable=retryable(status), again=status in ONCE_MORE, after=after
        )

    def _verdict(self, status: int) -> tuple[Failed, str]:
        login = self.auth.shown if self.auth else ""
        if status == 401:
            return Failed.UNAUTHORIZED, (
                f"it refused {login}; check that it is right and has not expired"
                if login
                else "it wants a login; write auth"
            )
        if status == 403:
            return Failed.FORBIDDEN, f"{login or 'nobody without a login'} may not do this; have the right granted"
        if status == 404:
            return Failed.NOT_FOUND, "nothing is there; check the address"
        if status == 429:
            return Failed.THROTTLED, "it was asked too often; ask less often if this stays"
        if status >= 500:
            return Failed.SERVER_ERROR, "the fault is on its side; it will be asked again"
        if status >= 400:
            return Failed.REFUSED, "it did not accept the request; check the address and the options"
        return Failed.UNEXPECTED, "which is no answer to this request; check the address"

    def _raise(self, failure: Failure, url: str, retry_at: datetime | None = None) -> NoReturn:
        message = f"{self.where}: {clean(url)}: {failure.sentence}"
        raise self.error(message, retryable=failure.retryable, retry_at=retry_at) from failure


def _inner(error: BaseException, kind: type[BaseException]) -> Any:
    """The first *kind* among the errors that *error* wraps: requests and urllib3 hide it in `args` and `reason`."""
    waiting, seen = [error], 0
    while waiting and seen < 20:
        inner = waiting.pop(0)
        seen += 1
        if isinstance(inner, kind):
            return inner
        candidates = (*inner.args, getattr(inner, "reason", None), inner.__cause__, inner.__context__)
        waiting.extend(item for item in candidates if isinstance(item, BaseException))
    return None


def _same_host(old: str, new: str) -> bool:
    """Whether a redirect stays on the host that has our secrets already; from http to https of one host it does."""
    one, two = urlsplit(old), urlsplit(new)
    if one.hostname != two.hostname:
        return False
    ports = {"http": 80, "https": 443}
    here, there = (parts.port or ports.get(parts.scheme) for parts in (one, two))
    return (one.scheme == two.scheme and here == there) or (
        (one.scheme, two.scheme, here, there) == ("http", "https", 80, 443)
    )


def _retry_after(text: str, now: datetime) -> timedelta | None:
    """How long the peer asks us to wait: seconds, or an HTTP date (RFC 9110, 10.2.3)."""
    text = text.strip()
    if text.isascii() and text.isdigit():
        return timedelta(seconds=min(int(text[:9]), LONGEST_RETRY_AFTER.total_seconds()))
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return min(max(at - now, timedelta(0)), LONGEST_RETRY_AFTER)
