"""Assemblies that come back, against scipy."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse, stats

from cytoweave.artifacts import Hierarchy
from cytoweave.eval import recovered_assemblies

from .conftest import MapBuilder


@pytest.mark.parametrize(("jaccard", "fdr"), [(0.4, 0.001), (0.2, 0.2), (0.05, 0.9)])
def test_recovered_by_brute_force(random_map: Hierarchy, jaccard: float, fdr: float) -> None:
    repeated = jackknifed(random_map)
    column = {name: k for k, name in enumerate(repeated.proteins)}
    mine = [{p for p in random_map.members_of(k) if p in column} for k in range(1, 26)]
    theirs = [set(repeated.members_of(k)) for k in range(1, len(repeated.names))]
    n = len(repeated.proteins)
    p = [[stats.hypergeom.sf(len(a & b) - 1, n, len(b), len(a)) for b in theirs] for a in mine]
    rates = stats.false_discovery_control(np.clip(p, 0, 1).ravel()).reshape(len(mine), -1)
    near = np.array([[len(a & b) / len(a | b) for b in theirs] for a in mine])
    expected = ((near >= jaccard) & (rates < fdr)).any(axis=1)
    got = recovered_assemblies(random_map, repeated, jaccard=jaccard, fdr=fdr)
    assert got.tolist() == expected.tolist()
    assert 0 < expected.sum() <= 25


def jackknifed(whole: Hierarchy) -> Hierarchy:
    """A map of nine tenths of the proteins whose assemblies lost or won some members."""
    rng = np.random.default_rng(0)
    kept = np.sort(rng.permutation(150)[:135])
    members = whole.membership[:, kept].toarray()
    members[1:][rng.random(members[1:].shape) < 0.08] = 0
    members[1:][rng.random(members[1:].shape) < 0.03] = 1
    return replace(
        whole,
        proteins=tuple(whole.proteins[k] for k in kept),
        membership=sparse.csr_array(members.astype(np.float32)),
    )


def test_a_map_comes_back_from_itself_and_not_from_shuffled_labels(build_map: MapBuilder) -> None:
    names = [f"p{k:03}" for k in range(120)]
    result = build_map({f"A{k}": " ".join(names[10 * k : 10 * k + 10]) for k in range(12)}, names)
    assert recovered_assemblies(result, result).all()
    shuffled = build_map({f"A{k}": " ".join(names[k::12]) for k in range(12)}, names)
    assert not recovered_assemblies(result, shuffled).any()
