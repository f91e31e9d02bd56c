"""Small maps and term sets."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from scipy import sparse

from cytoweave.artifacts import Hierarchy, TermSet

MapBuilder = Callable[..., Hierarchy]
TermBuilder = Callable[[dict[str, str]], TermSet]


@pytest.fixture(scope="session")
def build_map() -> MapBuilder:
    """Build a map from assemblies named by their members, such as ``{"A": "a b c"}``."""

    def build(
        assemblies: dict[str, str],
        proteins: Sequence[str] = tuple("abcdefghijklmnop"),
        edges: Sequence[tuple[int, int]] | None = None,
    ) -> Hierarchy:
        column = {name: k for k, name in enumerate(proteins)}
        rows = [sorted(column[p] for p in text.split()) for text in assemblies.values()]
        rows = [list(range(len(proteins))), *rows]
        members = sparse.csr_array(
            (
                np.ones(sum(map(len, rows)), np.float32),
                np.concatenate([np.array(row, np.int32) for row in rows]),
                np.cumsum([0, *map(len, rows)]),
            ),
            shape=(len(rows), len(proteins)),
        )
        below_root = [(0, k) for k in range(1, len(rows))]
        return Hierarchy(
            tuple(proteins),
            ("root", *assemblies),
            members,
            np.array(below_root if edges is None else edges, np.int32).reshape(-1, 2),
            np.ones(len(rows), np.int32),
            np.full(len(rows), np.nan, np.float32),
        )

    return build


@pytest.fixture(scope="session")
def build_terms() -> TermBuilder:
    """Build a term set from terms named by their members; their descriptions end in ``!``."""
    return lambda terms: TermSet.from_sets(
        {name: (f"{name}!", set(text.split())) for name, text in terms.items()}
    )


@pytest.fixture(scope="session")
def random_map(build_map: MapBuilder) -> Hierarchy:
    """Return 25 random assemblies of 2 to 60 of 150 proteins."""
    rng = np.random.default_rng(5)
    names = [f"p{k:03}" for k in range(150)]
    sets = [rng.choice(names, rng.integers(2, 60), replace=False) for _ in range(25)]
    return build_map({f"A{k}": " ".join(s) for k, s in enumerate(sets)}, names)


@pytest.fixture(scope="session")
def random_terms(build_terms: TermBuilder) -> TermSet:
    """Return 40 random terms of 2 to 70 of 140 proteins, 120 of them those of `random_map`."""
    rng = np.random.default_rng(6)
    names = [f"p{k:03}" for k in range(30, 170)]
    sets = [rng.choice(names, rng.integers(2, 70), replace=False) for _ in range(40)]
    return build_terms({f"T{k}": " ".join(s) for k, s in enumerate(sets)})
