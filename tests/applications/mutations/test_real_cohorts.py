"""17 cohorts of TCGA on the authors' draft map: known assemblies, and controls without any."""

from pathlib import Path

import pytest

import cytoweave as cw
from cytoweave.artifacts import Findings

MAP = "hierarchies/U2OS_map_May2023final.nodes.gz"
COUNTS = "cancer/tcga_mc3_gene_counts_17_cohorts.tsv.gz"
LENGTHS = "cancer/protein_lengths_maftools.tsv.gz"
COVARIATES = "cancer/dndscv_hg19_covariates_20pcs.tsv.gz"


@pytest.fixture(autouse=True)
def _own_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CYTOWEAVE_STORE", str(tmp_path / "store"))


def mutations(data: Path, *, covariates: bool, **settings: object) -> Findings:
    table, lengths = (data / COVARIATES, data / LENGTHS) if covariates else (None, None)
    return cw.mutations(
        data / MAP,
        counts=data / COUNTS,
        covariates=table,
        lengths=lengths,
        run=None,
        out=None,
        verbose=False,
        **settings,
    )


@pytest.mark.slow
def test_the_remodelling_complexes_and_cohesin_are_found(real_data: Path) -> None:
    """SWI/SNF and cohesin by many genes, the assembly of VHL by one."""
    result = mutations(real_data, covariates=True, controls=2)
    passed = result.answer[result.answer["class"] != "not significant"]
    kinds = passed[passed["cohort"] == "pan"].set_index("top_gene")["class"]
    assert kinds["PBRM1"] == kinds["STAG2"] == "convergent"
    assert kinds["VHL"] == "single-gene"
    assert result.metrics["silent_pan"] <= 1
    assert result.metrics["significant_pan.null_mean"] <= 1


@pytest.mark.slow
@pytest.mark.parametrize("covariates", [True, False])
def test_silent_mutations_hold_next_to_nothing(real_data: Path, covariates: bool) -> None:
    result = mutations(real_data, covariates=covariates, test_on="silent", controls=0).answer
    assert result.loc[result["fdr"] <= 0.1, "assembly"].nunique() <= 1
    pan = result[result["cohort"] == "pan"]["p_alone"]
    assert (pan <= 0.05).mean() <= 0.08
