"""What a user of the package writes: it runs, and strict mypy knows the type of every result.

mypy reads this file with the other tests; an ``ignore`` that hides no error is one itself, so that
what the types refuse is held too.
"""

from pathlib import Path
from typing import TYPE_CHECKING, assert_type

import pandas as pd
import pytest
from scipy import sparse

import cytoweave as cw

if TYPE_CHECKING:
    import networkx


def test_a_map_is_made_looked_at_and_scored(pairs: pd.DataFrame) -> None:
    result = cw.map(pairs, map__max_assemblies=150, workers=1, out=Path("map"))
    assert_type(result, cw.Hierarchy)
    assert_type(result.names, tuple[str, ...])
    assert_type(result.members(result.names[0]), tuple[str, ...])
    assert_type(result.assemblies_of(result.proteins[0]), tuple[str, ...])
    assert_type(result.to_frame(), pd.DataFrame)
    assert_type(result.to_networkx(), "networkx.DiGraph[str]")
    assert_type(result.to_cx2(), list[dict[str, object]])
    written = cw.convert(result, "map.gml")
    assert_type(written, list[Path])
    assert [path.name for path in written] == ["map.gml"]

    sets = {f"C{k}": [f"P{k}_{i}" for i in range(7)] for k in range(2)}
    scores = cw.evaluate(
        result, references={"mine": sets}, universe=result.proteins, eval__nulls=20
    )
    assert_type(scores, cw.Scores)
    assert_type(scores.to_frame(), pd.DataFrame)
    assert scores.metrics["mine.all.recovered"] == 2
    assert_type(cw.compare(result, "map.gml"), cw.Scores)
    assert cw.compare(result, "map.gml").metrics["compared.all.mean_best"] == 1


def test_a_run_is_read_back_and_its_page_made_anew(pairs: pd.DataFrame) -> None:
    actual = cw.map(pairs, workers=1, out="map")
    result = cw.read("map")
    assert_type(result, cw.RunResult)
    assert_type(result.hierarchy, cw.Hierarchy)
    assert_type(result.similarity, cw.Network)
    assert_type(result.embedding, cw.Embedding | None)
    assert_type(result.to_frame(), pd.DataFrame)
    assert result.hierarchy.names == actual.names
    page = Path("map/report.html")
    before = page.read_bytes()
    page.unlink()
    assert_type(cw.write_report("map"), Path)
    assert page.read_bytes() == before


def test_mistakes_are_caught_by_their_names() -> None:
    setting = "seeed"
    with pytest.raises(cw.ConfigError, match="did you mean 'seed'"):
        cw.map("pairs.tsv", **{setting: 1})  # type: ignore[arg-type]  # may be out= or verbose=
    with pytest.raises(cw.DataError, match="does not exist"):
        cw.map("pairs.tsv")


def never_run(matrix: sparse.csr_array, graph: "networkx.Graph[str]", table: pd.DataFrame) -> None:
    """Hold the types of what takes minutes, and of what is refused."""
    assert_type(cw.run(data="demo", seed=1, modalities={"ppi": graph}), cw.RunResult)
    assert_type(cw.robustness(data="demo"), cw.Scores)
    assert_type(cw.train(data="demo"), cw.TrainingResult)
    assert_type(cw.sweep(search="map", trials=3).best, cw.RunResult)
    assert_type(cw.ablate(ablation="modalities"), cw.AblationResult)
    cw.map((matrix, ["a", "b"]))
    cw.map(embedding=(table.to_numpy(), ["a", "b"]))
    cw.map(3)  # type: ignore[arg-type]
    cw.evaluate(references=[])  # type: ignore[arg-type]
    cw.fetsh()  # type: ignore[attr-defined]
    cw.import_module("os")  # type: ignore[attr-defined]
