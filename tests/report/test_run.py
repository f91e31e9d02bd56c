import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from cytoweave.errors import DataError
from cytoweave.report import RunResult, read_run, write_run, write_scores

OF_A_MAP = {
    "assemblies.gmt",
    "assemblies.tsv",
    "hierarchy.cx2",
    "hierarchy.edges",
    "hierarchy.nodes",
    "hierarchy_parent.cx2",
    "report.html",
    "ro-crate-metadata.json",
    "scores.json",
    "tables/identifiers.tsv",
}
OF_VECTORS = {"embedding.h5ad", "embedding.tsv.gz"}
DATED = "ro-crate-metadata.json"


def written(folder: Path, result: RunResult) -> dict[str, bytes]:
    folder.mkdir(exist_ok=True)
    (folder / "config.yaml").write_text(yaml.safe_dump(result.config))
    paths = write_run(folder, result)
    assert len(set(paths)) == len(paths)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def test_a_run_leaves_all_its_files(run: RunResult, tmp_path: Path) -> None:
    tables = {f"tables/{name}.tsv" for name in run.scores.tables}
    tables.add("tables/images.tsv")
    assert set(written(tmp_path, run)) == OF_A_MAP | OF_VECTORS | tables
    result = (tmp_path / "tables" / "images.tsv").read_text().splitlines()[1]
    assert result == "image\ti1\tAB1\t\tNA|P02\tyes"


def test_a_run_without_vectors_leaves_no_file_of_them(map_run: RunResult, tmp_path: Path) -> None:
    assert set(written(tmp_path, map_run)) == OF_A_MAP


def test_the_same_result_gives_the_same_bytes(run: RunResult, tmp_path: Path) -> None:
    first, second = written(tmp_path / "a", run), written(tmp_path / "b", run)
    assert [name for name in first if first[name] != second[name] and name != DATED] == []


@pytest.mark.parametrize("kind", ["run", "map_run"])
def test_a_run_read_back_writes_the_same_files(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    first = written(tmp_path / "a", request.getfixturevalue(kind))
    second = written(tmp_path / "b", read_run(tmp_path / "a"))
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name] and name != DATED] == []


def test_a_moved_run_reads_back_whole(run: RunResult, tmp_path: Path) -> None:
    written(tmp_path / "a", run)
    shutil.move(tmp_path / "a", tmp_path / "moved")
    result = read_run(tmp_path / "moved")
    assert result.config == run.config
    assert run.embedding is not None
    assert result.embedding is not None
    assert result.embedding.vectors.tobytes() == run.embedding.vectors.tobytes()
    np.testing.assert_array_equal(result.layout, run.layout)
    assert result.scores.metrics.keys() == run.scores.metrics.keys()
    for name, table in run.scores.tables.items():
        expected = table.replace("", np.nan)
        pd.testing.assert_frame_equal(result.scores.tables[name], expected, check_dtype=False)
    pd.testing.assert_frame_equal(result.identifiers, run.identifiers)


def test_somebody_elses_scores_are_written_alone(run: RunResult, tmp_path: Path) -> None:
    paths = write_scores(tmp_path / "new", run.scores)
    assert [path.name for path in paths] == [
        "scores.json",
        "assemblies_terms.tsv",
        "coelution.tsv",
        "truth.tsv",
    ]


def test_a_folder_without_a_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        DataError, match=r"no config\.yaml, so this is not the folder of a finished"
    ):
        read_run(tmp_path)


def test_a_hierarchy_with_proteins_that_have_no_vector_is_refused(run: RunResult) -> None:
    assert run.embedding is not None
    fewer = run.embedding.restrict(run.embedding.proteins[2:])
    with pytest.raises(DataError, match="2 proteins of the hierarchy have no vector"):
        replace(run, embedding=fewer, layout=None)


def test_a_layout_of_the_wrong_shape_is_refused(run: RunResult) -> None:
    with pytest.raises(DataError, match=r"layout must be \(24, 2\), got \(3, 2\)"):
        replace(run, layout=np.zeros((3, 2), np.float32))


def test_a_layout_without_an_embedding_is_refused(run: RunResult) -> None:
    with pytest.raises(DataError, match="need an embedding"):
        replace(run, embedding=None)
