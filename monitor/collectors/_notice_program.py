"""Parse carriers' notices: a program by itself, which `_notice_parser.py` runs with few seconds for each notice.

It imports nothing of tierwatch, so it can run in an environment of its own. It reads requests from standard input, a
line of JSON and then so many bytes, and writes a line of JSON for each. Each notice is parsed in a process that is
forked for it, so nothing that a notice does to the parser is there for the next one; and nothing here reaches the
network.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import json
import logging
import os
import select
import signal
import sys
import time
from email import message_from_bytes
from email.message import Message
from email.utils import parsedate_to_datetime
from typing import Any

SECONDS = 20
"""Of the processor's time, for one notice."""
PATIENCE = 120.0
"""Seconds on the wall, for one notice."""
MEMORY = 1_500_000_000
"""Bytes of address space beyond what the parser itself has."""
LARGEST_PART = 2_000_000
"""Bytes of a part of a mail after its encoding was undone; a larger part is left out."""
MOST_PARTS = 50
LARGEST_SHEET = 20_000_000
"""Bytes of a spreadsheet after it was unpacked."""
PACKAGE = "circuit_maintenance_parser"
_ANSWER = 4_000_000
_TEXTS = ("text/html", "text/plain", "text/calendar", "text/csv")


class Refusal(Exception):
    """Why a notice is not parsed: a word and a sentence."""


