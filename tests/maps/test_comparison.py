"""What two maps share."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from cytoweave.artifacts import Hierarchy
from cytoweave.errors import DataError
from cytoweave.maps import compare


def flat(proteins: str, assemblies: list[str]) -> Hierarchy:
    rows = np.array([[p in a for p in proteins] for a in [proteins, *assemblies]], np.float32)
    count = len(rows)
    return Hierarchy(
        tuple(proteins),
        tuple(f"A{k}" for k in range(count)),
        sparse.csr_array(rows),
        np.array([[0, k] for k in range(1, count)], np.int32).reshape(-1, 2),
        np.zeros(count, np.int32),
        np.zeros(count, np.float32),
    )


def test_best_matches_by_hand() -> None:
    first = flat("abcdefgh", ["abcd", "efgh", "ah"])
    second = flat("hgfedcbaz", ["abcd", "efz"])
    result = compare(first, second)
    assert result.mean_best == pytest.approx(((1 + 2 / 5 + 1 / 5) / 3, (1 + 2 / 5) / 2))
    assert result.recovered_40 == pytest.approx((2 / 3, 1))
    assert result.recovered_90 == pytest.approx((1 / 3, 1 / 2))


def chain(proteins: str, assemblies: list[str]) -> Hierarchy:
    """Each assembly inside the one before it."""
    links = np.array([[k, k + 1] for k in range(len(assemblies))], np.int32).reshape(-1, 2)
    return replace(flat(proteins, assemblies), edges=links)


def test_edges_kept_by_hand() -> None:
    deep = chain("abcdefgh", ["abcdef", "abcd", "ab"])
    shallow = flat("abcdefgh", ["abcdef", "abcd", "ab"])
    kept = [compare(deep, other).edges_kept for other in (deep, shallow)]
    assert kept == [(1.0, 1.0), (0.0, 1.0)]
    # The middle one is gone: its best match is the one above, and only that edge below remains.
    result = compare(deep, chain("abcdefgh", ["abcdef", "ab"]))
    assert result.edges_kept == (0.5, 1.0)
    assert result.matches.tolist() == [1, 1, 2]
    assert result.metrics()["edges_kept.back"] == 1


def test_a_map_agrees_with_itself_and_roots_do_not_count() -> None:
    one = flat("abcd", ["ab", "cd"])
    assert compare(one, one).mean_best == (1, 1)
    bare = flat("abcd", [])
    assert compare(bare, bare).mean_best == (1, 1)
    assert compare(one, bare).mean_best == (0, 1)


def test_nothing_in_common() -> None:
    with pytest.raises(DataError, match=r"share no protein.*'a'.*'x'"):
        compare(flat("ab", []), flat("xy", []))
