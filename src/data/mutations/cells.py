"""What is altered in which cell line: lists of calls, or matrices of visible neural networks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...errors import DataError
from ..sheets import header_of, open_sheet
from ..textfiles import listed, read_text
from .calls import CLASS, GENE, NON_SILENT, SAMPLE, is_maf

MATRICES = {
    "mutations": "cell2mutation.txt",
    "deletions": "cell2cndeletion.txt",
    "amplifications": "cell2cnamplification.txt",
}
"""Kind of alteration -> its matrix: comma-separated 0 and 1, a row a cell line, a column a gene."""


@dataclass(frozen=True)
class CellFeatures:
    """Alterations of cell lines.

    Attributes:
        cells: ``C`` names of cell lines.
        altered: Each key of `MATRICES` -> ``(C, G)`` bool.
    """

    cells: tuple[str, ...]
    altered: Mapping[str, NDArray[np.bool_]]


def read_panel(path: Path) -> tuple[str, ...]:
    """Read a panel of genes: one a line, or ``gene2ind.txt``, number and name; each gene once.

    Raises:
        DataError: If the file has no line.
    """
    genes = dict.fromkeys(line.rpartition("\t")[2].strip() for line in _lines(path))
    if not genes:
        raise DataError(f"{path.name}: no genes; expected one on each line.")
    return tuple(genes)


def read_matrices(folder: Path, genes: Sequence[str]) -> CellFeatures:
    """Read ``cell2ind.txt``, ``gene2ind.txt`` and the matrices of a folder, cut to some genes.

    Args:
        folder: Files as cellmaps_vnn and NeST-VNN have them.
        genes: Which columns to keep, in their order; a gene that the folder lacks is never altered.

    Raises:
        DataError: If a file is missing, or has other rows or columns than the indices say.
    """
    cells, known = (_names(folder / f"{kind}2ind.txt") for kind in ("cell", "gene"))
    column = {name: k for k, name in enumerate(known)}
    at = np.array([column.get(name, len(known)) for name in genes])
    altered = {}
    for kind, file in MATRICES.items():
        rows = [line.split(",") for line in _lines(folder / file)]
        if {len(row) for row in rows} != {len(known)} or len(rows) != len(cells):
            raise DataError(
                f"{folder / file}: must have {len(cells)} rows of {len(known)} numbers separated "
                "by commas, as cell2ind.txt and gene2ind.txt beside it say."
            )
        none = np.zeros((len(cells), 1), bool)
        altered[kind] = np.hstack([np.array(rows) == "1", none])[:, at]
    return CellFeatures(cells, altered)


def read_calls(files: Mapping[str, Path], genes: Sequence[str]) -> CellFeatures:
    """Read lists of altered genes: MAF, or a table with a header, cell line and gene first.

    Args:
        files: Keys of `MATRICES` -> file; of a kind without a file nothing is altered.
        genes: Of the columns, in their order; others are left out.

    Returns:
        The cell lines of all files, sorted; of a MAF only calls that change the protein count.

    Raises:
        DataError: If a file has fewer than two columns.
    """
    calls = {kind: _calls(path) for kind, path in files.items()}
    cells = sorted({cell for rows in calls.values() for cell, _ in rows})
    row, column = ({name: k for k, name in enumerate(names)} for names in (cells, genes))
    altered = {kind: np.zeros((len(cells), len(genes)), bool) for kind in MATRICES}
    for kind, rows in calls.items():
        for cell, gene in rows:
            if gene in column:
                altered[kind][row[cell], column[gene]] = True
    return CellFeatures(tuple(cells), altered)


def _calls(path: Path) -> list[tuple[str, str]]:
    sheet = open_sheet(path)
    line, header = header_of(sheet)
    if len(header) < 2:
        raise DataError(f"{path.name}: needs cell line and gene, got {listed(header)}.")
    maf = is_maf(header)
    wanted = [SAMPLE, GENE, CLASS] if maf else list(header[:2])
    table = sheet.read(header, after=line, texts=wanted)
    table = table[table[CLASS].isin(NON_SILENT)] if maf else table
    return list(zip(table[wanted[0]], table[wanted[1]], strict=True))


def _names(path: Path) -> tuple[str, ...]:
    rows = [line.split("\t") for line in _lines(path)]
    if any(len(row) != 2 or row[0] != str(k) for k, row in enumerate(rows)):
        raise DataError(f"{path}: must hold number and name, from 0, with a tab between.")
    return tuple(row[1] for row in rows)


def _lines(path: Path) -> list[str]:
    if not path.is_file():
        raise DataError(f"{path} does not exist.")
    return [line for line in read_text(path).split("\n") if line]
