"""What a run's result offers to other tools in memory is what it writes to its folder."""

import json
from dataclasses import replace
from pathlib import Path

import anndata
import pandas as pd
import pytest

from cytoweave.errors import DataError
from cytoweave.report import RunResult, write_run


def test_in_memory_and_on_disk_agree(run: RunResult, tmp_path: Path) -> None:
    write_run(tmp_path, run)
    assert json.loads(json.dumps(run.to_cx2())) == json.loads(
        (tmp_path / "hierarchy.cx2").read_text()
    )
    written = pd.read_csv(tmp_path / "assemblies.tsv", sep="\t", keep_default_na=False)
    assert list(run.to_frame()["id"]) == list(written["id"])
    assert list(run.to_frame().columns) == list(written.columns)
    there, here = anndata.read_h5ad(tmp_path / "embedding.h5ad"), run.to_anndata()
    assert (there.X == here.X).all()
    assert set(there.obsm) == set(here.obsm)
    assert there.obs.astype(str).equals(here.obs.astype(str))


def test_a_run_that_began_at_a_network_has_no_anndata(run: RunResult) -> None:
    bare = replace(run, embedding=None, modalities={}, layout=None)
    with pytest.raises(DataError, match="began at a network, so its proteins have no vectors"):
        bare.to_anndata()
