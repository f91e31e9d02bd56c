"""Conversion of in-memory data (tables, graphs, hierarchies, sets) to files for the verbs.

A file is kept in the store under a hash of its content, so that equal data have equal keys; it is
read like any file, and gives the same map byte for byte.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from ..artifacts import Embedding, Hierarchy, Network, write_tsv
from ..data.hierarchies.files import write_hierarchy
from ..errors import DataError
from ..store import Recipe, Store
from .networks import IgraphGraph, SparseMatrix, holds_pairs, packages_of, pairs_of, unfit

if TYPE_CHECKING:
    import networkx

Place: TypeAlias = str | PathLike[str]
"""A path."""


class AnnDataTable(Protocol):
    """Interface of AnnData, which has no type annotations."""

    @property
    def X(self) -> object:  # noqa: N802 - anndata's name
        """Proteins by dimensions."""

    @property
    def obs_names(self) -> Iterable[object]:
        """Names of the proteins."""


NetworkInput: TypeAlias = """(
    Place | Network | pd.DataFrame | tuple[SparseMatrix, Sequence[str]] | networkx.Graph[str]
    | IgraphGraph
)"""
"""Pairs of proteins: a file, a table, a sparse matrix with names, a graph."""

EmbeddingInput: TypeAlias = (
    Place | Embedding | pd.DataFrame | tuple[ArrayLike, Sequence[str]] | AnnDataTable
)
"""Vectors of proteins: a file, a table, an array with names, an AnnData."""

HierarchyInput: TypeAlias = Place | Hierarchy
"""A map: a file in any form that is read, or the map itself."""

ModalityInput: TypeAlias = "NetworkInput | EmbeddingInput | Mapping[str, object]"
"""A modality: pairs or vectors of proteins in memory, or a node of a data config."""

ReferenceInput: TypeAlias = Place | Hierarchy | Mapping[str, object]
"""A reference: a GMT file, a true hierarchy, protein sets by name, or a node of a data config."""


def network_file(store: Store, given: object) -> str:
    """Return the edge list of a network.

    The columns of a table are chosen as for a file; of a graph the edge attribute ``weight`` is
    used. An isolated protein of a graph or a matrix is kept by a self pair.

    Raises:
        DataError: If the object is no network, a weight is below 0, or the columns of a table are
            ambiguous.
    """
    if isinstance(given, str | PathLike):
        return str(Path(given))
    first, second, weights = pairs_of(given)
    columns = {"protein_a": cells_of(first, "network"), "protein_b": cells_of(second, "network")}
    table = pd.DataFrame(columns, dtype=str)
    if weights is not None:
        _check_weights(weights)
        table["weight"] = weights
    return remembered(store, "network.tsv", _content(table), lambda path: _write(path, table))


def embedding_file(store: Store, given: object) -> str:
    """Return the table of an embedding.

    The names are the first column of a table if that is text, else its index.

    Raises:
        DataError: If the object has no vectors.
    """
    if isinstance(given, str | PathLike):
        return str(Path(given))
    names, values = _vectors(given)
    if values.ndim != 2 or len(values) != len(names) or not values.shape[1]:
        raise DataError(
            f"embedding: needs one vector for each of {len(names)} names, got {values.shape}."
        )
    table = pd.DataFrame(values)
    table.insert(0, "id", cells_of(names, "embedding"))
    return remembered(store, "embedding.tsv", _content(table), lambda path: _write(path, table))


def hierarchy_file(store: Store, given: object) -> str:
    """Return the file of a hierarchy.

    Raises:
        DataError: If it is neither a path nor a hierarchy.
    """
    if isinstance(given, str | PathLike):
        return str(Path(given))
    if not isinstance(given, Hierarchy):
        raise unfit("hierarchy", given, "a path or a Hierarchy")
    arrays = (given.membership.data, given.membership.indices, given.membership.indptr)
    content = [repr((given.proteins, given.names)).encode(), *(a.tobytes() for a in arrays)]
    content += [a.tobytes() for a in (given.edges, given.persistence, given.stability)]
    return remembered(store, "hierarchy.gml", content, lambda path: write_hierarchy(path, given))


def protein_table_file(store: Store, key: str, given: object) -> str:
    """Return the file of values of proteins: a list, a mapping, or a table.

    The names are the first column of a table if that is text, else its index.

    Raises:
        DataError: If it is none of these.
    """
    if isinstance(given, str | PathLike):
        return str(Path(given))
    if isinstance(given, Mapping):
        given = pd.Series(given, name="value")
    if isinstance(given, pd.Series):
        given = given.to_frame(str(given.name or "value"))
    if isinstance(given, pd.DataFrame):
        named = given.shape[1] > 0 and not pd.api.types.is_numeric_dtype(given.iloc[:, 0])
        named = named and isinstance(given.index, pd.RangeIndex)
        names = given.iloc[:, 0].tolist() if named else given.index.tolist()
        columns = given.iloc[:, 1:] if named else given
        table = columns.reset_index(drop=True).set_axis([str(c) for c in columns], axis=1)
    elif isinstance(given, Iterable):
        names, table = list(given), pd.DataFrame()
    else:
        raise unfit(key, given, "a path, names of proteins, values by name, or a DataFrame")
    table.insert(0, "protein", cells_of(names, key))
    texts = table.select_dtypes(exclude="number").columns
    table = table.assign(**{str(name): cells_of(table[name], key) for name in texts})
    return remembered(store, f"{key}.tsv", _content(table), lambda path: _write(path, table))


def text_table_file(store: Store, key: str, given: object) -> str:
    """Return the file of a table, with the column names of a file; paths are returned unchanged.

    Raises:
        DataError: If it is neither, or a cell cannot be written.
    """
    if isinstance(given, str | PathLike):
        return str(Path(given))
    if not isinstance(given, pd.DataFrame):
        raise unfit(key, given, "a path or a DataFrame")
    table = pd.DataFrame({str(name): cells_of(given[name], key) for name in given}, dtype=str)
    return remembered(store, f"{key}.tsv", _content(table), lambda path: _write(path, table))


def design_file(store: Store, given: object) -> str:
    """Return the file of a design of replicates; in-memory tables become files of the store.

    Raises:
        DataError: If it is neither a path nor tables by condition.
    """
    if isinstance(given, str | PathLike):
        return str(Path(given))
    if not isinstance(given, Mapping):
        raise unfit("design", given, "a path, or the tables of each condition")
    rows = [
        (str(condition), str(k), str(Path(embedding_file(store, table)).absolute()))
        for condition, tables in given.items()
        for k, table in enumerate(tables, start=1)
    ]
    table = pd.DataFrame(rows, columns=["condition", "replicate", "path"], dtype=str)
    return remembered(store, "design.tsv", _content(table), lambda path: _write(path, table))


def universe_file(store: Store, given: str | Iterable[str]) -> str:
    """Return a protein universe for ``evaluate``: a keyword, or a file of names."""
    if isinstance(given, str | PathLike):
        return str(given)
    text = "".join(f"{name}\n" for name in cells_of(given, "universe"))
    return remembered(store, "universe.txt", [text.encode()], lambda path: path.write_text(text))


def modality_node(store: Store, name: str, given: object) -> dict[str, object]:
    """Return the node of a data config for a modality.

    A table whose first two columns are text is a network, any other one an embedding; a tuple is a
    network if its matrix is sparse.

    Raises:
        DataError: If it has none of these types; for a path give a node with its kind.
    """
    if isinstance(given, str | PathLike):
        raise DataError(
            f"modalities.{name}: say what the file holds, e.g. {{'kind': 'network', 'path': "
            f"{str(given)!r}}}."
        )
    if isinstance(given, Mapping):
        return dict(given)
    if holds_pairs(given):
        return {"kind": "network", "path": network_file(store, given)}
    return {"kind": "embedding", "path": embedding_file(store, given)}


def reference_node(store: Store, name: str, given: object) -> dict[str, object]:
    """Return the node of a data config for a reference.

    Raises:
        DataError: If it has none of these types, or a set is a text instead of a list.
    """
    if isinstance(given, Hierarchy):
        return {"kind": "hierarchy", "path": hierarchy_file(store, given)}
    if isinstance(given, str | PathLike):
        return {"kind": "gmt", "path": str(Path(given))}
    if not isinstance(given, Mapping):
        raise unfit(f"references.{name}", given, "a GMT file, protein sets by name or a Hierarchy")
    if isinstance(given.get("kind"), str):
        return dict(given)
    lines = [_gmt_line(name, term, members) for term, members in given.items()]
    text = "".join(f"{line}\n" for line in lines)
    place = remembered(store, f"{name}.gmt", [text.encode()], lambda path: path.write_text(text))
    return {"kind": "gmt", "path": place}


def sets_file(store: Store, given: object) -> str:
    """Return the GMT file of gene sets.

    Raises:
        DataError: If it is neither a path nor protein sets by name.
    """
    if isinstance(given, Hierarchy):
        raise unfit("sets", given, "a GMT file or protein sets by name")
    return str(reference_node(store, "sets", given)["path"])


def _vectors(given: object) -> tuple[list[object], NDArray[np.float64]]:
    if isinstance(given, Embedding):
        return list(given.proteins), given.vectors.astype(float)
    if isinstance(given, pd.DataFrame):
        named = given.shape[1] > 0 and not pd.api.types.is_numeric_dtype(given.iloc[:, 0])
        names = given.iloc[:, 0].tolist() if named else given.index.tolist()
        return names, _numbers(given.iloc[:, 1:] if named else given)
    if "anndata" in packages_of(given):
        return list(given.obs_names), _numbers(given.X)  # type: ignore[attr-defined]
    if isinstance(given, tuple) and len(given) == 2:
        return list(given[1]), _numbers(given[0])
    forms = "a path, a DataFrame, (array, names) or an AnnData"
    raise unfit("embedding", given, forms)


def _numbers(values: object) -> NDArray[np.float64]:
    dense = values.toarray() if sparse.issparse(values) else values  # type: ignore[attr-defined]
    try:
        return np.asarray(dense, float)
    except (TypeError, ValueError) as error:
        raise DataError(f"embedding: vectors must be numbers ({error}).") from error


def _check_weights(weights: NDArray[np.float64]) -> None:
    wrong = np.flatnonzero(~(np.isfinite(weights) & (weights >= 0)))
    if len(wrong):
        raise DataError(
            f"network: weight {weights[wrong[0]]:g} of pair {wrong[0]} (from 0) is not a finite "
            "number of 0 or more; leave the pair out."
        )


def cells_of(names: Iterable[object], where: str) -> list[str]:
    """Return names as table cells, missing ones blank.

    Raises:
        DataError: If one cannot be written as a cell.
    """
    cells = ["" if pd.isna(name) else str(name) for name in names]  # type: ignore[call-overload]
    for cell in cells:
        if cell.startswith("#") or any(sign in cell for sign in '\t\n\r"'):
            raise DataError(
                f"{where}: {cell!r} is no name of a protein; a name holds no tab, line end or "
                "quotation mark and does not begin with '#'."
            )
    return cells


def _gmt_line(reference: str, term: str, members: object) -> str:
    if isinstance(members, str) or not isinstance(members, Collection):
        raise DataError(
            f"references.{reference}: '{term}' must be a list of proteins, got "
            f"{type(members).__name__}."
        )
    return "\t".join(cells_of([term, term, *sorted(map(str, members))], f"references.{reference}"))


def _content(table: pd.DataFrame) -> list[bytes]:
    """Return the content of a table for hashing: the bytes of its columns."""
    texts = table.select_dtypes(object)
    numbers = np.ascontiguousarray(table.select_dtypes("number").to_numpy(float))
    cells = "\n".join("\t".join(texts[name]) for name in texts)
    return [cells.encode(), repr(numbers.shape).encode(), numbers.tobytes()]


def _write(path: Path, table: pd.DataFrame) -> None:
    write_tsv(path, table)


def remembered(
    store: Store, name: str, content: Iterable[bytes], write: Callable[[Path], object]
) -> str:
    """Return the path of a file in the store, written unless one of equal content exists."""
    digest = hashlib.sha256()
    for part in content:
        digest.update(len(part).to_bytes(8, "big") + part)
    recipe = Recipe("given", [__name__], name, [digest.hexdigest()])

    def fill(folder: Path) -> None:
        write(folder / name)

    return str(store.folder(recipe, fill).value / name)
