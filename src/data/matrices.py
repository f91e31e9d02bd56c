"""Reader of protein x feature matrices: text tables and AnnData (.h5ad)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import sparse

from ..artifacts import Embedding, Reading
from ..errors import DataError
from ..nodes.ranges import checked
from .identifiers import IdentifierMap, resolve
from .names import USUAL, NamePolicy
from .tables import average, read_embedding, read_table, repeats_note
from .textfiles import listed

HDF5 = b"\x89HDF"


@checked
def read_matrix(
    path: Path,
    *,
    id: str | Sequence[str] | None = None,  # noqa: A002 - the key's name in the config
    columns: str | Sequence[str] | None = None,
    identifiers: IdentifierMap | None = None,
    names: NamePolicy = USUAL,
) -> Reading:
    """Read a matrix of proteins by features as an `Embedding`, as measured.

    Rows of one protein are averaged; a missing value becomes its column's mean.

    Args:
        path: A table whose first column names proteins, or an ``.h5ad`` whose ``obs`` do.
        id: Column of the proteins' names, or column of ``obs``; None: the first, ``obs_names``.
        columns: Globs of the columns to read; None: all numbers.
        identifiers: Maps names to current symbols.
        names: Policy for protein groups and contaminants.

    Raises:
        DataError: If the file has no such matrix.
    """
    with path.open("rb") as stream:
        if stream.read(4) == HDF5:
            return _read_h5ad(path, id, identifiers, names)
    if id is None and columns is None:
        return read_embedding(path, modality="matrix", identifiers=identifiers, names=names)
    if id is None:
        raise DataError(
            f"{path.name}: id must name the column of proteins where columns are named."
        )
    return read_table(
        path,
        id=id,
        columns="*" if columns is None else columns,
        scale="none",
        modality="matrix",
        identifiers=identifiers,
        names=names,
    )


def _read_h5ad(
    path: Path,
    column: str | Sequence[str] | None,
    identifiers: IdentifierMap | None,
    policy: NamePolicy,
) -> Reading:
    import anndata  # takes seconds, and text tables need none

    try:
        data = anndata.read_h5ad(path)
    except Exception as error:  # anndata and h5py raise many classes
        reason = " ".join(f"{error}".split())[:200]
        raise DataError(f"{path.name}: is no AnnData ({reason}).") from error
    if column is not None and not isinstance(column, str):
        raise DataError(f"{path.name}: id must name one column of obs, got {listed(column)}.")
    if column is not None and column not in data.obs:
        raise DataError(f"{path.name}: obs has no column '{column}'; it has {listed(data.obs)}.")
    if data.X is None or not data.n_vars:
        raise DataError(f"{path.name}: holds no matrix X.")
    given = pd.Series(data.obs_names if column is None else data.obs[column]).astype(str)
    values = data.X
    if sparse.issparse(values):
        values = values.toarray()  # type: ignore[attr-defined]  # as scipy's stubs have it
    table = pd.DataFrame(np.asarray(values, float)).replace([np.inf, -np.inf], np.nan)
    resolved = resolve(path.name, given, policy, identifiers)
    rows, symbols = resolved.spread(given.tolist())
    means = average(table.iloc[list(rows)], symbols)
    means = means.fillna(means.mean()).fillna(0.0)
    value = Embedding.of_modality("matrix", list(means.index), means)
    return Reading(value, resolved.table, (*repeats_note(path.name, given), *resolved.notes))
