import gzip
import json
import math
from pathlib import Path

import numpy as np
import pandas as pd

from cytoweave.artifacts import IDENTIFIER_COLUMNS, Embedding
from cytoweave.maps.sizes import diameter
from cytoweave.report import RunResult
from cytoweave.report.annotations import annotate
from cytoweave.report.exchange.tables import (
    assemblies_table,
    read_scores,
    read_texts,
    write_assemblies,
    write_embedding,
    write_metrics,
    write_tables,
)


def test_vectors_read_back_exactly_and_the_bytes_repeat(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    vectors = (rng.normal(size=(50, 7)) * 10.0 ** rng.integers(-30, 30, (50, 7))).astype(np.float32)
    embedding = Embedding.of_modality("x", [f"P{k}" for k in range(50)], vectors)
    for name in ("a.gz", "b.gz"):
        write_embedding(tmp_path / name, embedding)
    assert (tmp_path / "a.gz").read_bytes() == (tmp_path / "b.gz").read_bytes()
    lines = gzip.decompress((tmp_path / "a.gz").read_bytes()).decode().splitlines()
    assert lines[0] == "id\t0\t1\t2\t3\t4\t5\t6"
    result = np.array([line.split("\t")[1:] for line in lines[1:]], np.float32)
    assert result.tobytes() == vectors.tobytes()


def test_assemblies_have_one_row_each_and_all_columns(run: RunResult) -> None:
    table = assemblies_table(run.hierarchy, annotate(run.hierarchy, run.scores))
    own = "id size diameter_nm diameter_low_nm diameter_high_nm persistence stability class"
    assert table.columns.tolist()[:10] == [*own.split(), "parents", "members"]
    assert table["id"].tolist() == list(run.hierarchy.names[1:])
    rows = table.set_index("id").to_dict("index")
    assert rows["AB"]["parents"] == "A|B"
    assert rows["AB"]["members"] == "P08 P09 P10 P11"
    assert math.isnan(rows["AB"]["corum_jaccard"])
    np.testing.assert_allclose(rows["AB"]["diameter_nm"], diameter(4)[0])
    result = [rows["A"][name] for name in ("hpa_term", "corum_fdr", "sec_fdr")]
    assert result == ["Nucleus", 1e-4, 4e-6]


def test_assemblies_without_scores(map_run: RunResult, tmp_path: Path) -> None:
    path = tmp_path / "assemblies.tsv"
    write_assemblies(path, map_run.hierarchy, annotate(map_run.hierarchy, map_run.scores))
    table = pd.read_csv(path, sep="\t", keep_default_na=False)
    assert table.columns[-1] == "members"
    assert table["size"].tolist() == [12, 14, 5, 4, 4]
    assert set(table["class"]) == {""}


def test_metrics_are_flat_sorted_and_strict_json(tmp_path: Path) -> None:
    path = tmp_path / "scores.json"
    write_metrics(path, {"b": 1.5, "a": math.nan, "c": math.inf})
    assert json.loads(path.read_text()) == {"a": None, "b": 1.5, "c": None}
    assert list(json.loads(path.read_text())) == ["a", "b", "c"]
    assert math.isnan(read_scores(path, tmp_path).metrics["a"])


def test_names_that_look_like_numbers_or_blanks_stay_names(run: RunResult, tmp_path: Path) -> None:
    metrics = tmp_path / "scores.json"
    write_metrics(metrics, run.scores.metrics)
    write_tables(tmp_path / "tables", run.scores.tables)
    result = read_scores(metrics, tmp_path / "tables").tables["assemblies_terms"]
    assert result["term"].tolist()[:3] == ["007", "Nucleus", "12"]
    assert result["genes"].iloc[2].startswith("NA ")


def test_identifiers_stay_text(tmp_path: Path) -> None:
    table = pd.DataFrame(
        {"given": ["01", "NA"], "symbol": ["", "A"], "status": ["unknown", "updated"]}
    )
    write_tables(tmp_path, {"identifiers": table})
    pd.testing.assert_frame_equal(
        read_texts(tmp_path / "identifiers.tsv", IDENTIFIER_COLUMNS), table
    )
    assert len(read_texts(tmp_path / "absent.tsv", IDENTIFIER_COLUMNS)) == 0


def test_a_table_without_rows_is_read(tmp_path: Path) -> None:
    (tmp_path / "tables").mkdir()
    (tmp_path / "scores.json").write_text("{}")
    head = "assembly\treference\tprotein\tkind\tfraction\tamount\n"
    (tmp_path / "tables" / "profiles.tsv").write_text(head)
    result = read_scores(tmp_path / "scores.json", tmp_path / "tables")
    assert len(result.tables["profiles"]) == 0


def test_a_table_of_an_older_version_is_read(tmp_path: Path) -> None:
    (tmp_path / "tables").mkdir()
    (tmp_path / "scores.json").write_text("{}")
    rows = "reference\tpart\tfigure\tvalue\ncorum\tall\tmmr\t0.5\n"
    (tmp_path / "tables" / "nulls.tsv").write_text(rows)
    result = read_scores(tmp_path / "scores.json", tmp_path / "tables").tables["nulls"]
    assert result["metric"].tolist() == ["mmr"]
