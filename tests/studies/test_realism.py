"""A simulated cell beside real sets: the metrics, their sources, and how near they are."""

import re
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from cytoweave.artifacts import ElutionProfiles, Network, TermSet
from cytoweave.data.elution import read_elution
from cytoweave.data.networks import read_network
from cytoweave.data.references import read_gmt
from cytoweave.data.simulation import simulate
from cytoweave.errors import DataError
from cytoweave.studies.realism import (
    REAL,
    elution_metrics,
    location_metrics,
    network_metrics,
    realism,
)

TOLERANCE = {
    # Three times the s.d. over ten seeds of cells of 600 proteins, or the bias where larger.
    "partners per protein, mean": 3.5,
    "partners per protein, median": 2.5,
    "partners, 95 % quantile over median": 1.2,
    "partners, Gini coefficient": 0.05,
    "closed triangles": 0.10,  # a network of 600 closes more triangles by chance alone
    "complex pairs that interact": 0.11,
    "complexes from interactions, AUROC": 0.09,
    "proteins without interactions": 0.09,
    "locations, more than one": 0.07,
    "main locations, more than one": 0.05,
    "proteins in CORUM": 0.13,
    "proteins in HPA": 0.05,
    "proteins with an elution profile": 0.02,
    "fractions without detection": 0.04,
    "profiles with the largest fraction first": 0.04,
    "neighbouring fractions, correlation": 0.06,
    "complexes from co-elution, AUROC": 0.09,
}


def metrics_of(folder: Path, noise: float) -> dict[str, float]:
    folder.mkdir()
    # Large enough that references at noise 2 still hold a few hundred pairs.
    simulate(folder, n_proteins=1200, images_per_protein=0, noise=noise)
    table = realism(folder, 0)
    return dict(zip(table["metric"], table["simulated"], strict=True))


def test_a_cell_at_noise_1_is_as_hard_as_life(tmp_path: Path) -> None:
    simulate(tmp_path, images_per_protein=0)
    table = realism(tmp_path, 0)
    assert list(table.columns) == ["metric", "simulated", "real"]
    table = table[table["metric"] != "proteins without images"]
    away = (table["simulated"] - table["real"]).abs().to_numpy()
    limit = np.array([TOLERANCE[name] for name in table["metric"]])
    assert (away <= limit).all(), table[away > limit].to_string()


def test_the_dial_turns_from_perfect_to_chance(tmp_path: Path) -> None:
    cells = [metrics_of(tmp_path / str(noise), noise) for noise in (0, 1, 2)]
    for metric, best, worst in (
        ("complexes from interactions, AUROC", 0.99, 0.7),
        ("complexes from co-elution, AUROC", 0.85, 0.65),
        ("proteins in CORUM", 0.65, 0.35),
        ("proteins in HPA", 0.99, 0.8),
        ("proteins with an elution profile", 0.99, 0.4),
    ):
        curve = [cell[metric] for cell in cells]
        assert curve == sorted(curve, reverse=True)
        assert curve[0] > best
        assert curve[-1] < worst


def test_proteins_with_images_are_counted(tmp_path: Path) -> None:
    simulate(tmp_path, n_proteins=60, image_size=64)
    table = realism(tmp_path, 0).set_index("metric")["simulated"]
    genes = pd.read_csv(tmp_path / "images" / "samples.csv")["gene_names"]
    assert table["proteins without images"] == 1 - genes.nunique() / 60


