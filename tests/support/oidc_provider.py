"""An OpenID provider on loopback, as OpenID Connect Core 1.0 and RFC 6749, 7636 and 9207 describe one.

It keeps to them, unless `tampering` changes what its ID token says, and refuses a client that does not: a code is good
once, for the redirect address and the PKCE challenge that it was asked for with, and for the client that proves itself.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

CLIENT, SECRET = "tierwatch", "a secret of the client"


def _key() -> ECKey:
    return ECKey.generate_key("P-256", {"kid": secrets.token_hex(4), "use": "sig", "alg": "ES256"})


@dataclass
class OidcProvider:
    """What the provider does and was asked for."""

    url: str = ""
    key: ECKey = field(default_factory=_key)
    claims: dict[str, Any] = field(default_factory=lambda: {"preferred_username": "li.na", "groups": ["noc-shift"]})
    tampering: Callable[[dict[str, Any]], dict[str, Any]] = lambda claims: claims
    signed: Callable[[OidcProvider, dict[str, Any]], str] | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    denies: bool = False
    away: bool = False
    hangs: threading.Event | None = None
    """Until then a code is not exchanged."""
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    challenged: list[dict[str, str]] = field(default_factory=list)

    def rotate(self) -> None:
        """Sign with a new key from now on, and publish no other."""
        self.key = _key()

    def authorize(self, address: str) -> str:
        """Log somebody in who was sent to *address*; gives where the browser is sent back to."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT
        assert "openid" in asked["scope"].split()
        assert asked["code_challenge_method"] == "S256"
        self.challenged.append(asked)
        if self.denies:
            said = {"error": "access_denied", "state": asked["state"]}
        else:
            code = secrets.token_hex(8)
            self.codes[code] = asked
            said = {"code": code, "state": asked["state"], "iss": self.url}
        return f"{asked['redirect_uri']}?{urlencode(said)}"

    def token(self, authorization: str, body: dict[str, str]) -> tuple[int, dict[str, Any]]:
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if authorization != f"Basic {basic}":
            return 401, {"error": "invalid_client"}
        asked = self.codes.pop(body.get("code", ""), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(body.get("code_verifier", "").encode()).digest())
        if (
            asked is None
            or body.get("grant_type") != "authorization_code"
            or body.get("redirect_uri") != asked["redirect_uri"]
            or challenge.rstrip(b"=").decode() != asked["code_challenge"]
        ):
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        claims = {
            "iss": self.url, "sub": "u-1", "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": asked["nonce"],
            **self.claims,
        }  # fmt: skip
        claims = self.tampering(claims)
        token = self.signed(self, claims) if self.signed else self.sign(claims)
        return 200, {"access_token": "opaque", "token_type": "Bearer", "id_token": token}

    def sign(self, claims: dict[str, Any], key: ECKey | None = None) -> str:
        one = key or self.key
        return jwt.encode({"alg": "ES256", "kid": one.kid}, claims, one)

    def described(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/jwks",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256"],
            **self.metadata,
        }


def by_secret(provider: OidcProvider, claims: dict[str, Any]) -> str:
    """A token that is signed with the client's secret, which the client would accept if it believed `alg`."""
    return jwt.encode({"alg": "HS256", "kid": provider.key.kid}, claims, OctKey.import_key(SECRET))


def by_nobody(provider: OidcProvider, claims: dict[str, Any]) -> str:
    """A token that says that it has no signature."""
    parts = ({"alg": "none", "kid": provider.key.kid}, claims)
    return ".".join(base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=").decode() for one in parts) + "."


def by_another(provider: OidcProvider, claims: dict[str, Any]) -> str:
    """A token by a key of somebody else that has the name of the provider's."""
    other = ECKey.generate_key("P-256", {"kid": provider.key.kid})
    return provider.sign(claims, other)


@contextmanager
def oidc_provider() -> Iterator[OidcProvider]:
    """A provider for as long as the block runs."""
    made = OidcProvider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.asked.append(self.path)
            known = {
                "/.well-known/openid-configuration": made.described,
                "/jwks": lambda: {"keys": [made.key.as_dict(private=False)]},
            }
            if made.away or self.path not in known:
                self._answer(503 if made.away else 404, {})
            else:
                self._answer(200, known[self.path]())

        def do_POST(self) -> None:
            made.asked.append(self.path)
            if made.hangs is not None:
                made.hangs.wait()
            sent = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            body = {name: values[0] for name, values in parse_qs(sent).items()}
            self._answer(*made.token(self.headers.get("Authorization", ""), body))

        def _answer(self, status: int, said: dict[str, Any]) -> None:
            content = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    made.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield made
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
