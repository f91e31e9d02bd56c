"""Agreement with scorers that were written apart from the package, on real maps."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cytoweave.artifacts import Embedding, Network, TermSet
from cytoweave.data import read_embedding, read_gmt, read_network
from cytoweave.data.hierarchies.files import write_hierarchy
from cytoweave.eval import Evaluation
from cytoweave.eval.embedding.retrieval import bootstrap_interval, cosine, pair_sets, score_pairs
from cytoweave.maps import read_hierarchy

CORUM, GO = "corum/corum4_human.gmt.gz", "go/GO_CC_human_propagated_2023-11.gmt.gz"
CHI_5 = "U2OS_5183_MUSE.chi_5.maxres_20.nodes"
CHI_10 = "U2OS_5183_MUSE.chi_10.maxres_20.nodes"
DRAFT, APRIL = "U2OS_map_May2023final.nodes", "U2OS_map_v1.1_Apr2023.cx2"
SLOW = pytest.mark.slow


def scored_by(script: Path, *arguments: object) -> dict[str, Any]:
    """Return what a scorer prints."""
    command = [sys.executable, str(script), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


def terms_of(path: Path) -> TermSet:
    result = read_gmt(path).value
    assert isinstance(result, TermSet)
    return result


@pytest.fixture(scope="module")
def offered(real_data: Path) -> tuple[str, ...]:
    path = real_data / "embeddings" / "U2OS_5183_MUSE_top0.2pct_pairs.tsv.gz"
    result = read_network(path, columns=["gene_a", "gene_b"], weight="muse_cosine").value
    assert isinstance(result, Network)
    return result.proteins


@pytest.mark.parametrize(
    ("name", "reference", "universe"),
    [
        (CHI_5, CORUM, True),
        (CHI_5, GO, True),
        *(
            pytest.param(name, reference, universe, marks=SLOW)
            for name in (CHI_5, CHI_10, DRAFT, APRIL)
            for reference in (CORUM, GO)
            for universe in (True, False)
            if (name, universe) != (CHI_5, True)
        ),
    ],
)
def test_maps(  # the drafts have other proteins than the pairs
    real_data: Path,
    bench: Path,
    tmp_path: Path,
    offered: tuple[str, ...],
    name: str,
    reference: str,
    universe: bool,
) -> None:
    path = real_data / "hierarchies" / f"{name}.gz"
    nodes = path if ".nodes" in name else as_nodes(path, tmp_path)
    arguments: list[object] = [nodes, real_data / reference, "--nulls", 0]
    if universe:
        (tmp_path / "offered.txt").write_text("\n".join(offered))
        arguments += ["--universe", tmp_path / "offered.txt"]
    expected = scored_by(bench / "score_hierarchy.py", *arguments)
    got = Evaluation(nulls=0)(
        hierarchy=read_hierarchy(path, proteins=offered if universe else None),
        embedding=None,
        references={"terms": terms_of(real_data / reference)},
        seed=0,
    ).metrics
    assert got["map.all.distinct"] == expected["distinct"]
    for ours, theirs in (("terms", "sets"), ("groups", "groups"), ("universe", "universe")):
        assert got[f"terms.all.{ours}"] == expected[theirs]
    for metric in ("assemblies", "j50", "j20", "recovered", "recovered_groups"):
        assert got[f"terms.all.{metric}"] == expected[metric]
    for metric in ("enriched", "mmr"):
        assert round(got[f"terms.all.{metric}"], 4) == expected[metric]


def as_nodes(path: Path, folder: Path) -> Path:
    """Return a map in the form that the other scorer reads."""
    return write_hierarchy(folder / "map.nodes", read_hierarchy(path))[0]


@SLOW
def test_nulls_of_a_map(real_data: Path, bench: Path) -> None:
    nodes = real_data / "hierarchies" / f"{CHI_10}.gz"
    expected = scored_by(bench / "score_hierarchy.py", nodes, real_data / CORUM)
    terms = terms_of(real_data / CORUM)
    got = Evaluation()(
        hierarchy=read_hierarchy(nodes), embedding=None, references={"corum": terms}, seed=0
    ).metrics
    assert got["corum.all.mmr.null_mean"] == pytest.approx(expected["null_mmr"], rel=0.1)
    assert got["corum.all.j20.null_mean"] == pytest.approx(expected["null_j20"], abs=2)
    assert got["corum.all.recovered.null_mean"] == pytest.approx(expected["null_recovered"], abs=1)


@SLOW
@pytest.mark.parametrize(
    "name",
    [
        "cm4ai_MDA-MB-468_image_emd",
        "cm4ai_MDA-MB-468_labels_prob",
        "cm4ai_MDA-MB-468_coembedding_emd",
    ],
)
def test_small_embeddings(real_data: Path, bench: Path, tmp_path: Path, name: str) -> None:
    result = read_embedding(real_data / "embeddings" / f"{name}.tsv.gz").value
    assert isinstance(result, Embedding)
    agree(real_data, bench, tmp_path, result, auroc=0.02, precision=0.02)


@SLOW
def test_thousands_of_proteins(real_data: Path, bench: Path, tmp_path: Path) -> None:
    table = pd.read_csv(real_data / "spatial" / "U2OS_LOPITDC2018.tsv.gz", sep="\t")
    table = table.dropna(subset="hgnc_symbol").drop_duplicates("hgnc_symbol")
    profiles = table.filter(regex="rep").to_numpy()
    vectors = (profiles - profiles.mean(axis=0)) / profiles.std(axis=0)
    result = Embedding.of_modality("lopit", tuple(table["hgnc_symbol"]), vectors)
    got, expected = agree(real_data, bench, tmp_path, result, auroc=0.001, precision=0.005)
    # The other scorer resamples single complexes, ours groups of similar ones: wider intervals.
    low, high = (got[f"corum.all.macro_auroc.{end}"] for end in ("lo", "hi"))
    assert low <= expected["macro_lo"]
    assert high >= expected["macro_hi"]
    assert high - low <= 2.5 * (expected["macro_hi"] - expected["macro_lo"])


def agree(
    real_data: Path,
    bench: Path,
    folder: Path,
    embedding: Embedding,
    auroc: float,
    precision: float,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Check the metrics of an embedding, which the other scorer draws pairs for; return both."""
    columns = [str(k) for k in range(embedding.vectors.shape[1])]
    table = pd.DataFrame(embedding.vectors, index=list(embedding.proteins), columns=columns)
    table.to_csv(folder / "embedding.tsv", sep="\t")
    arguments = folder / "embedding.tsv", real_data / CORUM
    expected = scored_by(bench / "score_embedding.py", *arguments)
    got = Evaluation()(
        hierarchy=None,
        embedding=embedding,
        references={"corum": terms_of(real_data / CORUM)},
        seed=0,
    ).metrics
    assert (got["corum.all.pairs"], got["corum.all.sets"]) == (expected["pairs"], expected["sets"])
    assert got["corum.all.auroc"] == pytest.approx(expected["auroc"], abs=auroc)
    assert got["corum.all.macro_auroc"] == pytest.approx(expected["macro_auroc"], abs=auroc)
    assert got["corum.all.ap_1to10"] == pytest.approx(expected["ap_1to10"], abs=precision)
    # The other scorer resamples single complexes, which gives its interval; ours is of groups.
    sets = pair_sets(embedding.proteins, terms_of(real_data / CORUM))
    assert sets
    scores = score_pairs(cosine(embedding.vectors), sets)
    assert scores
    bounds = bootstrap_interval(scores.per_set[np.isfinite(scores.per_set)], 1000, 0)
    expected_bounds = [expected["macro_lo"], expected["macro_hi"]]
    np.testing.assert_allclose(bounds, expected_bounds, atol=5 * auroc)
    return got, expected
