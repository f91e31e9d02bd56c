"""A small network of cliques, and a store of its own for each test."""

from pathlib import Path

import pandas as pd
import pytest


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CYTOWEAVE_CONF", raising=False)
    monkeypatch.delenv("CYTOWEAVE_DATA", raising=False)
    monkeypatch.setenv("CYTOWEAVE_STORE", str(tmp_path / "store"))


@pytest.fixture(scope="session")
def pairs() -> pd.DataFrame:
    """Return four cliques of eight proteins in a ring, each joined to the next by a weak pair."""
    rows = []
    for k in range(4):
        names = [f"P{k}_{i}" for i in range(8)]
        rows += [(a, b, 1 / (1.1 + i)) for i, a in enumerate(names) for b in names[:i]]
        rows.append((f"P{k}_0", f"P{(k + 1) % 4}_1", 0.03))
    return pd.DataFrame(rows, columns=["bait", "prey", "score"])
