"""The webhook of webhook.py behind TLS."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.webhook import Webhook


class SecureWebhook(Webhook):
    """Answers https with the certificate in a PEM file."""

    def __init__(self, certificate: Path) -> None:
        super().__init__()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)

    @property
    def url(self) -> str:
        return super().url.replace("http://", "https://")


@contextmanager
def listening(certificate: Path) -> Iterator[SecureWebhook]:
    """A receiver for the length of a test."""
    with SecureWebhook(certificate) as webhook:
        yield webhook
