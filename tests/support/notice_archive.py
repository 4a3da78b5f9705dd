"""The public carriers' notices as they would have come in: files in the folder of their carrier, and whole mails.

Of some notices the archive has the body and the subject apart; they are put together to the mail that they were.
"""

from __future__ import annotations

import base64
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.support.collecting import public_data

_SUBJECTS = {
    "gtt": "{stem}_email_subject",
    "lumen": "subject_work_planned",
    "pccw": "{name}_subject.txt",
    "tata": "{name}_subject.txt",
    "zayo": "zayo_subject_1.txt",
}
_NO_NOTICE = ("date/", "email/")  # a date header and a mail of nobody, which the other tests of that project use
ODDITIES = {("cogent", "VN12345"), ("gtt", "6048019")}
"""What the README of the data names: a window that ends before it begins, and one in 1970."""


def windows() -> list[dict[str, Any]]:
    """The windows that the notices should parse to."""
    path = public_data("carrier-maintenance-notices") / "maintenance_windows.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()]


def laid_out(folder: Path) -> int:
    """Put every notice into *folder*; gives how many files there are."""
    with tarfile.open(public_data("carrier-maintenance-notices") / "notices.tar.xz") as archive:
        raw = {
            member.name.removeprefix("notices/"): archive.extractfile(member).read()  # type: ignore[union-attr]
            for member in archive.getmembers()
            if member.isfile() and not member.name.endswith(".json")
        }
    made = dict(_as_they_are(raw)) | dict(_as_mails(raw))
    for name, content in made.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return len(made)


def _carrier(name: str) -> str:
    part = name.partition("/")[0]
    return "genericprovider" if part in ("ical", "date", "email") else part


def _as_they_are(raw: dict[str, bytes]) -> Iterator[tuple[str, bytes]]:
    for name, content in raw.items():
        path = Path(name)
        suffix = path.suffix or (".ics" if content[:15] == b"BEGIN:VCALENDAR" else ".txt")
        yield f"{_carrier(name)}/{path.stem}{suffix}", content


def _as_mails(raw: dict[str, bytes]) -> Iterator[tuple[str, bytes]]:
    date = raw["date/email_date_1"].decode().strip()
    for name, content in raw.items():
        if not name.endswith(".html"):
            continue
        carrier, stem = name.split("/")[0], Path(name).stem
        wanted = _SUBJECTS.get(carrier, "").format(stem=stem, name=stem.removesuffix("_body"))
        subject = " ".join(raw.get(f"{carrier}/{wanted}", b"Maintenance").decode().split())
        head = f"Subject: {subject}\r\nDate: {date}\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
        yield f"{carrier}/mail_of_{stem}.eml", head.encode() + content
    parts = [("text/calendar", raw["colt/colt1"]), ("text/csv", raw["colt/colt2.csv"])]
    mail = f"Subject: Planned works\r\nDate: {date}\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n"
    for kind, content in parts:
        text = base64.encodebytes(content).decode()
        mail += f"--x\r\nContent-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\n\r\n{text}\r\n"
    yield "colt/invitation.eml", f"{mail}--x--\r\n".encode()