def test_network_metrics_agree_with_independent_ones() -> None:
    rng = np.random.default_rng(0)
    graph = nx.gnp_random_graph(60, 0.15, seed=1)
    graph.add_edges_from((0, k) for k in range(1, 40))
    names = [f"P{k:02d}" for k in range(60)]
    pairs = [(names[a], names[b]) for a, b in graph.edges]
    network = Network.from_pairs([a for a, _ in pairs], [b for _, b in pairs], proteins=["ALONE"])
    sets = {f"c{k}": ("", set(rng.choice([*names, "ABSENT"], 5).tolist())) for k in range(8)}
    result = network_metrics(network, TermSet.from_sets(sets), 0)
    degrees = [d for _, d in graph.degree if d]
    differences = sum(abs(a - b) for a in degrees for b in degrees)
    gini = differences / (2 * len(degrees) ** 2 * np.mean(degrees))
    inside = {
        frozenset((a, b))
        for _, members in sets.values()
        if len(members & set(names)) >= 3
        for a in members & set(names)
        for b in members & set(names)
        if a < b
    }
    assert result["partners per protein, mean"] == pytest.approx(np.mean(degrees))
    assert result["partners per protein, median"] == np.median(degrees)
    assert result["partners, Gini coefficient"] == pytest.approx(gini)
    assert result["closed triangles"] == pytest.approx(nx.transitivity(graph))
    assert result["complex pairs that interact"] == pytest.approx(
        len(inside & {frozenset(pair) for pair in pairs}) / len(inside)
    )


def test_elution_metrics_of_a_small_table() -> None:
    blank = np.nan
    amounts = np.array(
        [
            [[1.0, 0.5, blank, blank], [blank, 0.2, 1.0, 0.4], [blank] * 4],
            [[0.5, 1.0, blank, blank], [blank, 0.1, 1.0, 0.5], [1.0, 0.3, blank, 0.2]],
        ],
        np.float32,
    )
    profiles = ElutionProfiles(("A", "B", "C"), amounts)
    result = elution_metrics(profiles, TermSet.from_sets({"c": ("", {"A", "B", "C"})}))
    assert result["fractions without detection"] == pytest.approx((3 / 8 + 4 / 12) / 2)
    assert result["profiles with the largest fraction first"] == pytest.approx((1 / 2 + 1 / 3) / 2)
    filled = [np.nan_to_num(a).tolist() for a in (amounts[0, :2], amounts[1])]
    smooth = [np.mean([np.corrcoef(row[:-1], row[1:])[0, 1] for row in rows]) for rows in filled]
    assert result["neighbouring fractions, correlation"] == pytest.approx(np.mean(smooth))
    assert np.isnan(result["complexes from co-elution, AUROC"])


def test_the_real_metrics_of_elution_and_locations_are_measured(real_data: Path) -> None:
    corum = read_gmt(real_data / "corum" / "corum4_human.gmt.gz").value
    path = real_data / "secms" / "U2OS_SEC_kirkwood2013_genes.tsv.gz"
    profiles = read_elution(path, id="hgnc_symbol", columns="Fraction*").value
    path = real_data / "hpa" / "hpa_subcellular_location_v23.tsv.gz"
    locations = pd.read_csv(path, sep="\t", keep_default_na=False)
    assert isinstance(corum, TermSet)
    assert isinstance(profiles, ElutionProfiles)
    result = elution_metrics(profiles, corum) | location_metrics(locations)
    assert result == pytest.approx({name: REAL[name] for name in result}, abs=0.001)


@pytest.mark.slow
def test_the_real_metrics_of_the_network_are_measured(real_data: Path) -> None:
    corum = read_gmt(real_data / "corum" / "corum4_human.gmt.gz").value
    path = real_data / "ppi" / "bioplex3_293T.tsv.gz"
    network = read_network(path, columns=["target", "prey"], weight="pInt").value
    assert isinstance(corum, TermSet)
    assert isinstance(network, Network)
    result = network_metrics(network, corum, 0)
    rounded = {name: REAL[name] for name in result}
    assert result == pytest.approx(rounded, rel=0.01)


def test_a_folder_without_a_simulated_cell_is_refused(tmp_path: Path) -> None:
    message = f"{tmp_path} holds no simulated cell; `cytoweave data simulate` writes one."
    with pytest.raises(DataError, match=re.escape(message)):
        realism(tmp_path, 0)
