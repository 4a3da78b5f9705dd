"""Write points to InfluxDB 1.8, 2 and 3, and to what takes the same writes, such as VictoriaMetrics.

Every write goes to `/api/v2/write`: at most 5,000 lines, compressed, times in nanoseconds. A batch that is refused is
cut in halves until the lines that are to blame are alone; the others are written. Lines and requests are our own
(decisions 0110 and 0124).

Traps. InfluxDB answers 204 as soon as it has a batch; what it drops afterwards cannot be seen from here
(docs/influxdb.md says how to look). InfluxDB 1.8 has no organisations: its `bucket` is `database/retention_policy`, its
token `user:password`.
"""

from __future__ import annotations

import gzip
import json
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlencode

from pydantic import ConfigDict

from exporters.line_protocol import line
from exporters.points import Point, Refused
from monitor.errors import ExportError
from monitor.net import Address, Answer, Failed, Failure, Fetch, Network, SecretOption, clean
from monitor.text import Length, one_line, shortened

MOST_LINES = 5_000
"""Lines of one write, as InfluxDB recommends."""

GZIP_LEVEL = 1
"""How hard a body is compressed; a higher level costs more of the processor than it saves of a network."""

_LONGEST_REASON = 300

_SETTLED = frozenset({200, 204})
_BAD_LINES = frozenset({400, 413, 422})
_EDITS = {401: Failed.UNAUTHORIZED, 403: Failed.FORBIDDEN, 404: Failed.NOT_FOUND}

_EDIT = {"tls": "ca_file", "unusable": "url", "redirected": "url", "unexpected": "url", "refused": "url"}

_DROPPED = re.compile(r"dropped[=: ]+(\d+)")


@dataclass(frozen=True, slots=True)
class Config:
    """Where the points go. `timeout` is for one write as a whole."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    url: Address
    """The address of the database, without a path: `https://influx:8086`."""
    bucket: str
    """The bucket; for InfluxDB 1.8 `database/retention_policy`, such as `tierwatch/autogen`."""
    org: str = ""
    """The organisation; InfluxDB 1.8 and 3 have none."""
    token: SecretOption | None = None
    """A secret that may write to the bucket; for InfluxDB 1.8 `user:password`. Without it none is sent."""
    timeout: Length = timedelta(seconds=30)
    """How long one write may take as a whole."""
    ca_file: Path | None = None
    """The certificate authority to trust."""

    def __post_init__(self) -> None:
        if not self.bucket.strip():
            raise ValueError("bucket is empty; write the name of the bucket")
        if self.token is not None and not self.token.missing and not self.token.reveal().isascii():
            raise ValueError(f"the token in {self.token.origin} has characters that no token has; check it")


class InfluxDB:
    """One database. Raises nothing but ExportError."""

    def __init__(self, config: Config) -> None:
        logging.getLogger("urllib3.connectionpool").setLevel(logging.CRITICAL)  # it shows whole addresses
        self._config = config
        query = {"org": config.org or "-", "bucket": config.bucket, "precision": "ns"}
        self._url = f"{config.url.rstrip('/')}/api/v2/write?{urlencode(query)}"
        network = Network(
            connect_timeout=min(config.timeout, timedelta(seconds=5)), read_timeout=config.timeout,
            total_timeout=config.timeout, attempts=1, max_bytes=1024 * 1024, ca_file=config.ca_file,
        )  # fmt: skip
        self._fetch = Fetch("exporter", ExportError, network=network)

    def export(self, points: Sequence[Point], now: datetime) -> Sequence[Refused]:
        """Write all points; gives those that were refused for good. Raises ExportError: then write all again."""
        refused: list[Refused] = []
        for begin in range(0, len(points), MOST_LINES):
            lines = [text for point in points[begin : begin + MOST_LINES] if (text := line(point))]
            refused += self._write(lines, now)
        return refused

    def _write(self, lines: list[str], now: datetime) -> list[Refused]:
        """Write the lines; where the answer blames some, cut the batch until those are alone."""
        refused: list[Refused] = []
        waiting = [lines] if lines else []
        while waiting:
            batch = waiting.pop()
            answer = self._send(batch, now)
            if answer.status in _SETTLED:
                continue
            reason, dropped = _reason(answer), _dropped(answer)
            if answer.status == 422 or (answer.status == 400 and dropped >= len(batch)):  # the others were written
                refused.append(Refused(batch[0], reason, min(max(dropped, 1), len(batch))))
            elif len(batch) == 1:
                refused.append(Refused(batch[0], reason))
            else:
                half = len(batch) // 2
                waiting += [batch[half:], batch[:half]]
        return refused

    def _send(self, lines: Sequence[str], now: datetime) -> Answer:
        body = gzip.compress("\n".join(lines).encode(), compresslevel=GZIP_LEVEL, mtime=0)
        headers = {"Content-Type": "text/plain; charset=utf-8", "Content-Encoding": "gzip"}
        token = self._config.token
        if token is not None:
            headers["Authorization"] = f"Token {token.reveal()}"
        accept = _SETTLED | _BAD_LINES | _EDITS.keys()
        try:
            answer = self._fetch.post(self._url, body, now=now, accept=accept, headers=headers)
        except ExportError as error:
            raise self._worded(error) from error.__cause__
        if answer.status in _EDITS:
            raise self._to_edit(answer)
        return answer

    def _worded(self, error: ExportError) -> ExportError:
        """The error with the option to see, where an edit may help."""
        cause = error.__cause__
        option = _EDIT.get(cause.reason.value) if isinstance(cause, Failure) else None
        edit = f"; see its option {option}" if option else ""
        return ExportError(f"{error}{edit}", retryable=error.retryable, retry_at=error.retry_at)

    def _to_edit(self, answer: Answer) -> ExportError:
        """What to edit, for an answer that stays the same until somebody edits something."""
        token = self._config.token
        who = "nobody without a token" if token is None else f"the token in {token.origin}"
        sentence = {
            401: f"it refused {who}; have a token made that may write to the bucket, and see the option token",
            403: f"{who} may not write to bucket {self._config.bucket}; have the right granted, and see the option"
            " token",
            404: f"it knows no bucket {self._config.bucket}; make it, or see the options bucket, org and url",
        }[answer.status]
        said = _reason(answer)
        if token is not None:
            said = said.replace(token.reveal(), f"<{token.origin}>")
        cause = Failure(_EDITS[answer.status], f"{answer.status}, {sentence} (it says: {said})", retryable=False)
        error = ExportError(f"exporter: {clean(self._url)}: {cause.sentence}", retryable=False)
        error.__cause__ = cause
        return error


def _said(answer: Answer) -> str:
    """What the answer says: `message` of InfluxDB 2, `error` of 1.8, else its text."""
    text = answer.body.decode("utf-8", "replace")
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return text
    if not isinstance(said, dict):
        return text
    return str(said.get("message") or said.get("error") or text)


def _reason(answer: Answer) -> str:
    return shortened(one_line(_said(answer)), _LONGEST_REASON) or f"{answer.status} without a reason"


def _dropped(answer: Answer) -> int:
    """How many lines the answer says were dropped while the others were written; 0 where it does not say."""
    found = _DROPPED.search(_said(answer))
    return int(found[1][:9]) if found else 0


def build(config: Config) -> InfluxDB:
    return InfluxDB(config)
