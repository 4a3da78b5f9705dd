"""Log people in at an identity provider: OpenID Connect, the code flow with PKCE, state and nonce.

Authlib writes the requests and judges the ID token; the requests go out by `monitor.net`. Nothing is remembered between
departure and arrival: state, nonce and PKCE's verifier are made of the word in the browser's cookie and of a secret of
this process, so only the browser that went out can come back, and nobody can fill a memory by going out.
"""

from __future__ import annotations

import hmac
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from exporters.web import Departure
from monitor.access import LoggedInBy, Principal, Role, new_word, same
from monitor.config import OidcText
from monitor.errors import SourceError
from monitor.net import Fetch, Network
from monitor.text import one_line

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""How ID tokens may be signed: by a key of the provider only; neither `none` nor by a secret that both know."""

LEEWAY = 60
"""Seconds by which the clock of the provider may be off."""

KEPT = 3600.0
"""Seconds for which what the provider says of itself is kept."""

ASKED_AGAIN = 30.0
"""Seconds after which keys are asked for again because a token names one that is not known."""

LONGEST_NAME = 200
NETWORK = Network(
    connect_timeout=timedelta(seconds=5), read_timeout=timedelta(seconds=10), total_timeout=timedelta(seconds=20),
    attempts=2, max_bytes=1024 * 1024,
)  # fmt: skip


class NotLoggedIn(Exception):
    """Why somebody was not logged in; `why` is a word of ours for the log and the trail, never of the token."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(slots=True)
class _Known:
    """What the provider said of itself, and its keys."""

    metadata: Mapping[str, Any] = field(default_factory=dict)
    keys: Mapping[str, Any] = field(default_factory=dict)
    until: float = 0.0
    keys_at: float = 0.0


