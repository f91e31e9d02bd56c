"""Alignment, ranks in a background and moved proteins, on cells whose truth is known."""

from collections.abc import Mapping
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.stats import special_ortho_group

from cytoweave.applications.contrast.cohesion import MemberPairs, Ranked, levelled, pair_ranks
from cytoweave.applications.contrast.context import Contexts, rotations
from cytoweave.applications.contrast.model import model_of, replicate_models
from cytoweave.applications.contrast.movers import Movers
from cytoweave.artifacts import Embedding
from cytoweave.maps import read_hierarchy

from .small import COMPLEXES, PROTEINS, SIZE, experiment, write_map

LABELS = ["control"] * 3 + ["treated"] * 3
CONDITIONS = np.repeat([0, 1], 3)


def embeddings(measured: Mapping[str, list[pd.DataFrame]]) -> list[Embedding]:
    return [
        Embedding.of_modality("matrix", list(table.index), table.to_numpy())
        for condition in measured.values()
        for table in condition
    ]


def test_rotations_are_undone() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=(200, 8)) * np.arange(1, 9)
    turned = np.stack([values @ special_ortho_group(8, seed=k).rvs() for k in range(4)])
    turned[1, :20] += 50 * rng.normal(size=(20, 8))  # movers are no anchors
    aligned = turned @ rotations(turned)
    assert aligned[0] == pytest.approx(aligned[2], abs=1e-8)
    assert aligned[0, 20:] == pytest.approx(aligned[1, 20:], abs=1e-8)
    assert np.abs(aligned[0, :20] - aligned[1, :20]).max() > 10


def test_missing_proteins_and_other_widths_are_let_in() -> None:
    one, two = embeddings({"a": experiment(0)["control"][:2]})
    narrow = Embedding.of_modality("matrix", two.proteins[5:], two.vectors[5:, :9])
    contexts = Contexts.of([one, narrow])
    assert contexts.proteins == tuple(PROTEINS)
    assert not contexts.present[1, :5].any()
    assert contexts.present[0].all()
    assert contexts.complete.tolist() == list(range(5, len(PROTEINS)))
    assert [units.shape[1] for units in contexts.units] == [12, 9]
    assert np.linalg.norm(contexts.units[1], axis=1) == pytest.approx(1)
    assert contexts.whole().vectors.shape[1] == len(PROTEINS) - 5


def test_ranks_are_uniform_over_pairs_drawn_at_random() -> None:
    rng = np.random.default_rng(1)
    units = rng.normal(size=(600, 5))
    units /= np.linalg.norm(units, axis=1, keepdims=True)
    strata = np.arange(600) % 3
    ranked = Ranked.of(units, strata, rng)
    first, second = np.triu_indices(600, 1)
    ranks = ranked.ranks(first, second)
    assert ranks.mean() == pytest.approx(0.5, abs=0.005)
    assert (ranks < 0.1).mean() == pytest.approx(0.1, abs=0.005)
    mine = (strata[first] == 0) & (strata[second] == 1)
    order = np.einsum("pf,pf->p", units[first[mine]], units[second[mine]])
    assert (np.diff(ranks[mine][np.argsort(order)]) >= 0).all()


def test_members_together_rank_high_and_dissolved_ones_do_not(tmp_path: Path) -> None:
    hierarchy = read_hierarchy(write_map(tmp_path / "map.nodes"))
    contexts = Contexts.of(embeddings(experiment(2, dissolved=[3])))
    rng = np.random.default_rng(0)
    pairs = MemberPairs.of(hierarchy, contexts.proteins, 4, rng)
    assert pairs.measured.tolist() == [SIZE] * COMPLEXES
    assert len(pairs.first) == COMPLEXES * SIZE * (SIZE - 1) // 2
    ranks, permuted = pair_ranks(contexts, pairs, 5, [0])
    cohesion = np.array([pairs.mean(one) for one in ranks])
    assert permuted.shape == (6, 5 * COMPLEXES)
    assert permuted.mean() == pytest.approx(0.5, abs=0.03)
    assert cohesion[:3].min() > 0.85
    assert cohesion[3:, 3].max() < 0.75
    assert np.delete(cohesion[3:], 3, axis=1).min() > 0.85


def test_large_assemblies_are_sampled(tmp_path: Path) -> None:
    names = [f"P{k}" for k in range(300)]
    (tmp_path / "map.nodes").write_text(
        f"root\t300\t{' '.join(names)}\t0\nA\t200\t{' '.join(names[:200])}\t3\n"
    )
    (tmp_path / "map.edges").write_text("root\tA\tdefault\n")
    hierarchy = read_hierarchy(tmp_path / "map.nodes")
    pairs = MemberPairs.of(hierarchy, names, 4, np.random.default_rng(0))
    assert len(pairs.first) == 2000
    assert (pairs.first != pairs.second).all()
    assert pairs.measured.tolist() == [200]


def test_moved_proteins_have_the_highest_scores_in_any_rotation() -> None:
    moved = [200, 215, 230, 245, 260]
    contexts = Contexts.of(embeddings(experiment(3, moved=moved)))
    result = Movers.of(contexts, model_of(LABELS, [""] * 6), CONDITIONS)
    assert set(result.rows[np.argsort(-result.score)[:5]]) == set(moved)
    assert (result.fdr[moved] < 1e-3).all()
    assert result.score == pytest.approx(-np.log10(result.p))
    others = np.delete(result.p, moved)
    assert (others <= 0.05).mean() < 0.075


