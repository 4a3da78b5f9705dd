"""What every collector must do, run on each module found in the folder."""

import dataclasses
import inspect
import json
import traceback
from collections.abc import Iterator
from datetime import UTC, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from monitor.config import plugins
from monitor.history.batch import Again, Apart, Collector, Cursor
from monitor.history.event_json import event_from_json, event_to_json
from monitor.history.mapping import ATTRIBUTES, SourceMapping
from monitor.service.publisher import subjects_of
from tests.support.collecting import NOW, poll
from tests.support.collector_samples import SAMPLES
from tests.support.loopback import Loopback, Reply

PACKAGE = "monitor.collectors"
NAMES = plugins.names(PACKAGE)
BY_HTTP = [name for name in NAMES if "auth" in plugins.options(plugins.load(PACKAGE, name))]
BY_FILE = [name for name in NAMES if "path" in plugins.options(plugins.load(PACKAGE, name))]
SECRET = "s3cr3t-v4lue"


@pytest.fixture(params=NAMES)
def module(request: pytest.FixtureRequest) -> ModuleType:
    return plugins.load(PACKAGE, request.param)


@pytest.fixture
def name(module: ModuleType) -> str:
    return module.__name__.rsplit(".", 1)[-1]


@pytest.fixture
def options(name: str, tmp_path: Path) -> Iterator[dict[str, Any]]:
    if name not in SAMPLES:
        pytest.fail(f"collector {name} has no sample; add one to tests/support/collector_samples.py")
    with SAMPLES[name](tmp_path) as made:
        yield made


def built(module: ModuleType, options: dict[str, Any]) -> Collector:
    collector: Collector = module.build(TypeAdapter(module.Config).validate_python(options))
    return collector


@pytest.fixture
def collector(module: ModuleType, options: dict[str, Any]) -> Collector:
    return built(module, options)


def test_the_module_says_what_it_is_for_and_what_to_beware_of(module: ModuleType) -> None:
    said = module.__doc__ or ""
    assert said.splitlines()[0].endswith(".")
    assert "Use it " in said
    assert "Traps." in said


def test_it_names_subjects_of_the_kinds_that_it_says_and_of_no_other(module: ModuleType, collector: Collector) -> None:
    """Counters of other kinds are not there in advance for such a source."""
    said = subjects_of(module)
    found = {event.kind for event in poll(collector).events}
    assert found
    assert found <= set(said)


def test_the_options_are_a_frozen_dataclass_without_a_name(module: ModuleType) -> None:
    assert dataclasses.is_dataclass(module.Config)
    assert vars(module.Config)["__dataclass_params__"].frozen
    assert "__slots__" in vars(module.Config)
    assert "name" not in plugins.options(module)


def test_the_default_mapping_speaks_of_known_attributes(module: ModuleType) -> None:
    assert isinstance(module.MAPPING, SourceMapping)
    assert set(module.MAPPING.attributes) <= set(ATTRIBUTES)


def test_a_collector_has_one_method(collector: Collector) -> None:
    """And one for each protocol of a collector that it has beside."""
    public = [name for name, _ in inspect.getmembers(collector, inspect.ismethod) if not name.startswith("_")]
    beside = {"records": Apart, "again": Again}
    assert public == sorted(["poll", *(name for name, kind in beside.items() if isinstance(collector, kind))])


def test_a_poll_brings_sound_events(collector: Collector) -> None:
    polled = poll(collector)
    assert polled.error is None
    assert polled.rejects == []
    assert polled.events
    assert len(polled.ids) == len(polled.events)
    assert {event.source for event in polled.events} == {"corp"}
    assert all(event.at.tzinfo is UTC for event in polled.events)
    assert [event_from_json(event_to_json(event)) for event in polled.events] == polled.events
    assert set(polled.bodies) <= polled.ids


def test_polling_twice_from_one_cursor_is_harmless(module: ModuleType, options: dict[str, Any]) -> None:
    once, twice = poll(built(module, options)), poll(built(module, options))
    assert once.events == twice.events
    assert once.positions == twice.positions


def test_a_poll_after_a_poll_brings_nothing_that_is_new(collector: Collector) -> None:
    first = poll(collector)
    stored = json.loads(json.dumps(first.position))
    assert stored == first.position
    second = poll(collector, stored, NOW + timedelta(minutes=1))
    assert second.error is None
    assert second.ids <= first.ids


