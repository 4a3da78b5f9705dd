"""Let people and programs in: check what they show, remember sessions, and note every login and every refusal.

A refusal says the same, after the same work, whether or not there is such an account. Who fails too often waits. What
somebody typed as a name is noted only where it is that of an account: it may have been the password.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from threading import Lock

import structlog

from exporters.web import Departure, Gate, LoginActions, LoginRefused, Session
from monitor.access import Attempts, LoggedInBy, Passwords, Principal, form_word, new_word
from monitor.config import AccessText, Config, Reading
from monitor.errors import SourceError, StoreError
from monitor.messages import message
from monitor.service.oidc import NotLoggedIn, Provider, roles_of_groups
from monitor.store import AccessTokens, Accounts, Database, Sessions, SessionTerms
from monitor.text import folded, one_line, shown

log = structlog.get_logger()

WRONG = LoginRefused(403, message("page-login-wrong"))
WAY_BACK = LoginRefused(403, message("page-login-way-back"))
PROVIDER_REFUSED = LoginRefused(403, message("page-login-provider-refused"))
PROVIDER_AWAY = LoginRefused(503, message("page-login-provider-away"))
NO_ROLE = LoginRefused(403, message("page-login-no-role"))

LONGEST_NAME = 200


@dataclass(slots=True)
class LoginMemory:
    """What outlives a configuration: who failed how often, and a secret that makes the words of forms."""

    attempts: Attempts = field(default_factory=Attempts)
    lock: Lock = field(default_factory=Lock, repr=False)
    secret: str = field(default_factory=new_word, repr=False)
    passwords: Passwords | None = field(default=None, repr=False)


class Logins:
    """Logins as one configuration has them."""

    def __init__(self, config: Config, database: Database, memory: LoginMemory, now: Callable[[], datetime]) -> None:
        self._configured, self._memory, self._now = config.access, memory, now
        self._text = config.access or AccessText()
        self._accounts, self._tokens = Accounts(database), AccessTokens(database)
        self._sessions = Sessions(database, SessionTerms(self._text.session_idle, self._text.session_longest))
        self._secure = config.page_url.startswith("https://")
        oidc = self._text.oidc
        self._provider = None if oidc is None else Provider(oidc, config.page_url, memory.secret, now)

    def gate(self) -> Gate:
        """Who is let in."""
        proxy = self._text.proxy
        everybody = self._configured is None or self._text.reading is Reading.EVERYBODY
        return Gate(
            token=lambda word: self._tokens.principal(word, self._now()),
            session=self._session,
            proxied=_nobody if proxy is None else self._proxied,
            proxies=() if proxy is None else tuple(proxy.peers),
            user_header="" if proxy is None else proxy.user_header,
            groups_header="" if proxy is None else proxy.groups_header,
            everybody=everybody,
            here=self._text.reading is not Reading.LOGIN,
            secret=self._memory.secret,
        )

    def actions(self) -> LoginActions:
        """How people log in."""
        provider = self._provider
        return LoginActions(
            by_password=self._by_password,
            leave=lambda word: self._sessions.end(word, self._now()),
            lasts=int(self._text.session_longest.total_seconds()),
            secure=self._secure,
            depart=None if provider is None else partial(self._depart, provider),
            arrive=None if provider is None else partial(self._arrive, provider),
            offered=self._offered,
        )

    def _offered(self) -> bool:
        """Whether anybody could log in: at the provider, or with an account that is not disabled."""
        if self._provider is not None:
            return True
        try:
            return self._accounts.usable()
        except StoreError:
            return False  # the page is shown all the same, and says what is wrong

    def _session(self, word: str) -> Session | None:
        principal = self._sessions.principal(word, self._now())
        return None if principal is None else Session(principal, form_word(word))

    def _proxied(self, name: str, groups: Sequence[str]) -> Principal | None:
        proxy = self._text.proxy
        roles = frozenset() if proxy is None else roles_of_groups(groups, proxy.roles)
        return Principal(one_line(name)[:LONGEST_NAME], roles, by=LoggedInBy.PROXY)

    def _by_password(self, name: str, password: str, address: str) -> str | LoginRefused:
        now, who = self._now(), folded(name)[:LONGEST_NAME]
        with self._memory.lock:
            wait = self._memory.attempts.wait(who, address, now)
        if wait > timedelta(0):
            seconds = math.ceil(wait.total_seconds())
            log.warning("login_refused", by="password", address=address, reason="too_often")
            said = message("page-login-wait", wait=shown(timedelta(seconds=seconds)))
            return LoginRefused(429, said, retry_after=seconds)
        account = self._accounts.find(who)
        usable = account is not None and account.disabled_at is None
        passwords = self._passwords()
        right = passwords.right(account.password if account is not None and usable else None, password)
        if account is None or not right:
            with self._memory.lock:
                self._memory.attempts.failed(who, address, now)
            why = "no_account" if account is None else "wrong_password" if usable else "disabled"
            self._refused("password", address, why, "" if account is None else account.name)
            return WRONG
        with self._memory.lock:
            self._memory.attempts.succeeded(who)
        if passwords.outdated(account.password):
            self._accounts.rehash(account.name, passwords.hash(password))
        return self._begun(Principal(account.name, account.roles, None, account.customer, LoggedInBy.PASSWORD), address)

    def _depart(self, provider: Provider) -> Departure | LoginRefused:
        try:
            return provider.depart()
        except SourceError as error:
            log.error("login_provider_away", error=str(error))
            return PROVIDER_AWAY

    def _arrive(self, provider: Provider, said: Mapping[str, str], word: str, address: str) -> str | LoginRefused:
        try:
            principal = provider.arrive(said, word)
        except SourceError as error:
            log.error("login_provider_away", error=str(error))
            return PROVIDER_AWAY
        except NotLoggedIn as error:
            self._refused("oidc", address, error.why)
            return {"state": WAY_BACK, "no_role": NO_ROLE}.get(error.why, PROVIDER_REFUSED)
        return self._begun(principal, address)

    def _begun(self, principal: Principal, address: str) -> str:
        word = new_word()
        self._sessions.begin(word, principal, self._now(), address)
        log.info("logged_in", name=principal.name, by=principal.by.value, address=address)
        return word

    def _refused(self, by: str, address: str, why: str, name: str = "") -> None:
        log.warning("login_refused", by=by, address=address, reason=why, name=name)
        self._sessions.refuse(by, address, why, self._now(), name)

    def _passwords(self) -> Passwords:
        if self._memory.passwords is None:
            self._memory.passwords = Passwords()
        return self._memory.passwords


def _nobody(_name: str, _groups: Sequence[str]) -> Principal | None:
    return None
