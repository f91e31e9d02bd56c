"""Making the map again: what is drawn, what is remembered, what is refused."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cytoweave import config
from cytoweave.artifacts import Scores
from cytoweave.errors import ConfigError
from cytoweave.store import Store
from cytoweave.studies import robustness


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, Any]:
    """Eight complexes of eight proteins that two measurements both know."""
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(8, 6))
    for name in ("one", "two"):
        rows = [
            f"P{k:02}\t" + "\t".join(f"{v:.4f}" for v in centres[k // 8] + 0.1 * rng.normal(size=6))
            for k in range(64)
        ]
        head = "id\t" + "\t".join(map(str, range(6)))
        (tmp_path / f"{name}.tsv").write_text("\n".join([head, *rows]) + "\n")
    parts = [
        f"+data.modalities.{name}={{kind: embedding, path: '{tmp_path / name}.tsv'}}"
        for name in ("one", "two")
    ]
    words = ["data=own", *parts, "fusion=concat", "map.neighbours.k=5", "workers=1"]
    return config.load("robustness", [*words, "jackknives=4"])


def made(settings: dict[str, Any], tmp_path: Path) -> Scores:
    return robustness.robustness(settings, Store(tmp_path / "store"))


def test_clear_assemblies_are_robust_and_found_by_either_modality(
    settings: dict[str, Any], tmp_path: Path
) -> None:
    scores = made(settings, tmp_path)
    table = scores.tables["robustness"].set_index("assembly")
    complexes = table[table["size"] == 8]
    assert len(complexes) == 8
    assert complexes["robust"].all()
    assert scores.metrics["map.all.robust.null_mean"] < 0.2
    assert scores.metrics["map.all.jackknives"] == 4
    result = table["without_one"] | table["without_two"]
    assert result.any()
    assert table["needs_all"].tolist() == (table["robust"] & ~result).tolist()
    assert scores.metrics["map.all.needs_all"] == table["needs_all"].sum()


def test_the_same_again_comes_from_the_store(settings: dict[str, Any], tmp_path: Path) -> None:
    first = made(settings, tmp_path)
    maps = set((tmp_path / "store" / "map").iterdir())
    assert made(settings, tmp_path).metrics == first.metrics
    assert set((tmp_path / "store" / "map").iterdir()) == maps
    more = made(settings | {"jackknives": 5}, tmp_path)
    assert more.metrics["map.all.jackknives"] == 5
    assert len(list((tmp_path / "store" / "map").iterdir())) == len(maps) + 1


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("jackknives", 0, "jackknives must be a whole number of at least 1, got 0"),
        ("dropped", 1.0, "dropped must be a number above 0 and below 1, got 1.0"),
    ],
)
def test_settings_out_of_range(key: str, value: object, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        config.load("robustness", ["data=demo", f"{key}={value}"])


def test_pairs_have_no_modalities_to_drop(settings: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "pairs.tsv").write_text("a\tb\t1\n")
    data = {"pairs": {"kind": "network", "path": str(tmp_path / "pairs.tsv")}}
    with pytest.raises(ConfigError, match="robustness needs modalities"):
        made(settings | {"data": data}, tmp_path)
