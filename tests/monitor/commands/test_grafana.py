"""`tierwatch grafana install`: done twice it changes nothing, and it overwrites nothing that a person made."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.command_line import Command, in_process
from tests.support.grafana_server import TOKEN, FakeGrafana, grafana
from tests.support.loopback import Reply, as_json

ROOT = Path(__file__).parents[3]
BOARDS = sorted(path.stem for path in (ROOT / "grafana/dashboards").glob("*.json"))
WALL = "tierwatch-wall"


@pytest.fixture
def server() -> Iterator[FakeGrafana]:
    with grafana() as it:
        yield it


@pytest.fixture
def install(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, server: FakeGrafana) -> Command:
    monkeypatch.setenv("GRAFANA_TOKEN", TOKEN)
    run = in_process(capsys, monkeypatch)
    return lambda *words: run("grafana", "install", "--url", f"{server.url}/", *words)


def test_it_makes_the_folder_and_all_dashboards(install: Command, server: FakeGrafana) -> None:
    said = install()
    assert said.code == 0, said.err
    assert server.folders == {"tierwatch": "tierwatch"}
    assert sorted(server.boards) == [f"tierwatch-{name}" for name in BOARDS]
    kept = server.boards[WALL].model
    written = json.loads((ROOT / "grafana/dashboards/wall.json").read_text(encoding="utf-8"))
    assert {**kept, "id": None} == {**written, "id": None}
    assert len(said.out.splitlines()) == 1 + len(BOARDS)
    assert not server.sources
    assert not server.groups


@pytest.mark.parametrize("bare", [True, False], ids=["versions as a list", "versions in an object"])
def test_done_twice_it_writes_nothing(install: Command, server: FakeGrafana, bare: bool) -> None:
    server.bare_versions = bare
    everything = ("--prometheus", "http://prometheus:9090", "--rules", "--influxdb", "flux")
    assert install(*everything).code == 0
    server.requests.clear()
    said = install(*everything)
    assert (said.code, server.writes) == (0, [])
    assert all(line.endswith(": as it should be") for line in said.out.splitlines())


def test_what_grafana_migrates_or_adds_is_no_difference(install: Command, server: FakeGrafana) -> None:
    install("--rules")
    board = server.boards[WALL]
    board.model = {**board.model, "schemaVersion": 42, "panels": []}
    server.requests.clear()
    assert install("--rules").code == 0
    assert server.writes == []


def test_a_dashboard_of_an_older_version_is_replaced_where_it_lies(install: Command, server: FakeGrafana) -> None:
    install()
    board = server.boards[WALL]
    board.versions[-1]["message"] = "tierwatch 0.0.9 (0123456789abcdef)"
    server.folders["noc"], board.folder = "NOC", "noc"
    said = install()
    assert said.code == 0, said.err
    assert [line for line in said.out.splitlines() if "replaced" in line] == ["dashboard NOC wall · 值班大屏: replaced"]
    assert (board.version, board.folder) == (2, "noc")


def test_a_dashboard_that_a_person_saved_is_left_alone(install: Command, server: FakeGrafana) -> None:
    install()
    server.save_by_hand(WALL)
    said = install()
    assert said.code == 1
    assert "was last saved by 'liu'" in said.err
    assert "--overwrite" in said.err
    assert server.boards[WALL].model["title"].endswith("(mine)")
    assert install("--overwrite").code == 0
    assert not server.boards[WALL].model["title"].endswith("(mine)")


def test_one_that_grafana_restored_from_an_older_version_is_a_persons(install: Command, server: FakeGrafana) -> None:
    install()
    server.save_by_hand(WALL, "Restored from version 1")
    assert install().code == 1


def test_a_provisioned_dashboard_is_left_to_its_file(install: Command, server: FakeGrafana) -> None:
    install()
    server.boards[WALL].provisioned = True
    said = install("--overwrite")
    assert (said.code, "comes from a file" in said.err) == (1, True)


def test_a_dry_run_writes_nothing_and_says_what_it_would_do(install: Command, server: FakeGrafana) -> None:
    everything = ("--dry-run", "--prometheus", "http://prometheus:9090", "--rules")
    said = install(*everything)
    assert (said.code, server.writes) == (0, [])
    assert {line.rpartition(": ")[2] for line in said.out.splitlines()} == {"would be made"}
    install(*everything[1:])
    server.boards[WALL].versions[-1]["message"] = "tierwatch 0.0.9 (0)"
    server.groups["tierwatch", "tierwatch"]["interval"] = 300
    server.requests.clear()
    said = install("--dry-run", "--prometheus", "http://other:9090", "--rules")
    assert server.writes == []
    assert [line.split()[0] for line in said.out.splitlines() if line.endswith("would be replaced")] == [
        "data", "dashboard", "alert",
    ]  # fmt: skip


def test_somebody_who_saves_at_the_same_moment_is_not_overwritten(install: Command, server: FakeGrafana) -> None:
    install()
    board = server.boards[WALL]
    board.versions[-1]["message"] = "tierwatch 0.0.9 (0)"
    stale = {"dashboard": {**board.model, "version": 9}, "meta": {"provisioned": False, "folderUid": "tierwatch"}}
    server.instead[f"/api/dashboards/uid/{WALL}"] = as_json(stale)
    said = install()
    assert said.code == 1
    assert "412" in said.err
    assert "give the command again" in said.err
    assert "has been changed by someone else" in said.err


def test_a_name_that_another_dashboard_has_is_said(install: Command, server: FakeGrafana) -> None:
    install()
    board = server.boards.pop(WALL)
    server.boards["someones"] = board
    said = install()
    assert (said.code, "another dashboard has its name" in said.err) == (1, True)


def test_a_folder_or_source_with_another_uid_is_said(install: Command, server: FakeGrafana) -> None:
    server.folders["abc"] = "tierwatch"
    said = install()
    assert (said.code, "--folder-uid" in said.err) == (1, True)
    assert install("--folder-uid", "abc").code == 0
    server.sources["xyz"] = {"name": "Prometheus (tierwatch)", "type": "prometheus", "url": "http://p:9090"}
    said = install("--folder-uid", "abc", "--prometheus", "http://p:9090")
    assert (said.code, "--datasource" in said.err) == (1, True)
    assert install("--folder-uid", "abc", "--prometheus", "http://p:9090", "--datasource", "xyz").code == 0


def test_a_data_source_keeps_what_others_set(install: Command, server: FakeGrafana) -> None:
    server.sources["mine"] = {
        "uid": "mine", "name": "P", "type": "prometheus", "url": "http://old:9090", "basicAuth": True,
        "basicAuthUser": "reader", "jsonData": {"timeInterval": "30s"},
    }  # fmt: skip
    assert install("--prometheus", "http://new:9090", "--datasource", "mine").code == 0
    kept = server.sources["mine"]
    assert (kept["url"], kept["basicAuthUser"], kept["jsonData"]) == (
        "http://new:9090",
        "reader",
        {"timeInterval": "30s"},
    )
    kept["readOnly"] = True
    said = install("--prometheus", "http://newer:9090", "--datasource", "mine")
    assert (said.code, "comes from a file" in said.err) == (1, True)
    kept |= {"readOnly": False, "type": "loki"}
    assert "is no Prometheus" in install("--prometheus", "http://newer:9090", "--datasource", "mine").err


def test_the_rules_ask_the_chosen_data_source_and_a_file_is_left_alone(install: Command, server: FakeGrafana) -> None:
    assert install("--rules", "--datasource", "mine").code == 0
    group = server.groups["tierwatch", "tierwatch"]
    asked = {query["datasourceUid"] for rule in group["rules"] for query in rule["data"]}
    assert asked == {"mine", "__expr__"}
    assert {rule["folderUID"] for rule in group["rules"]} == {"tierwatch"}
    group["provenance"], group["interval"] = "file", 300
    said = install("--rules", "--datasource", "mine")
    assert (said.code, "by another way" in said.err) == (1, True)


@pytest.mark.parametrize(
    ("reply", "sentence"),
    [
        (as_json({"message": "Invalid API key"}, 401), "it refused the token in $GRAFANA_TOKEN"),
        (as_json({"message": "Permission denied"}, 403), "the token in $GRAFANA_TOKEN may not do this"),
        (as_json({"message": "boom"}, 500), "500, the fault is on its side"),
        (Reply(502, b"<html>Bad Gateway</html>"), "502, the fault is on its side"),
        (Reply(200, b"<html>Welcome</html>", {"Content-Type": "text/html"}), "not JSON but text/html"),
        (as_json(["a", "list"]), "check the address"),
        (as_json({"message": "bad folder"}, 400), "bad folder"),
    ],
    ids=["401", "403", "500", "502", "a page", "a list", "400"],
)  # fmt: skip
def test_what_grafana_refuses_is_one_sentence(
    install: Command, server: FakeGrafana, reply: Reply, sentence: str
) -> None:
    server.replies.extend([reply] * 3)  # some are asked again
    said = install()
    assert said.code == 1
    assert sentence in said.err
    assert len(said.err.splitlines()) == 1
    assert server.writes == []


def test_a_token_without_the_right_for_one_thing_stops_there(install: Command, server: FakeGrafana) -> None:
    server.denied = ("/api/datasources",)
    said = install("--prometheus", "http://prometheus:9090")
    assert (said.code, "403" in said.err) == (1, True)
    assert server.folders
    assert not server.boards


def test_nobody_there_is_one_sentence(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAFANA_TOKEN", TOKEN)
    said = in_process(capsys, monkeypatch)("grafana", "install", "--url", "http://127.0.0.1:9")
    assert (said.code, "no connection" in said.err, TOKEN in said.err) == (1, True, False)


def test_the_token_comes_from_a_file_or_standard_input(
    install: Command, server: FakeGrafana, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GRAFANA_TOKEN")
    (tmp_path / "token").write_text(f"{TOKEN}\n", encoding="utf-8")
    assert install("--token", f"file:{tmp_path / 'token'}").code == 0
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{TOKEN}\n"))
    assert install("--token", "-").code == 0
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert "there was none" in install("--token", "-").err
    assert "no variable GRAFANA_TOKEN" in install().err


def test_a_token_on_the_command_line_is_refused_and_not_repeated(install: Command, server: FakeGrafana) -> None:
    said = install("--token", TOKEN)
    assert said.code == 1
    assert TOKEN not in said.err + said.out
    assert server.requests == []


def test_files_that_are_none_are_said(install: Command, tmp_path: Path) -> None:
    assert "no folder dashboards" in install("--files", str(tmp_path)).err
    (tmp_path / "dashboards").mkdir()
    assert "holds no dashboard" in install("--files", str(tmp_path)).err
    (tmp_path / "dashboards/a.json").write_text("{}", encoding="utf-8")
    assert "no uid or no title" in install("--files", str(tmp_path)).err
    (tmp_path / "dashboards/a.json").write_text("{", encoding="utf-8")
    assert "cannot be read as JSON" in install("--files", str(tmp_path)).err
    (tmp_path / "dashboards/a.json").write_text('{"uid": "a", "title": "A"}', encoding="utf-8")
    assert "cannot be read as alert rules" in install("--files", str(tmp_path), "--rules").err


def test_it_speaks_chinese(install: Command) -> None:
    said = install("--language", "zh")
    assert said.out.splitlines()[0] == "文件夹 tierwatch：已新建"