class Provider:
    """The identity provider of one configuration; safe in every thread. *secret* is that of this process."""

    def __init__(self, text: OidcText, page_url: str, secret: str, now: Callable[[], datetime]) -> None:
        self._text, self._secret, self._now = text, secret, now
        self._back = f"{page_url}/logged-in"
        self._known, self._lock = _Known(), threading.Lock()
        self._fetching: Fetch | None = None

    def depart(self) -> Departure:
        """Where the browser goes. Raises SourceError where the provider says nothing that can be used."""
        from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
        from authlib.oauth2.rfc7636 import create_s256_code_challenge

        word = new_word()
        with self._lock:
            endpoint = str(self._metadata()["authorization_endpoint"])
        address = prepare_grant_uri(
            endpoint,
            client_id=self._text.client_id,
            response_type="code",
            redirect_uri=self._back,
            scope=" ".join(dict.fromkeys(("openid", *self._text.scopes))),
            state=self._made("state", word),
            nonce=self._made("nonce", word),
            code_challenge=create_s256_code_challenge(self._made("verifier", word)),
            code_challenge_method="S256",
        )
        return Departure(address, word)

    def arrive(self, said: Mapping[str, str], word: str) -> Principal:
        """Whom the provider sent back. Raises NotLoggedIn, or SourceError where the provider cannot be asked."""
        if not word or not same(said.get("state", ""), self._made("state", word)):
            raise NotLoggedIn("state")
        if said.get("iss", self._text.issuer) != self._text.issuer:  # RFC 9207
            raise NotLoggedIn("issuer_of_the_answer")
        if "error" in said or not said.get("code"):
            raise NotLoggedIn("provider_refused")
        with self._lock:
            answer = self._exchanged(said["code"], word)
            claims = self._claims(answer, self._made("nonce", word))
        return self._principal(claims)

    def _made(self, purpose: str, word: str) -> str:
        said = f"oidc {purpose}\n{word}".encode("utf-8", "replace")
        return hmac.digest(self._secret.encode(), said, "sha256").hex()

    def _exchanged(self, code: str, word: str) -> Mapping[str, Any]:
        """What the provider gives for the code."""
        from authlib.oauth2.auth import ClientAuth
        from authlib.oauth2.rfc6749.parameters import prepare_token_request

        metadata = self._metadata()
        secret = None if self._text.client_secret is None else self._text.client_secret.reveal()
        method = "none" if secret is None else _method(metadata.get("token_endpoint_auth_methods_supported"))
        verifier = self._made("verifier", word)
        body = prepare_token_request("authorization_code", "", self._back, code=code, code_verifier=verifier)
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        auth = ClientAuth(self._text.client_id, secret, method)
        address, headers, body = auth.prepare("POST", str(metadata["token_endpoint"]), headers, body)
        answer = self._fetch().post(
            address, body.encode(), now=self._now(), headers=headers, accept=frozenset({200, 400, 401})
        )
        if answer.status != 200:
            raise NotLoggedIn("code_refused")
        found = answer.json()
        if not isinstance(found, Mapping) or not isinstance(found.get("id_token"), str):
            raise NotLoggedIn("no_id_token")
        return found

    def _claims(self, answer: Mapping[str, Any], nonce: str) -> Mapping[str, Any]:
        """What the ID token says, once it is proven that the provider says it, to us, now, for this login."""
        from authlib.oidc.core import CodeIDToken
        from joserfc.errors import JoseError

        try:
            token = self._decoded(str(answer["id_token"]))
            claims = CodeIDToken(
                token.claims,
                token.header,
                {
                    "iss": {"essential": True, "value": self._text.issuer},
                    "aud": {"essential": True, "value": self._text.client_id},
                    "sub": {"essential": True},
                },
                {"nonce": nonce, "client_id": self._text.client_id, "access_token": answer.get("access_token")},
            )
            claims.validate(now=int(self._now().timestamp()), leeway=LEEWAY)
        except (JoseError, ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
            claim = getattr(error, "claim", "") or getattr(error, "error", "") or type(error).__name__
            raise NotLoggedIn(f"id_token {one_line(str(claim))[:60]}") from None
        return claims

    def _decoded(self, token: str) -> Any:
        """The ID token by the keys that are known; a key that is not known may be new, so they are asked for again."""
        from joserfc import jws, jwt
        from joserfc.jwk import KeySet

        kid = jws.extract_compact(token.encode()).headers().get("kid")
        keys = self._keys(again=False)
        if not any(kid is None or key.get("kid") == kid for key in keys.get("keys", ())):
            keys = self._keys(again=True)
        signing = [key for key in keys.get("keys", ()) if key.get("use", "sig") == "sig" and key.get("kty") != "oct"]
        return jwt.decode(token, KeySet.import_key_set({"keys": signing}), algorithms=list(ALGORITHMS))

    def _principal(self, claims: Mapping[str, Any]) -> Principal:
        name = claims.get(self._text.name_claim)
        name = one_line(name).strip()[:LONGEST_NAME] if isinstance(name, str) else ""
        groups = claims.get(self._text.groups_claim, ())
        groups = [groups] if isinstance(groups, str) else groups
        roles = roles_of_groups(groups if isinstance(groups, list | tuple) else (), self._text.roles)
        if not roles:
            raise NotLoggedIn("no_role")
        customer = claims.get(self._text.customer_claim) if self._text.customer_claim else None
        customer = customer if isinstance(customer, str) and customer else None
        name = name or one_line(str(claims["sub"]))[:LONGEST_NAME]
        return Principal(name, roles, None, customer, LoggedInBy.OIDC)

    def _metadata(self) -> Mapping[str, Any]:
        """What the provider says of itself. Raises SourceError."""
        from authlib.oidc.discovery import get_well_known_url

        now = time.monotonic()
        if now >= self._known.until:
            address = get_well_known_url(self._text.issuer, external=True)
            found = self._fetch().get(address, now=self._now()).json()
            if not isinstance(found, Mapping) or found.get("issuer") != self._text.issuer:
                raise SourceError(f"oidc: {address} names another issuer than access.oidc.issuer; correct one of them")
            for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                if not _usable(found.get(name), self._text.issuer):
                    raise SourceError(
                        f"oidc: {address} names no https address as {name}; ask whoever runs the provider"
                    )
            self._known = _Known(found, until=now + KEPT)
        return self._known.metadata

    def _keys(self, *, again: bool) -> Mapping[str, Any]:
        """The provider's keys; asked for anew where they are not known, or *again* and not just now."""
        metadata, now = self._metadata(), time.monotonic()
        if not self._known.keys or (again and now - self._known.keys_at >= ASKED_AGAIN):
            found = self._fetch().get(str(metadata["jwks_uri"]), now=self._now()).json()
            if not isinstance(found, Mapping) or not isinstance(found.get("keys"), list):
                raise SourceError(f"oidc: {metadata['jwks_uri']} lists no keys; ask whoever runs the provider")
            self._known.keys, self._known.keys_at = found, now if again else now - ASKED_AGAIN
        return self._known.keys

    def _fetch(self) -> Fetch:
        if self._fetching is None:
            self._fetching = Fetch("oidc", SourceError, network=NETWORK)
        return self._fetching


def roles_of_groups(groups: Sequence[Any], roles: Mapping[str, Sequence[Role]]) -> frozenset[Role]:
    """The roles of somebody who is in these groups."""
    return frozenset(role for group in groups if isinstance(group, str) for role in roles.get(group, ()))


def _method(supported: Any) -> str:
    """How we prove who we are: as the provider likes it, the header where it does not say (RFC 8414, 2)."""
    known = ("client_secret_basic", "client_secret_post")
    listed = supported if isinstance(supported, list) else []
    return next((one for one in known if one in listed), known[0])


def _usable(address: Any, issuer: str) -> bool:
    """Whether an address is as safe as that of the issuer."""
    return isinstance(address, str) and (address.startswith("https://") or issuer.startswith("http://"))
