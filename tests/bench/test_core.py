from __future__ import annotations

import importlib
import sys
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import pytest

from tests.bench import core


def test_the_source_is_taken_where_a_compiled_module_lies_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / f"beside_it{EXTENSION_SUFFIXES[0]}").write_bytes(b"what no loader of compiled modules would take")
    (tmp_path / "beside_it.py").write_text("FROM = 'the source'\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ImportError):
        importlib.import_module("beside_it")
    monkeypatch.setattr(sys, "path_hooks", list(sys.path_hooks))
    monkeypatch.setattr(sys, "path_importer_cache", {})
    core.prefer_source()
    monkeypatch.delitem(sys.modules, "beside_it", raising=False)
    assert importlib.import_module("beside_it").FROM == "the source"
    del sys.modules["beside_it"]
