"""Alterations of cell lines."""

from pathlib import Path

import numpy as np
import pytest

from cytoweave.data.mutations.cells import read_calls, read_matrices, read_panel
from cytoweave.errors import DataError


def matrices(folder: Path) -> Path:
    folder.mkdir()
    (folder / "cell2ind.txt").write_text("0\tC1\n1\tC2\n")
    (folder / "gene2ind.txt").write_text("0\tA\n1\tB\n2\tC\n")
    (folder / "cell2mutation.txt").write_text("1,0,0\n0,1,1\n")
    (folder / "cell2cndeletion.txt").write_text("0,0,0\n0,0,1\n")
    (folder / "cell2cnamplification.txt").write_text("0,1,0\n0,0,0\n")
    return folder


def test_matrices_are_cut_to_the_genes_in_their_order(tmp_path: Path) -> None:
    result = read_matrices(matrices(tmp_path / "m"), ["C", "X", "A"])
    assert result.cells == ("C1", "C2")
    assert result.altered["mutations"].astype(int).tolist() == [[0, 0, 1], [1, 0, 0]]
    assert result.altered["deletions"].astype(int).tolist() == [[0, 0, 0], [1, 0, 0]]
    assert not result.altered["amplifications"].any()


def test_matrices_that_do_not_fit_their_indices_are_refused(tmp_path: Path) -> None:
    folder = matrices(tmp_path / "m")
    (folder / "cell2mutation.txt").write_text("1,0\n0,1\n")
    with pytest.raises(DataError, match=r"cell2mutation.txt: must have 2 rows of 3 numbers"):
        read_matrices(folder, ["A"])
    (folder / "cell2ind.txt").write_text("1\tC1\n")
    with pytest.raises(DataError, match=r"cell2ind.txt: must hold number and name, from 0"):
        read_matrices(folder, ["A"])
    (folder / "cell2ind.txt").unlink()
    with pytest.raises(DataError, match=r"cell2ind.txt does not exist"):
        read_matrices(folder, ["A"])


def test_calls_are_lists_or_maf(tmp_path: Path) -> None:
    (tmp_path / "list.tsv").write_text("cell\tgene\nC2\tB\nC1\tZ\n")
    header = "Hugo_Symbol\tVariant_Classification\tTumor_Sample_Barcode\n"
    rows = "A\tMissense_Mutation\tC1\nB\tSilent\tC1\n"
    (tmp_path / "calls.maf").write_text(header + rows)
    files = {"mutations": tmp_path / "calls.maf", "deletions": tmp_path / "list.tsv"}
    result = read_calls(files, ["A", "B"])
    assert result.cells == ("C1", "C2")
    assert result.altered["mutations"].astype(int).tolist() == [[1, 0], [0, 0]]
    assert result.altered["deletions"].astype(int).tolist() == [[0, 0], [0, 1]]
    assert result.altered["amplifications"].shape == (2, 2)
    assert result.altered["amplifications"].dtype == np.bool_


def test_calls_of_one_column_are_refused(tmp_path: Path) -> None:
    (tmp_path / "list.tsv").write_text("cell\nC2\n")
    with pytest.raises(DataError, match=r"list.tsv: needs cell line and gene"):
        read_calls({"mutations": tmp_path / "list.tsv"}, ["A"])


def test_a_panel_is_a_list_or_gene2ind(tmp_path: Path) -> None:
    (tmp_path / "panel.txt").write_text("B\nA\nB\n")
    assert read_panel(tmp_path / "panel.txt") == ("B", "A")
    (tmp_path / "gene2ind.txt").write_text("0\tA\n1\tB\n")
    assert read_panel(tmp_path / "gene2ind.txt") == ("A", "B")
    (tmp_path / "none.txt").write_text("\n")
    with pytest.raises(DataError, match="no genes"):
        read_panel(tmp_path / "none.txt")
