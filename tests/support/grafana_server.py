"""A Grafana as its documents describe the HTTP API, for the parts that `tierwatch grafana install` asks.

Folders, data sources, dashboards with versions (of its HTTP API reference, 10.4 to 12.4), and rule groups of the
alerting provisioning API. It adds to what it keeps, as the real one does: ids, versions, defaults in queries.
"""

from __future__ import annotations

import copy
import json
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from tests.support.loopback import Loopback, Reply, Request, as_json

TOKEN = "glsa_a-token-of-a-service-account"


@dataclass(slots=True)
class KeptBoard:
    """A dashboard as the database has it; the newest version is the last."""

    model: dict[str, Any]
    folder: str
    versions: list[dict[str, Any]] = field(default_factory=list)
    provisioned: bool = False

    @property
    def version(self) -> int:
        return len(self.versions)


class FakeGrafana(Loopback):
    """`replies` are used up one by one before it answers by itself, `instead` has answers for a path.

    `denied` are paths that the token may not touch.
    """

    def __init__(self) -> None:
        self.replies: deque[Reply] = deque()
        self.instead: dict[str, Reply] = {}
        self.denied: tuple[str, ...] = ()
        self.bare_versions = False  # as before Grafana 11.6
        self.folders: dict[str, str] = {}
        self.sources: dict[str, dict[str, Any]] = {}
        self.boards: dict[str, KeptBoard] = {}
        self.groups: dict[tuple[str, str], dict[str, Any]] = {}
        super().__init__(self._answer)

    @property
    def writes(self) -> list[Request]:
        return [request for request in self.requests if request.method != "GET"]

    def save_by_hand(self, uid: str, message: str = "") -> None:
        """What a person's click on "Save" does; the browser migrates the model first."""
        board = self.boards[uid]
        board.model = {**board.model, "title": f"{board.model['title']} (mine)", "schemaVersion": 42}
        self._version(board, message, "liu")

    def _version(self, board: KeptBoard, message: str, who: str) -> None:
        board.versions.append({"version": board.version + 1, "message": message, "createdBy": who})

    def _answer(self, request: Request) -> Reply:
        if self.replies:
            return self.replies.popleft()
        if request.path in self.instead:
            return self.instead[request.path]
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return as_json({"message": "Invalid API key"}, 401)
        if any(path in request.path for path in self.denied):
            return as_json({"message": "You'll need additional permissions to perform this action."}, 403)
        body = json.loads(request.body) if request.body else {}
        parts = [unquote(part) for part in request.path.split("/")[2:]]
        if request.method == "GET":
            return self._get(parts, request)
        return self._write(request.method, parts, body)

    def _get(self, parts: list[str], request: Request) -> Reply:
        match parts:
            case ["folders", uid]:
                return _found({"uid": uid, "title": self.folders[uid]} if uid in self.folders else None)
            case ["datasources", "uid", uid]:
                return _found(self.sources.get(uid))
            case ["dashboards", "uid", uid]:
                return self._board(uid)
            case ["dashboards", "uid", uid, "versions"]:
                newest = list(reversed(self.boards[uid].versions))[: int(request.query.get("limit", 1000))]
                return as_json(newest if self.bare_versions else {"continueToken": "", "versions": newest})
            case ["v1", "provisioning", "folder", folder, "rule-groups", group]:
                return _found(self.groups.get((folder, group)))
        return _found(None)

    def _write(self, method: str, parts: list[str], body: dict[str, Any]) -> Reply:
        match method, parts:
            case "POST", ["folders"]:
                return self._make_folder(body)
            case "POST", ["datasources"]:
                return self._make_source(body)
            case "PUT", ["datasources", "uid", uid]:
                self.sources[uid] = {**self.sources[uid], **body}
                return as_json({"message": "Datasource updated", "datasource": self.sources[uid]})
            case "POST", ["dashboards", "db"]:
                return self._save(body)
            case "PUT", ["v1", "provisioning", "folder", folder, "rule-groups", group]:
                return self._put_group(folder, group, body)
        return _found(None)

    def _make_folder(self, body: dict[str, Any]) -> Reply:
        if body["title"] in self.folders.values():
            return as_json({"message": "a folder with the same name already exists in the current location"}, 409)
        self.folders[body["uid"]] = body["title"]
        return as_json({"id": len(self.folders), **body, "version": 1})

    def _make_source(self, body: dict[str, Any]) -> Reply:
        if any(body["name"] == one["name"] for one in self.sources.values()):
            return as_json({"message": "data source with the same name already exists"}, 409)
        self.sources[body["uid"]] = {"id": len(self.sources) + 1, "orgId": 1, "readOnly": False, "version": 1, **body}
        return as_json({"message": "Datasource added", "name": body["name"], "datasource": self.sources[body["uid"]]})

    def _board(self, uid: str) -> Reply:
        board = self.boards.get(uid)
        if board is None:
            return as_json({"message": "Dashboard not found"}, 404)
        meta = {
            "provisioned": board.provisioned, "folderUid": board.folder, "updatedBy": board.versions[-1]["createdBy"],
            "version": board.version,
        }  # fmt: skip
        return as_json({"dashboard": {**board.model, "id": 7, "version": board.version}, "meta": meta})

    def _save(self, body: dict[str, Any]) -> Reply:
        model = copy.deepcopy(body["dashboard"])
        uid, version = model["uid"], model.pop("version", 0)
        if body["folderUid"] not in self.folders:
            return as_json({"message": "folder not found"}, 400)
        there = self.boards.get(uid)
        if there is not None and there.provisioned:
            return as_json({"message": "Cannot save provisioned dashboard"}, 400)
        same_name = [
            other for key, other in self.boards.items()
            if key != uid and (other.folder, other.model["title"]) == (body["folderUid"], model["title"])
        ]  # fmt: skip
        if same_name:
            said = "A dashboard with the same name in the folder already exists"
            return as_json({"message": said, "status": "name-exists"}, 412)
        if there is not None and not body["overwrite"] and version != there.version:
            said = "The dashboard has been changed by someone else"
            return as_json({"message": said, "status": "version-mismatch"}, 412)
        board = self.boards.setdefault(uid, KeptBoard(model, body["folderUid"]))
        board.model, board.folder = model, body["folderUid"]
        self._version(board, body["message"], "sa-tierwatch")
        return as_json({"id": 7, "uid": uid, "status": "success", "version": board.version})

    def _put_group(self, folder: str, name: str, body: dict[str, Any]) -> Reply:
        if folder not in self.folders:
            return as_json({"message": "folder does not exist"}, 400)
        if self.groups.get((folder, name), {}).get("provenance") == "file":
            return as_json({"message": "cannot change provenance from 'file' to 'api'"}, 409)
        kept = copy.deepcopy(body)
        for number, rule in enumerate(kept["rules"], 1):
            rule |= {"id": number, "orgID": 1, "updated": "2026-11-29T10:00:00Z", "provenance": "api"}
            for query in rule["data"]:
                query["queryType"] = ""
                query["model"] |= {"intervalMs": 1000, "maxDataPoints": 43200}
        self.groups[folder, name] = kept
        return as_json(kept)


def _found(value: Any) -> Reply:
    return as_json({"message": "not found"}, 404) if value is None else as_json(value)


@contextmanager
def grafana() -> Iterator[FakeGrafana]:
    with FakeGrafana() as server:
        assert isinstance(server, FakeGrafana)
        yield server
