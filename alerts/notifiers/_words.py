"""Word a page for people: which language, how long, and with nothing in it that a receiver would obey.

What a ticket says is hostile until it is neutral. Chats act on `@all`, `<at …>`, `<!channel>` and `[text](address)`;
those are written so that they look alike and do nothing. Lengths are cut on character boundaries, counted as the
receiver counts them.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from alerts.delivery import Template
from alerts.oncall import ANNOTATION
from alerts.wording import drills
from monitor.alert import Alert, Page, Reason
from monitor.messages import DEFAULT, LANGUAGES, annotation_name, message, spoken, text
from monitor.text import one_line, whole_seconds

Guard = Callable[[str], str]
Size = Callable[[str], int]

_NO_ALL_CLEAR = frozenset(
    {Reason.PAUSED, Reason.TIER_CHANGED, Reason.WITHDRAWN, Reason.SILENCE_ENDED, Reason.NOT_HIDDEN}
)
"""Why an alert ends although what it is about may go on; each has a mark of its own."""

_LOOKALIKES = str.maketrans({"@": "＠", "<": "＜", ">": "＞", "`": "'"})


@dataclass(frozen=True, slots=True)
class Words:
    """A page in words. `foot` names tierwatch and the installation; `trouble` says what a template did wrong.

    `acknowledge` is the line with the link to acknowledge it, empty where the body has that link.
    """

    title: str
    body: str
    link: str
    foot: str
    trouble: str = ""
    acknowledge: str = ""

    def text(self, most: int, size: Size = len) -> str:
        """All of it in at most *most*; of what is too long the body is cut, so that the links stay.

        No link is ever cut: where there is no room for both, the one to the explanation stays.
        """
        body = self.body
        link = "" if self.link in body else self.link
        whole = _lines(self.title, body, self.acknowledge, link, self.foot)
        if size(whole) <= most:
            return whole
        for acknowledge in dict.fromkeys((self.acknowledge, "")):
            frame = size(_lines(self.title, acknowledge, self.link, self.foot)) + size("\n")
            if frame < most:
                return _lines(self.title, cut(body, most - frame, size), acknowledge, self.link, self.foot)
        return cut(_lines(self.title, self.foot), most, size)


def languages(choice: str | None) -> tuple[str, ...]:
    """The languages of a page, in their order; of `both`, Chinese is first. Without a choice it is English."""
    return tuple(reversed(spoken(choice or DEFAULT)))


def words(
    alert: Alert, language: str | None, guard: Guard, template: Template | None = None, zone: str = "UTC"
) -> Words:
    """A page in words that went through *guard*. A template, if there is one, writes the body, with times of *zone*."""
    codes = languages(language)
    title = " / ".join(dict.fromkeys(_title(alert, code, guard) for code in codes))
    texts = (guard(_annotation(alert, "description", code)) for code in codes)
    body = "\n\n".join(dict.fromkeys(said for said in texts if said))
    link = guard(alert.link)
    trouble = ""
    if template is not None:
        filled, trouble = template.fill({"title": title, "text": body, **facts(alert, guard, zone)})
        body = filled or body
    if alert.drill and not body.startswith(first := guard(drills.banner(alert, codes))):
        body = _lines(first, body)  # whatever a template says, a drill says that it is one
    return Words(title, body, link, _foot(alert, guard), trouble, _acknowledge(alert, codes, body, guard))


def facts(alert: Alert, guard: Guard, zone: str) -> dict[str, Any]:
    """What a template sees. Instants are local ones, cut to the second as people read them."""
    return {
        "labels": {name: guard(value) for name, value in alert.labels.items()},
        "annotations": {name: guard(value) for name, value in alert.annotations.items()},
        "firing": alert.firing,
        "reason": alert.reason.value,
        "starts_at": whole_seconds(alert.starts_at, zone),
        "resolved_at": None if alert.resolved_at is None else whole_seconds(alert.resolved_at, zone),
        "link": guard(alert.link),
        "key": alert.key,
    }


def digest(pages: Sequence[Page], language: str | None, guard: Guard, most: int, size: Size = len) -> str:
    """Many pages as one message with a line for each, longer than *most* where they are too many for one."""
    heading = " / ".join(text(message("receiver-digest", pages=len(pages)), code) for code in languages(language))
    lines = []
    for page in pages:
        made = words(page.alert, language, guard)
        room = max(most // 4 - size(made.link) - 3, 40)
        lines.append(f"• {cut(made.title, room, size)}" + (f" {made.link}" if made.link else ""))
    return _lines(heading, *lines, _foot(pages[0].alert, guard))


def packed(
    pages: Sequence[Page], language: str | None, guard: Guard, most: int, size: Size = len
) -> list[tuple[Page, ...]]:
    """The pages in their order, as many in one digest as fit into it."""
    groups: list[tuple[Page, ...]] = []
    for page in pages:
        longer = (*groups[-1], page) if groups else (page,)
        if groups and size(digest(longer, language, guard, most, size)) <= most:
            groups[-1] = longer
        else:
            groups.append((page,))
    return groups


def plain(text: str) -> str:
    """Text without control characters, formatting characters or halves of characters; lines stay."""
    kept = (one if one == "\n" or unicodedata.category(one)[0] != "C" else " " for one in text)
    return "".join(kept).strip()


def neutral(text: str) -> str:
    """Plain text in which nothing mentions anybody and no words hide an address."""
    return plain(text).translate(_LOOKALIKES).replace("](", "] (")


def utf8(text: str) -> int:
    """The length of a text in bytes."""
    return len(text.encode("utf-8", "replace"))


def cut(text: str, most: int, size: Size = len) -> str:
    """At most *most* of a text, with an ellipsis where something is missing; never half a character."""
    if size(text) <= most:
        return text
    if size("…") > most:
        return ""
    low, high = 0, len(text)
    while low < high:  # the longest beginning that fits together with the ellipsis
        middle = (low + high + 1) // 2
        low, high = (middle, high) if size(text[:middle] + "…") <= most else (low, middle - 1)
    while low and unicodedata.combining(text[low]):
        low -= 1  # an accent stays with its letter
    return text[:low].rstrip() + "…"


def _title(alert: Alert, language: str, guard: Guard) -> str:
    said = one_line(_annotation(alert, "summary", language)) or alert.labels.get("alertname", "") or alert.key
    if alert.drill:
        said = one_line(_annotation(drills.marked(alert), "summary", language))
        return ("" if alert.firing else text(message("receiver-mark-over"), language)) + guard(said)
    mark = "firing" if alert.firing else "over" if all_clear(alert) else alert.reason.value
    return text(message(f"receiver-mark-{mark}"), language) + guard(said)


def all_clear(alert: Alert) -> bool:
    """Whether the end of an alert says that nothing of it goes on."""
    return not alert.firing and alert.reason not in _NO_ALL_CLEAR


def _annotation(alert: Alert, name: str, language: str) -> str:
    """The annotation *name* in a language, or in the first one in which the alert has it."""
    found = (alert.annotations.get(annotation_name(name, code)) for code in (language, *LANGUAGES))
    return next((said for said in found if said), "")


def _acknowledge(alert: Alert, codes: Sequence[str], body: str, guard: Guard) -> str:
    """The line with which whoever reads the page acknowledges it; empty where there is no link, or the body has it."""
    url = guard(alert.annotations.get(ANNOTATION, ""))
    if not url or url in body:
        return ""
    verbs = " / ".join(text(message("receiver-acknowledge"), code) for code in codes)
    return text(message("receiver-acknowledge-link", verb=verbs, url=url), codes[-1])


def _foot(alert: Alert, guard: Guard) -> str:
    instance = guard(alert.labels.get("instance", ""))
    return f"tierwatch · {instance}" if instance else "tierwatch"


def _lines(*lines: str) -> str:
    return "\n".join(line for line in lines if line)
