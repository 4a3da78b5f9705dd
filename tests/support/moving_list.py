"""A paged list that changes between any two requests, as far as a drawn plan says; asked without a network.

    world = MovingList(names=..., plan=[[("remove", 3)], [("insert", 0), ("move", 7)]], count=True)
    for page in read_pages(world.ask, 10, "where"): ...

`stayed` are the items that were in the list at every request so far.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Literal

from monitor.net.fetch import Answer

Step = tuple[Literal["insert", "remove", "move", "swap", "turn"], int]
Count = Literal["none", "true", "page", "zero", "huge"]


@dataclass(slots=True)
class MovingList:
    """`plan` has the steps before each request; when it is used up the list stands still.

    `largest` is the server's largest page; `paging` is false for a server that heeds neither offset nor limit.
    """

    names: list[str]
    plan: Sequence[Sequence[Step]] = ()
    counting: Count = "none"
    largest: int = 1_000_000
    paging: bool = True
    requests: list[tuple[int, int]] = field(default_factory=list)
    stayed: set[str] = field(default_factory=set)
    _fresh: Any = field(default_factory=count)

    def ask(self, offset: int, limit: int) -> Answer:
        number = len(self.requests)
        for step in self.plan[number] if number < len(self.plan) else ():
            self._change(*step)
        self.requests.append((offset, limit))
        self.stayed = set(self.names) if not number else self.stayed & set(self.names)
        window = slice(offset, offset + min(limit, self.largest)) if self.paging else slice(0, self.largest)
        shown = self.names[window]
        said = {"none": None, "true": len(self.names), "page": len(shown), "zero": 0, "huge": 99_999_999}[self.counting]
        headers = {} if said is None else {"X-Total-Count": str(said)}
        body = json.dumps([{"id": name} for name in shown]).encode()
        return Answer(200, headers, body, "http://host/", lambda failure, url: (_ for _ in ()).throw(failure))

    def forget(self) -> None:
        """Let the next request be the first one."""
        self.requests.clear()
        self.plan = ()

    def _change(self, what: str, place: int) -> None:
        names = self.names
        if what == "insert":
            names.insert(place % (len(names) + 1), f"N{next(self._fresh)}")
        elif not names:
            return
        elif what == "remove":
            del names[place % len(names)]
        elif what == "move":  # to the front or to the end, as an update does
            names.insert(0 if place % 2 else len(names), names.pop(place % len(names)))
            names.insert(0 if place % 2 else len(names), names.pop(-1 if place % 2 else 0)) if place % 7 == 0 else None
        elif what == "swap":
            one, other = place % len(names), (place * 7 + 3) % len(names)
            names[one], names[other] = names[other], names[one]
        elif what == "turn":
            names.reverse()
