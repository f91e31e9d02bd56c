"""What files say of proteins: lists, values, covariates; with a header and without."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from cytoweave.data.protein_tables import read_protein_table
from cytoweave.errors import DataError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "table.tsv"


def test_a_list_with_a_header_or_without(path: Path) -> None:
    for head in ("", "gene\n", "# from a paper\nHGNC_symbol\n"):
        path.write_text(f"{head}B\nA\nB\n\n")
        result = read_protein_table(path).values
        assert list(result.index) == ["A", "B"]
        assert result.shape == (2, 0)


def test_values_with_a_header_or_without(path: Path) -> None:
    for head, name in (("", "value"), ("protein\tscore\n", "score")):
        path.write_text(f"{head}B\t2\nA\tNA\nB\t4\n")
        result = read_protein_table(path).values
        assert result[name].tolist() == pytest.approx([float("nan"), 3], nan_ok=True)
        assert read_protein_table(path, repeats="max").values[name]["B"] == 4


def test_columns_and_rows_of_a_larger_table(path: Path) -> None:
    path.write_text("acc\tsymbol\tkind\tstars\nQ1\tA\tx\t1\nQ2\tB\ty\t2\nQ3\t\tx\t3\nQ4\tC\tx\t4\n")
    result = read_protein_table(path, columns=["symbol", "stars"], where={"kind": "x"})
    assert result.values["stars"].to_dict() == {"A": 1, "C": 4}
    assert any("name no protein" in note for note in result.notes)
    whole = read_protein_table(path).values
    assert whole["kind"].tolist() == ["x", "y", "x", "x"]
    assert pd.api.types.is_float_dtype(whole["stars"])


def test_groups_and_contaminants_are_understood(path: Path) -> None:
    path.write_text("gene\nA;B\nCON__C\nsp|P1|D_HUMAN\n")
    assert list(read_protein_table(path).values.index) == ["A", "P1"]


@pytest.mark.parametrize(
    ("text", "arguments", "message"),
    [
        ("gene\n", {}, "no row names a protein"),
        ("gene\ta\ta\nA\t1\t2\n", {}, "two columns 'a'"),
        ("A\tx\t1\nB\ty\t2\n", {}, "needs a header"),
        ("gene\tkind\nA\tx\n", {"where": {"kind": "y"}}, "no row has kind=y; it holds 'x'"),
        ("gene\tkind\nA\tx\n", {"columns": ["gene", "knd"]}, "has no column 'knd'"),
    ],
)
def test_what_is_refused(path: Path, text: str, arguments: dict[str, Any], message: str) -> None:
    path.write_text(text)
    with pytest.raises(DataError, match=message):
        read_protein_table(path, **arguments)
