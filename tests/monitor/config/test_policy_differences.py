"""Whatever key of a policy is changed, a sentence in every language names it: over all keys of the grammar."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import pytest

import monitor.messages
from monitor.commands.diff_policy import sentence
from monitor.config import policy_file, yaml_file
from monitor.config.descriptions import written
from monitor.config.policy_differences import differences
from monitor.config.policy_schema import PolicyText
from monitor.messages import LANGUAGES, message, text
from tests.support.counting import COMPLAINTS, PATROLS, RATIO, REPORTS, policy_text
from tests.support.texts import exchanged

Wrap = Callable[[Any], Any]


def every_key() -> dict[tuple[str, str], Wrap]:
    """Each key of the grammar, by the mapping in which it stands, with a document around its value."""
    found: dict[tuple[str, str], Wrap] = {}
    todo: list[tuple[Any, Wrap]] = [(PolicyText, lambda inner: inner)]
    while todo:
        kind, around = todo.pop(0)
        hints = get_type_hints(kind, include_extras=True)
        for item in dataclasses.fields(kind):
            key = written(kind, item.name)
            if (kind.__name__, key) in found:
                continue

            def wrap(value: Any, key: str = key, around: Wrap = around) -> Any:
                return around({key: value})

            found[kind.__name__, key] = wrap
            todo += [(below, lambda inner, up=wrap, way=way: up(way(inner))) for below, way in _below(hints[item.name])]
    return found


def _below(hint: Any) -> list[tuple[Any, Wrap]]:
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return [(hint, lambda inner: inner)] if hint.__module__.startswith("monitor.config") else []
    origin, parts = get_origin(hint), get_args(hint)
    if origin is list:
        return [(kind, lambda inner, way=way: [way(inner)]) for kind, way in _below(parts[0])]
    if origin is dict:
        return [(kind, lambda inner, way=way: {"thing": way(inner)}) for kind, way in _below(parts[1])]
    return [found for part in parts for found in _below(part)]


KEYS = every_key()
FOLDER = Path(monitor.messages.__file__).parent


def test_the_whole_grammar_is_walked() -> None:
    asked = {key for _, key in KEYS}
    assert {
        "opened_in",
        "at_least",
        "goal",
        "duties",
        "late",
        "pace",
        "factor",
        "reopen",
        "attributes",
        "instants",
        "guarded_periods",
        "ordered_by",
        "make_up_hours",
        "seasons",
        "week_begins",
        "one_cause",
    } <= asked

    assert len(KEYS) > 110


@pytest.mark.parametrize("place", KEYS, ids=lambda place: ".".join(place))
@pytest.mark.parametrize(("old", "new"), [("one", "other"), (None, "other"), ("one", None), (1, 2), (True, False)])
def test_a_change_of_any_key_gives_a_sentence_that_names_it(place: tuple[str, str], old: Any, new: Any) -> None:
    wrap, key = KEYS[place], place[1]
    before, after = (wrap(value) if value is not None else _without(wrap("x"), key) for value in (old, new))
    found = [one for one in differences(before, after) if one.key == key]
    assert found, differences(before, after)
    for language in LANGUAGES:
        what = text(message(f"policy-key-{key.replace('_', '-')}"), language)
        said = [text(sentence(one), language) for one in found]
        assert any(what in line and key in line for line in said)
        assert any(str(value).lower() in line for line in said for value in (old, new) if value is not None)


def _without(document: Any, key: str) -> Any:
    if isinstance(document, dict):
        return {name: _without(value, key) for name, value in document.items() if value != "x" or name != key}
    return [_without(one, key) for one in document] if isinstance(document, list) else document


def test_the_phrases_are_those_of_the_grammar_and_no_others() -> None:
    asked = {f"policy-key-{key.replace('_', '-')}" for _, key in KEYS}
    for language in LANGUAGES:
        lines = (FOLDER / f"{language}.ftl").read_text(encoding="utf-8").splitlines()
        assert {line.partition(" ")[0] for line in lines if line.startswith("policy-key-")} == asked


@pytest.mark.parametrize("name", policy_file.shipped())
def test_a_policy_does_not_differ_from_itself(name: str) -> None:
    data = policy_file.document_of(name)[0].data
    assert differences(data, data) == ()


def test_what_the_files_name_is_where_it_differs_and_never_the_key() -> None:
    before = yaml_file.parse(policy_text(COMPLAINTS, PATROLS, REPORTS), "counts.yml").data
    after = yaml_file.parse(
        policy_text(
            exchanged(COMPLAINTS, ("4 times, source: test}", "3 times, source: test, opened_in: office}"),
                      ("process: complaint", "tier: gold")),
            exchanged(PATROLS, ("at_least: 2", "at_least: 3")),
            exchanged(REPORTS, ("by: last working day}", "by: last working day, late: missed}")),
            RATIO,
        ),
        "counts.yml",
    ).data  # fmt: skip
    said = {(one.path, one.key): (one.old, one.new) for one in differences(before, after)}
    assert said["targets.complaints.budgets[any].budget", "budget"] == ("4 times", "3 times")
    assert said["targets.complaints.budgets[any].opened_in", "opened_in"] == (None, "office")
    assert said["targets.complaints.when.tier", "when"] == (None, "gold")
    assert said["targets.patrols.budgets[any].at_least", "at_least"] == ("2 times", "3 times")
    assert said["targets.statement.duties.late", "late"] == (None, "missed")
    assert said["targets.in_time.budgets[any].goal", "goal"] == (None, "90%")


def test_one_value_is_a_list_of_it_and_another_order_of_rows_is_said() -> None:
    def rows(*rows: str) -> Any:
        return yaml_file.parse(f"targets: {{restore: {{budgets: [{', '.join(rows)}]}}}}", "p.yml").data

    gold, silver = "{when: {tier: gold}, budget: 4h}", "{when: {tier: [silver]}, budget: 6h}"
    assert differences(rows(gold, silver), rows(exchanged(gold, ("gold", "[gold]")), silver)) == ()
    (one,) = differences(rows(gold, silver), rows(silver, gold))
    assert (one.order, one.key, one.old, one.new) == (True, "budgets", "tier=gold tier=silver", "tier=silver tier=gold")
    assert text(sentence(one), "en") == (
        "targets.restore.budgets: the figures, in another order: tier=gold tier=silver → tier=silver tier=gold"
    )
