"""Check the attributes that a policy declares, and every condition that asks for an attribute of a subject."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from monitor.config.policy_schema import DeclaredText, PolicyText
from monitor.config.yaml_file import Document, Loc
from monitor.history import ATTRIBUTES, CHOOSING, INSTANT, INSTANTS, RUNGS_OF, TIME
from monitor.model import Name
from monitor.policy import ANNOTATIONS, FORMER, LABELS, Declared
from monitor.text import did_you_mean, own_spelling

MOST = 20
"""How many attributes one policy may declare: each is a metric label value and an annotation of every alert."""

_TAKEN = frozenset((*LABELS, *ANNOTATIONS, *INSTANTS, INSTANT, TIME, "status", "reason", "none"))
"""What a name of an attribute would be mistaken for: labels of alerts, instants, what else a mapping reads."""


def declared(document: Document, policy: PolicyText) -> dict[str, Declared]:
    """The attributes that the policy declares. Raises ConfigError with file, line and key."""
    if len(policy.attributes) > MOST:
        raise document.error(("attributes",), f"declares {len(policy.attributes)} attributes; at most {MOST} are kept")
    return {name: _declared(document, name, item, policy) for name, item in policy.attributes.items()}


def _declared(document: Document, name: str, text: DeclaredText, policy: PolicyText) -> Declared:
    loc: Loc = ("attributes", name)
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,31}", name):
        raise document.error(loc, f"{name!r} is not an attribute's name; write small letters, digits and _, at most 32")
    if name in ATTRIBUTES:
        raise document.error(loc, "is an attribute of every policy; remove it here, or give yours another name")
    if name in _TAKEN or name.startswith(("summary", "description")) or name.endswith(FORMER):
        raise document.error(loc, "means something else in alerts or mappings; give the attribute another name")
    if not text.values and "values" in document.data["attributes"][name]:
        raise document.error((*loc, "values"), "lists no word, so nothing could have one; write some, or remove values")
    document.distinct(((*loc, "values", index), word) for index, word in enumerate(text.values))
    return Declared(Name(text.en, text.zh or text.en), tuple(text.values))


def choice(
    document: Document, loc: Loc, when: Mapping[str, Sequence[str]], policy: PolicyText
) -> dict[str, frozenset[str]]:
    """Whom a row is for, rungs in the ladder's spelling.

    Refuses attributes that choose nothing, and values that are no rungs or not among the declared ones. Raises
    ConfigError.
    """
    known = (*CHOOSING, *policy.attributes)
    found = {}
    for name, values in when.items():
        if name not in known:
            raise document.error(
                (*loc, name),
                f"cannot choose a budget; use one of {', '.join(known)}, or declare it under attributes"
                f"{did_you_mean(name, known)}",
            )
        if not values:
            raise document.error((*loc, name), "lists no value, so it would fit nobody; write one, or remove it")
        found[name] = frozenset(_word(document, (*loc, name), name, value, policy) for value in values)
    return found


def _word(document: Document, loc: Loc, name: str, value: str, policy: PolicyText) -> str:
    ladder = RUNGS_OF.get(name, name if name in policy.ladders else None)
    if ladder is not None:
        return a_rung(document, loc, value, ladder, policy)
    declared = policy.attributes.get(name)
    if declared is None or not declared.values:
        return value
    own = own_spelling(value, declared.values)
    if own is None:
        has = ", ".join(declared.values)
        raise document.error(
            loc, f"{value!r} is not among the values of {name} ({has}){did_you_mean(value, declared.values)}"
        )
    return own


def a_rung(document: Document, loc: Loc, value: str, ladder: str, policy: PolicyText) -> str:
    """The rung of *ladder* that *value* names, in the ladder's spelling. Raises ConfigError where it names none."""
    rungs = [rung.id for rung in policy.ladders.get(ladder, [])]
    if not rungs:
        raise document.error(loc, f"{value!r} is a rung of no ladder here; write ladders.{ladder}")
    own = own_spelling(value, rungs)
    if own is None:
        has = ", ".join(rungs)
        raise document.error(loc, f"{value!r} is not a rung of the ladder ({has}){did_you_mean(value, rungs)}")
    return own
