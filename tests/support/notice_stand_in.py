"""A stand-in for the parser of carriers' notices: also the program that it is, which reads mails that hold JSON.

`stand_in` makes a "Python" that runs this file in the place of the real program, so that tests of what is around the
parser need none. A mail whose body is one of the words `hang`, `die` and `babble` does that to the parser.
"""

from __future__ import annotations

import json
import os
import stat
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

SENT = datetime(2026, 1, 1, 9, tzinfo=UTC)


def stand_in(folder: Path) -> str:
    """The path of such a "Python"."""
    made = folder / ".python"
    made.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S "{__file__}"\n')
    made.chmod(made.stat().st_mode | stat.S_IXUSR)
    return str(made)


def said(maintenance: str = "M1", **other: Any) -> dict[str, Any]:
    """One notice as the parser gives it: confirmed, for the night ten days after it was sent, of the circuit C-1."""
    start = int(SENT.timestamp()) + 10 * 86_400
    return {
        "maintenance_id": maintenance, "status": "CONFIRMED", "sequence": 1, "start": start, "end": start + 4 * 3600,
        "stamp": int(SENT.timestamp()), "account": "7", "summary": "work", **other,
        "circuits": [{"circuit_id": one, "impact": "OUTAGE"} for one in other.get("circuits", ["C-1"])],
    }  # fmt: skip


def mail(*notices: dict[str, Any], body: str = "", sender: str = "noc@zayo.com") -> bytes:
    """A mail of a carrier that the stand-in reads."""
    text = body or json.dumps({"notices": notices})
    return f"From: {sender}\r\nSubject: work\r\nDate: Thu, 1 Jan 2026 09:00:00 +0000\r\n\r\n{text}".encode()


def _parsed(body: bytes) -> bytes:
    try:
        json.loads(body)
    except ValueError:
        return json.dumps({"refused": "not_parsed", "detail": "the stand-in reads JSON alone"}).encode()
    except RecursionError:
        pass  # said as it is
    return body


def main() -> None:
    out = sys.stdout.buffer
    out.write(json.dumps({"version": "0", "providers": ["genericprovider", "zayo", "colt"]}).encode() + b"\n")
    out.flush()
    while line := sys.stdin.buffer.readline():
        content = sys.stdin.buffer.read(json.loads(line)["bytes"])
        body = content.partition(b"\r\n\r\n")[2] or content
        if body == b"hang":
            time.sleep(3600)
        elif body == b"die":
            os._exit(3)
        elif body == b"babble":
            out.write(b"what?\n")
        else:
            out.write(_parsed(body) + b"\n")
        out.flush()


if __name__ == "__main__":
    main()
