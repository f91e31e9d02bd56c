"""Conversion of in-memory networks (tables, sparse matrices, graphs) to protein pairs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from ..artifacts import Network
from ..data.edge_columns import index_column, pair_columns, unclear
from ..errors import DataError

if TYPE_CHECKING:
    import networkx

Pairs = tuple[Sequence[object], Sequence[object], NDArray[np.float64] | None]
"""First and second protein of each pair, and its weight."""


class IgraphSequence(Protocol):
    """Vertices or edges of an igraph graph."""

    def attributes(self) -> list[str]:
        """Return the names of their attributes."""

    def __getitem__(self, name: str) -> Sequence[object]:
        """Return an attribute of each."""


class IgraphGraph(Protocol):
    """Interface of igraph's graph, which has no type annotations."""

    @property
    def vs(self) -> IgraphSequence:
        """Its vertices."""

    @property
    def es(self) -> IgraphSequence:
        """Its edges."""

    def get_edgelist(self) -> list[tuple[int, int]]:
        """Return the two vertices of each edge."""


SparseMatrix: TypeAlias = (
    sparse.csr_array
    | sparse.csc_array
    | sparse.coo_array
    | sparse.csr_matrix
    | sparse.csc_matrix
    | sparse.coo_matrix
)


def pairs_of(given: object) -> Pairs:
    """Return the pairs of a network of any supported type.

    Raises:
        DataError: If the type is not supported, or names or weights do not fit.
    """
    packages = packages_of(given)
    if isinstance(given, Network):
        table = given.to_frame()
        alone = sorted(set(given.proteins) - {*table["protein_a"], *table["protein_b"]})
        return _with_alone(*_of_table(table), alone)
    if isinstance(given, pd.DataFrame):
        return _of_table(given)
    if isinstance(given, tuple) and len(given) == 2 and sparse.issparse(given[0]):
        return _of_matrix(*given)
    if "networkx" in packages:
        return _of_networkx(given)  # type: ignore[arg-type]  # as its package says
    if "igraph" in packages:
        return _of_igraph(given)  # type: ignore[arg-type]  # as its package says
    forms = "a path, a DataFrame, (sparse matrix, names), or a graph of networkx or igraph"
    raise unfit("network", given, forms)


def holds_pairs(given: object) -> bool:
    """Return whether an object is a network, not an embedding."""
    if isinstance(given, pd.DataFrame):
        texts = [not pd.api.types.is_numeric_dtype(kind) for kind in given.dtypes[:2]]
        return texts == [True, True]
    if isinstance(given, tuple):
        return sparse.issparse(given[0])
    return isinstance(given, Network) or bool({"networkx", "igraph"} & packages_of(given))


def chosen_columns(
    table: pd.DataFrame, columns: Sequence[str] | None = None, weight: str | None = None
) -> pd.DataFrame:
    """Return the columns of first protein, second protein and weight (if any) of a table.

    Args:
        table: Pairs of proteins.
        columns: The two columns of proteins; None: chosen as for a file.
        weight: The column of weights; None: chosen as for a file, unless `columns` are given.

    Raises:
        DataError: If a column is missing, or they are ambiguous.
    """
    table = table.set_axis([str(name) for name in table.columns], axis=1)
    names = list(table.columns)
    for name in (*(columns or ()), *(() if weight is None else (weight,))):
        if name not in names:
            raise DataError(f"network: the table has no column '{name}'; it has {names}.")
    if columns is None and len(names) < 2:
        raise DataError(f"network: a table of pairs needs two columns of names, got {names}.")
    if columns is not None:
        pairs = table[list(columns)]
    else:
        head = [tuple(map(str, row)) for row in table.head(20).itertuples(index=False)]
        usable = names[1:] if index_column(names, head) is not None else names
        numeric = {str(name) for name in table.select_dtypes("number").columns}
        chosen = pair_columns(usable, numeric.__contains__, weight)
        if isinstance(chosen, str):
            raise unclear("network", usable, chosen)
        pairs, weight = chosen.names(table[list(chosen.read)]), chosen.weight
    edges = pairs.set_axis(["protein_a", "protein_b"], axis=1)
    return edges if weight is None else edges.assign(weight=table[weight])


def _of_table(table: pd.DataFrame) -> Pairs:
    edges = chosen_columns(table)
    weights = np.asarray(edges["weight"], float) if "weight" in edges else None
    return edges["protein_a"].tolist(), edges["protein_b"].tolist(), weights


def _of_matrix(matrix: SparseMatrix, names: Sequence[str]) -> Pairs:
    if matrix.shape != (len(names), len(names)):
        raise DataError(
            f"network: {len(names)} names need a square matrix of their number, got {matrix.shape}."
        )
    i, j, weights = sparse.find(matrix)
    first, second = ([names[k] for k in rows.tolist()] for rows in (i, j))
    alone = [names[k] for k in sorted({*range(len(names))} - {*i.tolist(), *j.tolist()})]
    return _with_alone(first, second, np.asarray(weights, float), alone)


def _of_networkx(graph: networkx.Graph[str]) -> Pairs:
    edges: list[tuple[str, str, float | None]] = list(graph.edges(data="weight"))
    given = [weight for _, _, weight in edges if weight is not None]
    weights = np.array(given, float) if len(given) == len(edges) else None
    if given and weights is None:
        raise DataError(
            f"network: {len(edges) - len(given)} of {len(edges)} edges have no weight; give all or "
            "none of them one."
        )
    alone = [name for name in graph.nodes if not graph.degree[name]]
    return _with_alone([a for a, _, _ in edges], [b for _, b, _ in edges], weights, alone)


def _of_igraph(graph: IgraphGraph) -> Pairs:
    if "name" not in graph.vs.attributes():
        raise DataError(
            "network: the vertices of the graph have no attribute 'name'; set vs['name']."
        )
    names, pairs = list(graph.vs["name"]), graph.get_edgelist()
    weights = None
    if "weight" in graph.es.attributes():
        weights = np.array(graph.es["weight"], float)
    paired = {k for pair in pairs for k in pair}
    alone = [name for k, name in enumerate(names) if k not in paired]
    return _with_alone([names[a] for a, _ in pairs], [names[b] for _, b in pairs], weights, alone)


def _with_alone(
    first: Sequence[object],
    second: Sequence[object],
    weights: NDArray[np.float64] | None,
    alone: Sequence[object],
) -> Pairs:
    """Add isolated proteins as self pairs, as the readers expect."""
    if weights is not None:
        weights = np.append(weights, np.ones(len(alone)))
    return [*first, *alone], [*second, *alone], weights


def packages_of(given: object) -> set[str]:
    """Return the packages of an object's classes, without importing any."""
    return {kind.__module__.partition(".")[0] for kind in type(given).__mro__}


def unfit(key: str, given: object, forms: str) -> DataError:
    """Return the error for an object of an unsupported type."""
    return DataError(f"{key}: {forms} is needed, got {type(given).__name__}.")
