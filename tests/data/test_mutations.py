"""Reading mutations: what counts hold, and what is refused by its message."""

from pathlib import Path

import numpy as np
import pytest

from cytoweave.data import IdentifierMap
from cytoweave.data.mutations import read_mutations
from cytoweave.errors import DataError

HEADER = "gene\tnonsilent_patients_B\tnonsilent_patients_A\tsilent_mutations_A\tsilent_mutations_B"


def written(folder: Path, *rows: str, header: str = HEADER) -> Path:
    path = folder / "counts.tsv"
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def test_counts_by_gene_and_cohort(tmp_path: Path) -> None:
    found = read_mutations(written(tmp_path, "TP53\t7\t3\t1\t0", "KRAS\t0\t2\t0\t4"))
    assert found.genes == ("KRAS", "TP53")
    assert found.cohorts == ("A", "B")
    np.testing.assert_array_equal(found.nonsilent, [[2, 0], [3, 7]])
    assert found.silent is not None
    np.testing.assert_array_equal(found.silent, [[0, 4], [1, 0]])
    assert np.isnan(found.sizes).all()
    one = found.of_cohorts([1])
    assert one.cohorts == ("B",)
    np.testing.assert_array_equal(one.nonsilent, [[0], [7]])


def test_former_symbols_are_updated_and_added_up(tmp_path: Path) -> None:
    path = written(tmp_path, "MLL2\t7\t3\t1\t0", "KMT2D\t1\t1\t1\t1", "4297\t2\t2\t0\t0")
    current = IdentifierMap(frozenset({"KMT2D", "KMT2A"}), {"4297": "KMT2A"}, {"MLL2": "KMT2D"})
    found = read_mutations(path, identifiers=current)
    assert found.genes == ("KMT2A", "KMT2D")
    np.testing.assert_array_equal(found.nonsilent, [[2, 2], [4, 8]])
    assert any("merged into 1 symbols" in note for note in found.notes)


def test_one_cohort_without_a_name_and_without_silent_mutations(tmp_path: Path) -> None:
    path = written(tmp_path, "TP53\t7", header="gene\tnonsilent_patients")
    found = read_mutations(path, sizes={"all": 20})
    assert found.cohorts == ("all",)
    assert found.silent is None
    assert found.sizes.tolist() == [20]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (["TP53\t-1\t3\t1\t0"], "counts.tsv row 2: nonsilent_patients_B, -1, is below 0"),
        (["TP53\t7\t3\t1\t0", "KRAS\t1\t1.5\t0\t0"], "row 3: nonsilent_patients_A, 1.5, is no"),
        (["TP53\t\t3\t1\t0"], "row 2: nonsilent_patients_B, a blank, is no count"),
        (["TP53\tmany\t3\t1\t0"], "is not a finite number"),
        (["7157\t7\t3\t1\t0", "3845\t1\t1\t0\t0"], "genes are Entrez numbers such as '3845'"),
        (["TP53\t1\t0\t1\t0", "KRAS\t0\t1\t0\t0"], "no gene is mutated in more than one patient"),
        (["TP53\t0\t0\t1\t0"], "holds no non-silent mutation"),
    ],
)
def test_what_is_refused(tmp_path: Path, rows: list[str], said: str) -> None:
    with pytest.raises(DataError) as caught:
        read_mutations(written(tmp_path, *rows))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_refused_headers_and_totals(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is no table of mutations"):
        read_mutations(written(tmp_path, "TP53\t1", header="gene\tscore"))
    odd = "gene\tnonsilent_patients_A\tsilent_mutations_B"
    with pytest.raises(DataError, match=r"'A', 'B' has only one of"):
        read_mutations(written(tmp_path, "TP53\t3\t1", header=odd))
    with pytest.raises(DataError, match="totals: names no cohort"):
        read_mutations(written(tmp_path, "TP53\t7\t3\t1\t0"), sizes={"C": 9})
