from __future__ import annotations

import subprocess

import pytest

from exporters.prometheus import Config, build
from tests.support import snapshots
from tests.support.peers import need

pytestmark = pytest.mark.peer


@pytest.fixture
def promtool() -> str:
    return need("promtool")


@pytest.mark.parametrize(
    "snapshot",
    [snapshots.example(), snapshots.empty(), snapshots.hostile("\x00\"\\\n\r\t{}'钻石\ud800")],
    ids=["busy", "empty", "hostile"],
)
def test_promtool_has_nothing_to_complain_about(promtool: str, snapshot: snapshots.Snapshot) -> None:
    body, _ = build(Config()).render(snapshot, snapshots.AT)
    checked = subprocess.run([promtool, "check", "metrics"], input=body, capture_output=True, timeout=60, check=False)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")
