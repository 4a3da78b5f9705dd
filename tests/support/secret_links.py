"""Make links that hold a secret in every place where sources put one."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, unquote

from hypothesis import strategies as st

NAMES = (
    "token", "access_token", "id_token", "api_key", "apikey", "API-Key", "key", "sig", "signature", "X-Amz-Signature",
    "X-Amz-Credential", "sid", "sessionid", "JSESSIONID", "password", "passwd", "pwd", "pass", "client_secret", "auth",
    "code", "jwt", "AWSAccessKeyId", "subscription-key", "x-sig",
)  # fmt: skip
SHAPES = (
    "https://me:{secret}@t.example/7",
    "https://{secret}@t.example/7",
    "https://t.example/7?{name}={secret}",
    "https://t.example/7?id=7&{name}={secret}&view=all",
    "https://t.example/7?id=7;{name}={secret}",
    "https://t.example/7;{name}={secret}/b?id=7",
    "https://t.example/7#{name}={secret}",
    "https://t.example/7#/show?id=7&{name}={secret}",
    "https://t.example/{name}={secret}/7",
    "https://t.example/go?to={nested}",
    "https://t.example/go?to={nested_twice}&id=7",
    "https://t.example/a?b=c?{name}={secret}",
    "http://[::1]:8080/7?{name}={secret}",
)


@dataclass(frozen=True, slots=True)
class SecretLink:
    """A link and the secret in it."""

    url: str
    secret: str

    def is_in(self, text: str) -> bool:
        """Whether *text* holds the secret, as it is or encoded."""
        for _ in range(4):
            if self.secret in text:
                return True
            text = unquote(text)
        return False


def _spelled(name: str, how: str) -> str:
    if how == "encoded":
        return "".join(f"%{ord(letter):02x}" for letter in name)
    return name.upper() if how == "upper" else name


@st.composite
def secret_links(draw: st.DrawFn) -> SecretLink:
    """A link that holds a secret; the secret has letters that need no escaping, so that it is found in any text."""
    secret = "hush" + draw(st.text("abcdefghijkmnpqrstuvwxyz23456789", min_size=6, max_size=20))
    name = _spelled(draw(st.sampled_from(NAMES)), draw(st.sampled_from(("as it is", "upper", "encoded"))))
    nested = quote(draw(st.sampled_from((f"/b?{name}={secret}", f"https://me:{secret}@b/"))), safe="")
    url = draw(st.sampled_from(SHAPES)).format(
        name=name, secret=secret, nested=nested, nested_twice=quote(nested, safe="")
    )
    return SecretLink(url, secret)