def alone() -> None:
    """Cut this process off from the network, as far as the system lets it; what cannot be undone again."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None, use_errno=True).unshare(0x10000000 | 0x40000000)  # user and network namespaces of its own

    def refuse(event: str, arguments: tuple[Any, ...]) -> None:
        if event.startswith(("socket.", "subprocess.", "os.exec", "os.posix_spawn", "os.system", "urllib.")):
            raise OSError(f"{event} is not allowed here")

    sys.addaudithook(refuse)


def module(name: str) -> Any:
    """A module of the parser."""
    return importlib.import_module(f"{PACKAGE}.{name}")


def parts_of(content: bytes, kind: str, received: str) -> Any:
    """The parts of a notice as the parser takes them. Raises Refusal."""
    data = module("data").NotificationData()
    if kind != "mail":
        if kind == "xlsx":
            check_sheet(content)
        names = {"ical": "ical", "html": "html", "csv": "text/csv", "xlsx": "application/xlsx", "text": "text/plain"}
        data.add_data_part(names[kind], content)
        data.add_data_part("email-header-date", received.encode())
        return data
    mail = message_from_bytes(content)
    found = sorted(set(walked(mail)), key=lambda part: part[0])
    for name, body in found:
        data.add_data_part(name, body)
    data.add_data_part("email-header-subject", header(mail, "Subject").encode())
    data.add_data_part("email-header-date", date_of(mail, received).encode())
    data.data_parts.sort(key=lambda part: part.type)
    return data


def walked(mail: Message) -> list[tuple[str, bytes]]:
    """The parts of a mail that a parser may read. Raises Refusal."""
    found: list[tuple[str, bytes]] = []
    for number, part in enumerate(mail.walk()):
        if number >= 4 * MOST_PARTS or len(found) >= MOST_PARTS:
            raise Refusal("too_large", "the mail has more parts than a notice has")
        kind = part.get_content_type()
        sheet = "spreadsheet" in kind or "excel" in kind or kind == "application/xlsx"
        if part.is_multipart() or not (
            kind in _TEXTS or kind.startswith(("application/ics", "application/octet")) or sheet
        ):
            continue
        body = part.get_payload(decode=True)
        if not isinstance(body, bytes) or len(body) > LARGEST_PART:
            continue
        if sheet or body[:4] == b"PK\x03\x04":
            check_sheet(body)
        found.append((kind, body))
    return found


def check_sheet(content: bytes) -> None:
    """Refuse a spreadsheet that unpacks to more than it may, or has entities of its own. Raises Refusal."""
    import io
    import zipfile

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as sheet:
            members = sheet.infolist()
            if len(members) > 500 or sum(member.file_size for member in members) > LARGEST_SHEET:
                raise Refusal("too_large", "the spreadsheet unpacks to more than a notice has")
            for member in members:
                left, before = LARGEST_SHEET, b""
                with sheet.open(member) as file:
                    while chunk := file.read(65536):  # what a member says of its size need not be so
                        left -= len(chunk)
                        if left < 0:
                            raise Refusal("too_large", "the spreadsheet unpacks to more than a notice has")
                        before = (before + chunk.replace(b"\0", b""))[
                            -65600:
                        ]  # UTF-16 has a NUL in each letter of these
                        if b"<!DOCTYPE" in before or b"<!ENTITY" in before:
                            raise Refusal("not_parsed", "the spreadsheet declares a document type or entities")
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise Refusal("not_parsed", f"the spreadsheet cannot be opened ({type(error).__name__})") from error


def header(mail: Message, name: str) -> str:
    """A header as text, whatever it claims of its characters."""
    import email.header

    raw = str(mail.get(name, ""))
    try:
        return str(email.header.make_header(email.header.decode_header(raw)))
    except (LookupError, ValueError, email.errors.HeaderParseError):
        return raw.encode("ascii", "replace").decode()


def date_of(mail: Message, received: str) -> str:
    """The date header; where it cannot be read, when the mail was received, which is never too early."""
    said = str(mail.get("Date", ""))
    try:
        parsedate_to_datetime(said)
    except (ValueError, TypeError, IndexError, OverflowError):
        return received
    return said


def parsed(request: dict[str, Any], content: bytes) -> list[dict[str, Any]]:
    """What a notice announces, one for each maintenance and window. Raises Refusal."""
    maker = importlib.import_module(PACKAGE).init_provider(request["provider"])
    if maker is None:
        raise Refusal("unknown_provider", f"the parser knows no carrier {request['provider']!r}")
    given = parts_of(content, request["kind"], request["received"])
    try:
        found = list(maker.get_maintenances(given))
    except module("errors").ProviderError as error:
        found = colt_invitation(maker, given) if request["provider"] == "colt" else []
        if not found:
            raise Refusal("not_parsed", said(error)) from error
    return [
        {
            "maintenance_id": one.maintenance_id,
            "status": one.status.value,
            "sequence": one.sequence,
            "start": one.start,
            "end": one.end,
            "stamp": one.stamp,
            "account": one.account,
            "summary": one.summary,
            "circuits": [{"circuit_id": c.circuit_id, "impact": c.impact.value} for c in one.circuits],
        }
        for one in found
    ]


def colt_invitation(maker: Any, given: Any) -> list[Any]:
    """What an invitation of Colt announces: iCalendar with the number in its summary, which the parser leaves out."""
    import re

    words = module("output").Status

    def read(calendar: Any) -> list[dict[str, Any]]:
        return [
            {
                "maintenance_id": re.findall(r"CRQ[\w-]+", str(event.get("SUMMARY")))[0],
                "account": re.findall(r"(\d+)\s*$", str(event.get("SUMMARY")))[0],
                "start": round(event["DTSTART"].dt.timestamp()),
                "end": round(event["DTEND"].dt.timestamp()),
                "stamp": round(event["DTSTAMP"].dt.timestamp()),
                "sequence": int(event.get("SEQUENCE", -1)),
                "summary": str(event.get("SUMMARY")),
                "status": words.CANCELLED if event.get("STATUS") == "CANCELLED" else words.CONFIRMED,
            }
            for event in calendar.walk("VEVENT")
        ]

    made = type("Invitation", (module("parser").ICal,), {"parse_ical": staticmethod(read), "__module__": __name__})
    sheets = module("parsers.colt").CsvParserColt1
    maker._processors = [module("processor").CombinedProcessor(data_parsers=[made, sheets])]
    try:
        return list(maker.get_maintenances(given))
    except module("errors").ProviderError:
        return []


def said(error: BaseException) -> str:
    """What the parser says of its failure, without the text of the mail."""
    reasons = [line.strip() for line in str(error).splitlines() if "failed due to" in line]
    words = " ".join(" ".join(reasons).split())[:300]
    return words or type(error).__name__


def answer(request: dict[str, Any], content: bytes) -> dict[str, Any]:
    """What is answered to one request."""
    try:
        return {"notices": parsed(request, content)}
    except Refusal as refusal:
        return {"refused": refusal.args[0], "detail": refusal.args[1]}
    except MemoryError:
        return {"refused": "too_large", "detail": "it takes more memory than a notice may"}
    except RecursionError:
        return {"refused": "not_parsed", "detail": "it is nested too deeply"}
    except Exception as error:  # of the parser, for malformed input: it has no common error
        return {"refused": "not_parsed", "detail": f"the parser failed on it ({type(error).__name__})"}


def limited(request: dict[str, Any], content: bytes, out: int) -> None:
    """Parse in this process, with its limits, and write the answer."""
    import resource

    used = int(time.process_time()) + 1
    most = used + min(request["seconds"], SECONDS)
    resource.setrlimit(resource.RLIMIT_CPU, (most, most))
    with open("/proc/self/statm", encoding="ascii") as file:
        size = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + MEMORY, size + MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    text = json.dumps(answer(request, content)).encode()
    with os.fdopen(out, "wb") as pipe:
        pipe.write(text if len(text) < _ANSWER else b'{"refused": "too_large", "detail": "it names too much"}')


def apart(request: dict[str, Any], content: bytes) -> bytes:
    """The answer of a process that is forked for one notice, and ended when its time is over."""
    readable, writable = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(readable)
        try:
            limited(request, content, writable)
        finally:
            os._exit(0)
    os.close(writable)
    found, until = b"", time.monotonic() + PATIENCE
    with os.fdopen(readable, "rb", buffering=0) as pipe:
        while (left := until - time.monotonic()) > 0:
            if select.select([pipe], [], [], left)[0]:
                chunk = pipe.read(65536)
                if not chunk:
                    break
                found += chunk
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    try:
        json.loads(found)
    except ValueError:
        return b'{"refused": "too_much_work", "detail": "it takes the parser too long, or too much memory"}'
    return found


def ready() -> dict[str, Any]:
    """Import the parser, once for all notices; what it is, or why it cannot be used."""
    try:
        package, errors, utils = importlib.import_module(PACKAGE), module("errors"), module("utils")
    except ImportError as error:
        return {"missing": error.name or "circuit-maintenance-parser"}

    def asks_nobody(city: str) -> None:
        raise errors.ParserError(f"the city {city!r} is not in the parser's own list")

    utils.Geolocator.get_location_from_api = staticmethod(asks_nobody)
    logging.disable(logging.CRITICAL)
    return {"version": package.__version__, "providers": package.SUPPORTED_PROVIDER_NAMES}


def main() -> None:
    """Answer requests until standard input ends."""
    for name in [name for name in os.environ if name != "PATH"]:
        del os.environ[name]  # the parser sends mails to a service where some variables are set
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    first = ready()
    alone()
    out.write(json.dumps(first).encode() + b"\n")
    if "missing" in first:
        return
    while line := sys.stdin.buffer.readline():
        request = json.loads(line)
        content = sys.stdin.buffer.read(request["bytes"])
        out.write(apart(request, content) + b"\n")


if __name__ == "__main__":
    main()
