"""Put folder, data source, dashboards and alert rules into a Grafana by its HTTP API, each only where it differs.

What somebody changed in Grafana is not overwritten unasked. A dashboard that this command has saved says so in the
message of its newest version, with a digest of the dashboard: so it is known whether it is ours and which one it is,
also where Grafana has migrated it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import quote

from monitor import __version__
from monitor.errors import ExportError

if TYPE_CHECKING:
    from collections.abc import Callable

    from monitor.commands._grafana_files import Board, RuleGroup
    from monitor.net import Answer, Fetch

_SAYS = frozenset({200, 202, 400, 404, 409, 412, 422})
"""Answers whose sentence is worth reading; 401, 403, 5xx and others mean what they mean everywhere."""


class Did(StrEnum):
    """What became of one thing."""

    MADE = "made"
    """It was not there."""
    REPLACED = "replaced"
    """It was there and differed."""
    UNCHANGED = "unchanged"
    """It was there as it should be."""
    WOULD_MAKE = "would-make"
    """A dry run: it is not there."""
    WOULD_REPLACE = "would-replace"
    """A dry run: it is there and differs."""


@dataclass(frozen=True, slots=True)
class Grafana:
    """One Grafana; `url` is without a slash at its end. With `dry` nothing is written."""

    url: str
    fetch: Fetch
    now: Callable[[], datetime]
    dry: bool = False

    def folder(self, uid: str, title: str) -> Did:
        """See to a folder; where one of that uid is, it stays as it is, whatever its title. Raises ExportError."""
        if self._found(f"/api/folders/{quote(uid, safe='')}") is not None:
            return Did.UNCHANGED
        if self.dry:
            return Did.WOULD_MAKE
        answer = self._post("/api/folders", {"uid": uid, "title": title})
        if answer.status in (409, 412):
            self._refuse(answer, f"a folder {title!r} is there with another uid; give that one with --folder-uid")
        self._taken(answer, "the folder")
        return Did.MADE

    def data_source(self, uid: str, name: str, address: str) -> Did:
        """See to a Prometheus data source. Its login and its other settings stay as they are. Raises ExportError."""
        path = f"/api/datasources/uid/{quote(uid, safe='')}"
        found = self._found(path)
        if found is None:
            if self.dry:
                return Did.WOULD_MAKE
            made = {
                "uid": uid, "name": name, "type": "prometheus", "access": "proxy", "url": address,
                "jsonData": {"httpMethod": "POST", "timeInterval": "15s"},
            }  # fmt: skip
            answer = self._post("/api/datasources", made)
            if answer.status == 409:
                self._refuse(
                    answer, f"a data source {name!r} is there with another uid; give that one with --datasource"
                )
            self._taken(answer, "the data source")
            return Did.MADE
        if found.get("type") != "prometheus":
            raise ExportError(f"{self.url}: the data source {uid} is no Prometheus; give another uid with --datasource")
        if found.get("url") == address:
            return Did.UNCHANGED
        if found.get("readOnly"):
            raise ExportError(
                f"{self.url}: the data source {uid} comes from a file of Grafana's provisioning; edit its url there, or"
                " leave out --prometheus"
            )
        if self.dry:
            return Did.WOULD_REPLACE
        self._taken(self._put(path, {**found, "url": address}), "the data source")
        return Did.REPLACED

    def dashboard(self, board: Board, folder: str, *, overwrite: bool) -> Did:
        """See to a dashboard; one that is there stays in the folder in which it is. Raises ExportError."""
        path = f"/api/dashboards/uid/{quote(board.uid, safe='')}"
        found = self._found(path)
        ours = f"tierwatch {__version__} ({board.digest})"
        body: dict[str, Any] = {"message": ours, "folderUid": folder, "overwrite": overwrite}
        if found is None:
            if self.dry:
                return Did.WOULD_MAKE
            self._save(board, {**body, "dashboard": {**board.model, "id": None}})
            return Did.MADE
        meta = found.get("meta") or {}
        if meta.get("provisioned"):
            raise ExportError(
                f"{self.url}: the dashboard {board.title!r} comes from a file of Grafana's provisioning; renew that"
                " file, or take it away first"
            )
        said = self._newest_message(path)
        if said.startswith("tierwatch ") and said.endswith(f"({board.digest})"):
            return Did.UNCHANGED
        if not said.startswith("tierwatch ") and not overwrite:
            who = str(meta.get("updatedBy") or "somebody")
            raise ExportError(
                f"{self.url}: the dashboard {board.title!r} was last saved by {who!r} and not by this command; save a"
                " copy under another name, then replace it with --overwrite (its versions keep what was there)"
            )
        if self.dry:
            return Did.WOULD_REPLACE
        version = (found.get("dashboard") or {}).get("version", 0)
        body["folderUid"] = meta.get("folderUid") or folder
        self._save(board, {**body, "dashboard": {**board.model, "id": None, "version": version}})
        return Did.REPLACED

    def rules(self, group: RuleGroup, folder: str) -> Did:
        """See to the alert rules: one group, which has these and no others. Raises ExportError."""
        path = f"/api/v1/provisioning/folder/{quote(folder, safe='')}/rule-groups/{quote(group.name, safe='')}"
        found = self._found(path)
        if found is not None and _same(found, group):
            return Did.UNCHANGED
        if self.dry:
            return Did.WOULD_MAKE if found is None else Did.WOULD_REPLACE
        placed = [{**rule, "folderUID": folder, "ruleGroup": group.name} for rule in group.rules]
        answer = self._put(
            path, {"title": group.name, "folderUid": folder, "interval": group.interval, "rules": placed}
        )
        if answer.status == 409:
            self._refuse(answer, "the rules are there by another way, such as a file; take those away first")
        self._taken(answer, "the alert rules")
        return Did.MADE if found is None else Did.REPLACED

    def _save(self, board: Board, body: Mapping[str, Any]) -> None:
        answer = self._post("/api/dashboards/db", body)
        if answer.status == 412:
            status = _said(answer).get("status")
            what = {
                "version-mismatch": "it was saved by somebody at this moment; give the command again",
                "name-exists": "another dashboard has its name in that folder; give another folder with --folder-uid",
            }.get(str(status), "Grafana does not let it be replaced; look at it there")
            self._refuse(answer, f"the dashboard {board.title!r}: {what}")
        self._taken(answer, f"the dashboard {board.title!r}")

    def _newest_message(self, path: str) -> str:
        """What was said when the dashboard was last saved; empty where Grafana does not say."""
        answer = self.fetch.get(f"{self.url}{path}/versions", now=self.now(), params={"limit": "1"}, accept=_SAYS)
        if answer.status != 200:
            return ""
        body = answer.json()
        versions = body.get("versions") if isinstance(body, dict) else body  # a bare list before Grafana 11.6
        newest = versions[0] if isinstance(versions, list) and versions else {}
        return str(newest.get("message") or "") if isinstance(newest, dict) else ""

    def _found(self, path: str) -> dict[str, Any] | None:
        """What is there; None where nothing is."""
        answer = self.fetch.get(f"{self.url}{path}", now=self.now(), accept=_SAYS)
        if answer.status == 404:
            return None
        self._taken(answer, "the question what is there")
        body = answer.json()
        if not isinstance(body, dict):
            raise ExportError(f"{self.url}: its answer is not what Grafana says; check the address")
        return body

    def _post(self, path: str, body: Mapping[str, Any]) -> Answer:
        return self.fetch.post(f"{self.url}{path}", body, now=self.now(), accept=_SAYS)

    def _put(self, path: str, body: Mapping[str, Any]) -> Answer:
        return self.fetch.put(f"{self.url}{path}", body, now=self.now(), accept=_SAYS)

    def _taken(self, answer: Answer, what: str) -> None:
        if answer.status not in (200, 202):
            self._refuse(answer, f"it did not take {what}; what it says tells why")

    def _refuse(self, answer: Answer, sentence: str) -> NoReturn:
        from monitor.text import one_line

        said = one_line(str(_said(answer).get("message") or "nothing more"))
        raise ExportError(f"{self.url}: {answer.status}, {sentence} (it says: {said[:300]})")


def _said(answer: Answer) -> Mapping[str, Any]:
    try:
        body = answer.json()
    except ExportError:  # an answer that is no JSON says nothing more
        return {}
    return body if isinstance(body, dict) else {}


_COMPARED = ("uid", "title", "condition", "noDataState", "execErrState", "for", "labels", "annotations", "isPaused")


def _same(found: Mapping[str, Any], group: RuleGroup) -> bool:
    """Whether a group is there as it should be. Grafana adds to what it was given: only that is compared."""
    there = found.get("rules")
    if found.get("interval") != group.interval or not isinstance(there, list) or len(there) != len(group.rules):
        return False
    return all(
        isinstance(one, dict)
        and all(one.get(key) == rule[key] for key in _COMPARED)
        and _same_queries(one.get("data"), rule["data"])
        for one, rule in zip(there, group.rules, strict=True)
    )


def _same_queries(found: Any, wanted: Any) -> bool:
    if not isinstance(found, list) or len(found) != len(wanted):
        return False
    return all(
        isinstance(one, dict)
        and (one.get("refId"), one.get("datasourceUid")) == (query["refId"], query["datasourceUid"])
        and isinstance(one.get("model"), dict)
        and all(one["model"].get(key) == value for key, value in query["model"].items())
        for one, query in zip(found, wanted, strict=True)
    )
