"""`tierwatch unknown`: the words that are not understood, and a mapping that can be pasted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from monitor.clock.not_understood import line
from monitor.history.batch import Batch, Reject
from monitor.model import SubjectKind
from monitor.report.unknown_words import together
from monitor.store.ingest import Ingest
from tests.support.cases import at, rules, ticket
from tests.support.command_line import CONFIG, Command, Site, runner

NOW = at(5)
STORY = (
    ticket("INC1", at(0), "opened", event_id="a1", tier="gold"),
    ticket("INC1", at(1), "Parked", event_id="a2"),
    ticket("INC1", at(2), "opened", event_id="a3"),
    ticket("INC1", at(3), "parked", event_id="a4"),
    ticket("INC2", at(0), "opened", event_id="b1", tier="Platinum: 2"),
    ticket("INC2", at(2), "PARKED", event_id="b2"),
    ticket("INC3", at(0), "opened", event_id="c1", tier="gold"),
)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    made = Site(tmp_path)
    made.hear(NOW, *STORY)
    return made


@pytest.fixture
def tierwatch(site: Site, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    return runner(capsys, monkeypatch, site.config, NOW)


def test_each_word_is_listed_with_how_often_it_came_since_when_and_a_ticket(tierwatch: Command, site: Site) -> None:
    said = tierwatch("unknown")
    assert (said.code, said.err) == (0, "")
    lines = said.out.splitlines()
    assert lines[0] == (
        'tickets: the status "Parked" is not understood: 3 times, since 2026-01-05 13:00:00+08:00,'
        " in INC1 and one other"
    )
    assert lines[1].startswith('tickets: the tier "Platinum: 2" is not understood: once, since 2026-01-05')
    assert lines[1].endswith("in INC2")
    assert lines[2] == f"to write in {site.config}, beside what is there, with the values that are right:"
    assert lines[-1].startswith(f"Then run `tierwatch check-config --config {site.config}`, and reload or restart")


def test_the_mapping_can_be_pasted_and_then_nothing_is_left(tierwatch: Command, site: Site) -> None:
    lines = tierwatch("unknown").out.splitlines()
    mapping = yaml.safe_load("\n".join(line[2:] for line in lines[3:-1]))
    config = yaml.safe_load(CONFIG)
    config["sources"]["tickets"] |= mapping["sources"]["tickets"]
    site.config.write_text(yaml.safe_dump(config, allow_unicode=True), encoding="utf-8")
    assert tierwatch("unknown").out == "Every word of tickets is understood.\n"
    assert json.loads(tierwatch("unknown", "--json").out) == {"words": [], "mapping": "", "set_aside": []}


def test_json_has_what_the_lines_say(tierwatch: Command) -> None:
    found = json.loads(tierwatch("unknown", "--json").out)
    first, second = found["words"]
    assert (first["what"], first["word"], first["times"], first["subjects"]) == ("status", "Parked", 3, 2)
    assert (first["subject"], first["event"], first["since"]) == ("INC1", "a4", "2026-01-05T05:00:00Z")
    assert (second["what"], second["word"]) == ("tier", "Platinum: 2")
    assert "Parked" in first["mapping"]
    assert first["sentence"] == {"en": 'the status "Parked"', "zh": 'status "Parked"'}


def test_chinese_is_spoken_where_it_is_asked_for(tierwatch: Command) -> None:
    lines = tierwatch("unknown", "--language", "zh").out.splitlines()
    assert lines[0] == (
        'tickets：无法识别 status "Parked"，共 3 次，始于 2026-01-05 13:00:00+08:00，见 INC1 及其他 1 个对象'
    )


def test_records_that_were_set_aside_for_another_reason_are_listed_by_reason(tierwatch: Command, site: Site) -> None:
    with site.running() as database:
        rejects = [Reject("tickets", f"r{number}", "bad_time", f"r{number}: no zone") for number in range(3)]
        Ingest(database).commit_batch("tickets", Batch((), rejects, {}), NOW)
    last = tierwatch("unknown").out.splitlines()[-1]
    assert (
        last == "tickets: 3 records are set aside (bad_time) since 2026-01-05 13:00:00+08:00, the newest: r2: no zone"
    )
    (found,) = json.loads(tierwatch("unknown", "--json").out)["set_aside"]
    assert found["records"] == 3


def test_a_source_that_is_not_there_is_refused(tierwatch: Command) -> None:
    said = tierwatch("unknown", "--source", "desk")
    assert (said.code, said.err) == (1, "--source 'desk' is not a source of the configuration; it has tickets\n")


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["desk", "nms"]), st.sampled_from(["status", "reason", "tier", "assurance"]),
            st.text(st.characters(codec="utf-8"), min_size=1, max_size=20),
        ),
        max_size=12,
    )
)  # fmt: skip
def test_several_mappings_become_one_that_says_the_same(words: list[tuple[str, str, str]]) -> None:
    book = rules()
    pieces = [line(source, what, word, book, SubjectKind.TICKET) for source, what, word in words]
    expected: dict[str, object] = {}
    for piece in pieces:
        _lay(expected, yaml.safe_load(piece) or {})
    assert (yaml.safe_load(together(pieces)) or {}) == expected


def _lay(below: dict[str, object], above: dict[str, object]) -> None:
    for key, value in above.items():
        known = below.get(key)
        if isinstance(value, dict) and isinstance(known, dict):
            _lay(known, value)
        else:
            below[key] = value
