"""Each test of a verb that uses a map runs in an empty folder, with a store of its own."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CYTOWEAVE_CONF", raising=False)
    monkeypatch.setenv("CYTOWEAVE_STORE", str(tmp_path / "store"))