def test_a_crash_after_any_batch_loses_nothing(module: ModuleType, options: dict[str, Any]) -> None:
    whole = poll(built(module, options))
    for done, position in enumerate(whole.positions, start=1):
        collector, kept = built(module, options), set[str]()
        for batch in list(collector.poll(Cursor("corp", NOW, {})))[:done]:
            kept |= {event.event_id for event in batch.events}
        assert kept | poll(built(module, options), position).ids >= whole.ids


def test_an_unknown_position_is_no_obstacle(collector: Collector) -> None:
    assert poll(collector, {"left": "by another version"}).error is None


SILENCE = (
    Reply(200, b"[]"), Reply(200, b'{"circuits": []}'), Reply(200, b"{}"), Reply(200, b"[{}]"), Reply(200, b'[{"id"'),
    *(Reply(status, b"{}") for status in (401, 403, 404, 410, 429, 500, 503)), Reply(200, b"[]", cut=1),
)  # fmt: skip
"""What says nothing of any one subject."""


def _whole(options: dict[str, Any]) -> dict[str, Any]:
    """The options of a sample, with the declaration that its list is complete, where the collector has such a one."""
    return {**options, **({"inventory": True} if "status" in str(options.get("url", "")) else {})}


def test_silence_never_retires(name: str, module: ModuleType, tmp_path: Path) -> None:
    """Whatever a source is like that says nothing: no collector takes it to mean that a subject is gone for good."""
    if name not in SAMPLES:
        pytest.fail(f"collector {name} has no sample; add one to tests/support/collector_samples.py")
    with SAMPLES[name](tmp_path) as options:
        options = _whole(options)
        first = poll(built(module, options))
    known, position = sorted(first.subjects), first.position
    assert known
    hushed = [options]  # its server is gone, and soon its files
    for file in tmp_path.iterdir():
        file.unlink()
    reply = SILENCE[0]
    with Loopback(lambda _: reply) as server:
        if "url" in options:
            hushed.append({**options, "url": f"{server.url}/troubleTicket", "network": {"attempts": 1}})
        for silent in hushed:
            collector = built(module, silent)
            for number, reply in enumerate(SILENCE * 2):
                later = poll(collector, position, NOW + timedelta(hours=2 + number), open_subjects=known)
                assert later.retired == {}, reply
                position = later.position or position


@pytest.mark.parametrize("name", BY_HTTP)
def test_every_status_is_an_error_that_says_whether_to_retry_and_shows_no_secret(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_TOKEN", SECRET)
    status = 0
    module = plugins.load(PACKAGE, name)
    with Loopback(lambda request: Reply(status, request.headers["Authorization"].encode())) as server:
        for status in (204, 302, 400, 401, 403, 404, 405, 408, 409, 410, 422, 429, 500, 501, 502, 503, 504, 511):
            options = {
                "url": f"{server.url}/x?key={SECRET}",
                "auth": {"token": {"env": "A_TOKEN"}},
                "network": {"attempts": 1},
            }
            error = poll(built(module, options)).error
            assert error is not None, status
            assert error.retryable is (status >= 500 or status in (408, 429)), status
            assert str(error).startswith(f"collector {name}/corp: {server.url}/")
            assert f"{status}, " in str(error)
            assert SECRET not in "".join(traceback.format_exception(error))
    assert server.requests


@pytest.mark.parametrize("name", BY_HTTP)
@pytest.mark.parametrize("wrong", [{"token": SECRET}, SECRET, {"token": {"env": "A_TOKEN"}, "pasword": SECRET}])
def test_a_secret_written_into_the_configuration_is_refused(name: str, wrong: Any) -> None:
    with pytest.raises(ValidationError):
        built(plugins.load(PACKAGE, name), {"url": "http://host/", "auth": wrong})


@pytest.mark.parametrize("name", BY_FILE)
def test_a_missing_file_is_a_retryable_error_that_names_it(name: str, tmp_path: Path) -> None:
    error = poll(built(plugins.load(PACKAGE, name), {"path": str(tmp_path / "gone")})).error
    assert error is not None
    assert error.retryable
    assert str(error).startswith(f"collector {name}/corp: {tmp_path / 'gone'} cannot be read")
