"""Networks of weighted protein pairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import sparse

from ..errors import DataError
from .cx2 import Json, cx2_document
from .files import Floats, Ints, _check_distinct, _load_names, _save_names, load

if TYPE_CHECKING:
    import networkx


@dataclass(frozen=True)
class Network:
    """Weighted, undirected network of proteins without loops or duplicate edges.

    Attributes:
        proteins: ``N`` distinct names; isolated proteins are allowed.
        edges: ``(E, 2)`` rows into `proteins`, first < second, in lexicographic order.
        weights: ``(E,)`` float32, > 0; 1 if the source has none.
    """

    proteins: tuple[str, ...]
    edges: Ints
    weights: Floats

    def __post_init__(self) -> None:
        _check_distinct(self.proteins, "Network")
        if self.edges.shape != (len(self.weights), 2):
            raise DataError(
                f"Network needs one weight per edge, got {self.edges.shape} edges "
                f"and {self.weights.shape} weights."
            )

    @classmethod
    def from_pairs(
        cls,
        first: Sequence[str],
        second: Sequence[str],
        weights: ArrayLike | None = None,
        proteins: Sequence[str] = (),
    ) -> Network:
        """Build a network from named pairs.

        Pairs of a protein with itself are left out; of a pair given several times, in either
        order, the largest weight counts. `proteins` adds isolated ones; names are sorted.
        """
        names = np.unique(np.array([*first, *second, *proteins], dtype=object).astype(str))
        a, b = (
            np.searchsorted(names, np.array(first, str)),
            np.searchsorted(names, np.array(second, str)),
        )
        w = np.ones(len(a)) if weights is None else np.asarray(weights, float)
        low, high = np.minimum(a, b), np.maximum(a, b)
        table = pd.DataFrame({"low": low, "high": high, "weight": w})[low != high]
        table = table.groupby(["low", "high"], as_index=False).max()
        return cls(
            tuple(names.tolist()),
            table[["low", "high"]].to_numpy(np.int32),
            table["weight"].to_numpy(np.float32),
        )

    def adjacency(self) -> sparse.csr_array:
        """Return the symmetric ``(N, N)`` float64 matrix of weights."""
        n = len(self.proteins)
        i, j = self.edges.T
        half = sparse.coo_array((self.weights.astype(float), (i, j)), shape=(n, n))
        return (half + half.T).tocsr()

    def to_frame(self) -> pd.DataFrame:
        """Return one row per pair: ``protein_a protein_b weight``."""
        names = np.array(self.proteins, object)
        first, second = names[self.edges].reshape(-1, 2).T
        return pd.DataFrame({"protein_a": first, "protein_b": second, "weight": self.weights})

    def to_networkx(self) -> networkx.Graph[str]:
        """Return the pairs as an undirected graph whose edges have a ``weight``."""
        graph: networkx.Graph[str] = load("networkx").Graph()
        graph.add_nodes_from(self.proteins)
        graph.add_weighted_edges_from(self.to_frame().itertuples(index=False, name=None))
        return graph

    def to_cx2(self, title: str = "Proteins") -> list[Json]:
        """Return the network as a CX2 document, to be written as JSON."""
        nodes: list[Json] = [
            {"id": k, "v": {"name": name, "represents": name}}
            for k, name in enumerate(self.proteins)
        ]
        pairs = zip(self.edges.tolist(), self.weights.tolist(), strict=True)
        edges: list[Json] = [
            {"id": k, "s": a, "t": b, "v": {"Weight": weight}}
            for k, ((a, b), weight) in enumerate(pairs)
        ]
        types = {"nodes": {"name": "string", "represents": "string"}, "edges": {"Weight": "double"}}
        return cx2_document({"name": title}, types, nodes, edges)

    def save(self, folder: Path) -> None:
        """Write the network to `folder`."""
        _save_names(folder, self.proteins)
        np.savez_compressed(folder / "edges.npz", edges=self.edges, weights=self.weights)

    @classmethod
    def load(cls, folder: Path) -> Network:
        """Read what `save` wrote."""
        with np.load(folder / "edges.npz") as arrays:
            return cls(_load_names(folder), arrays["edges"], arrays["weights"])
