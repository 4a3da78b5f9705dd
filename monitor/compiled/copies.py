"""Let values of a compiled core be copied and pickled as those of its sources are.

Pure. What restores a frozen dataclass that is compiled assigns to its fields, which it refuses.
"""

from __future__ import annotations

import copyreg
import sys
from dataclasses import fields, is_dataclass
from types import FunctionType
from typing import Any

COMPILED_FROM = "monitor._compiled_from"
"""A module that only wheels with a compiled core have: the digests of its sources, by path."""


def let_copy(room: str) -> None:
    """Let `pickle` and `copy` copy the frozen dataclasses of the compiled modules of a room, as they can of sources.

    What a dataclass derives from its fields is derived again.
    """
    if COMPILED_FROM not in sys.modules:
        return
    for name in [name for name in sys.modules if name.startswith(f"{room}.")]:
        for kind in vars(sys.modules[name]).values():
            own = isinstance(kind, type) and kind.__module__ == name and is_dataclass(kind)
            if (
                own
                and kind.__dataclass_params__.frozen
                and not isinstance(getattr(kind, "__setstate__", None), FunctionType)
            ):
                copyreg.pickle(kind, _parts)


def _parts(value: Any) -> tuple[Any, tuple[Any, ...]]:
    given = {each.name: getattr(value, each.name) for each in fields(value) if each.init}
    return _made, (type(value), given)


def _made(kind: type, given: dict[str, Any]) -> object:
    return kind(**given)
