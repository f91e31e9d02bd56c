"""Reading mutations: what counts hold, and what is refused by its message."""

from pathlib import Path

import numpy as np
import pytest

from cytoweave.data import IdentifierMap
from cytoweave.data.mutations import read_mutations, read_pairs
from cytoweave.errors import DataError

HEADER = "gene\tnonsilent_patients_B\tnonsilent_patients_A\tsilent_mutations_A\tsilent_mutations_B"


def written(folder: Path, *rows: str, header: str = HEADER) -> Path:
    path = folder / "counts.tsv"
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def test_counts_by_gene_and_cohort(tmp_path: Path) -> None:
    result = read_mutations(written(tmp_path, "TP53\t7\t3\t1\t0", "KRAS\t0\t2\t0\t4"))
    assert result.genes == ("KRAS", "TP53")
    assert result.cohorts == ("A", "B")
    np.testing.assert_array_equal(result.nonsilent, [[2, 0], [3, 7]])
    assert result.silent is not None
    np.testing.assert_array_equal(result.silent, [[0, 4], [1, 0]])
    assert np.isnan(result.sizes).all()
    one = result.of_cohorts([1])
    assert one.cohorts == ("B",)
    np.testing.assert_array_equal(one.nonsilent, [[0], [7]])


def test_former_symbols_are_updated_and_added_up(tmp_path: Path) -> None:
    path = written(tmp_path, "MLL2\t7\t3\t1\t0", "KMT2D\t1\t1\t1\t1", "4297\t2\t2\t0\t0")
    current = IdentifierMap(frozenset({"KMT2D", "KMT2A"}), {"4297": "KMT2A"}, {"MLL2": "KMT2D"})
    result = read_mutations(path, identifiers=current)
    assert result.genes == ("KMT2A", "KMT2D")
    np.testing.assert_array_equal(result.nonsilent, [[2, 2], [4, 8]])
    assert any("merged into 1 symbols" in note for note in result.notes)


def test_one_cohort_without_a_name_and_without_silent_mutations(tmp_path: Path) -> None:
    path = written(tmp_path, "TP53\t7", header="gene\tnonsilent_patients")
    result = read_mutations(path, sizes={"all": 20})
    assert result.cohorts == ("all",)
    assert result.silent is None
    assert result.sizes.tolist() == [20]


@pytest.mark.parametrize(
    ("rows", "message"),
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
def test_what_is_refused(tmp_path: Path, rows: list[str], message: str) -> None:
    with pytest.raises(DataError) as caught:
        read_mutations(written(tmp_path, *rows))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_refused_headers_and_totals(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is no table of mutations"):
        read_mutations(written(tmp_path, "TP53\tp53", header="gene\tname"))
    odd = "gene\tnonsilent_patients_A\tsilent_mutations_B"
    with pytest.raises(DataError, match=r"'A', 'B' has only one of"):
        read_mutations(written(tmp_path, "TP53\t3\t1", header=odd))
    with pytest.raises(DataError, match="totals: names no cohort"):
        read_mutations(written(tmp_path, "TP53\t7\t3\t1\t0"), sizes={"C": 9})


MAF = "Hugo_Symbol\tNCBI_Build\tStart_Position\tVariant_Classification\tTumor_Sample_Barcode"
CALLS = [
    "TP53\tGRCh37\t1\tMissense_Mutation\tTCGA-02-0001-01A-x",
    "TP53\tGRCh37\t1\tMissense_Mutation\tTCGA-02-0001-01B-x",
    "TP53\tGRCh37\t7\tNonsense_Mutation\tTCGA-02-0001-01A-x",
    "TP53\tGRCh38\t2\tSplice_Site\tTCGA-02-0002-01A-x",
    "TTN\tGRCh37\t3\tSilent\tTCGA-02-0002-01A-x",
    "TTN\tGRCh37\t4\tSilent\tTCGA-02-0002-01A-x",
    "TTN\tGRCh37\t5\tIntron\tTCGA-02-0002-01A-x",
    "TTN\tGRCh37\t5\tStrange\tTCGA-02-0002-01A-x",
]


def test_a_maf_is_counted_by_patients(tmp_path: Path) -> None:
    path = written(tmp_path, *CALLS, header=f"#version 2.4\n{MAF}")
    result = read_mutations(path)
    assert result.genes == ("TP53", "TTN")
    assert result.nonsilent.ravel().tolist() == [2, 0]
    assert result.silent is not None
    assert result.silent.ravel().tolist() == [0, 2]
    assert result.patients is not None
    assert result.patients.names == ("TCGA-02-0001", "TCGA-02-0002")
    message = " ".join(result.notes)
    assert "unknown class 'Strange'" in message
    assert "mixes genome builds" in message
    assert "1 samples are further ones of a patient" in message


def test_samples_make_cohorts_and_count_patients_without_mutations(tmp_path: Path) -> None:
    samples = {"TCGA-02-0001": "GBM", "TCGA-02-0002-01A-x": "OV", "TCGA-02-0003": "OV"}
    result = read_mutations(written(tmp_path, *CALLS, header=MAF), samples=samples)
    assert result.cohorts == ("GBM", "OV")
    assert result.nonsilent.tolist() == [[1, 1], [0, 0]]
    assert result.sizes.tolist() == [1, 2]
    with pytest.raises(DataError, match=r"samples: names no sample of counts\.tsv"):
        read_mutations(written(tmp_path, *CALLS, header=MAF), samples={"X": "GBM"})


def test_lists_and_matrices_of_patients(tmp_path: Path) -> None:
    header = "cohort\tpatient\tgenes_nonsilent"
    path = written(tmp_path, "A\tp1\tTP53 KRAS", "B\tp2\tTP53", "B\tp3\tTP53", header=header)
    result = read_mutations(path)
    assert (result.genes, result.cohorts) == (("KRAS", "TP53"), ("A", "B"))
    assert result.nonsilent.tolist() == [[1, 0], [1, 2]]
    assert result.silent is None
    header = "Gene\tprocess\tp1\tp2\tp3"
    path = written(tmp_path, "TP53\tcell cycle\t1\t2\t0", "KRAS\tRAS\t0\t1\t0", header=header)
    result = read_mutations(path)
    assert result.nonsilent.tolist() == [[1], [2]]
    assert result.sizes.tolist() == [3]
    assert result.of_cohorts([0]).patients is not None


def test_a_hypermutated_patient_is_noted(tmp_path: Path) -> None:
    many = " ".join(f"G{k}" for k in range(1200))
    path = written(tmp_path, f"p1\t{many}", "p2\tG1", header="patient\tgenes")
    assert "1 patients have more than 1,000 mutated genes (most: p1, 1,200)" in " ".join(
        read_mutations(path).notes
    )


def test_totals_without_a_header_are_refused_not_robbed_of_a_cohort(tmp_path: Path) -> None:
    path = tmp_path / "totals.tsv"
    path.write_text("A\t200\nB\t300\n")
    with pytest.raises(DataError, match="the first line is data \\('A', '200'\\)"):
        read_pairs(path)
    path.write_text("cohort\tpatients\nA\t200\nB\t300\n")
    assert read_pairs(path) == {"A": "200", "B": "300"}
