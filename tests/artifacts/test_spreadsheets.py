"""Cells that a spreadsheet would run are text there, and come back as they were."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cytoweave.artifacts import as_written, guarded, read_table, unguarded, write_tsv

FORMULAS = ["=1+1", "+A1", "-A1", "@SUM(A1)", "\t=1", "\r=1", "'=1", "''-x"]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_gets_an_apostrophe_and_loses_it_again(text: str) -> None:
    assert guarded(text) == f"'{text}"
    assert unguarded(guarded(text)) == text


@pytest.mark.parametrize("text", ["TP53", "5'-NT", "'quoted'", "-0.5", "+1e3", "", "a=b"])
def test_other_texts_and_numbers_stay(text: str) -> None:
    assert guarded(text) == text
    assert unguarded(text) == text


def test_a_table_comes_back_as_it_was_and_its_numbers_stay_numbers(tmp_path: Path) -> None:
    table = pd.DataFrame(
        {"name": [*FORMULAS, "TP53", np.nan], "=head": -np.arange(10.0), "count": range(-9, 1)}
    )
    write_tsv(tmp_path / "t.tsv", table)
    written = (tmp_path / "t.tsv").read_bytes().decode().split("\n")
    assert written[0] == "name\t'=head\tcount"
    assert written[1] == "'=1+1\t-0.0\t-9"
    assert not [line for line in written if line.startswith(("=", "+", "-", "@"))]
    table["name"] = table["name"].str.replace("\r", " ")
    pd.testing.assert_frame_equal(as_written(read_table(tmp_path / "t.tsv")), table)
