"""Judge what schemathesis sends by what arrives: a query has texts alone, and our header takes the place of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit


def is_wrong(case: Any, sent: Any, header: Mapping[str, str]) -> bool:
    """Whether a case that is meant to be wrong is so where it arrives; *header* is what was to be sent with it.

    `source=409` is a list of one text, of whichever type 409 was when the query was made.
    """
    if any(sent.headers.get(name) != value for name, value in header.items()):
        return True
    parts = case.meta.components.items()
    if any(part.mode.is_negative for place, part in parts if place.value not in ("query", "header")):
        return True
    texts = parse_qs(urlsplit(sent.url).query, keep_blank_values=True)
    known = {one["name"]: one for one in case.operation.definition.raw.get("parameters", ()) if one["in"] == "query"}
    if set(texts) - set(known) or {name for name, one in known.items() if one.get("required")} - set(texts):
        return True
    document = case.operation.schema.raw_schema
    return not all(fits(known[name]["schema"], given, document["components"]) for name, given in texts.items())


def fits(schema: Mapping[str, Any], texts: list[str], components: Mapping[str, Any] | None = None) -> bool:
    """Whether the texts of a parameter are what its schema says, each read in some way in which it can be.

    Of what is no list the last one counts, as the API reads it.
    """
    from jsonschema_rs import Draft202012Validator  # comes with schemathesis, and takes as long

    named = {"components": dict(components or {})}
    if schema.get("type") == "array":
        rest, each = Draft202012Validator({**schema, "items": {}}), Draft202012Validator({**schema["items"], **named})
        return rest.is_valid(texts) and all(any(map(each.is_valid, _readings(text))) for text in texts)
    whole = Draft202012Validator({**schema, **named})
    return any(map(whole.is_valid, _readings(texts[-1])))


def _readings(text: str) -> Iterator[Any]:
    yield text
    for kind in (int, float):
        try:
            yield kind(text)
        except ValueError:
            continue
    if text in ("true", "false"):
        yield text == "true"