def test_proteins_measured_poorly_in_one_replicate_do_not_move() -> None:
    """Noise differs between replicates by protein, so that all features are off at once."""
    rng = np.random.default_rng(8)
    means = rng.normal(size=(1000, 12))
    names = [f"P{k:04}" for k in range(len(means))]
    poor = np.exp(0.6 * rng.normal(size=(6, len(means), 1)))
    drawn = means + 0.3 * poor * rng.normal(size=(6, *means.shape))
    drawn[3:, 7] = -3 * means[7]  # moves
    contexts = Contexts.of([Embedding.of_modality("matrix", names, one) for one in drawn])
    model = model_of(LABELS, [""] * 6)
    result = Movers.of(contexts, model, CONDITIONS)
    assert (result.fdr <= 0.05).sum() <= 2
    assert result.score.argmax() == 7
    for _, pair in replicate_models(model, LABELS):
        null = Movers.of(contexts, pair, CONDITIONS)
        assert (null.p <= 0.05).mean() < 0.08
        assert (null.fdr <= 0.05).sum() <= 2


def test_a_protein_needs_one_replicate_of_each_condition() -> None:
    measured = experiment(4, moved=[200, 220])
    treated = measured["treated"]
    treated[0] = treated[0].drop(index=["P200", "P003"])
    treated[1] = treated[1].drop(index=["P200", "P004"])
    measured["treated"] = [table.drop(index="P210") for table in treated]
    contexts = Contexts.of(embeddings(measured))
    result = Movers.of(contexts, model_of(LABELS, [""] * 6), CONDITIONS)
    names = [contexts.proteins[k] for k in result.rows]
    assert "P210" not in names
    table = pd.DataFrame({"p": result.p, "fdr": result.fdr, "replicates": result.replicates}, names)
    assert table.loc["P200", "replicates"] == 4
    assert table["fdr"]["P200"] < 0.05
    assert table.loc["P003", "replicates"] == 5
    assert table.loc[["P003", "P004"], "p"].min() > 1e-3
    assert np.isfinite(table["p"]).all()


def test_without_replicates_distances_are_given_and_nothing_is_tested() -> None:
    measured = experiment(5, replicates=1, moved=[200, 220])
    result = Movers.of(
        Contexts.of(embeddings(measured)), model_of(["a", "b"], ["", ""]), np.array([0, 1])
    )
    assert np.isnan(result.p).all()
    assert np.isnan(result.fdr).all()
    assert set(np.argsort(-result.score)[:2]) == {200, 220}
    assert np.median(result.score) == pytest.approx(1)


def test_a_better_replicate_is_brought_to_the_level_of_the_others() -> None:
    rng = np.random.default_rng(6)
    true = rng.uniform(0.6, 0.9, size=60)
    cohesion = true + 0.01 * rng.normal(size=(6, 60))
    cohesion[3] += 0.05  # all assemblies
    cohesion[3:, 0] -= 0.3  # one that falls apart
    result = levelled(cohesion)
    assert np.median(result - result.mean(axis=0), axis=1) == pytest.approx(0, abs=0.005)
    assert result[3:, 0].mean() - result[:3, 0].mean() == pytest.approx(-0.3, abs=0.02)
    assert levelled(cohesion[:, :9]) is not None
    assert (levelled(cohesion[:, :9]) == cohesion[:, :9]).all()


def test_assemblies_that_change_do_not_move_the_level_of_the_others() -> None:
    rng = np.random.default_rng(7)
    cohesion = rng.uniform(0.6, 0.9, size=300) + 0.05 * rng.normal(size=(6, 300))
    cohesion[3:, :100] -= 0.3  # a third, as overlapping assemblies of one machine do
    rest = levelled(cohesion)[:, 100:]
    assert rest[3:].mean() - rest[:3].mean() == pytest.approx(0, abs=0.01)


def test_assemblies_of_one_replicate_seem_to_dissolve_elsewhere_and_those_of_all_do_not() -> None:
    """Define assemblies of proteins without any structure on one replicate, on others, on all."""
    measured = {
        name: [table.iloc[COMPLEXES * SIZE :] for table in tables]
        for name, tables in experiment(7).items()
    }
    contexts = Contexts.of(embeddings(measured))
    names = [contexts.proteins[k] for k in contexts.complete]

    def loss(vectors: np.ndarray, kept: list[int]) -> float:
        """Return the mean change of the tightest groups of these vectors."""
        groups = fcluster(linkage(vectors, "average", metric="cosine"), 30, "maxclust")
        sets = [np.flatnonzero(groups == k) for k in np.unique(groups)]
        sets = [inside for inside in sets if len(inside) > 1]
        pairs = np.concatenate([np.array(list(combinations(inside, 2))) for inside in sets])
        rng = np.random.default_rng(0)
        strata = np.zeros(len(names), np.intp)
        ranks = [Ranked.of(one, strata, rng).ranks(*pairs.T).mean() for one in contexts.units]
        return float(np.mean(ranks[3:]) - np.mean([ranks[k] for k in kept]))

    first = contexts.units[0]
    own = loss(first, [0, 1, 2])
    assert own < -0.01
    assert abs(loss(first, [1, 2])) < abs(own) / 3
    consensus = contexts.consensus(CONDITIONS)
    assert list(consensus.proteins) == names
    assert abs(loss(consensus.vectors, [0, 1, 2])) < abs(own) / 3
