"""A run as the toolkit's steps, read back as each of its programs would read it."""

import csv
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cytoweave.artifacts import Embedding
from cytoweave.data.hierarchies.files import read_hierarchy
from cytoweave.data.reading import read
from cytoweave.errors import DataError
from cytoweave.report import RunResult, write_toolkit
from cytoweave.report.measured import NAME_COLUMNS, Measured


@pytest.fixture
def measured_run(run: RunResult) -> RunResult:
    """Return a run of proteins with plain names, with its interactions."""
    plain = {name: f"P{k:02d}" for k, name in enumerate(run.hierarchy.proteins)}

    def renamed(proteins: Sequence[str]) -> tuple[str, ...]:
        return tuple(plain[name] for name in proteins)

    assert run.embedding is not None
    every = tuple(plain.values())
    network = replace(run.similarity, proteins=every)
    names = pd.DataFrame([["P00", "", "", "", "ENSG01|ENSG02", "", ""]], columns=[*NAME_COLUMNS])
    return replace(
        run,
        hierarchy=replace(run.hierarchy, proteins=every),
        similarity=network,
        embedding=replace(run.embedding, proteins=every),
        modalities={k: replace(e, proteins=renamed(e.proteins)) for k, e in run.modalities.items()},
        measured=Measured({"ppi": network}, names=names),
    )


def vectors_of(path: Path) -> tuple[list[str], np.ndarray]:
    """Read vectors as cellmaps_generate_hierarchy does."""
    table = pd.read_table(path, sep="\t", index_col=0)
    return [*map(str, table.index)], table.to_numpy(np.float32)


def test_each_step_has_what_its_program_reads(measured_run: RunResult, tmp_path: Path) -> None:
    paths = write_toolkit(tmp_path, measured_run)
    assert {path.relative_to(tmp_path).as_posix() for path in paths} == {
        "1.ppi_download/ppi_edgelist.tsv",
        "1.ppi_download/ppi_gene_node_attributes.tsv",
        "1.ppi_download/ro-crate-metadata.json",
        "2.image_embedding/image_emd.tsv",
        "2.image_embedding/ro-crate-metadata.json",
        "2.ppi_embedding/ppi_emd.tsv",
        "2.ppi_embedding/ro-crate-metadata.json",
        "3.coembedding/coembedding_emd.tsv",
        "3.coembedding/ro-crate-metadata.json",
        "4.hierarchy/hierarchy.cx2",
        "4.hierarchy/hierarchy_node_attributes.tsv",
        "4.hierarchy/hierarchy_parent.cx2",
        "4.hierarchy/ro-crate-metadata.json",
    }
    with (tmp_path / "1.ppi_download" / "ppi_edgelist.tsv").open() as stream:
        header, *rows = csv.reader(stream, delimiter="\t")
    assert header == ["geneA", "geneB"]
    assert len(rows) == len(measured_run.similarity.edges)
    genes = pd.read_table(tmp_path / "1.ppi_download" / "ppi_gene_node_attributes.tsv")
    assert [*genes.columns] == ["name", "represents", "ambiguous", "bait"]
    assert genes["represents"].dropna().tolist() == ["ensembl:ENSG01"]
    for step, embedding in {
        "2.ppi_embedding/ppi_emd.tsv": measured_run.modalities["ppi"],
        "2.image_embedding/image_emd.tsv": measured_run.modalities["image"],
        "3.coembedding/coembedding_emd.tsv": measured_run.embedding,
    }.items():
        assert embedding is not None
        names, vectors = vectors_of(tmp_path / step)
        assert names == [*embedding.proteins]
        assert vectors.tobytes() == embedding.vectors.tobytes()


def test_ours_reads_back_what_ours_wrote(measured_run: RunResult, tmp_path: Path) -> None:
    write_toolkit(tmp_path, measured_run)
    hierarchy = read_hierarchy(tmp_path / "4.hierarchy")
    assert hierarchy.names == measured_run.hierarchy.names
    assert hierarchy.sizes.tolist() == measured_run.hierarchy.sizes.tolist()
    node = {"kind": "embedding", "path": tmp_path / "3.coembedding"}
    result = read("co", node, identifiers=None, strict=True).value
    assert isinstance(result, Embedding)
    assert measured_run.embedding is not None
    assert result.vectors.tobytes() == measured_run.embedding.vectors.tobytes()


def test_crates_name_title_organisation_and_project(
    measured_run: RunResult, tmp_path: Path
) -> None:
    write_toolkit(tmp_path, measured_run)
    for path in tmp_path.glob("*/ro-crate-metadata.json"):
        root = json.loads(path.read_text())["@graph"][1]  # where the toolkit looks
        assert root["name"] == measured_run.title
        assert root["description"]
        assert root["keywords"]
        assert {part["@type"] for part in root["isPartOf"]} == {"Organization", "Project"}


def test_several_modalities_of_a_kind_lie_apart(measured_run: RunResult, tmp_path: Path) -> None:
    image = measured_run.modalities["image"]
    more = measured_run.modalities | {"lopit": image}
    write_toolkit(tmp_path, replace(measured_run, modalities=more))
    for name in ("image", "lopit"):
        assert (tmp_path / f"2.image_embedding_{name}" / "image_emd.tsv").is_file()


def test_a_run_of_a_network_alone_has_nothing_for_the_steps(
    map_run: RunResult, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match="neither interactions nor vectors"):
        write_toolkit(tmp_path, map_run)
